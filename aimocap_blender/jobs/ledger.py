# SPDX-License-Identifier: GPL-3.0-or-later
"""Every job in SQLite: what outlives Blender, shared by all Blenders of this user.

Main thread only. Each write is a transaction; what may cost money is written with a full sync
before it is sent. A damaged file is set aside and rebuilt from the job folders' own records.
Who follows a job is kept here too: see `claims`. What stands in the file is in `rows`. Must not
know Blender, HTTP or timing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import rows
from .accounts import Account, account_of
from .claims import Claims
from .fingerprint import fingerprint
from .job import Job
from .journal import Hold, Journal, Lifted, forgotten_in, holds_in
from .ledger_file import LedgerFile, in_words
from .record import RECORD_NAME, DamagedRecord, from_text, to_text
from .schema import LedgerDamaged, LedgerTrouble

__all__ = ["Entry", "Hold", "Ledger", "LedgerDamaged", "LedgerTrouble"]

_FILE_NAME = "ledger.db"
_JOURNAL_NAME = "journal.jsonl"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the file has it: its record still as text, and what is known without reading it."""

    local_id: str
    started_wall_seconds: float
    state: str
    mine: bool
    text: str


class Ledger:
    """Opened on a folder; `rebuilt`: it was filled from the job folders' own records at that.

    `known_holds` are the target versions on hold, as of the last look at the file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rebuilt = False
        self.claims = Claims(folder / "owners")
        self.known_holds: tuple[Hold, ...] = ()
        self._file = LedgerFile(folder / _FILE_NAME)
        self._journal = Journal(folder / _JOURNAL_NAME)
        self._seq = 0
        self._connection = 0
        self._texts: dict[str, tuple[Job, str]] = {}
        self._kept: set[str] = set()

    def job_folder(self, local_id: str) -> Path:
        """That job's own folder: its record and its artifacts."""
        return self.folder / local_id

    def open(self) -> None:
        """Open or make the file, bring its schema up to date, rebuild it if it is damaged.

        Errors: `LedgerTrouble`.
        """
        with in_words():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.claims.open()
            if self._file.open():
                self._take_in_folders()
            elif not self._journal.path.exists():
                self._note_what_is_known()
            self._journal.path.touch()

    def close(self) -> None:
        """Let go of the file and of all claims."""
        if self._file.is_open:
            with contextlib.suppress(sqlite3.Error):
                if self.claims.owner:
                    rows.let_go_of_all(self._file.database, self.claims.owner)
        self._file.close()
        self.claims.close()

    # Reading --------------------------------------------------------------------------------

    def news(self) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """What other Blenders changed since the last look: jobs, and ids that were forgotten.

        The first look gives everything, unread: see `read`. Cheap when nothing changed.
        Errors: `LedgerTrouble`.
        """
        with in_words():
            changed = self._file.is_changed()
            if self._file.connections != self._connection:
                self._connection, self._seq = self._file.connections, 0
            if not changed and self._seq:
                return (), ()
            database = self._file.database
            self.known_holds = self.holds()
            news = rows.since(database, self._seq)
        self._seq = max([self._seq, 1, *[row.seq for row in news]])
        owner = self.claims.owner
        entries = (
            Entry(row.local_id, row.started_wall_seconds, row.state, row.owner == owner, row.text)
            for row in news
            if not row.forgotten
        )
        return tuple(entries), tuple(row.local_id for row in news if row.forgotten)

    def read(self, entry: Entry) -> Job | None:
        """The job of that entry, or of its folder's own record where the entry's text is damaged;
        None when neither can be read.
        """
        folder = self.job_folder(entry.local_id)
        try:
            job = from_text(entry.text, folder)
        except DamagedRecord:
            logger.warning("the ledger's record of job %s could not be read", entry.local_id)
            own = _own_record(folder / RECORD_NAME)
            if own is None:
                return None
            job = own
        return job if entry.mine else dataclasses.replace(job, mine=False)

    def twins(self, job: Job) -> tuple[str, ...]:
        """Ids of other jobs that ask for exactly the same, newest first."""
        mark = fingerprint(job)
        if mark is None:
            return ()
        with in_words():
            return rows.alike(self._file.database, mark, job.local_id)

    def accounts(self) -> tuple[Account, ...]:
        """What each job was estimated to cost and is known to have cost, forgotten ones too."""
        with in_words():
            return rows.accounts(self._file.database)

    def holds(self) -> tuple[Hold, ...]:
        """Target versions on hold."""
        with in_words():
            return rows.holds(self._file.database)

    # Writing --------------------------------------------------------------------------------

    def put(self, jobs: Iterable[Job], *, durable: bool, patient: bool = False) -> tuple[str, ...]:
        """Write those jobs in one transaction; returns ids that are another Blender's by now.

        Theirs are not written. `durable` survives a power cut, not only a crash; `patient` waits
        longer for another Blender's lock. Errors: `LedgerTrouble`; then nothing was written.
        """
        self._texts.clear()
        with in_words(), self._file.transaction(durable=durable, patient=patient) as database:
            return tuple(job.local_id for job in jobs if not self._put(database, job))

    def text_of(self, job: Job) -> str:
        """The job as its record has it; made once for the ledger and the job's folder."""
        held = self._texts.get(job.local_id)
        if held is None or held[0] is not job:
            held = self._texts[job.local_id] = (job, to_text(job))
        return held[1]

    def claim(self, local_ids: Iterable[str]) -> frozenset[str]:
        """Take those of the jobs that nobody alive follows; returns the ones that are ours now."""
        with in_words(), self._file.transaction(durable=False) as database:
            return frozenset(item for item in local_ids if rows.claim(database, item, self.claims))

    def keep(self, local_id: str) -> bool:
        """Take a job and keep it, whatever its state, until `let_go`.

        False when another Blender has it. Errors: `LedgerTrouble`.
        """
        with in_words(), self._file.transaction(durable=False, patient=True) as database:
            is_ours = rows.claim(database, local_id, self.claims)
        if is_ours:
            self._kept.add(local_id)
        return is_ours

    def let_go(self, local_id: str) -> None:
        """What was kept may be taken by others, unless it is to be followed anyway.

        Errors: `LedgerTrouble`; then it is let go of when this ledger is closed.
        """
        self._kept.discard(local_id)
        with in_words(), self._file.transaction(durable=False, patient=True) as database:
            rows.let_go(database, local_id, self.claims.owner)

    def forget(self, local_ids: Iterable[str]) -> None:
        """Remove those jobs' records, all or none; their account lines stay."""
        forgotten = tuple(local_ids)
        with in_words(), self._file.transaction(durable=True, patient=True) as database:
            for local_id in forgotten:
                rows.forget_job(database, local_id)
            self._journal.add(rows.accounts_of(database, forgotten))

    def hold(self, hold: Hold) -> None:
        """Put a target version on hold."""
        with in_words(), self._file.transaction(durable=True) as database:
            rows.put_hold(database, hold)
            self._journal.add([hold])
        self.known_holds = self.holds()

    def lift(self, target_id: str, target_version: str) -> None:
        """Lift that hold."""
        with in_words(), self._file.transaction(durable=True, patient=True) as database:
            rows.lift_hold(database, target_id, target_version)
            self._journal.add([Lifted(target_id, target_version)])
        self.known_holds = self.holds()

    def rebuild_from(self, jobs: Iterable[Job]) -> None:
        """Set the damaged file aside and write those jobs anew: they were in memory all along."""
        known = tuple(jobs)
        with in_words():
            self._file.set_aside()
            with self._file.transaction(durable=True, patient=True) as database:
                self._take_in_journal(database)
        self.put(known, durable=True, patient=True)

    # Inside ---------------------------------------------------------------------------------

    def _put(self, database: sqlite3.Connection, job: Job) -> bool:
        row = rows.JobRow(
            job.local_id,
            job.started_wall_seconds,
            job.state,
            fingerprint(job),
            self.text_of(job),
        )
        if not rows.put_job(database, row, self.claims, keep=job.local_id in self._kept):
            return False
        rows.put_account(database, job.local_id, account_of(job))
        return True

    def _take_in_folders(self) -> None:
        """Fill a new ledger from the job folders' own records and the journal, if there are any."""
        own = map(_own_record, sorted(self.folder.glob(f"*/{RECORD_NAME}")))
        found = [job for job in own if job is not None]
        self.rebuilt = bool(found)
        with self._file.transaction(durable=True, patient=True) as database:
            self._take_in_journal(database)
            for job in found:
                self._put(database, job)
            # Their records may lag behind what was really sent: whoever takes them up asks first.
            rows.let_go_of_all(database)

    def _take_in_journal(self, database: sqlite3.Connection) -> None:
        """A job's own record, written after this, counts more than that it was forgotten."""
        lines = self._journal.read()
        for line in forgotten_in(lines):
            rows.put_account(database, line.local_id, line.account)
        for hold in holds_in(lines):
            rows.put_hold(database, hold)

    def _note_what_is_known(self) -> None:
        """The ledger is older than its journal, or somebody removed it: note what it knows."""
        known = rows.accounts_of_forgotten(self._file.database)
        self._journal.add([*known, *self.holds()])


def _own_record(path: Path) -> Job | None:
    """The job of a folder's own record; None when it can't be read."""
    try:
        return from_text(path.read_text("utf-8"), path.parent)
    except (DamagedRecord, OSError, UnicodeDecodeError):
        logger.warning("a job's own record could not be read: %s", path.parent.name)
        return None
