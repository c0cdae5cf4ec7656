# SPDX-License-Identifier: GPL-3.0-or-later
"""The view model of the Spot Checks panel: words and numbers, from what the action holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
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

    is_ours   whether the motion that plays was made by a retarget of ours
    summary   "Look at 2 of 24 checks"; "" before the first check
    state     pass, look, fail, or "" before the first check
    lines     the checks that did not pass, the worst first
    passed    the others
    verdict   "Accepted by ann, light clean-up", "" without one
    rejected  name of the rejected action that plays, or whose place another one has taken; "" none
    advice    what to do about it
    marked    whether the frames to look at are marked in the timeline
    sheet, report  whether there is a contact sheet, a report on disk
    """

    is_ours: bool
    summary: str = ""
    state: str = ""
    lines: tuple[Line, ...] = ()
    passed: tuple[Line, ...] = ()
    spots: int = 0
    verdict: str = ""
    rejected: str = ""
    advice: str = ""
    marked: bool = False
    sheet: str = ""
    report: str = ""


def spot_check_view(context: bpy.types.Context) -> SpotCheckView | None:
    """The panel as things stand; None when the active armature has no motion of ours and had none
    that was rejected.
    """
    armature, scene = context.object, context.scene
    if armature is None or scene is None or armature.type != "ARMATURE":
        return None
    rejected = verdicts.rejected_on(armature)
    action = armature.animation_data.action if armature.animation_data is not None else None
    if action is None or checking.obstacle(armature) is not None:
        return None if rejected is None else _with_reject(SpotCheckView(is_ours=False), rejected)
    view = _with_findings(SpotCheckView(is_ours=True, verdict=_verdict_words(action)), action)
    view = replace(view, marked=looking.is_marked(scene))
    return view if rejected is None else _with_reject(view, rejected)


def _with_findings(view: SpotCheckView, action: bpy.types.Action) -> SpotCheckView:
    found = findings.read(action)
    if found is None:
        return view
    return replace(
        view,
        summary=findings.summary(found),
        state=found.overall,
        lines=tuple(_line(row) for row in found.troubled),
        passed=tuple(_line(row) for row in found.of("pass")),
        spots=len(found.spots),
        sheet=_file(action, SHEET),
        report=_file(action, REPORT),
    )


def _with_reject(view: SpotCheckView, rejected: bpy.types.Action) -> SpotCheckView:
    word = verdicts.read(rejected)
    causes = {cause.value: cause for cause in verdicts.Cause}
    advice = verdicts.NEXT_STEPS[causes[word.cause]] if word and word.cause in causes else ""
    return replace(view, verdict=_verdict_words(rejected), rejected=rejected.name, advice=advice)


def _line(row: findings.Row) -> Line:
    wide = [max(row.bars[i : i + 2]) for i in range(0, len(row.bars), 2)]
    curve = "".join(_BLOCKS[round(min(bar, 1.0) * (len(_BLOCKS) - 1))] for bar in wide)
    return Line(
        row.measure, row.label, row.value_words, row.limit_words, row.verdict, row.frame,
        row.note, curve,
    )  # fmt: skip


def _verdict_words(action: bpy.types.Action) -> str:
    word = verdicts.read(action)
    if word is None:
        return ""
    if word.accepted:
        work = f", {word.clean_up} clean-up" if word.clean_up != "none" else ""
        return f"Accepted by {word.person}{work}"
    return f"Rejected by {word.person}: {word.cause}"


def _file(action: bpy.types.Action, name: str) -> str:
    """The path kept on the action. It is not looked up on disk here: this runs at every redraw."""
    value = action.get(name)
    return str(Path(value)) if isinstance(value, str) and value else ""
