# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk: the one place that moves jobs forward. Main thread only.

`tick` holds every timing rule and gets the time as an argument. It takes in what the worker
threads have to say, moves jobs through `states`, writes the ledger, and only then lets commands
out: what may cost money is on record before it is sent. Knows no Blender and no HTTP.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from ..api.transport import Timeouts
from . import pace
from .accounts import to_csv
from .answers import Answers, StillRunning
from .arrivals import Arrivals
from .cabinet import Cabinet, UnknownJob
from .cleanup import CleanUp, plan_clean_up
from .dispatch import Dispatch, KeyFor, MayConnect
from .holds import TargetHeld, refuse_if_held
from .job import (
    OPEN_STATES,
    REMOTE_STATES,
    Applied,
    CaptureRequest,
    Decision,
    Job,
    JobState,
    Moment,
    Note,
)
from .ledger import Hold, Ledger, LedgerDamaged, LedgerTrouble
from .live import Live
from .messages import DiskTrouble, Event, Failed, RemoveFolder
from .report import report_of
from .states import JobEvent as E
from .views import JobView, view_of
from .worker import Worker

__all__ = [
    "JobDesk",
    "KeyFor",
    "LedgerTrouble",
    "MayConnect",
    "StillRunning",
    "TargetHeld",
    "TickReport",
    "UnknownJob",
]

_LOOK_AROUND_SECONDS = 1.0
_CLAIM_SECONDS = 5.0
_WOKE_SECONDS = 30.0


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
        self._dispatch = Dispatch(self._cabinet, self._ledger, key_for, may_connect)
        self._arrivals = Arrivals(self._cabinet, self._ledger, jitter or random.Random())  # noqa: S311
        self._answers = Answers(self._cabinet, self._ledger)
        self._live: dict[str, Live] = {}
        self._named_ready: set[str] = set()
        self._views: dict[str, tuple[Job, Job | None, int, JobView]] = {}
        self._shown: tuple[tuple[Job, ...], int, tuple[JobView, ...]] | None = None
        self._look_due = self._claim_due = 0.0
        self._last: Moment | None = None
        self._disk_trouble = ""

    # Life -----------------------------------------------------------------------------------

    def resume(self, now: Moment) -> None:
        """Open the ledger (rebuilding a damaged one) and take up the open jobs. Once, at start.

        Errors: `LedgerTrouble` when the folder can be neither read nor made.
        """
        self._ledger.open()
        self._ledger.claims.beat(now.steady_seconds)
        self._cabinet.learn()
        self._take_up_open_jobs(now)
        self._cabinet.try_flush()

    def close(self) -> None:
        """Let go of threads, claims and the ledger; quick. Open jobs go on after `resume`."""
        self._cabinet.try_flush()
        self._worker.close()
        self._ledger.close()
        self._live.clear()

    # The clockwork --------------------------------------------------------------------------

    def tick(self, now: Moment, budget_seconds: float = 0.002) -> TickReport:
        """Take in events (for at most `budget_seconds`), move jobs, write, send. Never blocks."""
        self._ledger.claims.beat(now.steady_seconds)
        self._wake_if_slept(now)
        self._look_around(now)
        more = self._drain(now, budget_seconds)
        for local_id in tuple(self._cabinet.open_ids):
            self._advance(local_id, now)
        for local_id in self._cabinet.try_flush():
            self._let_go(local_id)
        changed, self._cabinet.changed = self._cabinet.changed, False
        busy = more or any(live.ticket for live in self._live.values())
        return TickReport(
            changed=changed,
            ready=self._newly_ready(),
            busy=busy,
            next_due_seconds=0.0 if busy else self._next_due(now),
            trouble=self._cabinet.trouble or self._disk_trouble,
        )

    def _drain(self, now: Moment, budget_seconds: float) -> bool:
        """Take events in; True when there may be more than the budget allowed."""
        deadline = time.perf_counter() + budget_seconds
        while (event := self._worker.take_event()) is not None:
            self._take(event, now)
            if time.perf_counter() > deadline:
                return True
        return False

    def _take(self, event: Event, now: Moment) -> None:
        if isinstance(event, DiskTrouble):
            self._disk_trouble, self._cabinet.changed = event.sentence, True
            return
        job, live = self._cabinet.find(event.local_id), self._live.get(event.local_id)
        if job is None or live is None or event.ticket != live.ticket:
            return
        try:
            self._arrivals.take(event, job, live, now)
        except LedgerTrouble as error:
            # The twin or the hold could not be looked up: the command is due again.
            self._mend(error)
            live.due = now.steady_seconds + pace.WAIT_SECONDS
        self._follow_state(event.local_id, now)

    def _advance(self, local_id: str, now: Moment) -> None:
        """Let a job of ours take its next step, if it is due."""
        job = self._cabinet.get(local_id)
        if not job.mine:
            return
        live = self._live.get(local_id)
        if live is None:
            live = self._live[local_id] = Live(job.state, due=now.steady_seconds)
        self._follow_state(local_id, now)
        if live.ticket:
            self._cut_if_it_hangs(job, live, now)
        elif now.steady_seconds >= live.due:
            self._dispatch.act(job, live, now)
            self._follow_state(local_id, now)

    def _follow_state(self, local_id: str, now: Moment) -> None:
        """Start counting anew when the job has come to another state."""
        job, live = self._cabinet.find(local_id), self._live.get(local_id)
        if job is None or live is None or live.state == job.state:
            return
        steady = now.steady_seconds
        due = steady
        if job.state in (JobState.QUEUED, JobState.PROCESSING):
            is_local = job.request.service.kind == "local"
            due += pace.poll_delay(0.0, 0.0, is_local)
        if live.ticket:
            self._worker.cut(live.ticket)
        live.enter(job.state, steady, due)
        if job.state != JobState.UPLOADING:
            live.upload_url = None
        if job.state not in OPEN_STATES:
            del self._live[local_id]

    def _cut_if_it_hangs(self, job: Job, live: Live, now: Moment) -> None:
        """No sign of life beyond every timeout: leave the thread behind and go on."""
        is_call = job.state in REMOTE_STATES or job.state in (
            JobState.CREATING,
            JobState.COMPLETING,
        )
        limit = pace.CALL_HANGS_SECONDS if is_call else pace.TRANSFER_HANGS_SECONDS
        if now.steady_seconds - live.moved > limit:
            self._worker.cut(live.ticket, replace=True)
            self._arrivals.take(Failed.hung(live.ticket, job.local_id), job, live, now)
            self._follow_state(job.local_id, now)

    def _wake_if_slept(self, now: Moment) -> None:
        """The wall clock ran on without us (sleep): ask once at once instead of when it was due."""
        last, self._last = self._last, now
        if last is None:
            return
        wall = now.wall_seconds - last.wall_seconds
        steady = now.steady_seconds - last.steady_seconds
        if wall - steady > _WOKE_SECONDS:
            for live in self._live.values():
                if live.state in REMOTE_STATES and not live.ticket:
                    live.due = min(live.due, now.steady_seconds + 1.0)

    def _look_around(self, now: Moment) -> None:
        """See what other Blenders did, and take up the jobs of those that are gone."""
        if now.steady_seconds < self._look_due:
            return
        self._look_due = now.steady_seconds + _LOOK_AROUND_SECONDS
        try:
            self._cabinet.learn()
            if now.steady_seconds >= self._claim_due:
                self._claim_due = now.steady_seconds + _CLAIM_SECONDS
                self._take_up_open_jobs(now)
        except LedgerTrouble as error:
            self._mend(error)

    def _take_up_open_jobs(self, now: Moment) -> None:
        """Claim every open job that nobody alive follows, and go on with it where it stood."""
        free = [local_id for local_id in self._cabinet.open_ids if local_id not in self._live]
        free += [job.local_id for job in self._cabinet.ready() if not job.mine]
        if not free:
            return
        for local_id in self._ledger.claim(free):
            job = dataclasses.replace(self._cabinet.get(local_id), mine=True)
            self._cabinet.show(job)
            if job.state in OPEN_STATES:
                self._live[local_id] = Live(job.state, due=now.steady_seconds)
                self._go_on(job, now)

    def _go_on(self, job: Job, now: Moment) -> None:
        """What a job found in the ledger cannot simply do again."""
        handed_over = job.state == JobState.COMPLETING and job.completes > 0
        lags_behind = self._ledger.rebuilt and job.state == JobState.UPLOADING and job.remote_id
        if handed_over:
            self._cabinet.move(job, E.ANSWER_LOST, now, "taken up after a restart", admitted=None)
        elif lags_behind:
            self._cabinet.move(job, E.ANSWER_LOST, now, "taken up from its own record")
        else:
            self._cabinet.save(_noted(job, now, "taken up after a restart"))

    def _let_go(self, local_id: str) -> None:
        """Another Blender follows it by now."""
        live = self._live.pop(local_id, None)
        if live is not None and live.ticket:
            self._worker.cut(live.ticket)

    def _newly_ready(self) -> tuple[str, ...]:
        ready = tuple(
            job.local_id
            for job in self._cabinet.ready()
            if job.local_id not in self._named_ready and job.mine
        )
        self._named_ready.update(ready)
        return ready

    def _next_due(self, now: Moment) -> float | None:
        dues = [live.due for live in self._live.values()]
        if self._cabinet.trouble:
            dues.append(now.steady_seconds + pace.WAIT_SECONDS)
        if self._cabinet.open_ids - self._live.keys():
            dues.append(self._claim_due)
        return max(0.0, min(dues) - now.steady_seconds) if dues else None

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
        self._follow_state(local_id, now)
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

    def recheck(self, local_id: str, now: Moment) -> None:
        """Ask the service at once instead of waiting for the next poll."""
        live = self._live.get(local_id)
        if live is not None and not live.ticket:
            live.due, live.attempt = now.steady_seconds, 0

    def forget(self, local_id: str, now: Moment, *, with_files: bool) -> None:  # noqa: ARG002
        """Remove the record (and the files). Ask the user first. Errors: `StillRunning`."""
        job = self._cabinet.get(local_id)
        if job.state in OPEN_STATES:
            raise StillRunning("This job is still running.", remedy="Cancel it first.")
        self._ledger.forget(local_id)
        self._cabinet.drop(local_id)
        self._views.pop(local_id, None)
        folder = self._ledger.job_folder(local_id)
        self._worker.send(RemoveFolder(local_id, folder, with_files))

    def mark_applied(self, local_id: str, armature: str, action: str, now: Moment) -> None:
        """The motion is on that armature, in that action."""
        applied = Applied(armature, action, now.wall_seconds)
        job = self._cabinet.get(local_id)
        words = f"applied to {armature}"
        self._cabinet.move(job, E.APPLIED, now, words, applied_to=applied)
        self._cabinet.try_flush()

    def mark_waiting(self, local_id: str, reason: str) -> None:
        """It cannot be applied yet; `reason` is shown ("leave Edit Mode"). "" clears it."""
        job = self._cabinet.get(local_id)
        self._cabinet.show(dataclasses.replace(job, waiting_reason=reason))

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

    def views(self, now: Moment) -> tuple[JobView, ...]:
        """What the list shows, newest first; cheap enough for every redraw."""
        order, second = self._cabinet.newest_first(), int(now.wall_seconds)
        if self._shown is None or self._shown[0] is not order or self._shown[1] != second:
            views = tuple(self._view(job, second, now) for job in order)
            self._shown = (order, second, views)
        return self._shown[2]

    def holds(self) -> tuple[Hold, ...]:
        """Target versions to which nothing is sent. Errors: `LedgerTrouble`."""
        return self._ledger.holds()

    def report(self, local_id: str) -> str:
        """Text to copy into a bug report; free of secrets."""
        return report_of(self._cabinet.get(local_id))

    def accounts_csv(self) -> str:
        """API v-credits estimated, admitted and to be refunded, per month and target."""
        return to_csv(self._ledger.accounts())

    def clean_up_plan(self, now: Moment, *, older_than_days: float) -> CleanUp:
        """What a clean-up would remove; show it before `clean_up`."""
        return plan_clean_up(self.jobs(), now, older_than_days)

    def clean_up(self, plan: CleanUp, now: Moment) -> None:
        """Forget the jobs of a plan, with their files; any that runs by now is left alone."""
        for local_id in plan.local_ids:
            job = self._cabinet.find(local_id)
            if job is not None and job.local_id in plan_clean_up((job,), now, 0.0).local_ids:
                self.forget(local_id, now, with_files=True)

    # Inside ---------------------------------------------------------------------------------

    def _refuse_if_held(self, request: CaptureRequest) -> None:
        try:
            refuse_if_held(request, self._ledger)
        except LedgerDamaged:
            self._cabinet.mend()
            refuse_if_held(request, self._ledger)

    def _mend(self, error: LedgerTrouble) -> None:
        """In a tick: write a damaged ledger anew; whatever else it is, is shown and tried again."""
        self._cabinet.trouble = str(error)
        if isinstance(error, LedgerDamaged):
            with contextlib.suppress(LedgerTrouble):
                self._cabinet.mend()

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
        self._live[job.local_id] = Live(job.state, due=now.steady_seconds)
        return job.local_id

    def _settle(self, local_id: str, request: CaptureRequest | None, now: Moment) -> str:
        """After an answer: the same job goes on, or a new one with that request."""
        if request is not None:
            self._refuse_if_held(request)
            return self._add(request, now, retry_of=local_id)
        self._cabinet.flush(patient=True)
        if self._cabinet.get(local_id).state in OPEN_STATES:
            self._live[local_id] = Live(self._cabinet.get(local_id).state, due=now.steady_seconds)
        return local_id

    def _view(self, job: Job, second: int, now: Moment) -> JobView:
        """Views are kept while nothing about them moves: a thousand are too many for a redraw."""
        twin = self._cabinet.find(job.twin)
        seen = (job, twin, second if job.state in OPEN_STATES else 0)
        held = self._views.get(job.local_id)
        if held is not None and held[0] is job and held[1] is twin and held[2] == seen[2]:
            return held[3]
        view = view_of(job, now, twin=twin)
        self._views[job.local_id] = (*seen, view)
        return view


def _noted(job: Job, now: Moment, words: str) -> Job:
    note = Note(now.wall_seconds, job.state, words)
    return dataclasses.replace(job, history=(*job.history, note)[-200:])
