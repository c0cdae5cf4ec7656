# SPDX-License-Identifier: GPL-3.0-or-later
"""A custom target that fails where `default` passes for the same clip: hold it, look at its setup.

Otherwise every further capture for that version of the avatar would be paid for and fail too.
"""

from __future__ import annotations

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
    """Put the target of a job that failed on hold, if `default` passed for the same clip.

    Errors: `LedgerTrouble`.
    """
    request = job.request
    if job.state is not JobState.FAILED or not request.target_id.startswith(_CUSTOM):
        return
    for other in cabinet.newest_first():
        if (
            other.request.target_id == "default"
            and other.state in _PASSED
            and other.clip_sha256 == job.clip_sha256
            and _same_trim(other.request, request)
        ):
            reason = (
                f"{request.target_name} failed on “{request.clip_name}”, which passes with the"
                " target Default."
            )
            ledger.hold(Hold(request.target_id, request.target_version or _UNKNOWN, reason))
            return


def refuse_if_held(request: CaptureRequest, ledger: Ledger) -> None:
    """Errors: `TargetHeld`, `LedgerTrouble`."""
    for hold in ledger.holds():
        if (hold.target_id, hold.target_version) == (
            request.target_id,
            request.target_version or _UNKNOWN,
        ):
            raise TargetHeld(
                f"This target is on hold: {hold.reason}",
                remedy="Inspect the avatar's setup and publish a new version, or lift the hold.",
            )


def _same_trim(one: CaptureRequest, other: CaptureRequest) -> bool:
    return (
        abs(one.trim_start_seconds - other.trim_start_seconds) < 1e-3
        and abs(one.trim_end_seconds - other.trim_end_seconds) < 1e-3
        and one.mocap_type == other.mocap_type
    )
