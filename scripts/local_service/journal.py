# SPDX-License-Identifier: GPL-3.0-or-later
"""The v-credit journal. One v-credit is one second of admitted video.

Append only; the balance is the sum of its amounts. A job has at most one `reserve` (-n), which is
then settled once: by a `charge` (0, the reserve becomes final) or by a `refund` (+n). Every
function here runs inside the caller's transaction.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass

FIRST_GRANT = 36_000
"""What a new data folder gets without `--credits`: ten hours of video."""


@dataclass(frozen=True)
class Entry:
    """One line of the journal."""

    kind: str
    job_id: str | None
    amount: int
    note: str
    at: float


def price(seconds: float) -> int:
    """v-credit for so many seconds of video: whole seconds, rounded up.

    Rounded to a millisecond first, so that 11.1 - 1.1 costs 10 and not 11.
    """
    return max(1, math.ceil(round(seconds, 3)))


def balance(connection: sqlite3.Connection) -> int:
    """v-credit that is left, reserves taken off."""
    return int(connection.execute("SELECT coalesce(sum(amount), 0) FROM journal").fetchone()[0])


def set_balance(connection: sqlite3.Connection, wanted: int, now: float) -> None:
    """Grant (or take back) what is missing to `wanted`."""
    difference = wanted - balance(connection)
    if difference:
        _write(connection, now, "grant", None, difference, f"balance set to {wanted}")


def reserve(connection: sqlite3.Connection, job_id: str, amount: int, now: float) -> None:
    """Take `amount` off the balance for an admitted job."""
    _write(connection, now, "reserve", job_id, -amount, "admitted")


def charge(connection: sqlite3.Connection, job_id: str, now: float) -> None:
    """Make a completed job's reserve final."""
    _write(connection, now, "charge", job_id, 0, "completed")


def refund(connection: sqlite3.Connection, job_id: str, now: float, why: str) -> None:
    """Give back what the job had reserved, if it had reserved anything."""
    row = connection.execute(
        "SELECT amount FROM journal WHERE job_id = ? AND kind = 'reserve'", (job_id,)
    ).fetchone()
    if row is not None:
        _write(connection, now, "refund", job_id, -row["amount"], why)


def entries(connection: sqlite3.Connection) -> list[Entry]:
    """The whole journal, oldest first."""
    rows = connection.execute(
        "SELECT kind, job_id, amount, note, at FROM journal ORDER BY number"
    ).fetchall()
    return [Entry(**dict(row)) for row in rows]


def _write(
    connection: sqlite3.Connection,
    now: float,
    kind: str,
    job_id: str | None,
    amount: int,
    note: str,
) -> None:
    connection.execute(
        "INSERT INTO journal (at, kind, job_id, amount, note) VALUES (?, ?, ?, ?, ?)",
        (now, kind, job_id, amount, note),
    )
