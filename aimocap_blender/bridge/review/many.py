# SPDX-License-Identifier: GPL-3.0-or-later
"""Many motions checked at once: a row a clip, a column a check, as CSV and as HTML.

What the acceptance of a target's version is built on. Works without a window.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import bpy

from ...errors import AimocapError
from ...jobs.job import Job
from ...motion.checks.check import Measure
from ...motion.checks.thresholds import LABELS, THRESHOLDS
from .. import provenance
from ..retarget import sources
from . import checking, findings, verdicts

_COLOURS = {"pass": "#dff0e3", "look": "#fbeecb", "fail": "#f8d3ce"}


@dataclass(frozen=True)
class ClipRow:
    """One checked clip; without findings `trouble` says why."""

    action: str
    armature: str
    target: str
    version: str
    found: findings.Findings | None
    verdict: str
    trouble: str = ""

    @property
    def overall(self) -> str:
        """pass, look, fail; "not checked" where it could not be."""
        return self.found.overall if self.found is not None else "not checked"


def checkable(
    armatures: Iterable[bpy.types.Object] | None = None,
) -> list[tuple[bpy.types.Object, bpy.types.Action]]:
    """Every retargeted action of the file with the armature it was made for.

    That is the one whose motion it is now, else the first that has all bones it moves.
    """
    holders = [o for o in armatures or bpy.data.objects if o.type == "ARMATURE"]
    pairs = []
    for action in bpy.data.actions:
        if sources.read(action) is None:
            continue
        playing = [o for o in holders if o.animation_data and o.animation_data.action == action]
        wanted = action.get(sources.TARGET, "")
        owner = playing[:1] or [o for o in holders if o.name == wanted]
        pairs += [(owner[0], action)] if owner else []
    return pairs


def check_many(
    pairs: Iterable[tuple[bpy.types.Object, bpy.types.Action]], jobs: Iterable[Job] = ()
) -> tuple[ClipRow, ...]:
    """Check every pair; one that can't be checked is a row with the reason.

    jobs  the user's jobs, which may hold the motions' files
    """
    known, rows = tuple(jobs), []
    for armature, action in pairs:
        found, trouble = None, ""
        try:
            found = checking.check_action(armature, action, jobs=known).findings
        except AimocapError as error:
            trouble = str(error)
        made, word = provenance.read(action), verdicts.read(action)
        rows.append(
            ClipRow(
                action=action.name,
                armature=armature.name,
                target=made.target if made is not None else "",
                version=made.target_version if made is not None else "",
                found=found,
                verdict="" if word is None else "accepted" if word.accepted else "rejected",
                trouble=trouble,
            )
        )
    return tuple(rows)


def to_csv(rows: Iterable[ClipRow]) -> str:
    """The table for a spreadsheet: numbers in the unit of the column's head."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = [f"{LABELS[m]} ({THRESHOLDS[m].unit})".replace(" ()", "") for m in Measure]
    writer.writerow(
        ["Clip", "Armature", "Target", "Version", "Verdict", "Overall", *heads, "Trouble"]
    )
    for row in rows:
        values = [""] * len(heads)
        if row.found is not None:
            by_measure = {item.measure: item for item in row.found.rows}
            values = [f"{by_measure[m.value].value:.5g}" for m in Measure]
        writer.writerow(
            [row.action, row.armature, row.target, row.version, row.verdict, row.overall, *values,
             row.trouble]
        )  # fmt: skip
    return out.getvalue()


def to_html(rows: Iterable[ClipRow], title: str = "Spot checks") -> str:
    """The table as a page: a cell is coloured by what its check says."""
    heads = "".join(f"<th>{escape(LABELS[m])}<br>{THRESHOLDS[m].unit}</th>" for m in Measure)
    body = "".join(_html_row(row) for row in rows)
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        "<style>body{font:13px system-ui,sans-serif;margin:20px}td,th{padding:3px 7px;"
        "border:1px solid #ddd;text-align:right}th{background:#f4f4f2}td:first-child{text-align:"
        f"left}}table{{border-collapse:collapse}}</style></head><body><h1>{escape(title)}</h1>"
        f"<table><tr><th>Clip</th><th>Target</th><th>Verdict</th><th>Overall</th>{heads}</tr>"
        f"{body}</table></body></html>"
    )


def _html_row(row: ClipRow) -> str:
    colour = _COLOURS.get(row.overall, "#eee")
    target = f"{row.target} {row.version}".strip()
    start = (
        f"<tr><td>{escape(row.action)}</td><td>{escape(target)}</td><td>{row.verdict}</td>"
        f"<td style='background:{colour}'>{row.overall}</td>"
    )
    if row.found is None:
        return f"{start}<td colspan='{len(Measure)}'>{escape(row.trouble)}</td></tr>"
    cells = "".join(
        f"<td style='background:{_COLOURS[item.verdict]}'>{item.value:.3g}</td>"
        for item in row.found.rows
    )
    return f"{start}{cells}</tr>"


def save(rows: Iterable[ClipRow], path: Path) -> Path:
    """Write the table: as HTML for a name that ends so, else as CSV. Errors: AimocapError."""
    kept = tuple(rows)
    text = to_html(kept) if path.suffix.lower() in (".html", ".htm") else to_csv(kept)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AimocapError(
            f'"{path}" can\'t be written ({reason}).', remedy="Choose another place."
        ) from error
    return path
