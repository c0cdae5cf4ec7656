# SPDX-License-Identifier: GPL-3.0-or-later
"""A custom target that fails where `default` passes for the same clip: hold it, look at its setup.

Otherwise every further capture for that version of the avatar would be paid for and fail too.
"""

from __future__ import annotations

import dataclasses

from ..errors import AimocapError
from .cabinet import Cabinet
from .job import CaptureRequest, Job, JobState
from .ledger import Hold, Ledger

_PASSED = frozenset({JobState.READY, JobState.APPLIED, JobState.FETCHING})
_CUSTOM = "avatar:"
_UNKNOWN = "unknown"


class TargetHeld(AimocapError):
    """Nothing is sent to this version of the target until the user lifts the hold."""


def hold_after(job: Job, cabinet: Cabinet, ledger: Ledger) -> None:
    """A job has ended: does it show, with an earlier one, that an avatar's setup is at fault?

    Errors: `LedgerTrouble`.
    """
    others = [other for other in cabinet.with_clip(job.clip_sha256) if _same_clip(other, job)]
    if _failed_for_avatar(job):
        if any(other.request.target_id == "default" and other.state in _PASSED for other in others):
            _hold(job, cabinet, ledger)
    elif job.request.target_id == "default" and job.state in _PASSED:
        for other in others:
            if _failed_for_avatar(other) and not other.blames_target:
                _hold(other, cabinet, ledger)


def _failed_for_avatar(job: Job) -> bool:
    return job.state is JobState.FAILED and job.request.target_id.startswith(_CUSTOM)


def _hold(job: Job, cabinet: Cabinet, ledger: Ledger) -> None:
    request = job.request
    reason = (
        f"{request.target_name} failed on “{request.clip_name}”, which passes with the target"
        " Default."
    )
    ledger.hold(Hold(request.target_id, request.target_version or _UNKNOWN, reason))
    assert job.failure is not None
    failure = dataclasses.replace(job.failure, remedy=_INSPECT)
    cabinet.save(dataclasses.replace(job, blames_target=True, failure=failure))


_INSPECT = (
    "The same clip passes with the target Default: inspect the avatar's setup. Captures for this"
    " version of it are on hold until you lift that."
)


def refuse_if_held(request: CaptureRequest, ledger: Ledger) -> None:
    """A diagnostic capture goes through: the user starts it on purpose, its price before them, to
    find out whether the hold is right. Errors: `TargetHeld`, `LedgerTrouble`.
    """
    if request.placement.purpose == "diagnosis":
        return
    for hold in ledger.holds():
        if (hold.target_id, hold.target_version) == (
            request.target_id,
            request.target_version or _UNKNOWN,
        ):
            raise TargetHeld(
                f"This target is on hold: {hold.reason}",
                remedy="Inspect the avatar's setup and publish a new version, or lift the hold.",
            )


def _same_clip(one: Job, other: Job) -> bool:
    mine, theirs = one.request, other.request
    return (
        one.local_id != other.local_id
        and one.clip_sha256 is not None
        and one.clip_sha256 == other.clip_sha256
        and abs(mine.trim_start_seconds - theirs.trim_start_seconds) < 1e-3
        and abs(mine.trim_end_seconds - theirs.trim_end_seconds) < 1e-3
        and mine.mocap_type == theirs.mocap_type
    )
