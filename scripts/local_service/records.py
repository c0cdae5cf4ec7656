# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about a job, as plain frozen records. Seconds are seconds of the source video
for trims, Unix seconds for moments.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from .contract import JobStatus


class Contract(StrEnum):
    """Which of the two documented create contracts a job came by; its result has that shape."""

    TODAY = "today"
    OLDER = "older"


@dataclass(frozen=True)
class NewJob:
    """A create request that was found good."""

    title: str | None
    source_filename: str
    contract: Contract
    target_ids: tuple[str, ...]
    mocap_type: str
    export_fps: int
    trim_start: float
    trim_end: float | None


@dataclass(frozen=True)
class Job:
    """A row of the job table."""

    id: str
    asked: NewJob
    status: JobStatus
    upload_hash: bytes
    upload_expires: float
    source_name: str | None
    """File name in the job's folder, chosen by us; None until an upload is whole."""
    source_bytes: int | None
    admitted_start: float | None
    admitted_end: float | None
    credits: int | None
    attempts: int
    error_code: str | None
    error_message: str | None
    product: str | None
    """JSON about the finished capture, see `artifacts.Product`."""
    created_at: float
    updated_at: float
    completed_at: float | None

    @property
    def was_admitted(self) -> bool:
        return self.credits is not None


@dataclass(frozen=True)
class EventRow:
    """Something that happened to a job at a moment."""

    kind: str
    at: float
    status: str | None
    stage: str | None
    fraction: float | None
    message: str | None


def job_from_row(row: sqlite3.Row) -> Job:
    """The record of one row of `jobs`."""
    asked = NewJob(
        title=row["title"],
        source_filename=row["source_filename"],
        contract=Contract(row["contract"]),
        target_ids=tuple(json.loads(row["target_ids"])),
        mocap_type=row["mocap_type"],
        export_fps=row["export_fps"],
        trim_start=row["trim_start"],
        trim_end=row["trim_end"],
    )
    same: tuple[str, ...] = (
        "id",
        "upload_hash",
        "upload_expires",
        "source_name",
        "source_bytes",
        "credits",
    )
    same += ("admitted_start", "admitted_end", "attempts", "error_code", "error_message")
    same += ("product", "created_at", "updated_at", "completed_at")
    return Job(asked=asked, status=JobStatus(row["status"]), **{name: row[name] for name in same})
