# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs, their events and the v-credit journal in SQLite: the one owner of a job's status.

Every change of status is one transaction together with its event and its journal entry, so a kill
at any moment leaves them in agreement. One connection under one lock: the service is one process.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import journal
from .contract import JobStatus
from .errors import ApiError, ErrorCode
from .records import EventRow, Job, NewJob, job_from_row
from .schema import open_database

MOST_ATTEMPTS = 2
"""A job that was processing when the service was killed is tried once more."""


class Store:
    """All reading and writing of the database. `clock` gives Unix seconds."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._connection = open_database(path)
        self._clock = clock
        self._lock = threading.RLock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    # Reading.

    def job(self, job_id: str) -> Job:
        """The job. Raises ApiError when there is none of that id."""
        with self._lock:
            row = self._connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise ApiError(ErrorCode.JOB_NOT_FOUND, "There is no job of that id.")
        return job_from_row(row)

    def events(self, job_id: str) -> list[EventRow]:
        with self._lock:
            rows = self._connection.execute(
                "SELECT kind, at, status, stage, fraction, message FROM events"
                " WHERE job_id = ? ORDER BY number",
                (job_id,),
            ).fetchall()
        return [EventRow(**dict(row)) for row in rows]

    def count(self, status: JobStatus) -> int:
        with self._lock:
            row = self._connection.execute(
                "SELECT count(*) FROM jobs WHERE status = ?", (status,)
            ).fetchone()
        return int(row[0])

    def active(self) -> int:
        """How many jobs take a place of the concurrency limit."""
        with self._lock:
            return self.count(JobStatus.QUEUED) + self.count(JobStatus.PROCESSING)

    def untouched_since(self, moment: float) -> list[str]:
        """Ids of jobs that wait for nothing and have not changed since `moment`."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id FROM jobs WHERE updated_at < ? AND status NOT IN (?, ?)",
                (moment, JobStatus.QUEUED, JobStatus.PROCESSING),
            ).fetchall()
        return [row["id"] for row in rows]

    def balance(self) -> int:
        with self._lock:
            return journal.balance(self._connection)

    def journal(self) -> list[journal.Entry]:
        with self._lock:
            return journal.entries(self._connection)

    # Writing.

    def start_balance(self, chosen: int | None) -> None:
        """Set the balance when one was chosen; else a new database gets its first grant."""
        with self._transaction() as connection:
            if chosen is not None:
                journal.set_balance(connection, chosen, self._clock())
            elif not journal.entries(connection):
                journal.set_balance(connection, journal.FIRST_GRANT, self._clock())

    def create(self, asked: NewJob, upload_hash: bytes, upload_expires: float) -> Job:
        """A new draft."""
        job_id = f"mocap_{secrets.token_hex(12)}"
        now = self._clock()
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO jobs (id, number, title, source_filename, contract, target_ids,"
                " mocap_type, export_fps, trim_start, trim_end, status, upload_hash,"
                " upload_expires, created_at, updated_at)"
                " SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
                " FROM jobs",
                (
                    job_id,
                    asked.title,
                    asked.source_filename,
                    asked.contract,
                    json.dumps(asked.target_ids),
                    asked.mocap_type,
                    asked.export_fps,
                    asked.trim_start,
                    asked.trim_end,
                    JobStatus.DRAFT,
                    upload_hash,
                    upload_expires,
                    now,
                    now,
                ),
            )
            self._note_status(connection, job_id, JobStatus.DRAFT, None)
        return self.job(job_id)

    def record_upload(self, job_id: str, source_name: str, size: int) -> None:
        """Remember a whole upload. The caller has made sure that the job is a draft."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET source_name = ?, source_bytes = ?, updated_at = ? WHERE id = ?",
                (source_name, size, self._clock(), job_id),
            )

    def admit(self, job_id: str, start: float, end: float, *, price: int, concurrency: int) -> None:
        """Queue a draft and reserve its price, or raise ApiError and leave everything as it is.

        The balance and the count of active jobs are looked at in the same transaction, so two
        jobs admitted at once cannot both take the last place or the last credit.
        """
        with self._transaction() as connection:
            if self.job(job_id).status is not JobStatus.DRAFT:
                return
            if self.active() >= concurrency:
                raise ApiError(
                    ErrorCode.CONCURRENCY_LIMIT,
                    f"{concurrency} jobs are already queued or processing. The upload is kept.",
                )
            if journal.balance(connection) < price:
                raise ApiError(
                    ErrorCode.INSUFFICIENT_CREDITS,
                    f"The job needs {price} v-credit and {journal.balance(connection)} are left."
                    " The upload is kept.",
                )
            now = self._clock()
            journal.reserve(connection, job_id, price, now)
            connection.execute(
                "UPDATE jobs SET admitted_start = ?, admitted_end = ?, credits = ?, queued_at = ?"
                " WHERE id = ?",
                (start, end, price, now, job_id),
            )
            self._set_status(connection, job_id, JobStatus.QUEUED)

    def claim(self) -> Job | None:
        """The job that has waited longest, now processing; None when none waits."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT id FROM jobs WHERE status = ? ORDER BY queued_at, number LIMIT 1",
                (JobStatus.QUEUED,),
            ).fetchone()
            if row is None:
                return None
            connection.execute("UPDATE jobs SET attempts = attempts + 1 WHERE id = ?", (row["id"],))
            self._set_status(connection, row["id"], JobStatus.PROCESSING)
        return self.job(row["id"])

    def note_progress(self, job_id: str, stage: str, fraction: float) -> None:
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO events (job_id, kind, at, stage, fraction)"
                " VALUES (?, 'progress', ?, ?, ?)",
                (job_id, self._clock(), stage, fraction),
            )

    def complete(self, job_id: str, product: str, message: str | None = None) -> None:
        """Finish a processing job with its product (JSON) and make its reserve final."""
        with self._transaction() as connection:
            now = self._clock()
            journal.charge(connection, job_id, now)
            connection.execute(
                "UPDATE jobs SET product = ?, completed_at = ? WHERE id = ?",
                (product, now, job_id),
            )
            self._set_status(connection, job_id, JobStatus.COMPLETED, message)

    def fail(self, job_id: str, code: str, message: str) -> None:
        """Fail a job that is not finished, and give back what it had reserved."""
        with self._transaction() as connection:
            if self.job(job_id).status.is_terminal:
                return
            now = self._clock()
            journal.refund(connection, job_id, now, code)
            connection.execute(
                "UPDATE jobs SET error_code = ?, error_message = ?, completed_at = ? WHERE id = ?",
                (code, message, now, job_id),
            )
            self._set_status(connection, job_id, JobStatus.FAILED, message)

    def put_back(self, job_id: str) -> None:
        """Queue a processing job again because the service stops: that attempt does not count."""
        with self._transaction() as connection:
            connection.execute("UPDATE jobs SET attempts = attempts - 1 WHERE id = ?", (job_id,))
            self._set_status(
                connection, job_id, JobStatus.QUEUED, "The service was stopped and will go on."
            )

    def recover(self) -> None:
        """After a start: jobs that were processing when the service was killed go on once."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, attempts FROM jobs WHERE status = ?", (JobStatus.PROCESSING,)
            ).fetchall()
        for row in rows:
            if row["attempts"] >= MOST_ATTEMPTS:
                self.fail(
                    row["id"],
                    ErrorCode.PROCESSING_INTERRUPTED,
                    "The service was killed twice while it processed this job.",
                )
                continue
            with self._transaction() as connection:
                self._set_status(
                    connection, row["id"], JobStatus.QUEUED, "The service was killed and goes on."
                )

    def _set_status(
        self,
        connection: sqlite3.Connection,
        job_id: str,
        status: JobStatus,
        message: str | None = None,
    ) -> None:
        connection.execute(
            "UPDATE jobs SET status = ?, updated_at = ? WHERE id = ?",
            (status, self._clock(), job_id),
        )
        self._note_status(connection, job_id, status, message)

    def _note_status(
        self, connection: sqlite3.Connection, job_id: str, status: JobStatus, message: str | None
    ) -> None:
        connection.execute(
            "INSERT INTO events (job_id, kind, at, status, message) VALUES (?, 'status', ?, ?, ?)",
            (job_id, self._clock(), status, message),
        )
