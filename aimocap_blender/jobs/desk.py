# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk: the one place that moves jobs forward. Main thread only.

The public face of all jobs: what the user does and sees. What happens by itself happens in `tick`
(see `clockwork`), which gets the time as an argument. What may cost money is on record before it
is sent. Knows no Blender and no HTTP.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..api.transport import Timeouts
from ..errors import AimocapError
from .accounts import Account
from .answers import Answers, StillRunning
from .arrivals import Arrivals
from .cabinet import Cabinet, UnknownJob
from .cleanup import CleanUp, plan_clean_up
from .clockwork import Clockwork, TickReport
from .dispatch import Dispatch, KeyFor, MayConnect
from .holds import TargetHeld, refuse_if_held
from .job import (
    OPEN_STATES,
    Applied,
    CaptureRequest,
    Decision,
    Job,
    JobState,
    Moment,
    Note,
    PreviewVerdict,
    Review,
)
from .ledger import Hold, Ledger, LedgerDamaged, LedgerTrouble
from .lines import JobLines
from .messages import RemoveFolder
from .report import report_of
from .states import JobEvent as E
from .views import JobView
from .worker import Worker

__all__ = [
    "Elsewhere",
    "JobDesk",
    "KeyFor",
    "LedgerTrouble",
    "MayConnect",
    "StillRunning",
    "TargetHeld",
    "TickReport",
    "UnknownJob",
]


class Elsewhere(AimocapError):
    """Another living Blender of this user works on that job."""


class JobDesk:
    """Every job of this user, and what is done about it.

    `folder` is where the ledger and one folder per job live. `key_for` returns the API key for a
    service or None; `may_connect` returns why a service may not be reached now (a sentence, e.g.
    online access is off), or None. Both are asked on the main thread each time they matter, so a
    change of the preferences takes effect by itself. `jitter` and `timeouts` are for tests.
    """

    def __init__(
        self,
        folder: Path,
        *,
        key_for: KeyFor,
        may_connect: MayConnect,
        jitter: random.Random | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._worker = Worker(timeouts)
        self._ledger = Ledger(folder)
        self._cabinet = Cabinet(self._ledger, self._worker.send)
        self._answers = Answers(self._cabinet, self._ledger)
        self._clockwork = Clockwork(
            self._worker,
            self._ledger,
            self._cabinet,
            Dispatch(self._cabinet, self._ledger, key_for, may_connect),
            Arrivals(self._cabinet, self._ledger, jitter or random.Random()),  # noqa: S311
        )
        self.lines = JobLines(self._cabinet)

    # Life -----------------------------------------------------------------------------------

    def resume(self, now: Moment) -> None:
        """Open the ledger (rebuilding a damaged one) and take up the open jobs. Once, at start.

        Errors: `LedgerTrouble` when the folder can be neither read nor made.
        """
        self._ledger.open()
        self._clockwork.resume(now)

    def close(self) -> None:
        """Let go of threads, claims and the ledger; quick. Open jobs go on after `resume`."""
        self._cabinet.try_flush()
        self._worker.close()
        self._ledger.close()
        self._clockwork.stop()

    def tick(self, now: Moment, budget_seconds: float = 0.002) -> TickReport:
        """Take in events (for at most `budget_seconds`), move jobs, write, send. Never blocks."""
        return self._clockwork.tick(now, budget_seconds)

    # What the user does ---------------------------------------------------------------------

    def submit(self, request: CaptureRequest, now: Moment) -> str:
        """Record a new job and return its local id. Nothing is sent before the next tick.

        Errors: `LedgerTrouble` when it cannot be recorded (then nothing was or will be sent),
        `TargetHeld` when the target's version is on hold.
        """
        self._refuse_if_held(request)
        return self._add(request, now)

    def cancel(self, local_id: str, now: Moment) -> None:
        """Stop our side. The service may still run and charge the job; the view says so."""
        self._answers.stop(local_id, now)
        self._cabinet.take_back(local_id)
        self._clockwork.follow_state(local_id, now)
        self._cabinet.flush(patient=True)

    def retry(self, local_id: str, now: Moment) -> str:
        """Go on or start over, whichever the plan says. Returns the id of the job that now runs.

        It is the same, or a new one when the old one may have been charged.
        """
        request = self._answers.retry(local_id, now)
        return self._settle(local_id, request, now)

    def decide(self, local_id: str, decision: Decision, now: Moment) -> str:
        """The user's answer to DUPLICATE, UNSURE or a refused target.

        Returns the id of the job that now runs. Errors: `AimocapError` for an answer that is not
        open any more.
        """
        request = self._answers.decide(local_id, decision, now)
        return self._settle(local_id, request, now)

    def fetch_again(self, local_id: str, now: Moment) -> None:
        """Fetch what is missing or damaged of a result; free. Errors: `AimocapError`."""
        self._answers.fetch_again(local_id, now)
        self._settle(local_id, None, now)

    def recheck(self, local_id: str, now: Moment) -> None:
        """Ask the service at once instead of waiting for the next poll."""
        self._clockwork.hurry(local_id, now)

    def forget(self, local_id: str, now: Moment, *, with_files: bool) -> None:  # noqa: ARG002
        """Remove the record (and the files). Ask the user first. Errors: `StillRunning`."""
        job = self._cabinet.get(local_id)
        if job.state in OPEN_STATES:
            raise StillRunning("This job is still running.", remedy="Cancel it first.")
        self._forget((local_id,), with_files=with_files)

    @contextlib.contextmanager
    def alone_with(self, local_id: str) -> Iterator[Job]:
        """The job, kept from all other Blenders meanwhile: for what must be done once.

        Errors: `UnknownJob`, `LedgerTrouble`; `Elsewhere` while another Blender works on it.
        """
        job = self._cabinet.get(local_id)
        if not self._ledger.keep(local_id):
            raise Elsewhere(
                f"Another Blender works on “{job.request.title}”.",
                remedy="Wait until it is done there, or close that Blender.",
            )
        try:
            yield job
        finally:
            with contextlib.suppress(LedgerTrouble):
                self._ledger.let_go(local_id)

    def mark_applied(self, local_id: str, armature: str, action: str, now: Moment) -> None:
        """The motion is on that armature, in that action."""
        applied = Applied(armature, action, now.wall_seconds)
        job = self._cabinet.get(local_id)
        words = f"applied to {armature}"
        self._cabinet.move(job, E.APPLIED, now, words, applied_to=applied)
        self._cabinet.try_flush()

    def mark_reviewed(self, local_id: str, review: Review, now: Moment) -> None:
        """A person accepted or rejected the applied motion; the last word counts."""
        job = self._cabinet.get(local_id)
        verdict = "accepted" if review.accepted else f"rejected ({review.cause})"
        note = Note(now.wall_seconds, job.state, f"{verdict} by {review.person}")
        self._cabinet.save(dataclasses.replace(job, review=review, history=(*job.history, note)))
        self._cabinet.try_flush()

    def mark_preview(self, local_id: str, verdict: PreviewVerdict, now: Moment) -> None:
        """A person has looked at the service's preview; the last word counts."""
        job = self._cabinet.get(local_id)
        words = f"preview {verdict.word}, says {verdict.person}"
        history = (*job.history, Note(now.wall_seconds, job.state, words))
        self._cabinet.save(dataclasses.replace(job, preview_verdict=verdict, history=history))
        self._cabinet.try_flush()

    def mark_waiting(self, local_id: str, reason: str) -> None:
        """It cannot be applied yet; `reason` is shown ("leave Edit Mode"). "" clears it."""
        job = self._cabinet.get(local_id)
        self._cabinet.show(dataclasses.replace(job, waiting_reason=reason))

    def remark(self, local_id: str, words: str, now: Moment) -> None:
        """Write a line into the job's record, once."""
        job = self._cabinet.get(local_id)
        if all(note.words != words for note in job.history):
            note = Note(now.wall_seconds, job.state, words)
            self._cabinet.save(dataclasses.replace(job, history=(*job.history, note)))
            self._cabinet.try_flush()

    def hold_target(self, target_id: str, target_version: str, reason: str) -> None:
        """Let no capture for that target version through. Errors: `LedgerTrouble`."""
        self._ledger.hold(Hold(target_id, target_version, reason))

    def lift_hold(self, target_id: str, target_version: str) -> None:
        """Let captures for that target version through again."""
        self._ledger.lift(target_id, target_version)

    # What the user sees ---------------------------------------------------------------------

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, newest first."""
        return self._cabinet.newest_first()

    def job(self, local_id: str) -> Job:
        """That job. Errors: `UnknownJob`."""
        return self._cabinet.get(local_id)

    def find(self, local_id: str) -> Job | None:
        """That job; None when there is none, or none any more."""
        return self._cabinet.find(local_id)

    def views(self, now: Moment) -> tuple[JobView, ...]:
        """Every line of the list at that moment; what is drawn asks `lines` for what it shows."""
        self.lines.look(now)
        return tuple(self.lines)

    def holds(self) -> tuple[Hold, ...]:
        """Target versions to which nothing is sent, as far as was read: for what is drawn."""
        return self._ledger.known_holds

    def report(self, local_id: str, versions: Mapping[str, str] | None = None) -> str:
        """Text to copy into a bug report, free of secrets. `versions`: of Blender and ours."""
        return report_of(self._cabinet.get(local_id), versions)

    def accounts(self) -> tuple[Account, ...]:
        """What each job was estimated to cost, forgotten ones too. Errors: `LedgerTrouble`."""
        return self._ledger.accounts()

    def clean_up_plan(self, now: Moment, *, older_than_days: float) -> CleanUp:
        """What a clean-up would remove; show it before `clean_up`."""
        return plan_clean_up(self.jobs(), now, older_than_days)

    def clean_up(self, plan: CleanUp, now: Moment) -> None:
        """Forget the jobs of a plan, with their files; any that runs by now is left alone."""
        jobs = [job for job in map(self._cabinet.find, plan.local_ids) if job is not None]
        self._forget(plan_clean_up(jobs, now, 0.0).local_ids, with_files=True)

    # Inside ---------------------------------------------------------------------------------

    def _forget(self, local_ids: tuple[str, ...], *, with_files: bool) -> None:
        if local_ids:
            self._ledger.forget(local_ids)
        for local_id in local_ids:
            self._cabinet.drop(local_id)
            folder = self._ledger.job_folder(local_id)
            self._worker.send(RemoveFolder(local_id, folder, with_files))

    def _refuse_if_held(self, request: CaptureRequest) -> None:
        try:
            refuse_if_held(request, self._ledger)
        except LedgerDamaged:
            self._cabinet.mend()
            refuse_if_held(request, self._ledger)

    def _add(self, request: CaptureRequest, now: Moment, retry_of: str | None = None) -> str:
        wall = now.wall_seconds
        job = Job(
            local_id=uuid.uuid4().hex,
            request=request,
            state=JobState.CHECKING,
            started_wall_seconds=wall,
            changed_wall_seconds=wall,
            retry_of=retry_of,
            history=(Note(wall, JobState.CHECKING, "submitted"),),
        )
        self._cabinet.save(job, durable=True)
        try:
            self._cabinet.flush(patient=True)
        except LedgerTrouble:
            self._cabinet.drop(job.local_id)
            raise
        self._clockwork.start(job.local_id, now)
        return job.local_id

    def _settle(self, local_id: str, request: CaptureRequest | None, now: Moment) -> str:
        """After an answer: the same job goes on, or a new one with that request."""
        if request is not None:
            self._refuse_if_held(request)
            return self._add(request, now, retry_of=local_id)
        self._cabinet.flush(patient=True)
        self._clockwork.start(local_id, now)
        return local_id
