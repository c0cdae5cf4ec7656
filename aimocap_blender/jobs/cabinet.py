# SPDX-License-Identifier: GPL-3.0-or-later
"""All jobs in memory, backed by the ledger: every change goes through here and gets written.

Jobs that have ended stay unread until somebody asks for them: a thousand records take longer to
read than anybody wants to wait when Blender starts.

A changed job is dirty until a transaction has it. Commands wait in the outbox until then, so that
nothing leaves this machine before it is on record. What the ledger cannot take now is tried again
with the next flush; meanwhile nothing is sent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from ..errors import AimocapError
from .job import OPEN_STATES, Job, JobState, Moment, Note
from .ledger import Entry, Ledger, LedgerDamaged, LedgerTrouble
from .messages import Command, WriteRecord
from .states import JobEvent, after

_MOST_NOTES = 200
_WORKING = frozenset(state.value for state in (*OPEN_STATES, JobState.READY))
"""States of jobs that are read at once: the desk has something to do with them."""


class UnknownJob(AimocapError):
    """There is no such job."""


class Cabinet:
    """Jobs by local id. `send` carries a command out (it is the worker's)."""

    def __init__(self, ledger: Ledger, send: Callable[[Command], None]) -> None:
        self._ledger = ledger
        self._send = send
        self._jobs: dict[str, Job] = {}
        self._unread: dict[str, Entry] = {}
        self._dirty: dict[str, bool] = {}
        self._outbox: dict[str, Command] = {}
        self._versions: dict[str, int] = {}
        self._order: tuple[Job, ...] | None = None
        self._ids: tuple[str, ...] | None = None
        self.open_ids: set[str] = set()
        self._ready_ids: dict[str, None] = {}
        self.changed = False
        self.trouble = ""

    def ids(self) -> tuple[str, ...]:
        """Local ids of all jobs, newest first; the same tuple until a job comes or goes."""
        if self._ids is None:
            known: list[Job | Entry] = [*self._jobs.values(), *self._unread.values()]
            newest = sorted(
                known, key=lambda job: (job.started_wall_seconds, job.local_id), reverse=True
            )
            self._ids = tuple([job.local_id for job in newest])
        return self._ids

    def newest_first(self) -> tuple[Job, ...]:
        """All jobs, read; the same tuple until one of them changes."""
        for local_id in tuple(self._unread):
            self.find(local_id)
        if self._order is None:
            self._order = tuple([self._jobs[local_id] for local_id in self.ids()])
        return self._order

    def with_clip(self, sha256: str | None) -> tuple[Job, ...]:
        """All jobs of a clip with those bytes, newest first; no others are read for it."""
        if sha256 is None:
            return ()
        for entry in tuple(self._unread.values()):
            if sha256 in entry.text:
                self.find(entry.local_id)
        found = [job for job in self._jobs.values() if job.clip_sha256 == sha256]
        found.sort(key=lambda job: (job.started_wall_seconds, job.local_id), reverse=True)
        return tuple(found)

    def ready(self) -> tuple[Job, ...]:
        """Jobs whose motion waits to be applied, in the order they became so."""
        return tuple(self._jobs[local_id] for local_id in self._ready_ids)

    def get(self, local_id: str) -> Job:
        """That job. Errors: `UnknownJob`."""
        job = self.find(local_id)
        if job is None:
            raise UnknownJob("This job is not in the list any more.", remedy="Refresh the list.")
        return job

    def find(self, local_id: str | None) -> Job | None:
        """That job, None if there is none. Asks nobody: all records are in memory."""
        job = self._jobs.get(local_id or "")
        if job is None and (entry := self._unread.pop(local_id or "", None)) is not None:
            job = self._ledger.read(entry)
            if job is None:
                self._ids = None
            else:
                self._jobs[job.local_id] = job
                self._order = None
        return job

    # Changing -------------------------------------------------------------------------------

    def show(self, job: Job) -> None:
        """Change what is only of the moment (progress, waiting, trouble): shown, not written."""
        if self._jobs.get(job.local_id) != job:
            self._keep(job)

    def save(self, job: Job, *, durable: bool = False) -> Job:
        """Change what is written with the next flush."""
        self._keep(job)
        self._dirty[job.local_id] = durable or self._dirty.get(job.local_id, False)
        return job

    def move(self, job: Job, event: JobEvent, now: Moment, words: str = "", **changes: Any) -> Job:
        """Take a step: the state that follows, with the changes that come with it.

        Errors: `ForbiddenStep`.
        """
        state = after(job.state, event)
        note = Note(now.wall_seconds, state, words or event.value)
        is_open = state in OPEN_STATES
        settled: dict[str, Any] = {
            "state": state,
            "changed_wall_seconds": now.wall_seconds,
            "finished_wall_seconds": None if is_open else now.wall_seconds,
            "history": (*job.history, note)[-_MOST_NOTES:],
            "progress": None,
            "rate": None,
            "waiting_reason": "",
            "trouble": "",
            "failure": None if is_open or state in (JobState.READY, JobState.KEPT) else job.failure,
        }
        return self.save(dataclasses.replace(job, **(settled | changes)))

    def post(self, command: Command) -> None:
        """Send that command once its job is on record."""
        self._outbox[command.local_id] = command

    def take_back(self, local_id: str) -> None:
        """Forget a command that has not left yet."""
        self._outbox.pop(local_id, None)

    # The ledger -----------------------------------------------------------------------------

    def learn(self) -> tuple[str, ...]:
        """Take in what other Blenders wrote; returns ids of jobs that were not known before."""
        entries, gone = self._ledger.news()
        fresh = []
        for entry in entries:
            mine = self._jobs.get(entry.local_id)
            if mine is not None and (mine.mine or entry.local_id in self._dirty) and entry.mine:
                continue
            if mine is None and entry.local_id not in self._unread:
                fresh.append(entry.local_id)
            if mine is None and entry.state not in _WORKING:
                self._unread[entry.local_id] = entry
                self.changed, self._ids = True, None
            elif (job := self._ledger.read(entry)) is not None:
                self._unread.pop(entry.local_id, None)
                self._keep(job)
        for local_id in gone:
            self.drop(local_id)
        return tuple(fresh)

    def drop(self, local_id: str) -> None:
        """Take a forgotten job out of memory."""
        unread = self._unread.pop(local_id, None)
        if self._jobs.pop(local_id, None) is not None or unread is not None:
            self.changed, self._order, self._ids = True, None, None
        self.open_ids.discard(local_id)
        self._ready_ids.pop(local_id, None)
        self._dirty.pop(local_id, None)
        self._outbox.pop(local_id, None)

    def flush(self, *, patient: bool = False) -> tuple[str, ...]:
        """Write what is dirty, then let the commands out; returns ids that others took over.

        Errors: `LedgerTrouble`, after which everything is still dirty and nothing was sent.
        """
        lost: tuple[str, ...] = ()
        if self._dirty:
            jobs = [self._jobs[local_id] for local_id in self._dirty]
            durable = any(self._dirty.values())
            try:
                lost = self._ledger.put(jobs, durable=durable, patient=patient)
            except LedgerDamaged:
                self.mend()
            self._dirty.clear()
            for job in jobs:
                if job.local_id not in lost:
                    self._send_record(job)
        for local_id in lost:
            self._outbox.pop(local_id, None)
            self.show(dataclasses.replace(self._jobs[local_id], mine=False))
        outbox, self._outbox = self._outbox, {}
        for command in outbox.values():
            self._send(command)
        return lost

    def mend(self) -> None:
        """The file broke while in use: all is in memory, so write it anew. Errors: `LedgerTrouble`.

        The jobs of other Blenders are written as they were last seen, and stay theirs to take up.
        """
        self._ledger.rebuild_from(self.newest_first())

    def try_flush(self) -> tuple[str, ...]:
        """`flush`, with its trouble kept to be shown: for the tick, which must go on."""
        try:
            lost = self.flush()
        except LedgerTrouble as error:
            self.trouble = str(error)
            return ()
        if self.trouble:
            self.trouble, self.changed = "", True
        return lost

    def record_of(self, job: Job) -> WriteRecord:
        """The job's own record as a command; each is newer than the one before."""
        version = self._versions.get(job.local_id, 0) + 1
        self._versions[job.local_id] = version
        folder = self._ledger.job_folder(job.local_id)
        return WriteRecord(job.local_id, folder, version, self._ledger.text_of(job))

    def _send_record(self, job: Job) -> None:
        self._send(self.record_of(job))

    def _keep(self, job: Job) -> None:
        if job.local_id not in self._jobs:
            self._ids = None
        self._jobs[job.local_id] = job
        self.changed, self._order = True, None
        if job.state in OPEN_STATES:
            self.open_ids.add(job.local_id)
        else:
            self.open_ids.discard(job.local_id)
        if job.state == JobState.READY:
            self._ready_ids.setdefault(job.local_id)
        else:
            self._ready_ids.pop(job.local_id, None)
