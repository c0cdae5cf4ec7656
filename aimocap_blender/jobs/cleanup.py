# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be removed to make room. Never an unapplied result, never a job that may go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .job import Job, JobState, Moment

_DONE = frozenset(
    {
        JobState.APPLIED,
        JobState.FAILED,
        JobState.CANCELED,
        JobState.REJECTED,
    }
)
_DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Jobs that would be forgotten with their files, and how many bytes that frees."""

    local_ids: tuple[str, ...]
    titles: tuple[str, ...]
    bytes: int


def plan_clean_up(jobs: Iterable[Job], now: Moment, older_than_days: float) -> CleanUp:
    """Jobs that have ended well or for good, longer ago than that."""
    before = now.wall_seconds - older_than_days * _DAY_SECONDS
    chosen = [
        job
        for job in jobs
        if (job.state in _DONE or _stopped_for_free(job)) and job.changed_wall_seconds <= before
    ]
    return CleanUp(
        local_ids=tuple(job.local_id for job in chosen),
        titles=tuple(job.request.title for job in chosen),
        bytes=sum(item.bytes for job in chosen for item in job.artifacts),
    )


def _stopped_for_free(job: Job) -> bool:
    return job.state == JobState.STOPPED and job.admitted is False
