# SPDX-License-Identifier: GPL-3.0-or-later
"""Has exactly this been asked for before? So that nothing is paid for twice by accident."""

from __future__ import annotations

from .cabinet import Cabinet
from .dispatch import is_whole
from .job import OPEN_STATES, Job, JobState
from .ledger import Ledger

WITH_RESULT = frozenset({JobState.READY, JobState.APPLIED, JobState.KEPT})
_RUNNING = OPEN_STATES - {JobState.CHECKING}


def twin_of(job: Job, cabinet: Cabinet, ledger: Ledger) -> Job | None:
    """An identical job with a result on disk, else one that is running; None if there is none.

    Errors: `LedgerTrouble`.
    """
    cabinet.learn()
    twins = [twin for twin in map(cabinet.find, ledger.twins(job)) if twin is not None]
    finished = [twin for twin in twins if has_result(twin)]
    running = [twin for twin in twins if is_running(twin)]
    return next(iter(finished + running), None)


def has_result(job: Job) -> bool:
    """Whether its result can be taken over."""
    return (
        job.state in WITH_RESULT
        and bool(job.artifacts)
        and all(is_whole(item.path, item.bytes) for item in job.artifacts)
    )


def is_running(job: Job) -> bool:
    """Whether it is under way, so that its result can be shared."""
    return job.state in _RUNNING and job.follows is None
