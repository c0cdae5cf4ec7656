# SPDX-License-Identifier: GPL-3.0-or-later
"""The view model of the Spot Checks panel: words and numbers, from what the action holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from . import checking, findings, looking, verdicts
from .papers import REPORT, SHEET

_BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Line:
    """One check on the panel. `curve` is its course as a row of blocks, "" without one."""

    measure: str
    label: str
    value: str
    limit: str
    verdict: str
    frame: int
    note: str
    curve: str


@dataclass(frozen=True)
class SpotCheckView:
    """The panel.

    summary   "Look at 2 of 24 checks"; "" before the first check
    state     pass, look, fail, or "" before the first check
    lines     the checks that did not pass, the worst first
    passed    the others
    verdict   "Accepted by ann, light clean-up", "" without one
    advice    what to do after a reject
    marked    whether the frames to look at are marked in the timeline
    sheet, report  whether there is a contact sheet, a report on disk
    """

    obstacle: str
    summary: str
    state: str
    lines: tuple[Line, ...]
    passed: tuple[Line, ...]
    spots: int
    verdict: str
    advice: str
    marked: bool
    sheet: str
    report: str


def spot_check_view(context: bpy.types.Context) -> SpotCheckView | None:
    """The panel as things stand; None when the active armature carries no motion of ours."""
    armature, scene = context.object, context.scene
    if armature is None or scene is None or checking.obstacle(armature) is not None:
        return None
    action = armature.animation_data.action
    if action is None:
        return None
    found = findings.read(action)
    word = verdicts.read(action)
    if found is None:
        return SpotCheckView("", "", "", (), (), 0, _verdict_words(word), "", False, "", "")
    troubled = found.troubled
    count = len(found.rows)
    summary = f"All {count} checks passed"
    if troubled:
        verb = "Failed" if found.overall == "fail" else "Look at"
        worst = found.of(found.overall)
        summary = f"{verb} {len(worst)} of {count} checks"
    return SpotCheckView(
        obstacle="",
        summary=summary,
        state=found.overall,
        lines=tuple(_line(row) for row in troubled),
        passed=tuple(_line(row) for row in found.of("pass")),
        spots=len(found.spots),
        verdict=_verdict_words(word),
        advice=_advice(word),
        marked=looking.is_marked(scene),
        sheet=_file(action, SHEET),
        report=_file(action, REPORT),
    )


def _line(row: findings.Row) -> Line:
    wide = [max(row.bars[i : i + 2]) for i in range(0, len(row.bars), 2)]
    curve = "".join(_BLOCKS[round(min(bar, 1.0) * (len(_BLOCKS) - 1))] for bar in wide)
    return Line(
        row.measure, row.label, row.value_words, row.limit_words, row.verdict, row.frame,
        row.note, curve,
    )  # fmt: skip


def _verdict_words(word: verdicts.Word | None) -> str:
    if word is None:
        return ""
    if word.accepted:
        work = f", {word.clean_up} clean-up" if word.clean_up != "none" else ""
        return f"Accepted by {word.person}{work}"
    return f"Rejected by {word.person}: {word.cause}"


def _advice(word: verdicts.Word | None) -> str:
    if word is None or word.accepted:
        return ""
    causes = {cause.value: cause for cause in verdicts.Cause}
    return verdicts.NEXT_STEPS[causes[word.cause]] if word.cause in causes else ""


def _file(action: bpy.types.Action, name: str) -> str:
    """The path kept on the action. It is not looked up on disk here: this runs at every redraw."""
    value = action.get(name)
    return str(Path(value)) if isinstance(value, str) and value else ""
