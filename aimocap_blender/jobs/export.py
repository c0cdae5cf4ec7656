# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs' records as a table for a spreadsheet or a program: CSV and JSON, filtered.

Holds no secret and no folder of this machine: addresses are without their queries, clips and
artifacts are named by file name and hash. Times are UTC, ISO 8601. Pure.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from .accounts import Account, account_of, harmless
from .job import Job

NOTE = (
    "API v-credits only, our own account of them: estimates, marked as admitted when the service "
    "is known to have accepted the job. Web credits are another balance. Compare with the usage "
    "page of your account."
)
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are wanted; an empty text wants all. `month` is UTC, `YYYY-MM`."""

    target_id: str = ""
    target_version: str = ""
    month: str = ""

    def wants(self, account: Account) -> bool:
        """Whether a job with that account line is wanted."""
        wanted = (
            (self.target_id, account.target_id),
            (self.target_version, account.target_version),
            (self.month, account.month),
        )
        return all(not ours.strip() or ours.strip() == theirs for ours, theirs in wanted)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as it is written out. `version_told_by` is service, registry or unknown."""

    month: str
    job_id: str
    local_id: str
    purpose: str
    service: str
    source_clip: str
    clip_sha256: str
    trim_start_seconds: float
    trim_end_seconds: float
    capture_type: str
    export_fps: int
    requested_target: str
    target_version: str
    version_told_by: str
    state: str
    status: str
    code: str
    reason: str
    artifact_url: str
    artifact_file: str
    artifact_sha256: str
    armature: str
    action: str
    preview_verdict: str
    preview_note: str
    verdict: str
    rejection_cause: str
    clean_up: str
    note: str
    reviewer: str
    reviewed_at: str
    checks: tuple[str, ...]
    api_v_credits_estimated: int
    api_v_credits_admitted: int
    admission: str
    submitted_at: str
    changed_at: str
    finished_at: str
    history: tuple[str, ...]


def rows(jobs: Iterable[Job], wanted: Filter | None = None) -> tuple[JobRow, ...]:
    """The wanted jobs, in the order they are given."""
    wanted = wanted or Filter()
    lines = ((job, account_of(job)) for job in jobs)
    return tuple(_row(job, account) for job, account in lines if wanted.wants(account))


def to_csv(found: Iterable[JobRow]) -> str:
    """A heading and a line a job; texts are made harmless to spreadsheets."""
    text = io.StringIO()
    names = [field.name for field in dataclasses.fields(JobRow)]
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    for row in found:
        table.writerow([_cell(getattr(row, name)) for name in names])
    return text.getvalue()


def to_json(found: Iterable[JobRow]) -> str:
    """The same, with a word on what the amounts are."""
    document = {"note": NOTE, "jobs": [dataclasses.asdict(row) for row in found]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def usage_lines(accounts: Iterable[Account], wanted: Filter | None = None) -> tuple[str, ...]:
    """What each month and target has cost, newest month first, a line each."""
    wanted = wanted or Filter()
    sums: dict[tuple[str, str, str], list[int]] = {}
    for line in accounts:
        if not wanted.wants(line):
            continue
        total = sums.setdefault((line.month, line.target_id, line.target_version), [0, 0, 0, 0])
        unknown = line.estimated if line.admission == _UNKNOWN else 0
        for place, amount in enumerate((1, line.admitted, unknown, line.refund_expected)):
            total[place] += amount
    return tuple(
        _usage_words(key, sums[key])
        for key in sorted(sums, key=lambda key: (_descending(key[0]), key[1:]))
    )


def _usage_words(key: tuple[str, str, str], total: list[int]) -> str:
    month, target, version = key
    count, admitted, unknown, refund = total
    named = f"{target}, version {version}" if version != _UNKNOWN else target
    words = f"{month}  {named}: {count} job{'s' * (count != 1)}, about {admitted} API v-credits"
    if unknown:
        words += f", {unknown} more if they were admitted"
    if refund:
        words += f", {refund} to be refunded"
    return words


def _descending(month: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in month)


def _row(job: Job, account: Account) -> JobRow:
    request, review, preview = job.request, job.review, job.preview_verdict
    motion = job.artifact("fbx") or job.artifact("motion_json")
    told_by = "registry" if request.target_version else _UNKNOWN
    return JobRow(
        month=account.month,
        job_id=job.remote_id or "",
        local_id=job.local_id,
        purpose=request.placement.purpose,
        service=request.service.base_url,
        source_clip=request.clip_name,
        clip_sha256=job.clip_sha256 or "",
        trim_start_seconds=round(request.trim_start_seconds, 6),
        trim_end_seconds=round(request.trim_end_seconds, 6),
        capture_type=request.mocap_type,
        export_fps=request.export_fps,
        requested_target=request.target_id,
        target_version=account.target_version,
        version_told_by="service" if job.target_version_reported else told_by,
        state=job.state.value,
        status=job.remote_status,
        code=job.failure.code if job.failure else "",
        reason=job.failure.sentence if job.failure else "",
        artifact_url=motion.url_without_query if motion else "",
        artifact_file=motion.path.name if motion else "",
        artifact_sha256=motion.sha256 if motion else "",
        armature=job.applied_to.armature_name if job.applied_to else "",
        action=job.applied_to.action_name if job.applied_to else "",
        preview_verdict=preview.word if preview else "",
        preview_note=preview.note if preview else "",
        verdict=("accepted" if review.accepted else "rejected") if review else "",
        rejection_cause=review.cause if review else "",
        clean_up=review.clean_up if review else "",
        note=review.note if review else "",
        reviewer=review.person if review else "",
        reviewed_at=_iso(review.wall_seconds if review else None),
        checks=review.checks if review else (),
        api_v_credits_estimated=account.estimated,
        api_v_credits_admitted=account.admitted,
        admission=account.admission,
        submitted_at=_iso(job.started_wall_seconds),
        changed_at=_iso(job.changed_wall_seconds),
        finished_at=_iso(job.finished_wall_seconds),
        history=tuple(
            f"{_iso(note.wall_seconds)} {note.state.value} {note.words}".rstrip()
            for note in job.history
        ),
    )


def _iso(wall_seconds: float | None) -> str:
    """The moment in words; nothing for none, and for one that no calendar has."""
    if wall_seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(wall_seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return ""


def _cell(value: object) -> object:
    text = "; ".join(value) if isinstance(value, tuple) else value
    # A line is a job: readers differ over line breaks inside cells.
    return harmless(" ".join(text.splitlines())) if isinstance(text, str) else text
