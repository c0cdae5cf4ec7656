# SPDX-License-Identifier: GPL-3.0-or-later
"""A long life's ledger: jobs that have ended are read when somebody asks, and are there for all."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from aimocap_blender.jobs.job import JobState
from tests.unit.jobs.driving import Driver


def _applied(driver: Driver, clip: Path, **changes: object) -> str:
    local_id = driver.submit(clip, **changes)
    driver.until_state(local_id, JobState.READY)
    driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
    driver.pass_time(60)
    driver.settle()
    return local_id


def _spoil(driver: Driver, *local_ids: str) -> None:
    """The ledger's text of those jobs is no record any more; the file itself is whole."""
    driver.desk.close()
    database = sqlite3.connect(driver.folder / "ledger.db")
    for local_id in local_ids:
        database.execute("UPDATE jobs SET record = '{' WHERE local_id = ?", (local_id,))
    database.commit()
    database.close()


def test_jobs_that_have_ended_are_not_read_before_they_are_looked_at(
    driver: Driver, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ended = [_applied(driver, clip, export_fps=fps) for fps in (24, 30, 60)]
    _spoil(driver, *ended)
    caplog.set_level(logging.WARNING)
    driver.restart()
    driver.settle()
    assert driver.desk.lines.ids == tuple(reversed(ended))
    assert caplog.text == ""
    assert driver.desk.lines.find(ended[0]) is not None
    assert caplog.text.count("could not be read") == 1


def test_a_record_the_ledger_has_lost_is_taken_from_its_folder(driver: Driver, clip: Path) -> None:
    local_id = _applied(driver, clip)
    before = driver.job(local_id)
    _spoil(driver, local_id)
    driver.restart()
    assert driver.job(local_id).artifacts == before.artifacts


def test_a_record_that_is_lost_in_both_places_is_one_line_less(driver: Driver, clip: Path) -> None:
    lost, kept = _applied(driver, clip), _applied(driver, clip, export_fps=60)
    _spoil(driver, lost)
    (driver.folder / lost / "job.json").write_text("{", encoding="utf-8")
    driver.restart()
    assert len(driver.desk.lines) == 2
    assert driver.desk.lines.find(lost) is None
    assert driver.desk.lines.ids == (kept,)
    assert [job.local_id for job in driver.desk.jobs()] == [kept]
    assert len(driver.desk.accounts()) == 2


def test_an_identical_request_is_recognised_among_jobs_nobody_has_looked_at(
    driver: Driver, clip: Path
) -> None:
    first = _applied(driver, clip)
    _applied(driver, clip, export_fps=60)
    driver.restart()
    second = driver.submit(clip)
    job = driver.until_state(second, JobState.DUPLICATE)
    assert job.twin == first


def test_the_lines_are_in_order_however_few_are_read(driver: Driver, clip: Path) -> None:
    ended = [_applied(driver, clip, export_fps=fps) for fps in (24, 30, 60, 120)]
    driver.restart()
    running = driver.submit(clip, mocap_type="upper_body")
    wanted = (running, *reversed(ended))
    driver.desk.lines.find(ended[1])
    assert driver.desk.lines.ids == wanted
    assert [view.local_id for view in driver.desk.views(driver.now)] == list(wanted)
    assert driver.desk.lines.moving() == (running,)
    assert [job.local_id for job in driver.desk.jobs()] == list(wanted)


def test_the_ids_are_the_same_tuple_until_a_job_comes_or_goes(driver: Driver, clip: Path) -> None:
    first = _applied(driver, clip)
    driver.restart()
    before = driver.desk.lines.ids
    driver.desk.lines.find(first)
    driver.desk.remark(first, "a word", driver.now)
    assert driver.desk.lines.ids is before
    driver.desk.forget(first, driver.now, with_files=True)
    assert driver.desk.lines.ids == ()


def test_a_clean_up_and_forgetting_reach_jobs_nobody_has_looked_at(
    driver: Driver, clip: Path
) -> None:
    ended = [_applied(driver, clip, export_fps=fps) for fps in (24, 30, 60)]
    driver.restart()
    driver.desk.forget(ended[0], driver.now, with_files=True)
    driver.pass_time(40 * 86400)
    plan = driver.desk.clean_up_plan(driver.now, older_than_days=30)
    assert set(plan.local_ids) == set(ended[1:])
    driver.desk.clean_up(plan, driver.now)
    driver.settle()
    assert driver.desk.jobs() == ()
    assert [path.name for path in driver.folder.iterdir() if path.is_dir()] == ["owners"]
    assert len(driver.desk.accounts()) == 3


def test_an_old_failure_of_an_avatar_is_found_when_default_passes(
    driver: Driver, clip: Path
) -> None:
    driver.service.statuses = ("failed",)
    avatar = driver.submit(clip, target_id="avatar:k7", target_name="Knight", target_version="1")
    driver.until_state(avatar, JobState.FAILED)
    driver.settle()
    driver.restart()
    driver.service.statuses = ("completed",)
    default = driver.submit(clip)
    driver.until_state(default, JobState.READY)
    assert [hold.target_id for hold in driver.desk.holds()] == ["avatar:k7"]
    assert driver.job(avatar).blames_target


def test_another_blenders_news_of_an_unread_job_replace_it(driver: Driver, clip: Path) -> None:
    local_id = _applied(driver, clip)
    other = Driver(driver.folder, driver.service)
    try:
        driver.desk.remark(local_id, "seen by the first", driver.now)
        other.pass_time(2)
        other.step()
        assert other.job(local_id).history[-1].words == "seen by the first"
    finally:
        other.desk.close()
