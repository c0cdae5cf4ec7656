# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is lost, nothing is sent twice, nothing is charged twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from aimocap_blender.errors import Charge
from aimocap_blender.jobs.job import OPEN_STATES, Decision, JobState
from tests.fake_service import cut, lost_answer, stall, status
from tests.unit.jobs.driving import CLIP_BYTES, Driver, driving


def test_a_lost_answer_to_the_hand_over_is_asked_about_and_not_sent_again(
    driver: Driver, clip: Path
) -> None:
    driver.service.fail("complete", lost_answer())
    local_id = driver.submit(clip)
    job = driver.until_state(local_id, JobState.READY)
    assert driver.service.count("complete") == 1
    assert driver.service.admissions == 1
    assert JobState.CONFIRMING in [note.state for note in job.history]


def test_a_hand_over_that_never_arrived_is_sent_again_once_the_service_keeps_saying_draft(
    driver: Driver, clip: Path
) -> None:
    driver.service.fail("complete", cut())
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.CONFIRMING)
    started = driver.steady
    driver.until_state(local_id, JobState.READY)
    assert driver.service.count("complete") == 2
    assert driver.service.admissions == 1
    assert driver.service.count("upload") == 1
    assert driver.steady - started >= 20


def test_a_service_that_admits_late_is_not_handed_the_clip_again(
    driver: Driver, clip: Path
) -> None:
    driver.service.fail("complete", lost_answer())
    driver.service.statuses = ("draft", "draft", "queued", "completed")
    driver.until_state(driver.submit(clip), JobState.READY)
    assert driver.service.count("complete") == 1


def test_hand_overs_that_keep_getting_lost_stop_and_ask(driver: Driver, clip: Path) -> None:
    driver.service.fail_always("complete", cut())
    started = driver.steady
    local_id = driver.submit(clip)
    job = driver.until_state(local_id, JobState.UNSURE)
    assert job.failure is not None
    assert job.failure.charge is Charge.UNKNOWN
    driver.pass_time(50_000)
    driver.settle()
    assert driver.service.count("complete") == 4
    assert driver.steady - started > 20 + 40 + 80 + 160
    view = driver.desk.views(driver.now)[0]
    assert [decision for decision, _ in view.decisions] == [
        Decision.ASK_AGAIN,
        Decision.RUN_AGAIN,
        Decision.GIVE_UP,
    ]
    driver.service.tell("completed")
    driver.desk.decide(local_id, Decision.ASK_AGAIN, driver.now)
    driver.until_state(local_id, JobState.READY)
    assert driver.service.count("complete") == 4


def test_a_lost_answer_to_create_is_left_to_the_user_and_cost_nothing(
    driver: Driver, clip: Path
) -> None:
    driver.service.fail("create", lost_answer())
    local_id = driver.submit(clip)
    job = driver.until_state(local_id, JobState.BROKEN)
    assert job.failure is not None
    assert job.failure.charge is Charge.NOTHING
    driver.pass_time(50_000)
    driver.settle()
    assert driver.service.count("create") == 1
    assert driver.desk.retry(local_id, driver.now) == local_id
    driver.until_state(local_id, JobState.READY)
    assert driver.service.admissions == 1


def test_a_cut_upload_starts_over_at_the_same_address(driver: Driver, clip: Path) -> None:
    driver.service.fail("upload", cut(), times=2)
    driver.until_state(driver.submit(clip), JobState.READY)
    assert driver.service.count("create") == 1
    assert driver.service.count("upload") == 3
    assert next(iter(driver.service.jobs.values())).clip_bytes == len(CLIP_BYTES)


def test_an_expired_upload_address_gets_a_new_draft(driver: Driver, clip: Path) -> None:
    driver.service.fail("upload", status(403))
    driver.until_state(driver.submit(clip), JobState.READY)
    assert driver.service.count("create") == 2
    assert driver.service.admissions == 1


def test_an_expired_result_address_is_asked_for_anew(driver: Driver, clip: Path) -> None:
    driver.service.fail("download", status(403), times=2)
    driver.until_state(driver.submit(clip), JobState.READY)
    assert driver.service.count("result") == 3


def test_a_refused_second_hand_over_is_asked_about(driver: Driver, clip: Path) -> None:
    """The service may refuse it just because the first one had arrived after all."""
    driver.service.fail("complete", cut())
    driver.service.fail("complete", status(409, error="job_already_submitted", after_acting=True))
    driver.until_state(driver.submit(clip), JobState.READY)
    assert driver.service.admissions == 1


def test_a_clip_that_is_replaced_while_it_is_sent_is_never_admitted(
    driver: Driver, clip: Path
) -> None:
    driver.service.fail("create", status(503))
    local_id = driver.submit(clip)
    driver.until(lambda: driver.job(local_id).trouble != "")
    clip.write_bytes(CLIP_BYTES[::-1])
    job = driver.until_state(local_id, JobState.BROKEN)
    assert job.failure is not None
    assert job.failure.code == "file_changed"
    assert driver.service.count("complete") == 0
    driver.desk.retry(local_id, driver.now)
    driver.until_state(local_id, JobState.READY)


@pytest.mark.parametrize("state", sorted(OPEN_STATES - {JobState.CONFIRMING}))
def test_a_restart_in_any_state_goes_on_and_charges_once(
    driver: Driver, clip: Path, state: JobState
) -> None:
    step = {
        JobState.CREATING: "create",
        JobState.UPLOADING: "upload",
        JobState.COMPLETING: "complete",
        JobState.FETCHING: "result",
    }.get(state)
    if step is not None:
        driver.service.fail(step, stall(60, after_acting=True))  # type: ignore[arg-type]
    elif state in (JobState.QUEUED, JobState.PROCESSING):
        driver.service.statuses = (state.value,)
    local_id = driver.submit(clip)
    if state is not JobState.CHECKING:
        driver.until_state(local_id, state)
        driver.settle()
    driver.restart()
    driver.service.statuses = ("completed",)
    driver.service.tell("completed")
    driver.until_state(local_id, JobState.READY)
    assert driver.service.admissions == 1
    assert driver.service.count("complete") == 1
    driver.until(lambda: driver.ready == [local_id])


def test_a_ready_job_is_named_again_after_a_restart(driver: Driver, clip: Path) -> None:
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.READY)
    driver.ready.clear()
    driver.restart()
    driver.step()
    assert driver.ready == [local_id]


def test_nothing_is_sent_while_the_ledger_cannot_be_written(tmp_path: Path, clip: Path) -> None:
    with driving(tmp_path / "jobs") as driver:
        local_id = driver.submit(clip)
        other = sqlite3.connect(driver.folder / "ledger.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        driver.settle(5)
        driver.pass_time(1)
        for _ in range(20):
            driver.step()
        assert "in use" in driver.trouble
        assert driver.service.seen == []
        other.execute("ROLLBACK")
        other.close()
        driver.until_state(local_id, JobState.READY)
        assert driver.trouble == ""
