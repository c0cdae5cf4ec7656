# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: shared, migrated, damaged, rebuilt; and what it counts."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aimocap_blender.jobs import schema
from aimocap_blender.jobs.accounts import Account, account_of, to_csv
from aimocap_blender.jobs.answers import StillRunning
from aimocap_blender.jobs.claims import LEASE_SECONDS, Claims
from aimocap_blender.jobs.desk import Elsewhere
from aimocap_blender.jobs.job import JobState
from aimocap_blender.jobs.ledger import Ledger, LedgerTrouble
from aimocap_blender.jobs.record import DamagedRecord, from_text, to_text
from tests.unit.jobs.driving import Driver


def _finished(driver: Driver, clip: Path, **changes: object) -> str:
    local_id = driver.submit(clip, **changes)
    driver.until_state(local_id, JobState.READY)
    driver.settle()
    return local_id


def test_a_job_is_the_same_after_text_and_back(driver: Driver, clip: Path) -> None:
    job = driver.job(_finished(driver, clip))
    folder = driver.folder / job.local_id
    assert from_text(to_text(job), folder) == job
    odd = dataclasses.replace(
        job,
        failure=None,
        request=dataclasses.replace(job.request, clip_path=Path("/m/\udcff\n“x” .mp4")),
    )
    assert from_text(to_text(odd), folder) == odd


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[]",
        '{"version": 1}',
        '{"version": 99}',
        "[" * 100_000,
        '{"version":1,"local_id":3}',
    ],
)
def test_a_damaged_record_is_said_to_be_one(text: str) -> None:
    with pytest.raises(DamagedRecord):
        from_text(text, Path())


def test_a_record_cannot_point_outside_its_folder(driver: Driver, clip: Path) -> None:
    job = driver.job(_finished(driver, clip))
    name = job.artifacts[0].path.name
    text = to_text(job).replace(name, "../../../etc/passwd")
    assert from_text(text, Path("/jobs/a")).artifacts[0].path == Path("/jobs/a/passwd")


def test_a_ledger_of_the_first_version_is_brought_up_to_date(driver: Driver, clip: Path) -> None:
    local_id = _finished(driver, clip)
    driver.desk.close()
    path = driver.folder / "ledger.db"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("DROP TABLE accounts")
    database.execute("DROP TABLE holds")
    database.execute("PRAGMA user_version = 1")
    database.close()
    driver.restart()
    assert [job.local_id for job in driver.desk.jobs()] == [local_id]
    _finished(driver, clip, export_fps=60)
    assert "2026" not in to_csv(driver.desk.accounts()).splitlines()[0]
    assert driver.desk.holds() == ()


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "ledger.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LedgerTrouble, match="newer version"):
        Ledger(tmp_path).open()
    assert [path.name for path in tmp_path.glob("*.damaged*")] == []


@pytest.mark.parametrize("damage", ["rubbish", "torn", "empty"])
def test_a_damaged_ledger_is_set_aside_and_nothing_is_lost(
    driver: Driver, clip: Path, damage: str
) -> None:
    driver.service.statuses = ("processing",)
    ready_later = driver.submit(clip)
    driver.until_state(ready_later, JobState.PROCESSING)
    driver.settle()
    driver.desk.close()
    path = driver.folder / "ledger.db"
    data = path.read_bytes()
    if damage == "torn":
        data = data[:100] + b"\xa5" * (len(data) - 100)
    path.write_bytes({"rubbish": b"not a ledger" * 1000, "torn": data, "empty": b""}[damage])
    for rest in driver.folder.glob("ledger.db-*"):
        rest.unlink()
    driver.restart()
    driver.service.tell("completed")
    assert [job.local_id for job in driver.desk.jobs()] == [ready_later]
    driver.until_state(ready_later, JobState.READY)
    assert driver.service.admissions == 1
    assert driver.service.count("complete") == 1
    assert bool(list(driver.folder.glob("ledger.damaged-*"))) is (damage != "empty")


def test_a_ledger_that_breaks_while_in_use_is_written_anew_from_memory(
    driver: Driver, clip: Path
) -> None:
    first = _finished(driver, clip)
    path = driver.folder / "ledger.db"
    other = sqlite3.connect(path)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    path.write_bytes(b"\xa5" * path.stat().st_size)
    second = driver.submit(clip, export_fps=60)
    driver.until_state(second, JobState.READY)
    driver.restart()
    assert {job.local_id for job in driver.desk.jobs()} == {first, second}


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerTrouble, match="cannot be read or written"):
        Ledger(tmp_path / "file" / "jobs").open()


# Two Blenders -----------------------------------------------------------------------------------


@contextmanager
def _second(driver: Driver) -> Iterator[Driver]:
    """Another Blender on the same ledger, closed at the end."""
    other = Driver(driver.folder, driver.service)
    other.wall, other.steady = driver.wall, driver.steady
    try:
        yield other
    finally:
        other.desk.close()


def test_of_two_blenders_one_follows_a_job_and_the_other_shows_it(
    driver: Driver, clip: Path
) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    with _second(driver) as other:
        shown = other.desk.job(local_id)
        assert shown.state is JobState.PROCESSING
        assert not shown.mine
        assert "another Blender" in other.desk.views(other.now)[0].line
        polls = driver.service.count("status")
        for _ in range(50):
            other.step()
        assert driver.service.count("status") == polls
        with pytest.raises(StillRunning):
            other.desk.cancel(local_id, other.now)
        driver.service.tell("completed")
        driver.until_state(local_id, JobState.READY)
        other.until(lambda: other.job(local_id).state is JobState.READY)
        assert other.ready == []


def test_the_other_blender_takes_over_when_the_first_is_gone(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    with _second(driver) as other:
        driver.desk.close()
        driver.service.tell("completed")
        other.until_state(local_id, JobState.READY)
        other.until(lambda: other.ready == [local_id])
        assert driver.service.admissions == 1
    driver.restart()


def test_a_job_forgotten_in_one_blender_is_gone_in_the_other(driver: Driver, clip: Path) -> None:
    local_id = _finished(driver, clip)
    with _second(driver) as other:
        driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
        driver.desk.forget(local_id, driver.now, with_files=True)
        for _ in range(3):
            other.pass_time(2)
            other.step()
        assert other.desk.jobs() == ()


def test_a_blender_does_not_write_over_a_job_of_another_or_a_forgotten_one(
    driver: Driver, clip: Path
) -> None:
    local_id = _finished(driver, clip)
    job = driver.job(local_id)
    theirs = dataclasses.replace(job, remote_status="written by the other")
    other = Ledger(driver.folder)
    other.open()
    try:
        assert other.put([theirs], durable=True) == (local_id,)
        driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
        assert other.put([theirs], durable=True) == (), "nobody follows it any more"
        driver.desk.forget(local_id, driver.now, with_files=True)
        assert other.put([theirs], durable=True) == (local_id,)
        assert [entry.local_id for entry in other.news()[0]] == []
    finally:
        other.close()


def test_what_is_done_alone_with_a_job_is_done_by_one_blender(driver: Driver, clip: Path) -> None:
    local_id = _finished(driver, clip)
    with _second(driver) as other:
        with pytest.raises(Elsewhere, match="“walk_take3”"), other.desk.alone_with(local_id):
            pytest.fail("the job is the first one's: it waits there to be applied")
        with driver.desk.alone_with(local_id):
            driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
            other.pass_time(2)
            other.step()
            assert other.job(local_id).state is JobState.APPLIED
            with pytest.raises(Elsewhere), other.desk.alone_with(local_id):
                pytest.fail("applied, but not let go of yet")
        with other.desk.alone_with(local_id) as job:
            assert job.applied_to is not None


def test_a_job_is_let_go_of_when_what_was_done_alone_went_wrong_or_its_blender_is_gone(
    driver: Driver, clip: Path
) -> None:
    local_id = _finished(driver, clip)
    driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
    driver.settle()
    with _second(driver) as other:
        with pytest.raises(ZeroDivisionError), driver.desk.alone_with(local_id):
            raise ZeroDivisionError
        with other.desk.alone_with(local_id):
            pass
        driver.desk.alone_with(local_id).__enter__()
        driver.desk.close()
        with other.desk.alone_with(local_id):
            pass
    driver.restart()


def test_a_ready_job_that_was_let_go_of_is_still_its_blenders(driver: Driver, clip: Path) -> None:
    local_id = _finished(driver, clip)
    with _second(driver) as other:
        with driver.desk.alone_with(local_id):
            pass
        other.until(lambda: not other.step(), simulated_seconds=60)
        assert other.ready == []
        assert not other.job(local_id).mine


def test_a_lock_outlives_any_clock_and_ends_with_its_owner(tmp_path: Path) -> None:
    one, two = Claims(tmp_path), Claims(tmp_path)
    one.open()
    two.open()
    two.beat(0.0)
    two.beat(1e9)
    assert not two.is_free(one.owner)
    assert two.is_free("")
    assert two.is_free("nobody")
    name = one.owner
    one.close()
    assert two.is_free(name)
    two.close()


def test_without_locks_an_owner_is_gone_when_its_heart_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(stream: object) -> bool:
        raise OSError(37, "no locks on this drive")

    monkeypatch.setattr("aimocap_blender.jobs.claims._try_lock", cannot)
    one, two = Claims(tmp_path), Claims(tmp_path)
    one.open()
    two.open()
    steady = 0.0
    for _ in range(30):
        steady += 10.0
        one.beat(steady)
        two.beat(steady)
        assert not two.is_free(one.owner)
    two.beat(steady + LEASE_SECONDS / 2)
    assert not two.is_free(one.owner)
    two.beat(steady + LEASE_SECONDS + 11)
    assert two.is_free(one.owner)
    one.close()
    two.close()


# Accounts ---------------------------------------------------------------------------------------


def test_accounts_are_summed_per_month_service_target_and_version() -> None:
    line = Account("2026-03", "https://s", "default", "unknown", 4, 4, "yes", 0)
    lost = dataclasses.replace(line, admitted=0, admission="unknown")
    failed = dataclasses.replace(line, target_id="=cmd()", refund_expected=4)
    assert to_csv([line, line, lost, failed]).splitlines()[1:] == [
        "2026-03,https://s,'=cmd(),unknown,1,4,4,0,4",
        "2026-03,https://s,default,unknown,3,12,8,4,0",
    ]


def test_an_admitted_job_that_the_service_ended_without_a_result_is_to_be_refunded(
    driver: Driver, clip: Path
) -> None:
    job = dataclasses.replace(driver.job(_finished(driver, clip)), admitted=True)
    refunds = {
        state: account_of(dataclasses.replace(job, state=state)).refund_expected
        for state in (JobState.READY, JobState.FAILED, JobState.CANCELED, JobState.STOPPED)
    }
    price = job.request.estimated_v_credits
    assert refunds == {
        JobState.READY: 0, JobState.FAILED: price, JobState.CANCELED: price, JobState.STOPPED: 0,
    }  # fmt: skip
    never = dataclasses.replace(job, state=JobState.FAILED, admitted=False)
    assert account_of(never).refund_expected == 0


def test_every_migration_starts_where_the_last_one_ended() -> None:
    database = sqlite3.connect(":memory:", isolation_level=None)
    schema.prepare(database)
    (version,) = database.execute("PRAGMA user_version").fetchone()
    assert version == len(schema.MIGRATIONS)
    schema.prepare(database)
