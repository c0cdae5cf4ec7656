# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar with its arms on the wrong sides: measured, concluded, held, and let through."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.jobs.desk import Elsewhere
from aimocap_blender.jobs.diagnosis import Conclusion, Outcome
from aimocap_blender.jobs.job import Job, JobState
from aimocap_blender.targets.model import AcceptanceRecord, Verdict
from tests.blender import people
from tests.blender.recording_layout import RecordingLayout, drawn
from tests.fake_service import FakeService

SECONDS = 90.0
SQUIRE = "avatar:squire"
SWAP = "left/right swap"


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What an avatar with swapped arms makes of the motion: its other arm is lifted."""
    path = tmp_path_factory.mktemp("motion") / "swapped.fbx"
    arm = people.ARM.replace(".L", ".R")
    return people.lifting_arm_fbx(path, seconds=24 / 30, fps=30, arm=arm).read_bytes()


@pytest.fixture
def rejected(scene: bpy.types.Scene, service: FakeService, swapped: bytes) -> Job:
    """A clip of the avatar's acceptance that a person rejected."""
    bpy.ops.aimocap.acceptance_categories(categories="walking")
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name="walk")
    bpy.ops.aimocap.record_avatar(avatar_id="squire", name="Squire", version="1")
    service.fbx = swapped
    run_acceptance()
    bpy.ops.aimocap.reject_acceptance(
        target_id=SQUIRE, version="1", clip="walk", cause="target setup", note="the wrong arm"
    )
    return session.current().desk.jobs()[0]


def follow() -> None:
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)


def run_acceptance() -> None:
    bpy.ops.aimocap.run_acceptance(target_id=SQUIRE, version="1")
    follow()


def captured_on_default(job: Job, service: FakeService, motion: bytes) -> Job:
    service.fbx = motion
    bpy.ops.aimocap.run_diagnostic(job_id=job.local_id, track="default")
    follow()
    return session.current().desk.jobs()[0]


def panel(job: Job) -> RecordingLayout:
    shown = bpy.context.window_manager.aimocap
    shown.row = next(i for i, row in enumerate(shown.rows) if row.name == job.local_id)
    return drawn(bpy.types.AIMOCAP_PT_jobs_view3d)


def history(job: Job) -> list[str]:
    return [note.words for note in session.current().desk.job(job.local_id).history]


def test_swapped_arms_are_measured_against_default_and_hold_the_avatar(
    scene: bpy.types.Scene, service: FakeService, rejected: Job, motion: bytes
) -> None:
    default = captured_on_default(rejected, service, motion)
    assert default.state is JobState.APPLIED, (default.failure, default.waiting_reason)
    figure = bpy.data.objects["walk on Default"]
    assert [one.name for one in figure.users_scene] == ["Diagnosis walk"]
    assert scene.aimocap.armature.animation_data is None, "the user's own armature is left alone"
    found = session.current().diagnosing.shown
    assert found is not None
    assert found.conclusion is Conclusion.DIFFERS
    assert any(SWAP in sentence for sentence in found.evidence), found.evidence
    assert session.current().holds[0].target_id == SQUIRE
    assert SWAP in session.current().holds[0].reason
    assert "inspect the avatar's setup" in panel(rejected).text
    bpy.ops.aimocap.pass_diagnostic(job_id=default.local_id)
    follow()
    found = session.current().diagnosing.shown
    assert found is not None
    assert found.conclusion is Conclusion.AVATAR
    told = history(rejected)
    assert f"diagnosis: {Conclusion.AVATAR.value}" in told
    assert any(SWAP in words for words in told)


def test_an_avatar_that_moves_as_default_does_is_not_blamed_by_measurement(
    scene: bpy.types.Scene, service: FakeService, rejected: Job, swapped: bytes
) -> None:
    default = captured_on_default(rejected, service, swapped)
    found = session.current().diagnosing.shown
    assert found is not None
    assert found.conclusion is None, "nobody has said yet whether Default is good"
    assert [capture.said for capture in found.captures] == [Outcome.UNJUDGED]
    assert not session.current().holds
    bpy.ops.aimocap.reject_diagnostic(job_id=default.local_id, cause="source video")
    follow()
    assert "Both fail: look at the source video" in panel(rejected).text


def test_a_diagnostic_capture_goes_through_a_hold_and_others_do_not(
    scene: bpy.types.Scene, service: FakeService, rejected: Job, motion: bytes
) -> None:
    captured_on_default(rejected, service, motion)
    with pytest.raises(RuntimeError, match="on hold"):
        bpy.ops.aimocap.run_acceptance(target_id=SQUIRE, version="1")
    session.current().desk.hold_target("default", "unknown", "for the test")
    bpy.ops.aimocap.forget_job(job_id=session.current().desk.jobs()[0].local_id, with_files=True)
    bpy.ops.aimocap.diagnose_job(job_id=rejected.local_id)
    shown = panel(rejected)
    assert "diagnostic captures go through" in shown.text
    words = shown.button("aimocap.run_diagnostic")[1]
    assert words == "Same Clip on Default  (nothing is charged)"
    assert captured_on_default(rejected, service, motion).state is JobState.APPLIED


def test_an_acceptance_after_default_was_captured_fails_by_itself(
    scene: bpy.types.Scene, service: FakeService, rejected: Job, motion: bytes, swapped: bytes
) -> None:
    captured_on_default(rejected, service, motion)
    bpy.ops.aimocap.lift_hold(target_id=SQUIRE, version="1", note="bound anew")
    service.fbx = swapped
    run_acceptance()
    record = newest_record()
    assert (record.verdict, record.checks) == (Verdict.PENDING, "fail")
    assert SWAP in record.note
    service.fbx = motion
    bpy.ops.aimocap.reject_acceptance(
        target_id=SQUIRE, version="1", clip="walk", cause="target setup"
    )
    run_acceptance()
    assert newest_record().checks != "fail", newest_record().note


@pytest.fixture
def beside(scene: bpy.types.Scene) -> Iterator[session.Session]:
    """What a second Blender with the same folders keeps."""
    other = session.Session()
    yield other
    other.close()


def until_ready(local_id: str) -> None:
    """Follow a job without putting its motion anywhere: Blender is busy elsewhere."""
    desk = session.current().desk
    deadline = time.monotonic() + SECONDS
    while desk.job(local_id).state is not JobState.READY:
        desk.tick(session.moment())
        assert time.monotonic() < deadline, desk.job(local_id)
        time.sleep(0.01)


def look_around(other: session.Session) -> None:
    """What its jobs are by now: other Blenders' are looked at once a second."""
    later = dataclasses.replace(session.moment(), steady_seconds=time.monotonic() + 10.0)
    other.desk.tick(later)


def test_of_two_blenders_only_the_one_that_asked_applies_a_diagnostic_motion(
    scene: bpy.types.Scene, rejected: Job, beside: session.Session
) -> None:
    bpy.ops.aimocap.run_diagnostic(job_id=rejected.local_id, track="default")
    asked = session.current().desk.jobs()[0].local_id
    until_ready(asked)
    look_around(beside)
    assert beside.desk.job(asked).state is JobState.READY
    assert not beside.diagnosing.has_work()
    with pytest.raises(Elsewhere):
        beside.diagnosing.apply(bpy.context, asked)
    assert "Diagnosis walk" not in bpy.data.scenes
    follow()
    assert session.current().desk.job(asked).state is JobState.APPLIED
    assert len(bpy.data.scenes["Diagnosis walk"].objects) == 1
    look_around(beside)
    assert not beside.diagnosing.has_work()


def test_a_diagnostic_motion_is_never_put_on_the_users_own_armature(
    scene: bpy.types.Scene, rejected: Job
) -> None:
    bpy.ops.aimocap.run_diagnostic(job_id=rejected.local_id, track="default")
    asked = session.current().desk.jobs()[0].local_id
    until_ready(asked)
    importing = session.current().importing
    importing.arrived([asked])
    assert not importing.arrivals


def test_a_diagnostic_motion_is_taken_over_from_a_blender_that_is_gone(
    scene: bpy.types.Scene, rejected: Job, beside: session.Session
) -> None:
    bpy.ops.aimocap.run_diagnostic(job_id=rejected.local_id, track="default")
    asked = session.current().desk.jobs()[0].local_id
    until_ready(asked)
    session.close()
    look_around(beside)
    assert beside.diagnosing.has_work()
    beside.diagnosing.apply(bpy.context, asked)
    assert beside.desk.job(asked).state is JobState.APPLIED


def test_of_two_blenders_only_the_one_that_asked_applies_an_acceptance_motion(
    scene: bpy.types.Scene, service: FakeService, beside: session.Session
) -> None:
    bpy.ops.aimocap.acceptance_categories(categories="walking")
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name="walk")
    bpy.ops.aimocap.record_avatar(avatar_id="squire", name="Squire", version="1")
    bpy.ops.aimocap.run_acceptance(target_id=SQUIRE, version="1")
    asked = session.current().desk.jobs()[0].local_id
    until_ready(asked)
    look_around(beside)
    beside.reload_targets()
    assert not beside.acceptance.has_work()
    with pytest.raises(Elsewhere):
        beside.acceptance.apply(bpy.context, asked)
    assert "Another Blender works on" in beside.acceptance.trouble(asked)
    follow()
    assert newest_record().checks
    look_around(beside)
    beside.reload_targets()
    assert not beside.acceptance.has_work()


def test_a_clip_of_an_acceptance_run_gets_its_verdict_there(
    scene: bpy.types.Scene, rejected: Job
) -> None:
    with pytest.raises(RuntimeError, match="belongs to an acceptance run"):
        bpy.ops.aimocap.pass_diagnostic(job_id=rejected.local_id)
    assert newest_record().verdict is Verdict.REJECTED


def test_a_motion_file_that_is_gone_is_not_compared(
    scene: bpy.types.Scene, service: FakeService, rejected: Job, motion: bytes
) -> None:
    artifact = rejected.artifact("fbx")
    assert artifact is not None
    Path(artifact.path).unlink()
    captured_on_default(rejected, service, motion)
    found = session.current().diagnosing.shown
    assert found is not None
    assert found.conclusion is None
    assert not any("Held against" in sentence for sentence in found.evidence)


def test_a_damaged_motion_file_is_named_and_blames_nobody(
    scene: bpy.types.Scene, service: FakeService, rejected: Job, motion: bytes
) -> None:
    artifact = rejected.artifact("fbx")
    assert artifact is not None
    artifact.path.write_bytes(b"Kaydara FBX Binary  \x00 and nothing more")
    captured_on_default(rejected, service, motion)
    found = session.current().diagnosing.shown
    assert found is not None
    assert found.conclusion is None
    assert any("could not be held against" in sentence for sentence in found.evidence)


def newest_record() -> AcceptanceRecord:
    target = session.current().reload_targets().target(SQUIRE)
    assert target is not None
    return target.versions[0].acceptance[-1]
