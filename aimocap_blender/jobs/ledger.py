# SPDX-License-Identifier: GPL-3.0-or-later
"""Every job in SQLite: what outlives Blender, shared by all Blenders of this user.

Main thread only. Each write is a transaction; what may cost money is written with a full sync
before it is sent. A damaged file is set aside and rebuilt from the job folders' own records.
Who follows a job is kept here too: see `claims`. Must not know Blender, HTTP or timing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import schema
from .accounts import Account, account_of
from .claims import Claims
from .fingerprint import fingerprint
from .job import OPEN_STATES, Job, JobState
from .journal import Forgotten, Hold, Journal, Lifted, Line, forgotten_in, holds_in
from .ledger_file import LedgerFile, in_words
from .record import DamagedRecord, from_text, to_text
from .schema import LedgerDamaged, LedgerTrouble

__all__ = ["RECORD_NAME", "Entry", "Hold", "Ledger", "LedgerDamaged", "LedgerTrouble"]

RECORD_NAME = "job.json"
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
                self._release_all(self._file.database)
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
            rows = database.execute(
                "SELECT seq, local_id, started, state, forgotten, owner, record FROM jobs"
                " WHERE seq > ? ORDER BY seq",
                (self._seq,),
            ).fetchall()
        self._seq = max([self._seq, 1, *[row[0] for row in rows]])
        owner = self.claims.owner
        entries = (
            Entry(local_id, started, state, whose == owner, text)
            for _, local_id, started, state, forgotten, whose, text in rows
            if not forgotten
        )
        return tuple(entries), tuple(row[1] for row in rows if row[4])

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
            rows = self._file.database.execute(
                "SELECT local_id FROM jobs"
                " WHERE fingerprint = ? AND local_id <> ? AND NOT forgotten ORDER BY started DESC",
                (mark, job.local_id),
            )
            return tuple(local_id for (local_id,) in rows)

    def accounts(self) -> tuple[Account, ...]:
        """What each job was estimated to cost and is known to have cost, forgotten ones too."""
        with in_words():
            rows = self._file.database.execute(f"SELECT {schema.ACCOUNT_COLUMNS} FROM accounts")  # noqa: S608
            return tuple(Account(*row[1:]) for row in rows)

    def holds(self) -> tuple[Hold, ...]:
        """Target versions on hold."""
        with in_words():
            rows = self._file.database.execute(
                "SELECT target_id, target_version, reason FROM holds"
            )
            return tuple(Hold(*row) for row in rows)

    # Writing --------------------------------------------------------------------------------

    def put(self, jobs: Iterable[Job], *, durable: bool, patient: bool = False) -> tuple[str, ...]:
        """Write those jobs in one transaction; returns ids that are another Blender's by now.

        Theirs are not written. `durable` survives a power cut, not only a crash; `patient` waits
        longer for another Blender's lock. Errors: `LedgerTrouble`; then nothing was written.
        """
        self._texts.clear()
        with in_words(), self._file.transaction(durable=durable, patient=patient) as database:
            return tuple(job.local_id for job in jobs if not self._put_one(database, job))

    def text_of(self, job: Job) -> str:
        """The job as its record has it; made once for the ledger and the job's folder."""
        held = self._texts.get(job.local_id)
        if held is None or held[0] is not job:
            held = self._texts[job.local_id] = (job, to_text(job))
        return held[1]

    def claim(self, local_ids: Iterable[str]) -> frozenset[str]:
        """Take those of the jobs that nobody alive follows; returns the ones that are ours now."""
        with in_words(), self._file.transaction(durable=False) as database:
            return frozenset(item for item in local_ids if self._claim_one(database, item))

    def forget(self, local_ids: Iterable[str]) -> None:
        """Remove those jobs' records, all or none; their account lines stay."""
        with in_words(), self._file.transaction(durable=True, patient=True) as database:
            forgotten = tuple(local_ids)
            for local_id in forgotten:
                database.execute(
                    "UPDATE jobs SET forgotten = 1, record = '', fingerprint = NULL, owner = '',"
                    " seq = ? WHERE local_id = ?",
                    (self._next_seq(database), local_id),
                )
            marks = ", ".join("?" * len(forgotten))
            rows = database.execute(
                f"SELECT {schema.ACCOUNT_COLUMNS} FROM accounts WHERE local_id IN ({marks})",  # noqa: S608
                forgotten,
            )
            self._journal.add([Forgotten(row[0], Account(*row[1:])) for row in rows])

    def hold(self, hold: Hold) -> None:
        """Put a target version on hold."""
        with in_words(), self._file.transaction(durable=True) as database:
            _put_hold(database, hold)
            self._journal.add([hold])
        self.known_holds = self.holds()

    def lift(self, target_id: str, target_version: str) -> None:
        """Lift that hold."""
        with in_words(), self._file.transaction(durable=True, patient=True) as database:
            database.execute(
                "DELETE FROM holds WHERE target_id = ? AND target_version = ?",
                (target_id, target_version),
            )
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

    def _put_one(self, database: sqlite3.Connection, job: Job) -> bool:
        row = database.execute(
            "SELECT owner, forgotten FROM jobs WHERE local_id = ?", (job.local_id,)
        ).fetchone()
        owner = self.claims.owner
        if row is not None and (row[1] or (row[0] != owner and not self.claims.is_free(row[0]))):
            return False
        values = (
            job.local_id,
            self._next_seq(database),
            job.started_wall_seconds,
            job.state.value,
            fingerprint(job),
            owner if job.state in OPEN_STATES or job.state == JobState.READY else "",
            0,
            self.text_of(job),
        )
        database.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        _put_account(database, job.local_id, account_of(job))
        return True

    def _claim_one(self, database: sqlite3.Connection, local_id: str) -> bool:
        row = database.execute(
            "SELECT owner FROM jobs WHERE local_id = ? AND NOT forgotten", (local_id,)
        ).fetchone()
        if row is None or not (row[0] == self.claims.owner or self.claims.is_free(row[0])):
            return False
        if row[0] != self.claims.owner:
            database.execute(
                "UPDATE jobs SET owner = ?, seq = ? WHERE local_id = ?",
                (self.claims.owner, self._next_seq(database), local_id),
            )
        return True

    def _next_seq(self, database: sqlite3.Connection) -> int:
        (highest,) = database.execute("SELECT coalesce(max(seq), 0) FROM jobs").fetchone()
        return int(highest) + 1

    def _take_in_folders(self) -> None:
        """Fill a new ledger from the job folders' own records and the journal, if there are any."""
        own = map(_own_record, sorted(self.folder.glob(f"*/{RECORD_NAME}")))
        found = [job for job in own if job is not None]
        self.rebuilt = bool(found)
        with self._file.transaction(durable=True, patient=True) as database:
            self._take_in_journal(database)
            for job in found:
                self._put_one(database, job)
            # Their records may lag behind what was really sent: whoever takes them up asks first.
            database.execute("UPDATE jobs SET owner = ''")

    def _take_in_journal(self, database: sqlite3.Connection) -> None:
        """A job's own record, written after this, counts more than that it was forgotten."""
        lines = self._journal.read()
        for line in forgotten_in(lines):
            _put_account(database, line.local_id, line.account)
        for hold in holds_in(lines):
            _put_hold(database, hold)

    def _note_what_is_known(self) -> None:
        """The ledger is older than its journal, or somebody removed it: note what it knows."""
        rows = self._file.database.execute(
            f"SELECT {schema.ACCOUNT_COLUMNS} FROM accounts"  # noqa: S608
            " WHERE local_id IN (SELECT local_id FROM jobs WHERE forgotten)"
        )
        lines: list[Line] = [Forgotten(local_id, Account(*rest)) for local_id, *rest in rows]
        self._journal.add([*lines, *self.holds()])

    def _release_all(self, database: sqlite3.Connection) -> None:
        if self.claims.owner:
            database.execute("UPDATE jobs SET owner = '' WHERE owner = ?", (self.claims.owner,))


def _put_account(database: sqlite3.Connection, local_id: str, account: Account) -> None:
    values = (local_id, *dataclasses.astuple(account))
    marks = ", ".join("?" * len(values))
    database.execute(
        f"INSERT OR REPLACE INTO accounts ({schema.ACCOUNT_COLUMNS}) VALUES ({marks})",  # noqa: S608
        values,
    )


def _put_hold(database: sqlite3.Connection, hold: Hold) -> None:
    database.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", dataclasses.astuple(hold))


def _own_record(path: Path) -> Job | None:
    """The job of a folder's own record; None when it can't be read."""
    try:
        return from_text(path.read_text("utf-8"), path.parent)
    except (DamagedRecord, OSError, UnicodeDecodeError):
        logger.warning("a job's own record could not be read: %s", path.parent.name)
        return None
