# SPDX-License-Identifier: GPL-3.0-or-later
"""Which step may follow which: one table, and an error for everything that is not in it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from .job import JobState as S


class JobEvent(StrEnum):
    """What can happen to a job."""

    CLIP_READ = "the clip was read"
    TWIN_FOUND = "an identical request was found"
    RUN_CHOSEN = "the user chose to run it again"
    FOLLOW_CHOSEN = "the user chose to follow the running job"
    REUSE_CHOSEN = "the user chose to reuse the result"
    DRAFT_MADE = "a draft was made"
    DRAFT_LOST = "the draft cannot be used any more"
    CLIP_SENT = "the clip was sent"
    ADMITTED = "the service accepted the upload"
    ANSWER_LOST = "the answer was lost"
    NOT_RECEIVED = "the service did not receive the hand-over"
    TOLD_QUEUED = "the service says: queued"
    TOLD_RUNNING = "the service says: running"
    TOLD_COMPLETED = "the service says: completed"
    TOLD_FAILED = "the service says: failed"
    TOLD_CANCELED = "the service says: canceled"
    REFUSED = "the service refused"
    MOTION_HELD = "the motion is on disk"
    DATA_HELD = "the data is on disk"
    ARTIFACT_ABSENT = "the result lacks the target's artifact"
    GAVE_UP = "our side gave up"
    CANNOT_TELL = "the service cannot tell"
    STOPPED_BY_USER = "the user stopped it"
    APPLIED = "the motion was applied"
    RESTARTED = "it starts over with a new draft"
    ASKED_AGAIN = "the service is asked again"
    HANDED_OVER_AGAIN = "the uploaded clip is handed over again"
    FETCHED_AGAIN = "the result is fetched again"


E = JobEvent


class ForbiddenStep(RuntimeError):
    """An event came in a state that has no answer to it: a mistake of ours."""

    def __init__(self, state: S, event: JobEvent) -> None:
        super().__init__(f"no step from state {state.value!r} on {event.name} ({event.value})")
        self.state = state
        self.event = event


_TOLD = {
    E.TOLD_QUEUED: S.QUEUED,
    E.TOLD_RUNNING: S.PROCESSING,
    E.TOLD_COMPLETED: S.FETCHING,
    E.TOLD_FAILED: S.FAILED,
    E.TOLD_CANCELED: S.CANCELED,
    E.CANNOT_TELL: S.UNSURE,
    E.GAVE_UP: S.BROKEN,
    E.STOPPED_BY_USER: S.STOPPED,
}

_BY_STATE: dict[S, dict[JobEvent, S]] = {
    S.CHECKING: {
        E.CLIP_READ: S.CREATING,
        E.TWIN_FOUND: S.DUPLICATE,
        E.GAVE_UP: S.BROKEN,
        E.STOPPED_BY_USER: S.STOPPED,
    },
    S.DUPLICATE: {
        E.RUN_CHOSEN: S.CREATING,
        E.FOLLOW_CHOSEN: S.QUEUED,
        E.REUSE_CHOSEN: S.FETCHING,
        E.STOPPED_BY_USER: S.STOPPED,
    },
    S.CREATING: {
        E.DRAFT_MADE: S.UPLOADING,
        E.REFUSED: S.REJECTED,
        E.GAVE_UP: S.BROKEN,
        E.STOPPED_BY_USER: S.STOPPED,
    },
    S.UPLOADING: {
        E.CLIP_SENT: S.COMPLETING,
        E.DRAFT_LOST: S.CREATING,
        E.ANSWER_LOST: S.CONFIRMING,  # only from a rebuilt ledger, which may lag behind
        E.REFUSED: S.REJECTED,
        E.GAVE_UP: S.BROKEN,
        E.STOPPED_BY_USER: S.STOPPED,
    },
    S.COMPLETING: {
        E.ADMITTED: S.QUEUED,
        E.ANSWER_LOST: S.CONFIRMING,
        E.DRAFT_LOST: S.CREATING,
        E.REFUSED: S.REJECTED,
        E.GAVE_UP: S.BROKEN,
        E.STOPPED_BY_USER: S.STOPPED,
    },
    S.CONFIRMING: {**_TOLD, E.NOT_RECEIVED: S.COMPLETING, E.DRAFT_LOST: S.CREATING},
    S.QUEUED: dict(_TOLD),
    S.PROCESSING: dict(_TOLD),
    S.FETCHING: {
        E.MOTION_HELD: S.READY,
        E.DATA_HELD: S.KEPT,
        E.ARTIFACT_ABSENT: S.MISSING,
        E.CANNOT_TELL: S.UNSURE,
        E.GAVE_UP: S.BROKEN,
        E.STOPPED_BY_USER: S.STOPPED,
    },
    S.READY: {E.APPLIED: S.APPLIED, E.FETCHED_AGAIN: S.FETCHING},
    S.APPLIED: {E.APPLIED: S.APPLIED, E.FETCHED_AGAIN: S.FETCHING},
    S.KEPT: {E.FETCHED_AGAIN: S.FETCHING},
    S.FAILED: {},
    S.CANCELED: {},
    S.REJECTED: {E.RESTARTED: S.CHECKING, E.HANDED_OVER_AGAIN: S.COMPLETING},
    S.MISSING: {E.FETCHED_AGAIN: S.FETCHING},
    S.STOPPED: {E.RESTARTED: S.CHECKING, E.ASKED_AGAIN: S.CONFIRMING},
    S.BROKEN: {
        E.RESTARTED: S.CHECKING,
        E.ASKED_AGAIN: S.CONFIRMING,
        E.HANDED_OVER_AGAIN: S.COMPLETING,
    },
    S.UNSURE: {E.ASKED_AGAIN: S.CONFIRMING, E.STOPPED_BY_USER: S.STOPPED},
}

TABLE = MappingProxyType(
    {(state, event): after for state, row in _BY_STATE.items() for event, after in row.items()}
)
"""`{(state, event): state}`, whole."""


def after(state: S, event: JobEvent) -> S:
    """The state that follows. Errors: `ForbiddenStep`, naming both."""
    following = TABLE.get((state, event))
    if following is None:
        raise ForbiddenStep(state, event)
    return following
