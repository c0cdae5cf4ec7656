# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens in a tick: every timing rule there is. The time is an argument; nothing waits here.

Takes in what the threads have to say, lets every job of ours take the step that is due, writes the
ledger and lets commands out. Must not know Blender or HTTP; the user's acts are in `desk`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from dataclasses import dataclass

from . import pace
from .arrivals import Arrivals
from .cabinet import Cabinet
from .dispatch import Dispatch
from .job import OPEN_STATES, REMOTE_STATES, Job, JobState, Moment, Note
from .ledger import Ledger, LedgerDamaged, LedgerTrouble
from .live import Live
from .messages import DiskTrouble, Event, Failed
from .states import JobEvent as E
from .worker import Worker

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


class Clockwork:
    """Keeps what is known of open jobs while Blender runs, and moves them on."""

    def __init__(
        self,
        worker: Worker,
        ledger: Ledger,
        cabinet: Cabinet,
        dispatch: Dispatch,
        arrivals: Arrivals,
    ) -> None:
        self._worker = worker
        self._ledger = ledger
        self._cabinet = cabinet
        self._dispatch = dispatch
        self._arrivals = arrivals
        self._live: dict[str, Live] = {}
        self._named_ready: set[str] = set()
        self._look_due = self._claim_due = 0.0
        self._last: Moment | None = None
        self._disk_trouble = ""

    def resume(self, now: Moment) -> None:
        """Take up the jobs of the ledger. Errors: `LedgerTrouble`."""
        self._ledger.claims.beat(now.steady_seconds)
        self._cabinet.learn()
        self._take_up_open_jobs(now)
        self._cabinet.try_flush()

    def start(self, local_id: str, now: Moment) -> None:
        """A job is new, or goes on after it had stopped: it is due at once."""
        job = self._cabinet.get(local_id)
        if job.state in OPEN_STATES:
            self._live[local_id] = Live(job.state, due=now.steady_seconds)
            self._named_ready.discard(local_id)  # fetched again it is ready once more

    def hurry(self, local_id: str, now: Moment) -> None:
        """Do at once what that job would do later."""
        live = self._live.get(local_id)
        if live is not None and not live.ticket:
            live.due, live.attempt = now.steady_seconds, 0

    def stop(self) -> None:
        """Know nothing any more."""
        self._live.clear()

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
        self.follow_state(event.local_id, now)

    def _advance(self, local_id: str, now: Moment) -> None:
        """Let a job of ours take its next step, if it is due."""
        job = self._cabinet.get(local_id)
        if not job.mine:
            return
        live = self._live.get(local_id)
        if live is None:
            live = self._live[local_id] = Live(job.state, due=now.steady_seconds)
        self.follow_state(local_id, now)
        if live.ticket:
            self._cut_if_it_hangs(job, live, now)
        elif now.steady_seconds >= live.due:
            self._dispatch.act(job, live, now)
            self.follow_state(local_id, now)

    def follow_state(self, local_id: str, now: Moment) -> None:
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
            self.follow_state(job.local_id, now)

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
            # Shown now, written with its next step: nothing hangs on this line of its history.
            self._cabinet.show(_noted(job, now, "taken up after a restart"))

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

    def _mend(self, error: LedgerTrouble) -> None:
        """In a tick: write a damaged ledger anew; whatever else it is, is shown and tried again."""
        self._cabinet.trouble = str(error)
        if isinstance(error, LedgerDamaged):
            with contextlib.suppress(LedgerTrouble):
                self._cabinet.mend()


def _noted(job: Job, now: Moment, words: str) -> Job:
    note = Note(now.wall_seconds, job.state, words)
    return dataclasses.replace(job, history=(*job.history, note)[-200:])
