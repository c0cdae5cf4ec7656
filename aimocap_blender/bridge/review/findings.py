# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks found, kept on the action itself: one line of JSON in `aimocap_checks`.

So it is there after saving, in another Blender and without the source; panels read it at every
redraw. Plain values only; the full curves are in the report.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import lru_cache

import bpy
import numpy as np

from ...motion.checks.check import CheckReport, Verdict
from ...motion.checks.moments import Moment

PROPERTY = "aimocap_checks"
_VERSION = 1
_BARS = 24
_NOUGHT = 0.005
"""Smaller numbers, of whatever unit, are read as none."""


@dataclass(frozen=True)
class Row:
    """One check: numbers in its unit; `bars` is its curve as heights from 0 to 1 of its limit."""

    measure: str
    label: str
    value: float
    unit: str
    look: float
    fail: float
    verdict: str
    frame: int
    bone: str
    note: str
    bars: tuple[float, ...] = ()

    @property
    def value_words(self) -> str:
        """The number as it is read: "4.8 cm"."""
        return words(self.value, self.unit)

    @property
    def limit_words(self) -> str:
        """The limit as it is read."""
        return words(self.look, self.unit)


@dataclass(frozen=True)
class Spot:
    """One frame to look at."""

    frame: int
    why: str
    bone: str
    measure: str


@dataclass(frozen=True)
class Findings:
    """All rows in their order, the frames to look at, and when it was checked (UTC, ISO 8601)."""

    rows: tuple[Row, ...]
    spots: tuple[Spot, ...]
    first_frame: int
    last_frame: int
    checked_at: str

    @property
    def overall(self) -> str:
        """The worst verdict: pass, look or fail."""
        return Verdict.worst(Verdict[row.verdict.upper()] for row in self.rows).word

    def of(self, verdict: str) -> tuple[Row, ...]:
        """The rows that ended so, the worst first."""
        found = [row for row in self.rows if row.verdict == verdict]
        return tuple(sorted(found, key=lambda row: -row.value / row.look))

    @property
    def troubled(self) -> tuple[Row, ...]:
        """The rows that failed, then those to look at, the worst first."""
        return self.of("fail") + self.of("look")


def words(value: float, unit: str) -> str:
    """A number with its unit, three digits of it."""
    if not math.isfinite(value):
        return "no number"
    number = f"{value:.0f}" if unit in ("frames", "bones", "") else f"{value:.3g}"
    if abs(value) < _NOUGHT:
        number = "0"
    if unit == "frames" and value != round(value):
        number = f"{value:.1f}"
    return f"{number} {unit}".strip()


def summary(found: Findings) -> str:
    """One line: how many checks failed, how many are to be looked at."""
    count, failed, looks = len(found.rows), len(found.of("fail")), len(found.of("look"))
    if not failed and not looks:
        return f"All {count} checks passed"
    if not failed:
        return f"Look at {looks} of {count} checks"
    return f"Failed {failed} of {count} checks" + (f", look at {looks}" if looks else "")


def of_report(report: CheckReport, moments: tuple[Moment, ...], checked_at: str) -> Findings:
    """The findings of a report."""
    rows = tuple(
        Row(
            measure=check.measure.value,
            label=check.label,
            value=check.finding.value,
            unit=check.threshold.unit,
            look=check.threshold.look,
            fail=check.threshold.fail,
            verdict=check.verdict.word,
            frame=check.frame,
            bone=check.finding.bone,
            note=check.finding.note,
            bars=_bars(check.finding.curve, check.threshold.look),
        )
        for check in report.checks
    )
    spots = tuple(
        Spot(m.frame, m.why, m.bone, m.check.measure.value if m.check else "") for m in moments
    )
    return Findings(rows, spots, report.first, report.first + report.samples - 1, checked_at)


def _bars(curve: np.ndarray | None, look: float) -> tuple[float, ...]:
    """The highest values of a curve in equal stretches of time, 1 at the limit."""
    if curve is None or not len(curve):
        return ()
    stretches = np.array_split(np.nan_to_num(curve, nan=look), min(_BARS, len(curve)))
    return tuple(round(min(float(part.max()) / look, 2.0), 3) for part in stretches)


def write(action: bpy.types.Action, findings: Findings) -> None:
    """Put the findings on an action, over those before."""
    action[PROPERTY] = json.dumps({"version": _VERSION, **asdict(findings)}, separators=(",", ":"))


def read(action: bpy.types.Action | None) -> Findings | None:
    """What was found on an action; None when it was not checked or the text is not ours."""
    text = action.get(PROPERTY) if action is not None else None
    return _parsed(text) if isinstance(text, str) else None


@lru_cache(maxsize=16)
def _parsed(text: str) -> Findings | None:
    """The findings of a text: drawing asks for the same one again and again."""
    try:
        value = json.loads(text)
        if value.pop("version") != _VERSION:
            return None
        rows = tuple(Row(**{**row, "bars": tuple(row["bars"])}) for row in value.pop("rows"))
        spots = tuple(Spot(**spot) for spot in value.pop("spots"))
        return Findings(rows=rows, spots=spots, **value)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
