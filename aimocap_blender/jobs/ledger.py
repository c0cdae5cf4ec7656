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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import schema
from .accounts import Account, account_of
from .claims import Claims
from .fingerprint import fingerprint
from .job import OPEN_STATES, Job, JobState
from .record import DamagedRecord, from_text, to_text
from .schema import LedgerDamaged, LedgerTrouble

__all__ = ["RECORD_NAME", "Hold", "Ledger", "LedgerDamaged", "LedgerTrouble"]

RECORD_NAME = "job.json"
_FILE_NAME = "ledger.db"
_BUSY_MILLISECONDS = 50
_PATIENT_MILLISECONDS = 2000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hold:
    """A target version to which nothing is sent until the user lifts it."""

    target_id: str
    target_version: str
    reason: str


class Ledger:
    """Opened on a folder; `rebuilt`: it was filled from the job folders' own records at that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rebuilt = False
        self.claims = Claims(folder / "owners")
        self._database: sqlite3.Connection | None = None
        self._seq = 0
        self._data_version = -1
        self._inode = 0
        self.known_holds: tuple[Hold, ...] = ()

    @property
    def path(self) -> Path:
        """The database file."""
        return self.folder / _FILE_NAME

    def job_folder(self, local_id: str) -> Path:
        """That job's own folder: its record and its artifacts."""
        return self.folder / local_id

    def open(self) -> None:
        """Open or make the file, bring its schema up to date, rebuild it if it is damaged.

        Errors: `LedgerTrouble`.
        """
        with self._in_words():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.claims.open()
            try:
                is_new = self._connect()
            except LedgerDamaged:
                is_new = self._start_anew()
            except sqlite3.DatabaseError as error:
                if not schema.is_damage(error):
                    raise
                is_new = self._start_anew()
            if is_new:
                self._take_in_folders()

    def close(self) -> None:
        """Let go of the file and of all claims."""
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._release_all(database)
            with contextlib.suppress(sqlite3.Error):
                database.close()
        self.claims.close()

    # Reading --------------------------------------------------------------------------------

    def news(self) -> tuple[tuple[Job, ...], tuple[str, ...]]:
        """What other Blenders changed since the last look: jobs, and ids that were forgotten.

        The first look gives everything. Cheap when nothing changed. Errors: `LedgerTrouble`.
        """
        with self._in_words():
            database = self._live()
            self._notice_replaced_file()
            (version,) = database.execute("PRAGMA data_version").fetchone()
            if version == self._data_version and self._seq:
                return (), ()
            self._data_version = version
            self.known_holds = self.holds()
            rows = database.execute(
                "SELECT seq, local_id, forgotten, owner, record FROM jobs WHERE seq > ?"
                " ORDER BY seq",
                (self._seq,),
            ).fetchall()
        jobs, gone = [], []
        for seq, local_id, forgotten, owner, record in rows:
            self._seq = max(self._seq, seq)
            if forgotten:
                gone.append(local_id)
                continue
            with contextlib.suppress(DamagedRecord):
                job = from_text(record, self.job_folder(local_id))
                jobs.append(dataclasses.replace(job, mine=owner == self.claims.owner))
        self._seq = max(self._seq, 1)
        return tuple(jobs), tuple(gone)

    def twins(self, job: Job) -> tuple[str, ...]:
        """Ids of other jobs that ask for exactly the same, newest first."""
        mark = fingerprint(job)
        if mark is None:
            return ()
        with self._in_words():
            rows = self._live().execute(
                "SELECT local_id FROM jobs"
                " WHERE fingerprint = ? AND local_id <> ? AND NOT forgotten ORDER BY started DESC",
                (mark, job.local_id),
            )
            return tuple(local_id for (local_id,) in rows)

    def accounts(self) -> tuple[Account, ...]:
        """What each job was estimated to cost and is known to have cost, forgotten ones too."""
        with self._in_words():
            rows = self._live().execute(f"SELECT {schema.ACCOUNT_COLUMNS} FROM accounts")  # noqa: S608
            return tuple(Account(*row[1:]) for row in rows)

    def holds(self) -> tuple[Hold, ...]:
        """Target versions on hold."""
        with self._in_words():
            rows = self._live().execute("SELECT target_id, target_version, reason FROM holds")
            return tuple(Hold(*row) for row in rows)

    # Writing --------------------------------------------------------------------------------

    def put(self, jobs: Iterable[Job], *, durable: bool, patient: bool = False) -> tuple[str, ...]:
        """Write those jobs in one transaction; returns ids that are another Blender's by now.

        Theirs are not written. `durable` survives a power cut, not only a crash; `patient` waits
        longer for another Blender's lock. Errors: `LedgerTrouble`; then nothing was written.
        """
        with self._in_words(), self._transaction(durable=durable, patient=patient) as database:
            return tuple(job.local_id for job in jobs if not self._put_one(database, job))

    def claim(self, local_ids: Iterable[str]) -> frozenset[str]:
        """Take those of the jobs that nobody alive follows; returns the ones that are ours now."""
        with self._in_words(), self._transaction(durable=False) as database:
            return frozenset(item for item in local_ids if self._claim_one(database, item))

    def forget(self, local_id: str) -> None:
        """Remove a job's record; its account line stays."""
        with self._in_words(), self._transaction(durable=True, patient=True) as database:
            database.execute(
                "UPDATE jobs SET forgotten = 1, record = '', fingerprint = NULL, owner = '',"
                " seq = ? WHERE local_id = ?",
                (self._next_seq(database), local_id),
            )

    def hold(self, hold: Hold) -> None:
        """Put a target version on hold."""
        with self._in_words(), self._transaction(durable=True) as database:
            database.execute(
                "INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", dataclasses.astuple(hold)
            )
        self.known_holds = self.holds()

    def lift(self, target_id: str, target_version: str) -> None:
        """Lift that hold."""
        with self._in_words(), self._transaction(durable=True, patient=True) as database:
            database.execute(
                "DELETE FROM holds WHERE target_id = ? AND target_version = ?",
                (target_id, target_version),
            )
        self.known_holds = self.holds()

    def rebuild_from(self, jobs: Iterable[Job]) -> None:
        """Set the damaged file aside and write those jobs anew: they were in memory all along."""
        known = tuple(jobs)
        with self._in_words():
            self._start_anew()
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
            to_text(job),
        )
        database.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        account = dataclasses.astuple(account_of(job))
        marks = ", ".join("?" * (len(account) + 1))
        database.execute(
            f"INSERT OR REPLACE INTO accounts ({schema.ACCOUNT_COLUMNS}) VALUES ({marks})",  # noqa: S608
            (job.local_id, *account),
        )
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

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool, patient: bool = False) -> Iterator[sqlite3.Connection]:
        database = self._live()
        wait = _PATIENT_MILLISECONDS if patient else _BUSY_MILLISECONDS
        database.execute(f"PRAGMA busy_timeout = {wait}")
        database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
            database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise

    def _live(self) -> sqlite3.Connection:
        if self._database is None:
            self._connect()
        assert self._database is not None
        return self._database

    def _connect(self) -> bool:
        """Open the file; returns whether it is a new one."""
        database = sqlite3.connect(
            self.path, isolation_level=None, timeout=_PATIENT_MILLISECONDS / 1000
        )
        try:
            is_new = schema.prepare(database)
        except BaseException:
            database.close()
            raise
        self._database = database
        self._seq, self._data_version = 0, -1
        self._inode = self.path.stat().st_ino
        return is_new

    def _notice_replaced_file(self) -> None:
        """Another Blender may have set the file aside, or the folder was removed under us.

        Then go on with the file that is there. Errors: `LedgerDamaged` when that is an empty one.
        """
        inode = self.path.stat().st_ino if self.path.exists() else 0
        if inode == self._inode or self._database is None:
            return
        self._database.close()
        self._database = None
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._connect():
            raise LedgerDamaged("The list of jobs was removed.", remedy="It is written anew.")

    def _start_anew(self) -> bool:
        """Set the damaged file aside; True, as the ledger is a new one now."""
        if self._database is not None:
            self._database.close()
            self._database = None
        logger.warning("the ledger is damaged; it is set aside")
        schema.set_aside(self.path)
        return self._connect()

    def _take_in_folders(self) -> None:
        """Fill a new ledger from the job folders' own records, if there are any."""
        found = []
        for path in sorted(self.folder.glob(f"*/{RECORD_NAME}")):
            try:
                found.append(from_text(path.read_text("utf-8"), path.parent))
            except (DamagedRecord, OSError, UnicodeDecodeError):
                logger.warning("a job's own record could not be read: %s", path.parent.name)
        if not found:
            return
        self.rebuilt = True
        with self._transaction(durable=True, patient=True) as database:
            for job in found:
                self._put_one(database, job)
            # Their records may lag behind what was really sent: whoever takes them up asks first.
            database.execute("UPDATE jobs SET owner = ''")
        self._seq, self._data_version = 0, -1

    def _release_all(self, database: sqlite3.Connection) -> None:
        if self.claims.owner:
            database.execute("UPDATE jobs SET owner = '' WHERE owner = ?", (self.claims.owner,))

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise schema.trouble(error) from error
