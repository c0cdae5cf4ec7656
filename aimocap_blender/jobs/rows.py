# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's rows: jobs with their owners, account lines, holds.

Every function works in the transaction that it is handed the connection of; when one begins and
what its errors mean is the ledger's. The tables are in `schema`. Errors: `sqlite3.Error`.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Sequence

from .accounts import Account
from .claims import Claims
from .job import OPEN_STATES, JobState
from .journal import Forgotten, Hold

_FOLLOWED = frozenset({*OPEN_STATES, JobState.READY})
"""States in which a job is somebody's: there is something left to do for it."""
_ACCOUNT = (
    "local_id, month, service, target_id, target_version, estimated, admitted, admission,"
    " refund_expected"
)


@dataclasses.dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it is written: what the ledger asks for by itself, and its record as text."""

    local_id: str
    started_wall_seconds: float
    state: JobState
    fingerprint: str | None
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class NewsRow:
    """A job as it is read: `seq` grows with every write of any job; `owner` is "" for nobody."""

    seq: int
    local_id: str
    started_wall_seconds: float
    state: str
    forgotten: bool
    owner: str
    text: str


def since(database: sqlite3.Connection, seq: int) -> list[NewsRow]:
    """The jobs that were written after that, in order."""
    rows = database.execute(
        "SELECT seq, local_id, started, state, forgotten, owner, record FROM jobs"
        " WHERE seq > ? ORDER BY seq",
        (seq,),
    )
    return [
        NewsRow(seq, local_id, started, state, bool(forgotten), owner, text)
        for seq, local_id, started, state, forgotten, owner, text in rows
    ]


def alike(database: sqlite3.Connection, fingerprint: str, local_id: str) -> tuple[str, ...]:
    """Ids of other jobs that ask for exactly the same, newest first."""
    rows = database.execute(
        "SELECT local_id FROM jobs"
        " WHERE fingerprint = ? AND local_id <> ? AND NOT forgotten ORDER BY started DESC",
        (fingerprint, local_id),
    )
    return tuple(local_id for (local_id,) in rows)


def put_job(database: sqlite3.Connection, job: JobRow, claims: Claims, *, keep: bool) -> bool:
    """Write a job; False, and nothing written, when it is another Blender's or was forgotten.

    It is ours while there is something left to do for it, or for as long as we `keep` it.
    """
    row = database.execute(
        "SELECT owner, forgotten FROM jobs WHERE local_id = ?", (job.local_id,)
    ).fetchone()
    if row is not None and (row[1] or not claims.is_ours_to_take(row[0])):
        return False
    database.execute(
        "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.local_id,
            _next_seq(database),
            job.started_wall_seconds,
            job.state.value,
            job.fingerprint,
            claims.owner if keep or job.state in _FOLLOWED else "",
            0,
            job.text,
        ),
    )
    return True


def claim(database: sqlite3.Connection, local_id: str, claims: Claims) -> bool:
    """Make a job ours unless somebody alive has it; whether it is ours now."""
    row = database.execute(
        "SELECT owner FROM jobs WHERE local_id = ? AND NOT forgotten", (local_id,)
    ).fetchone()
    if row is None or not claims.is_ours_to_take(row[0]):
        return False
    if row[0] != claims.owner:
        database.execute(
            "UPDATE jobs SET owner = ?, seq = ? WHERE local_id = ?",
            (claims.owner, _next_seq(database), local_id),
        )
    return True


def let_go(database: sqlite3.Connection, local_id: str, owner: str) -> None:
    """That job is nobody's any more, unless there is something left to do for it."""
    marks = ", ".join("?" * len(_FOLLOWED))
    database.execute(
        f"UPDATE jobs SET owner = '' WHERE local_id = ? AND owner = ? AND state NOT IN ({marks})",  # noqa: S608
        (local_id, owner, *_FOLLOWED),
    )


def let_go_of_all(database: sqlite3.Connection, owner: str | None = None) -> None:
    """All jobs of that owner are nobody's any more; those of all owners without one."""
    if owner is None:
        database.execute("UPDATE jobs SET owner = ''")
    else:
        database.execute("UPDATE jobs SET owner = '' WHERE owner = ?", (owner,))


def forget_job(database: sqlite3.Connection, local_id: str) -> None:
    """Keep nothing of a job but that it was there: other Blenders have to hear of it."""
    database.execute(
        "UPDATE jobs SET forgotten = 1, record = '', fingerprint = NULL, owner = '', seq = ?"
        " WHERE local_id = ?",
        (_next_seq(database), local_id),
    )


def put_account(database: sqlite3.Connection, local_id: str, account: Account) -> None:
    """Write a job's account line."""
    values = (local_id, *dataclasses.astuple(account))
    marks = ", ".join("?" * len(values))
    database.execute(f"INSERT OR REPLACE INTO accounts ({_ACCOUNT}) VALUES ({marks})", values)  # noqa: S608


def accounts(database: sqlite3.Connection) -> tuple[Account, ...]:
    """The account lines of all jobs, forgotten ones too."""
    rows = database.execute(f"SELECT {_ACCOUNT} FROM accounts")  # noqa: S608
    return tuple(Account(*row[1:]) for row in rows)


def accounts_of(database: sqlite3.Connection, local_ids: Sequence[str]) -> list[Forgotten]:
    """What stays of those jobs when they are forgotten."""
    marks = ", ".join("?" * len(local_ids))
    return _account_lines(database, f"local_id IN ({marks})", local_ids)


def accounts_of_forgotten(database: sqlite3.Connection) -> list[Forgotten]:
    """What stays of the jobs that were forgotten so far."""
    return _account_lines(database, "local_id IN (SELECT local_id FROM jobs WHERE forgotten)")


def put_hold(database: sqlite3.Connection, hold: Hold) -> None:
    """Put a target version on hold."""
    database.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", dataclasses.astuple(hold))


def lift_hold(database: sqlite3.Connection, target_id: str, target_version: str) -> None:
    """Take a target version's hold away."""
    database.execute(
        "DELETE FROM holds WHERE target_id = ? AND target_version = ?",
        (target_id, target_version),
    )


def holds(database: sqlite3.Connection) -> tuple[Hold, ...]:
    """Target versions on hold."""
    rows = database.execute("SELECT target_id, target_version, reason FROM holds")
    return tuple(Hold(*row) for row in rows)


def _account_lines(
    database: sqlite3.Connection, condition: str, values: Iterable[str] = ()
) -> list[Forgotten]:
    query = f"SELECT {_ACCOUNT} FROM accounts WHERE {condition}"  # noqa: S608
    rows = database.execute(query, tuple(values))
    return [Forgotten(local_id, Account(*rest)) for local_id, *rest in rows]


def _next_seq(database: sqlite3.Connection) -> int:
    (highest,) = database.execute("SELECT coalesce(max(seq), 0) FROM jobs").fetchone()
    return int(highest) + 1
