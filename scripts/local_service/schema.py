# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQLite database: opening it, its tables, and its version.

The journal's rules stand in the schema itself: at most one entry of a kind per job, and never a
refund of what was charged.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

VERSION = 1

_TABLES = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    number INTEGER UNIQUE NOT NULL,
    title TEXT,
    source_filename TEXT NOT NULL,
    contract TEXT NOT NULL,
    target_ids TEXT NOT NULL,
    mocap_type TEXT NOT NULL,
    export_fps INTEGER NOT NULL,
    trim_start REAL NOT NULL,
    trim_end REAL,
    status TEXT NOT NULL,
    upload_hash BLOB NOT NULL,
    upload_expires REAL NOT NULL,
    source_name TEXT,
    source_bytes INTEGER,
    admitted_start REAL,
    admitted_end REAL,
    credits INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    error_code TEXT,
    error_message TEXT,
    product TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    queued_at REAL,
    completed_at REAL
) STRICT;
CREATE INDEX jobs_by_status ON jobs (status, queued_at, number);
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    kind TEXT NOT NULL CHECK (kind IN ('status', 'progress')),
    at REAL NOT NULL,
    status TEXT,
    stage TEXT,
    fraction REAL,
    message TEXT
) STRICT;
CREATE INDEX events_by_job ON events (job_id, number);
CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('grant', 'reserve', 'charge', 'refund')),
    job_id TEXT REFERENCES jobs (id),
    amount INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_reserve_once ON journal (job_id) WHERE kind = 'reserve';
CREATE UNIQUE INDEX journal_settled_once ON journal (job_id) WHERE kind IN ('charge', 'refund');
"""


class DatabaseError(Exception):
    """The database cannot be used; the text is a sentence for the user."""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection for use from any thread, under the caller's lock; the tables are there.

    `synchronous=FULL` because a job that was answered as queued must survive a power cut.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _bring_up_to_date(connection)
    except sqlite3.Error as problem:
        raise DatabaseError(f"The database {path} cannot be opened: {problem}.") from problem
    return connection


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise DatabaseError("The data folder was written by a newer version of this service.")
    if version == 0:
        # executescript commits first, so the transaction is spelled out in the script.
        connection.executescript(
            f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;"
        )
