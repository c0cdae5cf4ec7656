# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a check as one HTML file that opens anywhere: numbers, curves, pictures, verdict.

Everything is inside it; it loads nothing. No secret is in what it is made of: provenance is cut
before queries, paths are given by their file names only.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from ...motion.checks.check import Check, CheckReport
from . import findings

_WIDTH, _HEIGHT = 260, 34
_POINTS = 240
_VERDICT_START, _VERDICT_END = "<!--verdict-->", "<!--/verdict-->"
_STYLE = """\
body{font:14px/1.45 system-ui,sans-serif;color:#222;margin:24px auto;max-width:1280px;
padding:0 16px}
h1{font-size:21px;margin:0 0 2px}h2{font-size:16px;margin:26px 0 8px}
table{border-collapse:collapse;width:100%}td,th{padding:4px 9px;text-align:left;
border-bottom:1px solid #e4e4e2;vertical-align:middle}th{color:#666;font-weight:500}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.pass{color:#26803f}.look{color:#b87a00}.fail{color:#d3281a;font-weight:600}
.say{font-size:18px;margin:2px 0 14px}img{border:1px solid #ddd}.sheet{overflow-x:auto}
svg{display:block}small{color:#777}details{margin-top:10px}
@media(prefers-color-scheme:dark){body{background:#1c1c1c;color:#ddd}td,th{border-color:#3a3a3a}
th,small{color:#999}}"""


@dataclass(frozen=True)
class ReportFacts:
    """What the report says beside the numbers; pairs of a name and its words."""

    title: str
    provenance: tuple[tuple[str, str], ...]
    verdict: tuple[tuple[str, str], ...]
    sheet: Path | None


def to_html(report: CheckReport, found: findings.Findings, facts: ReportFacts) -> str:
    """The whole page."""
    span = f"Frames {found.first_frame} to {found.last_frame}, {report.fps:g} frames a second"
    parts = [
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>{escape(facts.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(facts.title)}</h1>",
        f"<p class='say {found.overall}'>{findings.summary(found)}</p>",
        f"<small>{span}, checked {escape(found.checked_at)}</small>",
    ]
    parts.append(verdict_part(facts.verdict))
    if facts.sheet is not None and facts.sheet.is_file():
        picture = base64.b64encode(facts.sheet.read_bytes()).decode("ascii")
        parts += [
            "<h2>Frames to look at</h2>",
            (
                "<div class='sheet'><img alt='contact sheet' "
                f"src='data:image/png;base64,{picture}'></div>"
            ),
        ]
    parts += ["<h2>Checks</h2>", _table(report)]
    if facts.provenance:
        parts += ["<h2>Where it comes from</h2>", _pairs(facts.provenance)]
    parts.append("</body></html>")
    return "\n".join(parts)


def verdict_part(rows: tuple[tuple[str, str], ...]) -> str:
    """The part about the verdict; there, if empty, before one is given."""
    inside = f"<h2>Verdict</h2>{_pairs(rows)}" if rows else ""
    return f"{_VERDICT_START}{inside}{_VERDICT_END}"


def with_verdict(page: str, rows: tuple[tuple[str, str], ...]) -> str:
    """A report written earlier, with this verdict in it."""
    before, found, rest = page.partition(_VERDICT_START)
    _, also_found, after = rest.partition(_VERDICT_END)
    return before + verdict_part(rows) + after if found and also_found else page


def _pairs(rows: tuple[tuple[str, str], ...]) -> str:
    cells = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<table>{cells}</table>"


def _table(report: CheckReport) -> str:
    ranked = sorted(report.checks, key=lambda check: (-check.verdict, -check.severity))
    head = "<tr><th>Check</th><th></th><th>Value</th><th>Look from</th><th>Fail from</th>"
    head += "<th>Frame</th><th>Bone</th><th>Course</th></tr>"
    return f"<table>{head}{''.join(_row(check, report) for check in ranked)}</table>"


def _row(check: Check, report: CheckReport) -> str:
    limit, found = check.threshold, check.finding
    note = f"<br><small>{escape(found.note)}</small>" if found.note else ""
    numbers = (found.value, limit.look, limit.fail)
    cells = "".join(f"<td class='n'>{findings.words(v, limit.unit)}</td>" for v in numbers)
    return (
        f"<tr title='{escape(limit.reason, quote=True)}'><td>{escape(check.label)}{note}</td>"
        f"<td class='{check.verdict.word}'>{check.verdict.word}</td>{cells}"
        f"<td class='n'>{check.frame}</td><td>{escape(found.bone)}</td>"
        f"<td>{_curve(check, report)}</td></tr>"
    )


def _curve(check: Check, report: CheckReport) -> str:
    """The course over time as a small drawing; the dotted line is the limit to look from."""
    curve = check.finding.curve
    if curve is None or len(curve) < 2:
        return ""
    stretches = np.array_split(np.nan_to_num(curve), min(_POINTS, len(curve)))
    values = np.array([part.max() for part in stretches])
    top = max(float(values.max()), check.threshold.look) * 1.08
    x = np.linspace(0.0, _WIDTH, len(values))
    y = _HEIGHT - values / top * (_HEIGHT - 2)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    limit = _HEIGHT - check.threshold.look / top * (_HEIGHT - 2)
    at = (check.frame - report.first) / max(report.samples - 1, 1) * _WIDTH
    return (
        f"<svg width='{_WIDTH}' height='{_HEIGHT}' viewBox='0 0 {_WIDTH} {_HEIGHT}'>"
        f"<line x1='0' x2='{_WIDTH}' y1='{limit:.1f}' y2='{limit:.1f}' stroke='#b87a00' "
        f"stroke-dasharray='2 3'/><line x1='{at:.1f}' x2='{at:.1f}' y1='0' y2='{_HEIGHT}' "
        f"stroke='#d3281a' stroke-opacity='.35'/><polyline points='{points}' fill='none' "
        f"stroke='#3a6fb5' stroke-width='1.2'/></svg>"
    )
