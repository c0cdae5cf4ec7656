# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from a failed command. Pure: the state and the kind of failure in, a reaction out.

The one question behind all of it: could the service have done what was asked, and does doing it
twice cost anything? Only the hand-over (complete-upload) admits a job and costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..api.retry import Backoff
from . import pace
from .job import JobState as S
from .messages import Failed


class Do(Enum):
    """What to do next."""

    TRY_AGAIN = "try again, later and later"
    WAIT = "wait for the user, look again now and then"
    NEW_DRAFT = "make a new draft"
    ASK = "ask the service what it knows"
    COUNT_UNKNOWN = "believe it after a while"
    REFUSED = "the service refused"
    GIVE_UP = "stop and say why"


@dataclass(frozen=True, slots=True)
class Reaction:
    """`backoff` is how to try again; `not_received`: the service surely has not got the call."""

    do: Do
    backoff: Backoff | None = None
    wait_seconds: float = 0.0
    not_received: bool = False


_GIVE_UP = Reaction(Do.GIVE_UP)
_REFUSED = Reaction(Do.REFUSED)
_WAIT_FOR_KEY = Reaction(Do.WAIT, wait_seconds=pace.WAIT_FOR_KEY_SECONDS)
_WAIT_FOR_DISK = Reaction(Do.WAIT, wait_seconds=pace.WAIT_FOR_DISK_SECONDS)

_NETWORK = frozenset({"ConnectionBroken", "TimedOut"})
_KEY = frozenset({"Unauthorised", "Forbidden"})
_NOT_THERE = frozenset({"Unauthorised", "Forbidden", "NotFound", "Rejected"})


def reaction_to(state: S, failure: Failed) -> Reaction:
    """What to do about a failure in that state."""
    match state:
        case S.CREATING:
            return _creating(failure)
        case S.UPLOADING:
            return _uploading(failure)
        case S.COMPLETING:
            return _completing(failure)
        case S.CONFIRMING | S.QUEUED | S.PROCESSING:
            return _asking(failure)
        case S.FETCHING:
            return _fetching(failure)
        case _:
            return _GIVE_UP


def _creating(failure: Failed) -> Reaction:
    """A lost answer is left to the user although a second draft would be free: it was a POST."""
    if failure.kind in ("Rejected", "TooLarge"):
        return _REFUSED
    if failure.kind in ("RateLimited", "ServerTrouble"):
        return Reaction(Do.TRY_AGAIN, pace.NEW_DRAFT)
    if failure.kind in _NETWORK and not failure.may_have_acted:
        return Reaction(Do.TRY_AGAIN, pace.NEW_DRAFT)
    return _GIVE_UP


def _uploading(failure: Failed) -> Reaction:
    """A PUT may be repeated. An address that does not take it any more needs a new draft."""
    if failure.kind in _NETWORK | {"RateLimited", "ServerTrouble", "Malformed"}:
        return Reaction(Do.TRY_AGAIN, pace.SEND)
    if failure.kind == "TooLarge":
        return _REFUSED
    return Reaction(Do.NEW_DRAFT) if failure.kind in _NOT_THERE else _GIVE_UP


def _completing(failure: Failed) -> Reaction:
    if failure.kind in ("Rejected", "TooLarge"):
        return _REFUSED
    if failure.kind == "LocalTrouble":
        return Reaction(Do.WAIT, wait_seconds=pace.WAIT_FOR_DISK_SECONDS, not_received=True)
    if failure.kind in _NETWORK | {"RateLimited"} and not failure.may_have_acted:
        return Reaction(Do.TRY_AGAIN, pace.HAND_OVER, not_received=True)
    if failure.kind in _KEY | {"Redirected", "UnsafeAddress"}:
        return Reaction(Do.GIVE_UP, not_received=True)
    if failure.kind == "NotFound":
        return Reaction(Do.NEW_DRAFT)
    return Reaction(Do.ASK)


def _asking(failure: Failed) -> Reaction:
    """Never gives up while the service may know the job: it may have been paid for."""
    if failure.kind in _KEY:
        return _WAIT_FOR_KEY
    if failure.kind == "NotFound":
        return Reaction(Do.COUNT_UNKNOWN, pace.ASK)
    return Reaction(Do.TRY_AGAIN, pace.ASK)


def _fetching(failure: Failed) -> Reaction:
    """Every attempt asks for fresh addresses, so an expired one mends itself."""
    if failure.kind == "LocalTrouble":
        return _WAIT_FOR_DISK
    if failure.kind == "Unauthorised" and failure.step == "result":
        return _WAIT_FOR_KEY
    if failure.kind in _NETWORK | {"RateLimited", "ServerTrouble", "Malformed"}:
        return Reaction(Do.TRY_AGAIN, pace.FETCH)
    return Reaction(Do.TRY_AGAIN, pace.FETCH_ANEW)
