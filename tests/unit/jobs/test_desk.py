# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story of a job, from submit to applied, and every turn the user can take."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from aimocap_blender.errors import Charge
from aimocap_blender.jobs.accounts import to_csv
from aimocap_blender.jobs.answers import NotOpen
from aimocap_blender.jobs.desk import StillRunning, TargetHeld
from aimocap_blender.jobs.job import Decision, JobAction, JobState
from tests.fake_service import small_fbx, stall, status
from tests.unit.jobs.driving import CLIP_BYTES, Driver, driving


def _done(driver: Driver, clip: Path, **changes: object) -> str:
    local_id = driver.submit(clip, **changes)
    driver.until_state(local_id, JobState.READY, JobState.KEPT)
    return local_id


def test_a_job_goes_from_submit_to_applied(driver: Driver, clip: Path) -> None:
    local_id = driver.submit(clip)
    job = driver.until_state(local_id, JobState.READY)
    driver.until(lambda: driver.ready == [local_id])
    states = [note.state for note in job.history]
    assert states == [
        JobState.CHECKING,
        JobState.CREATING,
        JobState.UPLOADING,
        JobState.COMPLETING,
        JobState.QUEUED,
        JobState.PROCESSING,
        JobState.FETCHING,
        JobState.READY,
    ]
    fbx, preview = job.artifact("fbx"), job.artifact("preview")
    assert fbx is not None
    assert preview is not None
    assert fbx.path.read_bytes() == driver.service.fbx
    assert fbx.path.name == f"{fbx.sha256}.fbx"
    assert "signature" not in fbx.url_without_query
    assert fbx.url_without_query.startswith(driver.service.storage_url)
    driver.desk.mark_applied(local_id, "Rig", "walk_take3", driver.now)
    assert driver.job(local_id).state is JobState.APPLIED
    assert driver.service.admitted_seconds == [3.5]
    assert driver.service.leaks == []


def test_what_is_sent_is_todays_contract(tmp_path: Path, clip: Path) -> None:
    with driving(tmp_path / "jobs", keep_bodies=True) as driver:
        _done(driver, clip)
        create, upload = (
            next(seen for seen in driver.service.seen if seen.step == step)
            for step in ("create", "upload")
        )
        assert next(iter(driver.service.jobs.values())).fields == {
            "title": "walk_take3",
            "sourceFilename": clip.name,
            "sourceDurationSec": 10.0,
            "trimStartSec": 1.0,
            "trimEndSec": 4.5,
            "exportFps": 30,
            "mocapType": "full_body",
            "targetIds": ["default"],
        }
        assert create.headers["authorization"] == f"Bearer {driver.service.key}"
        assert upload.body == CLIP_BYTES
        assert upload.headers["content-type"] == "video/mp4"
        assert upload.headers["content-length"] == str(len(CLIP_BYTES))
        assert "authorization" not in upload.headers


@pytest.mark.parametrize("envelope", [True, False])
@pytest.mark.parametrize("older", [True, False])
def test_both_envelopes_and_both_result_shapes_are_understood(
    tmp_path: Path, clip: Path, envelope: bool, older: bool
) -> None:
    options = {"envelope": envelope, "older": older, "target_version": "7"}
    with driving(tmp_path / "jobs", **options) as driver:
        job = driver.job(_done(driver, clip))
        assert job.state is JobState.READY
        assert job.target_version == "7"
        assert job.artifact("preview") is not None


def test_a_version_that_nobody_reports_is_that_of_the_registry(driver: Driver, clip: Path) -> None:
    local_id = _done(driver, clip, target_version="3")
    assert driver.job(local_id).target_version == "3"
    assert driver.job(local_id).target_version_reported is None
    other = _done(driver, clip, target_version=None, export_fps=60)
    assert driver.job(other).target_version is None


def test_robot_motion_is_checked_and_kept(driver: Driver, clip: Path) -> None:
    local_id = _done(driver, clip, target_id="unitree_g1")
    job = driver.job(local_id)
    assert job.state is JobState.KEPT
    motion = job.artifact("motion_json")
    assert motion is not None
    assert motion.path.read_bytes() == driver.service.motion
    assert driver.ready == []


def test_nothing_is_sent_without_permission_or_key(driver: Driver, clip: Path) -> None:
    driver.why_not = "Online access is off"
    local_id = driver.submit(clip)
    driver.until(lambda: driver.job(local_id).waiting_reason == "Online access is off")
    driver.why_not, driver.key = None, None
    driver.until(lambda: "No API key" in driver.job(local_id).waiting_reason)
    assert driver.service.seen == []
    driver.key = driver.service.key
    job = driver.until_state(local_id, JobState.READY)
    assert job.waiting_reason == ""


def test_a_missing_preview_does_not_hold_up_the_motion(driver: Driver, clip: Path) -> None:
    driver.service.fail_always("preview", status(404))
    job = driver.job(_done(driver, clip))
    assert [item.kind for item in job.artifacts] == ["fbx"]
    assert "preview" in job.history[-1].words


def test_a_failed_job_says_why(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing", "failed")
    driver.service.failing_code = "no_person_detected"
    local_id = driver.submit(clip, kind="local")
    job = driver.until_state(local_id, JobState.FAILED)
    assert job.failure is not None
    assert job.failure.code == "no_person_detected"
    assert job.failure.charge is Charge.NOTHING
    view = driver.desk.views(driver.now)[0]
    assert view.line == "Failed: No person was found in the clip. Not charged"


def test_an_unknown_failure_is_quoted_and_its_charge_is_not_invented(
    driver: Driver, clip: Path
) -> None:
    driver.service.statuses = ("failed",)
    driver.service.failing_code = "gpu_fell_over"
    job = driver.until_state(driver.submit(clip), JobState.FAILED)
    assert job.failure is not None
    assert "gpu_fell_over" in job.failure.sentence
    assert job.failure.charge is Charge.UNKNOWN


def test_canceled_failed_refused_and_missing_are_told_apart(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("canceled",)
    assert driver.until_state(driver.submit(clip), JobState.CANCELED).failure is not None
    driver.service.fail("complete", status(400, error="api_trim_range_invalid"))
    refused = driver.until_state(driver.submit(clip, export_fps=24), JobState.REJECTED)
    assert refused.failure is not None
    assert refused.failure.charge is Charge.NOTHING
    driver.service.statuses = ("completed",)
    driver.service.missing_targets = frozenset({"default"})
    missing = driver.until_state(driver.submit(clip, export_fps=60), JobState.MISSING)
    assert missing.failure is not None
    assert missing.failure.code == "artifact_missing"
    driver.service.missing_targets = frozenset()
    driver.desk.retry(missing.local_id, driver.now)
    driver.until_state(missing.local_id, JobState.READY)
    assert driver.service.admissions == 2


def test_an_unknown_status_is_kept_and_followed(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("warming_up",)
    local_id = driver.submit(clip)
    driver.until(lambda: driver.job(local_id).remote_status == "warming_up")
    assert driver.job(local_id).state is JobState.PROCESSING
    driver.service.tell("completed")
    driver.until_state(local_id, JobState.READY)


# Duplicates -------------------------------------------------------------------------------------


def test_an_identical_request_is_recognised_and_its_result_reused(
    driver: Driver, clip: Path
) -> None:
    first = _done(driver, clip)
    second = driver.submit(clip)
    driver.until_state(second, JobState.DUPLICATE)
    view = next(view for view in driver.desk.views(driver.now) if view.local_id == second)
    assert [decision for decision, _ in view.decisions] == [
        Decision.REUSE,
        Decision.RUN_AGAIN,
        Decision.GIVE_UP,
    ]
    driver.desk.decide(second, Decision.REUSE, driver.now)
    job = driver.until_state(second, JobState.READY)
    assert driver.service.count("create") == 1
    fbx = job.artifact("fbx")
    assert fbx is not None
    assert fbx.path.parent.name == second
    assert job.remote_id == driver.job(first).remote_id
    assert ",2,4,4,0,0" in to_csv(driver.desk.accounts())


def test_an_identical_running_job_is_shared(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    first = driver.submit(clip)
    driver.until_state(first, JobState.PROCESSING)
    second = driver.submit(clip)
    driver.until_state(second, JobState.DUPLICATE)
    driver.desk.decide(second, Decision.FOLLOW, driver.now)
    driver.service.tell("completed")
    driver.until_state(first, JobState.READY)
    driver.until_state(second, JobState.READY)
    assert driver.service.admissions == 1


def test_a_job_shares_one_that_is_still_being_sent(driver: Driver, clip: Path) -> None:
    driver.service.fail("complete", status(429, retry_after=60))
    first = driver.submit(clip)
    driver.until(lambda: driver.job(first).trouble != "")
    second = driver.submit(clip)
    driver.until_state(second, JobState.DUPLICATE)
    driver.desk.decide(second, Decision.FOLLOW, driver.now)
    driver.until_state(second, JobState.READY)
    assert driver.service.admissions == 1


def test_an_identical_request_runs_again_on_purpose(driver: Driver, clip: Path) -> None:
    _done(driver, clip)
    second = driver.submit(clip)
    driver.until_state(second, JobState.DUPLICATE)
    driver.desk.decide(second, Decision.RUN_AGAIN, driver.now)
    driver.until_state(second, JobState.READY)
    assert driver.service.admissions == 2


@pytest.mark.parametrize(
    "change",
    [
        {"trim_end_seconds": 4.6},
        {"export_fps": 60},
        {"mocap_type": "upper_body"},
        {"target_id": "avatar:1", "target_version": "1"},
    ],
)
def test_another_trim_rate_type_or_target_is_another_request(
    driver: Driver, clip: Path, change: dict[str, object]
) -> None:
    _done(driver, clip)
    _done(driver, clip, **change)


def test_a_changed_clip_is_another_request(driver: Driver, clip: Path) -> None:
    _done(driver, clip)
    clip.write_bytes(CLIP_BYTES + b"!")
    _done(driver, clip)


# Cancel, retry, forget --------------------------------------------------------------------------


def test_cancel_while_uploading_stops_at_once_and_costs_nothing(driver: Driver, clip: Path) -> None:
    driver.service.fail("upload", stall(30))
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.UPLOADING)
    driver.settle()
    driver.desk.cancel(local_id, driver.now)
    job = driver.job(local_id)
    assert job.state is JobState.STOPPED
    assert job.failure is not None
    assert job.failure.charge is Charge.NOTHING
    driver.until(lambda: not driver.desk.tick(driver.now).busy)
    assert driver.service.count("complete") == 0
    driver.desk.retry(local_id, driver.now)
    driver.until_state(local_id, JobState.READY)


def test_cancel_while_running_says_what_the_service_may_do(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    driver.desk.cancel(local_id, driver.now)
    view = driver.desk.views(driver.now)[0]
    assert "may still run the job and charge it" in view.sentence
    assert view.line == "Stopped: Charge unknown"
    polls = driver.service.count("status")
    driver.pass_time(1000)
    driver.settle()
    assert driver.service.count("status") == polls
    driver.desk.retry(local_id, driver.now)
    driver.service.tell("completed")
    driver.until_state(local_id, JobState.READY)
    assert driver.service.admissions == 1


def test_a_stopped_job_is_not_stopped_twice(driver: Driver, clip: Path) -> None:
    local_id = driver.submit(clip)
    driver.desk.cancel(local_id, driver.now)
    with pytest.raises(NotOpen):
        driver.desk.cancel(local_id, driver.now)


def test_retrying_a_failed_job_makes_a_new_one(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("failed",)
    first = driver.submit(clip)
    driver.until_state(first, JobState.FAILED)
    driver.service.statuses = ("completed",)
    second = driver.desk.retry(first, driver.now)
    assert second != first
    assert driver.job(second).retry_of == first
    driver.until_state(second, JobState.READY)
    assert driver.job(first).state is JobState.FAILED


def test_too_few_credits_are_topped_up_without_sending_the_clip_again(
    driver: Driver, clip: Path
) -> None:
    driver.service.fail("complete", status(402, error="insufficient_api_v_credits"))
    local_id = driver.submit(clip)
    job = driver.until_state(local_id, JobState.REJECTED)
    assert job.failure is not None
    assert "v-credits" in job.failure.sentence
    assert driver.desk.retry(local_id, driver.now) == local_id
    driver.until_state(local_id, JobState.READY)
    assert driver.service.count("upload") == 1
    assert driver.service.admissions == 1


def test_an_unsupported_target_offers_default_and_does_nothing_by_itself(
    driver: Driver, clip: Path
) -> None:
    driver.service.fail("create", status(400, error="api_target_unsupported"))
    local_id = driver.submit(clip, target_id="avatar:9", target_name="Knight", target_version="3")
    driver.until_state(local_id, JobState.REJECTED)
    driver.pass_time(10_000)
    driver.settle()
    assert driver.service.count("create") == 1
    view = driver.desk.views(driver.now)[0]
    assert view.decisions[0][0] is Decision.USE_DEFAULT
    assert JobAction.DECIDE in view.actions
    other = driver.desk.decide(local_id, Decision.USE_DEFAULT, driver.now)
    job = driver.until_state(other, JobState.READY)
    assert job.request.target_id == "default"
    assert job.request.target_version is None


def test_an_avatar_that_fails_where_default_passes_is_held(driver: Driver, clip: Path) -> None:
    _done(driver, clip)
    driver.service.statuses = ("failed",)
    avatar = {"target_id": "avatar:9", "target_name": "Knight", "target_version": "3"}
    driver.until_state(driver.submit(clip, **avatar), JobState.FAILED)
    with pytest.raises(TargetHeld, match="Inspect the avatar's setup"):
        driver.submit(clip, **avatar)
    driver.submit(clip, **{**avatar, "target_version": "4"})
    held = driver.desk.jobs()[-1].request.placement
    driver.submit(clip, **avatar, placement=dataclasses.replace(held, purpose="diagnosis"))
    driver.desk.lift_hold("avatar:9", "3")
    assert driver.desk.holds() == ()
    driver.submit(clip, **avatar)


def test_forget_removes_record_and_files_but_only_ours(driver: Driver, clip: Path) -> None:
    local_id = _done(driver, clip)
    folder = driver.folder / local_id
    (folder / "my notes.txt").write_text("mine")
    driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
    driver.desk.forget(local_id, driver.now, with_files=True)
    driver.settle()
    assert driver.desk.jobs() == ()
    assert [path.name for path in folder.iterdir()] == ["my notes.txt"]
    driver.restart()
    assert driver.desk.jobs() == ()
    assert ",1,4,4,0,0" in to_csv(driver.desk.accounts())


def test_a_running_job_is_not_forgotten(driver: Driver, clip: Path) -> None:
    local_id = driver.submit(clip)
    with pytest.raises(StillRunning):
        driver.desk.forget(local_id, driver.now, with_files=True)


def test_a_clean_up_never_takes_an_unapplied_result(driver: Driver, clip: Path) -> None:
    ready = _done(driver, clip)
    applied = _done(driver, clip, export_fps=60)
    driver.desk.mark_applied(applied, "Rig", "walk", driver.now)
    driver.pass_time(100 * 86400)
    plan = driver.desk.clean_up_plan(driver.now, older_than_days=30)
    assert plan.local_ids == (applied,)
    assert plan.bytes == len(driver.service.fbx) + len(driver.service.preview or b"")
    driver.desk.clean_up(plan, driver.now)
    assert [job.local_id for job in driver.desk.jobs()] == [ready]


def test_other_results_have_other_names(tmp_path: Path, clip: Path) -> None:
    with driving(tmp_path / "jobs", fbx=small_fbx(b"other")) as driver:
        job = driver.job(_done(driver, clip))
        fbx = job.artifact("fbx")
        assert fbx is not None
        assert fbx.path.stem == fbx.sha256


def test_progress_the_service_tells_is_shown_beside_the_time(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    driver.service.events = [{"fraction": 0.1}, {"type": "progress", "fraction": 0.42}, {"a": 1}]
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    (view,) = driver.desk.views(driver.now)
    assert view.detail.startswith("42 %  0:")
    driver.service.tell("completed")
    job = driver.until_state(local_id, JobState.READY)
    assert job.progress is None


@pytest.mark.parametrize("events", [None, 7, [[]], [{"fraction": "1"}], [{"fraction": 5}]])
def test_events_that_tell_no_progress_do_no_harm(
    driver: Driver, clip: Path, events: object
) -> None:
    driver.service.statuses = ("processing",)
    driver.service.events = events  # type: ignore[assignment]
    local_id = driver.submit(clip)
    assert driver.until_state(local_id, JobState.PROCESSING).progress is None
