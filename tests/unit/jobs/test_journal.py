# SPDX-License-Identifier: GPL-3.0-or-later
"""What outlives a damaged ledger though no folder has it: accounts of forgotten jobs, holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from aimocap_blender.jobs.accounts import Account
from aimocap_blender.jobs.holds import TargetHeld
from aimocap_blender.jobs.job import JobState
from aimocap_blender.jobs.journal import (
    Forgotten,
    Hold,
    Journal,
    Lifted,
    forgotten_in,
    holds_in,
)
from tests.unit.jobs.driving import Driver

KNIGHT = Hold("avatar:k7", "1", "Knight fails where Default passes — “hüfte”.")
ROOK = Hold("avatar:r2", "3", "Rook.")
GONE = Forgotten("a1", Account("2027-01", "https://s", "default", "unknown", 4, 4, "yes", 0))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def _applied(driver: Driver, clip: Path, **changes: object) -> str:
    local_id = driver.submit(clip, **changes)
    driver.until_state(local_id, JobState.READY)
    driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
    driver.settle()
    return local_id


def _ruin(driver: Driver) -> None:
    """Blender is closed, and the ledger is rubbish when it starts again."""
    driver.desk.close()
    for path in driver.folder.glob("ledger.db*"):
        path.write_bytes(b"not a ledger" * 1000)
    driver.restart()


def test_what_was_added_is_read_again(journal: Journal) -> None:
    assert journal.read() == ()
    journal.add([KNIGHT, GONE])
    journal.add([])
    journal.add([Lifted("avatar:k7", "1"), ROOK])
    lines = journal.read()
    assert lines == (KNIGHT, GONE, Lifted("avatar:k7", "1"), ROOK)
    assert holds_in(lines) == (ROOK,)
    assert forgotten_in(lines) == (GONE,)


def test_a_line_that_was_cut_in_half_costs_itself_and_nothing_else(journal: Journal) -> None:
    journal.add([KNIGHT, ROOK])
    whole = journal.path.read_bytes()
    for length in range(len(whole)):
        journal.path.write_bytes(whole[:length])
        journal.add([GONE])
        lines = journal.read()
        assert lines[-1] == GONE
        assert set(lines) <= {KNIGHT, ROOK, GONE}
        assert (KNIGHT in lines) is (length >= whole.index(b"\n"))


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00" * 4096,
        b"\xff\xfe{}",
        b"[]",
        b"null",
        b"{}",
        b'{"hold": 3}',
        b'{"hold": {"target_id": 1}}',
        b'{"hold": {}, "forgotten": {}}',
        b'{"something": {"newer": true}}',
        b'{"forgotten": {"local_id": "a", "account": {"month": "x"}}}',
        b"[" * 200_000,
        b"",
    ],
)
def test_rubbish_between_lines_is_passed_over(journal: Journal, rubbish: bytes) -> None:
    journal.add([KNIGHT])
    with journal.path.open("ab") as stream:
        stream.write(rubbish + b"\n")
    journal.add([GONE])
    assert journal.read() == (KNIGHT, GONE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_an_error_and_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.path.symlink_to("/dev/full")
    with pytest.raises(OSError, match="space"):
        journal.add([KNIGHT])


def test_accounts_of_forgotten_jobs_survive_a_damaged_ledger(driver: Driver, clip: Path) -> None:
    kept = _applied(driver, clip)
    gone = [_applied(driver, clip, export_fps=fps) for fps in (60, 120)]
    for local_id in gone:
        driver.desk.forget(local_id, driver.now, with_files=True)
    driver.settle()
    before = sorted(map(repr, driver.desk.accounts()))
    assert len(before) == 3
    _ruin(driver)
    assert [job.local_id for job in driver.desk.jobs()] == [kept]
    assert sorted(map(repr, driver.desk.accounts())) == before


def test_holds_survive_a_damaged_ledger_and_lifted_ones_do_not_come_back(
    driver: Driver, clip: Path
) -> None:
    driver.desk.hold_target("avatar:k7", "1", "Knight.")
    driver.desk.hold_target("avatar:r2", "3", "Rook.")
    driver.desk.lift_hold("avatar:r2", "3")
    _ruin(driver)
    assert driver.desk.holds() == (Hold("avatar:k7", "1", "Knight."),)
    with pytest.raises(TargetHeld):
        driver.submit(clip, target_id="avatar:k7", target_version="1")
    driver.submit(clip, target_id="avatar:r2", target_version="3")


def test_both_survive_a_ledger_that_breaks_while_in_use(driver: Driver, clip: Path) -> None:
    driver.desk.forget(_applied(driver, clip), driver.now, with_files=True)
    driver.desk.hold_target("avatar:k7", "1", "Knight.")
    before = driver.desk.accounts()
    other = sqlite3.connect(driver.folder / "ledger.db")
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    path = driver.folder / "ledger.db"
    path.write_bytes(b"\xa5" * path.stat().st_size)
    second = driver.submit(clip, export_fps=60)
    driver.until_state(second, JobState.READY)
    assert sorted(map(repr, driver.desk.accounts())) == sorted(map(repr, before * 2))
    assert driver.desk.holds() == (Hold("avatar:k7", "1", "Knight."),)


def test_a_truncated_journal_still_gives_what_is_whole(driver: Driver, clip: Path) -> None:
    first = _applied(driver, clip)
    second = _applied(driver, clip, export_fps=60)
    driver.desk.forget(first, driver.now, with_files=True)
    driver.desk.forget(second, driver.now, with_files=True)
    driver.settle()
    path = driver.folder / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    _ruin(driver)
    assert len(driver.desk.accounts()) == 1
    driver.desk.hold_target("avatar:k7", "1", "after the cut")
    _ruin(driver)
    assert [hold.reason for hold in driver.desk.holds()] == ["after the cut"]
    assert len(driver.desk.accounts()) == 1


def test_a_ledger_from_before_the_journal_begins_one(driver: Driver, clip: Path) -> None:
    driver.desk.forget(_applied(driver, clip), driver.now, with_files=True)
    driver.desk.hold_target("avatar:k7", "1", "Knight.")
    driver.settle()
    before = driver.desk.accounts()
    driver.desk.close()
    (driver.folder / "journal.jsonl").unlink()
    driver.restart()
    _ruin(driver)
    assert driver.desk.accounts() == before
    assert [hold.reason for hold in driver.desk.holds()] == ["Knight."]


def test_a_forgotten_job_whose_files_were_still_there_is_found_again_once(
    driver: Driver, clip: Path
) -> None:
    local_id = _applied(driver, clip)
    own = (driver.folder / local_id / "job.json").read_text("utf-8")
    driver.desk.forget(local_id, driver.now, with_files=True)
    driver.settle()
    (driver.folder / local_id).mkdir(exist_ok=True)
    (driver.folder / local_id / "job.json").write_text(own, encoding="utf-8")
    _ruin(driver)
    assert [job.local_id for job in driver.desk.jobs()] == [local_id]
    assert len(driver.desk.accounts()) == 1


def test_what_the_journal_cannot_take_is_not_forgotten(driver: Driver, clip: Path) -> None:
    local_id = _applied(driver, clip)
    path = driver.folder / "journal.jsonl"
    path.unlink(missing_ok=True)
    path.mkdir()
    with pytest.raises(Exception, match="list of jobs cannot"):
        driver.desk.forget(local_id, driver.now, with_files=True)
    path.rmdir()
    assert driver.desk.job(local_id).state is JobState.APPLIED
    driver.restart()
    assert [job.local_id for job in driver.desk.jobs()] == [local_id]
