# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's file: opened and checked, written in transactions, set aside when it is damaged.

Must not know what is in it; the tables are in `schema`, the rows in `ledger`. Main thread only.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from . import schema
from .schema import LedgerDamaged

_BUSY_MILLISECONDS = 50
_PATIENT_MILLISECONDS = 2000

logger = logging.getLogger(__name__)


class LedgerFile:
    """One SQLite file. `connections` counts how often it was opened: each may be another file.

    Errors are `sqlite3.Error` and `OSError`; `in_words` makes `LedgerTrouble` of them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: sqlite3.Connection | None = None
        self._version = -1
        self._inode = 0
        self.connections = 0

    def open(self) -> bool:
        """Open or make the file and bring its schema up to date; a damaged one is set aside.

        Returns whether it is a new one.
        """
        try:
            return self._connect()
        except LedgerDamaged:
            return self.set_aside()
        except sqlite3.DatabaseError as error:
            if not schema.is_damage(error):
                raise
            return self.set_aside()

    def close(self) -> None:
        """Let go of it."""
        database, self._database = self._database, None
        if database is not None:
            with contextlib.suppress(sqlite3.Error):
                database.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._database is not None

    @property
    def database(self) -> sqlite3.Connection:
        """The connection; opened again if need be."""
        if self._database is None:
            self._connect()
        assert self._database is not None
        return self._database

    def is_changed(self) -> bool:
        """Whether others wrote since this was asked last; True at first. Cheap.

        Errors: `LedgerDamaged` when the file was removed and an empty one is in its place.
        """
        self._notice_replaced_file()
        (version,) = self.database.execute("PRAGMA data_version").fetchone()
        changed, self._version = version != self._version, version
        return bool(changed)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool, patient: bool = False) -> Iterator[sqlite3.Connection]:
        """All of it or nothing. `durable` survives a power cut, not only a crash; `patient` waits
        longer for another Blender's lock.
        """
        database = self.database
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

    def set_aside(self) -> bool:
        """Rename the damaged file and begin a new one; True, as it is new."""
        self.close()
        logger.warning("the ledger is damaged; it is set aside")
        schema.set_aside(self.path)
        return self._connect()

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
        self._version = -1
        self.connections += 1
        self._inode = self.path.stat().st_ino
        return is_new

    def _notice_replaced_file(self) -> None:
        """Another Blender may have set the file aside, or the folder was removed under us."""
        inode = self.path.stat().st_ino if self.path.exists() else 0
        if inode == self._inode or self._database is None:
            return
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._connect():
            raise LedgerDamaged("The list of jobs was removed.", remedy="It is written anew.")


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """What goes wrong inside, as `LedgerTrouble` for the user."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise schema.trouble(error) from error
