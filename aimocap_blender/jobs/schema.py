# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's tables, how older ones become today's, and what SQLite's errors mean."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import time
from pathlib import Path

from ..errors import AimocapError

_FIRST = """
    CREATE TABLE jobs (
        local_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, started REAL NOT NULL,
        state TEXT NOT NULL, fingerprint TEXT, owner TEXT NOT NULL, forgotten INTEGER NOT NULL,
        record TEXT NOT NULL
    );
    CREATE INDEX jobs_by_seq ON jobs (seq);
    CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint)
"""
_ACCOUNTS_AND_HOLDS = """
    CREATE TABLE accounts (
        local_id TEXT PRIMARY KEY, month TEXT NOT NULL, service TEXT NOT NULL,
        target_id TEXT NOT NULL, target_version TEXT NOT NULL, estimated INTEGER NOT NULL,
        admitted INTEGER NOT NULL, admission TEXT NOT NULL, refund_expected INTEGER NOT NULL
    );
    CREATE TABLE holds (
        target_id TEXT NOT NULL, target_version TEXT NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (target_id, target_version)
    )
"""
MIGRATIONS = (_FIRST, _ACCOUNTS_AND_HOLDS)
"""Statements that lead from each version to the next; `user_version` counts those done."""

_REBUILT = "It is rebuilt from the jobs' own folders."
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")


class LedgerTrouble(AimocapError):
    """The ledger cannot be read or written now."""


class LedgerDamaged(LedgerTrouble):
    """The ledger's file is no ledger any more."""


def prepare(database: sqlite3.Connection) -> bool:
    """WAL where the drive can, a check of the file, and the missing migrations.

    Returns whether the ledger is a new one. Errors: `sqlite3.Error`; `LedgerTrouble` for a ledger
    of a newer version of the extension.
    """
    database.execute("PRAGMA journal_mode = WAL").fetchone()
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise LedgerDamaged("The list of jobs is damaged.", remedy=_REBUILT)
    if _version(database) > len(MIGRATIONS):
        raise LedgerTrouble(
            "The list of jobs was written by a newer version of this extension.",
            remedy="Install that version again; nothing was changed.",
        )
    if _version(database) == len(MIGRATIONS):
        return False
    database.execute("BEGIN IMMEDIATE")
    try:
        before = _version(database)
        for version in range(before, len(MIGRATIONS)):
            for statement in MIGRATIONS[version].split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {version + 1}")
        database.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        raise
    return before == 0


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, as against locked, full or unreachable."""
    return getattr(error, "sqlite_errorname", "").startswith(_DAMAGE)


def set_aside(path: Path) -> Path:
    """Rename a damaged file, and what SQLite keeps beside it; returns the new name."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.stem}.damaged-{stamp}-{time.monotonic_ns() % 10**6}.db")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    return aside


def trouble(error: sqlite3.Error | OSError) -> LedgerTrouble:
    """Why the ledger cannot be used now, in words. Nothing is sent while it cannot be written."""
    name = getattr(error, "sqlite_errorname", "")
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, sqlite3.Error) and is_damage(error):
        return LedgerDamaged("The list of jobs is damaged.", remedy=_REBUILT)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LedgerTrouble(
            "The list of jobs is in use by another Blender.", remedy="It is tried again by itself."
        )
    if name == "SQLITE_FULL" or full:
        return LedgerTrouble(
            "The list of jobs cannot be written: the disk is full. Nothing is sent until it can.",
            remedy="Make room on the disk.",
        )
    if name.startswith("SQLITE_READONLY") or (
        isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)
    ):
        return LedgerTrouble(
            "The list of jobs cannot be written: its folder is read-only. Nothing is sent until it"
            " can.",
            remedy="Allow writing there, or choose another folder (preferences, Files).",
        )
    return LedgerTrouble(
        "The list of jobs cannot be read or written. Nothing is sent until it can.",
        remedy="Check that its folder exists and may be written (preferences, Files).",
    )
