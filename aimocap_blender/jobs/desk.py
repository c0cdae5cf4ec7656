# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk: the one place that moves jobs forward. Main thread only.

`tick` holds every timing rule and gets the time as an argument. It takes in what the worker
threads have to say, moves jobs through `states`, writes the ledger, and only then lets commands
out: what may cost money is on record before it is sent. Knows no Blender and no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .job import CaptureRequest, Decision, Job, Moment, ServiceRef
from .views import JobView

KeyFor = Callable[[ServiceRef], str | None]
MayConnect = Callable[[ServiceRef], str | None]


@dataclass(frozen=True, slots=True)
class TickReport:
    """What a tick did.

    `changed`: a job shown to the user is different from before (redraw).
    `ready`: jobs whose motion turned ready to be applied since the last tick; each is named once
    per session, those found ready after a restart by the first tick.
    `busy`: something moves right now (a transfer, a call under way): keep the modal timer alive.
    `next_due_seconds`: when the next tick is needed although nothing moves; None: only after an
    act of the user. 0 while busy.
    `trouble`: a sentence about the ledger or the disk ("" when all is well).
    """

    changed: bool
    ready: tuple[str, ...]
    busy: bool
    next_due_seconds: float | None
    trouble: str = ""


class JobDesk:
    """Every job of this user, and what is done about it.

    `folder` is where the ledger and one folder per job live. `key_for` returns the API key for a
    service or None; `may_connect` returns why a service may not be reached now (a sentence, e.g.
    online access is off), or None. Both are asked on the main thread each time they matter, so a
    change of the preferences takes effect by itself.
    """

    def __init__(self, folder: Path, *, key_for: KeyFor, may_connect: MayConnect) -> None:
        raise NotImplementedError

    def resume(self, now: Moment) -> None:
        """Open the ledger (rebuilding a damaged one) and take up the open jobs. Once, at start.

        Errors: `LedgerTrouble` when the folder can be neither read nor made.
        """

    def submit(self, request: CaptureRequest, now: Moment) -> str:
        """Record a new job and return its local id. Nothing is sent before the next tick.

        Errors: `LedgerTrouble` when it cannot be recorded (then nothing was or will be sent),
        `TargetHeld` when the target's version is on hold, `ClipTrouble` when the file is gone.
        """

    def tick(self, now: Moment, budget_seconds: float = 0.002) -> TickReport:
        """Take in events (for at most `budget_seconds`), move jobs, write, send. Never blocks."""

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, newest first."""

    def job(self, local_id: str) -> Job:
        """That job. Errors: `UnknownJob`."""

    def views(self, now: Moment) -> tuple[JobView, ...]:
        """What the list shows, newest first; cheap enough for every redraw."""

    def cancel(self, local_id: str, now: Moment) -> None:
        """Stop our side. The service may still run and charge the job; the view says so."""

    def retry(self, local_id: str, now: Moment) -> str:
        """Go on or start over, whichever the plan says. Returns the id of the job that now runs:
        the same, or a new one when the old one may have been charged."""

    def decide(self, local_id: str, decision: Decision, now: Moment) -> str:
        """The user's answer to DUPLICATE, UNSURE or a refused target; returns the running job's id."""

    def recheck(self, local_id: str, now: Moment) -> None:
        """Ask the service at once instead of waiting for the next poll."""

    def forget(self, local_id: str, now: Moment, *, with_files: bool) -> None:
        """Remove the record (and the files). Ask the user first. Errors: `StillRunning`."""

    def mark_applied(self, local_id: str, armature: str, action: str, now: Moment) -> None:
        """The motion is on that armature, in that action."""

    def mark_waiting(self, local_id: str, reason: str) -> None:
        """It cannot be applied yet; `reason` is shown ("leave Edit Mode"). "" clears it."""

    def report(self, local_id: str) -> str:
        """Text to copy into a bug report; free of secrets."""

    def close(self) -> None:
        """Let go of threads, claims and the ledger; quick. Open jobs go on after `resume`."""
