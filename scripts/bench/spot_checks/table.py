# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial's outcome as Markdown: faults by check, false alarms, time, what was to be reached."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aimocap_blender.motion.checks.check import Measure
from aimocap_blender.motion.checks.thresholds import LABELS, THRESHOLDS

from .trial import FaultRow, GoodRow, cpu_seconds, false_alarms, sensitivity

RESULT = Path(__file__).resolve().parents[1] / "results" / "checks.md"
README = Path(__file__).resolve().parents[3] / "README.md"
_BEGIN, _END = "<!-- faults by check -->", "<!-- end of faults by check -->"
_OFTEN = 0.5
_INTRODUCTION = """\
Made by `scripts/bench.py --checks`. Faults are put into good retargets (made performances and a
recorded walk) between six rig families; a fault counts as reported when the check named for it says
look or fail, and as found when bone and frame are right too."""
_GOALS: dict[str | int, float] = {
    "reported": 95.0,
    "bone": 90.0,
    "frame": 90.0,
    "alarms": 2.0,
    3000: 0.5,
    10000: 1.5,
}


@dataclass(frozen=True)
class Trial:
    """Everything a trial found: rows by fault and by check, good retargets, CPU seconds."""

    faults: Mapping[str, FaultRow]
    good: Mapping[Measure, GoodRow]
    retargets: int
    seconds: Mapping[int, float]


def hold(*, quick: bool = False) -> Trial:
    """Hold the trial; minutes, unless `quick`."""
    faults = sensitivity(quick=quick)
    good, count = false_alarms(quick=quick)
    return Trial(faults, good, count, {frames: cpu_seconds(frames) for frames in (3000, 10000)})


def to_markdown(trial: Trial) -> str:
    """The tables."""
    lines = [
        "# Spot checks: faults by check",
        "",
        _INTRODUCTION,
        "",
        *_summary(_shares(trial.faults, trial.good), trial.seconds, trial.retargets),
        "",
        *_fault_table(trial.faults),
        "",
        *_good_table(trial.good, trial.retargets),
        "",
        f"Python {platform.python_version()}, numpy {np.__version__}, {platform.system()}.",
        "",
    ]
    return "\n".join(lines)


def to_readme(trial: Trial) -> str:
    """What stands in the README: the share of cases by fault, and of all."""
    shares = _shares(trial.faults, trial.good)
    lines = [_line("fault", "named check", "cases", "reported", "right bone", "right frame")]
    lines.append(_line(*["---"] * 6))
    for kind, row in trial.faults.items():
        counts = (row.reported, row.right_bone, row.right_frame)
        parts = [_per_cent(100.0 * count / row.cases) for count in counts]
        lines.append(_line(kind, LABELS[row.named].lower(), row.cases, *parts))
    whole = [f"**{_per_cent(shares[name])}**" for name in ("reported", "bone", "frame")]
    lines.append(_line("**all**", "", f"**{shares['cases']:.0f}**", *whole))
    lines.append(_line("wanted", "", "", "95 %", "90 %", "90 %"))
    alarms, looks = _per_cent(shares["alarms"], 2), _per_cent(shares["looks"], 2)
    return "\n".join(
        (
            *lines,
            "",
            f"Untouched motions retargeted between six rig families ({trial.retargets} retargets,",
            f"{shares['checks']:,.0f} checks): {alarms} say fail (wanted: at most 2 %), {looks}",
            f"say look. All checks of 65 bones take {trial.seconds[3000]:.2f} s of CPU for",
            f"3,000 frames and {trial.seconds[10000]:.2f} s for 10,000 (wanted: 0.5 and 1.5 s).",
        )
    )


def put_into_readme(trial: Trial, readme: Path = README) -> bool:
    """Write the README's table anew between its marks; False when the marks are not there."""
    text = readme.read_text(encoding="utf-8")
    before, found, rest = text.partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not (found and ended):
        return False
    page = f"{before}{_BEGIN}\n{to_readme(trial)}\n{_END}{after}"
    readme.write_text(page, encoding="utf-8")
    return True


def _per_cent(value: float, digits: int = 1) -> str:
    words = f"{value:.{digits}f}"
    return f"{words.rstrip('0').rstrip('.')} %"


def figures_of(trial: Trial) -> dict[str, float]:
    """The figures of the first table."""
    cpu = {f"cpu_seconds_{frames}": value for frames, value in trial.seconds.items()}
    return {**_shares(trial.faults, trial.good), **cpu, "retargets": float(trial.retargets)}


def is_reached(trial: Trial) -> bool:
    """Whether everything that was asked for is reached."""
    shares = _shares(trial.faults, trial.good)
    return (
        all(shares[name] >= _GOALS[name] for name in ("reported", "bone", "frame"))
        and shares["alarms"] <= _GOALS["alarms"]
        and all(trial.seconds[frames] < _GOALS[frames] for frames in trial.seconds)
    )


def _shares(faults: Mapping[str, FaultRow], good: Mapping[Measure, GoodRow]) -> dict[str, float]:
    """Per cent of cases reported, with the right bone, the right frame; of checks that cry wolf."""
    cases = sum(row.cases for row in faults.values())
    checks = sum(len(row.values) for row in good.values())
    return {
        "reported": 100.0 * sum(row.reported for row in faults.values()) / cases,
        "bone": 100.0 * sum(row.right_bone for row in faults.values()) / cases,
        "frame": 100.0 * sum(row.right_frame for row in faults.values()) / cases,
        "alarms": 100.0 * sum(row.fails for row in good.values()) / checks,
        "looks": 100.0 * sum(row.looks for row in good.values()) / checks,
        "cases": float(cases),
        "checks": float(checks),
    }


def _summary(shares: Mapping[str, float], seconds: Mapping[int, float], count: int) -> list[str]:
    reported = f"faults reported by the named check ({shares['cases']:.0f} cases)"
    alarms = f"fail on good motions ({count} retargets, {shares['checks']:.0f} checks)"
    rows = [
        ("measure", "reach", "reached"),
        ("---", "---", "---"),
        (reported, "at least 95 %", f"{shares['reported']:.1f} %"),
        ("with the right bone", "at least 90 %", f"{shares['bone']:.1f} %"),
        ("with the right frame", "at least 90 %", f"{shares['frame']:.1f} %"),
        (alarms, "at most 2 %", f"{shares['alarms']:.2f} % (look: {shares['looks']:.2f} %)"),
        ("all checks, 3,000 frames x 65 bones", "under 0.5 s CPU", f"{seconds[3000]:.2f} s"),
        ("all checks, 10,000 frames x 65 bones", "under 1.5 s CPU", f"{seconds[10000]:.2f} s"),
    ]
    return [_line(*row) for row in rows]


def _line(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _fault_table(faults: Mapping[str, FaultRow]) -> list[str]:
    head = ("fault", "named check", "cases", "reported", "right bone", "right frame")
    lines = [_line(*head, "least, median value", "also reported by"), _line(*["---"] * 8)]
    for kind, row in faults.items():
        often = [m for m, n in row.others.items() if n >= _OFTEN * row.cases]
        values = f"{min(row.values):.3g}, {np.median(row.values):.3g} {THRESHOLDS[row.named].unit}"
        also = ", ".join(LABELS[m].lower() for m in Measure if m in often) or "-"
        counts = (row.cases, row.reported, row.right_bone, row.right_frame)
        lines.append(_line(kind, LABELS[row.named], *counts, values, also))
    return lines


def _good_table(good: Mapping[Measure, GoodRow], count: int) -> list[str]:
    head = ("check", "unit", "median", "98 of 100 under", "highest", "look from", "fail from")
    lines = [
        f"Good motions ({count} retargets), and the limits that follow:",
        "",
        _line(*head, "look", "fail"),
        _line(*["---"] * 9),
    ]
    for measure, row in good.items():
        limit = THRESHOLDS[measure]
        spread = (f"{v:.2f}" for v in np.percentile(row.values, (50.0, 98.0, 100.0)))
        limits = f"{limit.look:g}", f"{limit.fail:g}"
        lines.append(_line(LABELS[measure], limit.unit, *spread, *limits, row.looks, row.fails))
    return lines
