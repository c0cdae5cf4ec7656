# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness packet: what a check of a target on a service saw, as Markdown, HTML and JSON.

The HTML is one file: pictures lie in it. Holds no secret and no folder of this machine. Pure.
"""

from __future__ import annotations

import base64
import dataclasses
import html
import json
from dataclasses import dataclass

from .job import Job, JobState

_MILESTONES = (
    (JobState.CREATING, "create"),
    (JobState.UPLOADING, "upload"),
    (JobState.COMPLETING, "complete"),
    (JobState.QUEUED, "queued"),
    (JobState.PROCESSING, "processing"),
    (JobState.FETCHING, "download"),
    (JobState.READY, "ready"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: whether it passed, and what was seen, as a sentence."""

    step: str
    passed: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Packet:
    """One check. `timings` are (milestone, seconds since the job was submitted)."""

    target_id: str
    target_name: str
    target_version: str
    service: str
    person: str
    checked_at: str
    findings: tuple[Finding, ...]
    versions: tuple[str, ...]
    accepted_clips: tuple[str, ...]
    clean_up_verdicts: tuple[str, ...]
    failed_jobs: tuple[str, ...]
    timings: tuple[tuple[str, float], ...]
    artifacts: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether every step passed."""
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    @property
    def summary(self) -> str:
        failed = [finding.step for finding in self.findings if not finding.passed]
        return f"Not ready: {', '.join(failed)} failed" if failed else "Ready: every step passed"


def timings_of(job: Job) -> tuple[tuple[str, float], ...]:
    """When the job first came to each milestone, in seconds since it was submitted."""
    found = []
    for state, name in _MILESTONES:
        moment = next((note.wall_seconds for note in job.history if note.state is state), None)
        if moment is not None:
            found.append((name, round(max(0.0, moment - job.started_wall_seconds), 2)))
    return tuple(found)


def lifecycle_of(job: Job) -> tuple[Finding, ...]:
    """The steps of the job's own way, each passed when the job came beyond it."""
    reached = {note.state for note in job.history} | {job.state}
    failure = job.failure.sentence if job.failure else ""
    later = {
        "create": {JobState.UPLOADING, JobState.COMPLETING},
        "upload": {JobState.COMPLETING},
        "complete": {JobState.QUEUED, JobState.PROCESSING, JobState.FETCHING},
        "poll": {JobState.FETCHING},
        "download": {JobState.READY, JobState.KEPT},
    }
    found = []
    for step, states in later.items():
        passed = bool(states & reached)
        found.append(
            Finding(step, passed, _seen(job, step) if passed else failure or "Not reached")
        )
    return tuple(found)


def _seen(job: Job, step: str) -> str:
    size = sum(item.bytes for item in job.artifacts)
    return {
        "create": f"The draft {job.remote_id or ''} was made.",
        "upload": f"{job.clip_bytes or 0} bytes were sent.",
        "complete": "The service admitted the job.",
        "poll": f"It was followed until the service said {job.remote_status or 'completed'}.",
        "download": f"{len(job.artifacts)} files with {size} bytes were fetched and checked.",
    }[step]


def to_json(packet: Packet) -> str:
    """The packet for programs."""
    document = dataclasses.asdict(packet) | {"ready": packet.is_ready}
    return json.dumps(document, indent=2) + "\n"


def to_markdown(packet: Packet) -> str:
    """The packet to read as text."""
    lines = [f"# Readiness of {packet.target_name}", "", f"**{packet.summary}.**", ""]
    lines += [f"- {name}: {value}" for name, value in _heads(packet)]
    lines += ["", "| step | result | what was seen |", "|---|---|---|"]
    lines += [f"| {one.step} | {_word(one)} | {_in_cell(one.seen)} |" for one in packet.findings]
    for title, entries in _lists(packet):
        lines += ["", f"## {title}", "", *(f"- {_in_cell(entry)}" for entry in entries)]
        if not entries:
            lines.append("none")
    return "\n".join(lines) + "\n"


def to_html(packet: Packet, picture: bytes = b"") -> str:
    """The packet as one page; `picture` is a PNG that is put into it."""
    quoted = html.escape
    rows = "".join(
        f'<tr class="{_word(one)}"><td>{quoted(one.step)}<td>{_word(one)}'
        f"<td>{quoted(one.seen)}</tr>"
        for one in packet.findings
    )
    heads = "".join(f"<dt>{quoted(n)}<dd>{quoted(v)}" for n, v in _heads(packet))
    lists = "".join(_section(title, entries) for title, entries in _lists(packet))
    image = ""
    if picture:
        encoded = base64.b64encode(picture).decode("ascii")
        image = (
            "<h2>What came back</h2>"
            f'<img alt="The motion beside its video" src="data:image/png;base64,{encoded}">'
        )
    verdict = "pass" if packet.is_ready else "fail"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Readiness of {quoted(packet.target_name)}</title><style>{_STYLE}</style>"
        f"<h1>Readiness of {quoted(packet.target_name)}</h1>"
        f'<p class="verdict {verdict}">{quoted(packet.summary)}.</p><dl>{heads}</dl>'
        f"<table><tr><th>Step<th>Result<th>What was seen</tr>{rows}</table>"
        f'{image}<div class="lists">{lists}</div></html>\n'
    )


def _section(title: str, entries: tuple[str, ...]) -> str:
    if not entries:
        return f"<section><h2>{html.escape(title)}</h2><p class=none>none</section>"
    items = "".join(f"<li>{html.escape(entry)}" for entry in entries)
    return f"<section><h2>{html.escape(title)}</h2><ul>{items}</ul></section>"


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c1c1c}h1{margin-bottom:.4rem}h2{font-size:1.05rem;margin:1.4rem 0 .3rem}"
    ".verdict{padding:.5rem .8rem;border-left:.4rem solid;font-weight:600}"
    ".verdict.pass{color:#176b35;background:#e9f5ec}.verdict.fail{color:#b3261e;background:#fbecea}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{font-weight:600}"
    "dd{margin:0;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ddd;padding:.35rem .6rem;text-align:left;vertical-align:top}"
    "td:first-child{white-space:nowrap}td:nth-child(2){font-weight:700}"
    "tr.pass td:nth-child(2){color:#176b35}tr.fail td:nth-child(2){color:#b3261e}"
    "tr.fail{background:#fbecea}img{max-width:100%;border:1px solid #ddd}"
    ".lists{columns:2;column-gap:2rem}section{break-inside:avoid}ul{margin:0;padding-left:1.2rem}"
    "li{overflow-wrap:anywhere}.none{color:#777;margin:0}"
)


def _heads(packet: Packet) -> tuple[tuple[str, str], ...]:
    return (
        ("Target", f"{packet.target_id}, version {packet.target_version}"),
        ("Service", packet.service),
        ("Checked", f"{_moment_words(packet.checked_at)} by {packet.person}"),
    )


def _moment_words(checked_at: str) -> str:
    return checked_at.replace("T", " ").replace("+00:00", " UTC")


def _lists(packet: Packet) -> tuple[tuple[str, tuple[str, ...]], ...]:
    timings = tuple(f"{name}: {seconds:.2f} s" for name, seconds in packet.timings)
    return (
        ("Target versions", packet.versions),
        ("Accepted clips", packet.accepted_clips),
        ("Clean-up verdicts", packet.clean_up_verdicts),
        ("Lifecycle timings", timings),
        ("Artifacts reviewed", packet.artifacts),
        ("Failed jobs of this target", packet.failed_jobs),
    )


def _word(finding: Finding) -> str:
    return "pass" if finding.passed else "fail"


def _in_cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").splitlines())
