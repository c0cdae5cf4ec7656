# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reject leads to: the buttons that fit its cause, until a better motion is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.bridge.retarget import retargeting
from aimocap_blender.bridge.review import checking, plans, verdicts
from aimocap_blender.bridge.review.plans import StepKind
from aimocap_blender.jobs.job import Decision, Job, JobState
from aimocap_blender.ui.spot_checks import AIMOCAP_PT_spot_checks_view3d as SpotChecks
from tests.blender import people
from tests.blender.recording_layout import drawn
from tests.fake_service import FakeService

SECONDS = 60.0
Cause = verdicts.Cause


@pytest.fixture
def hero(tmp_path: Path, addon: str) -> bpy.types.Object:
    """A metarig with an action of its own and, over it, the checked motion of a file."""
    rig = people.metarig("Hero")
    rig.animation_data_create().action = bpy.data.actions.new("Before")
    rig.pose.bones["spine"].keyframe_insert("location", frame=1)
    file = people.lifting_arm_fbx(tmp_path / "lift.fbx")
    retargeting.retarget_file(bpy.context, file, rig, start_frame=11)
    checking.check_action(rig)
    return rig


@pytest.fixture
def captured(scene: bpy.types.Scene) -> Job:
    """A job whose motion is on the active armature, checked."""
    bpy.ops.aimocap.submit_strip()
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    rig = scene.aimocap.armature
    bpy.context.view_layer.objects.active = rig
    bpy.ops.aimocap.check_motion()
    (job,) = session.current().desk.jobs()
    return job


def buttons() -> list[str]:
    return [name for name, _words, _options in drawn(SpotChecks).buttons]


def test_after_a_reject_the_panel_still_says_what_was_rejected_and_why(
    hero: bpy.types.Object,
) -> None:
    name = hero.animation_data.action.name
    bpy.ops.aimocap.reject_motion(cause="BONE_MAP", note="fingers")
    assert hero.animation_data.action.name == "Before"
    panel = drawn(SpotChecks)
    assert name in panel.text
    assert "bone map" in panel.text
    assert panel.button("aimocap.compare_previous")


def test_a_wrong_bone_map_leads_to_the_map_and_to_the_same_file(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.reject_motion(cause="BONE_MAP")
    assert buttons()[:2] == ["aimocap.read_bone_map", "aimocap.retarget_fbx"]
    _, _, options = drawn(SpotChecks).button("aimocap.retarget_fbx")
    assert Path(options.filepath).name == "lift.fbx"
    assert options.start_frame == 11.0
    bpy.ops.aimocap.retarget_fbx(filepath=options.filepath, start_frame=options.start_frame)
    assert "aimocap.retarget_fbx" not in buttons()
    assert buttons() == ["aimocap.check_motion"]


def test_going_back_to_the_rejected_motion_keeps_its_plan(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.reject_motion(cause="SETTINGS")
    bpy.ops.aimocap.compare_previous()
    assert "aimocap.retarget_fbx" in buttons()
    assert "aimocap.accept_motion" in buttons()
    bpy.ops.aimocap.accept_motion()
    assert "aimocap.retarget_fbx" not in buttons()


def test_a_bad_video_leaves_nothing_to_press(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.reject_motion(cause="SOURCE_VIDEO")
    assert buttons() == ["aimocap.compare_previous"]
    assert "another video" in drawn(SpotChecks).text


def test_an_armature_without_an_action_from_before_shows_the_plan_too(
    hero: bpy.types.Object,
) -> None:
    bpy.data.actions.remove(bpy.data.actions["Before"])
    bpy.ops.aimocap.reject_motion(cause="BONE_MAP")
    assert hero.animation_data.action is None
    assert "aimocap.read_bone_map" in buttons()


def test_another_motion_put_on_since_hides_the_plan(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.reject_motion(cause="BONE_MAP")
    hero.animation_data.action = bpy.data.actions.new("Something else")
    assert not SpotChecks.poll(bpy.context)


@pytest.mark.parametrize(
    ("cause", "kinds"),
    [
        (Cause.BONE_MAP, [StepKind.BONE_MAP, StepKind.IMPORT_AGAIN]),
        (Cause.SETTINGS, [StepKind.PREFERENCES, StepKind.IMPORT_AGAIN]),
        (Cause.TARGET_SETUP, [StepKind.DIAGNOSE, StepKind.TEST_TARGET]),
        (Cause.SERVICE, [StepKind.CAPTURE_AGAIN, StepKind.COPY_REPORT]),
        (Cause.SOURCE_VIDEO, []),
        (Cause.OTHER, [StepKind.IMPORT_AGAIN, StepKind.CAPTURE_AGAIN, StepKind.COPY_REPORT]),
    ],
)
def test_every_cause_has_the_buttons_that_fit_it(
    hero: bpy.types.Object, tmp_path: Path, cause: verdicts.Cause, kinds: list[StepKind]
) -> None:
    action = hero.animation_data.action
    signed = verdicts.reject(hero, cause)
    job = people.job_for(tmp_path / "lift.fbx", "Hero")
    job = replace(job, state=JobState.APPLIED, review=signed.review)
    steps = plans.steps_for(action, "Hero", job)
    assert [step.kind for step in steps] == kinds


def test_an_accepted_motion_has_no_plan(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.accept_motion()
    assert plans.steps_for(hero.animation_data.action, "Hero", None) == ()


def test_a_jobs_motion_is_imported_again_free_of_charge(
    captured: Job, service: FakeService
) -> None:
    rejected = bpy.context.object.animation_data.action
    bpy.ops.aimocap.reject_motion(cause="BONE_MAP")
    _, words, options = drawn(SpotChecks).button("aimocap.apply_result")
    assert "nothing is charged" in words
    bpy.ops.aimocap.apply_result(job_id=options.job_id, armature=options.armature)
    action = bpy.context.object.animation_data.action
    assert action not in (None, rejected)
    assert service.count("complete") == 1
    assert "aimocap.apply_result" not in buttons()


def test_a_fault_of_the_service_leads_to_a_capture_that_asks_first(
    captured: Job, service: FakeService
) -> None:
    bpy.ops.aimocap.reject_motion(cause="SERVICE")
    panel = drawn(SpotChecks)
    assert panel.button("aimocap.copy_report")[2].job_id == captured.local_id
    _, words, options = panel.button("aimocap.capture_again")
    assert words == "Capture Again (nothing is charged)"  # the service of the tests is a local one
    bpy.ops.aimocap.capture_again(job_id=options.job_id)
    current = session.current()
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    again = current.desk.jobs()[0]
    assert again.state is JobState.DUPLICATE
    assert service.count("complete") == 1
    bpy.ops.aimocap.decide_job(job_id=again.local_id, decision=Decision.RUN_AGAIN.name)
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert service.count("complete") == 2


def test_a_verdict_stays_on_the_motion_when_the_job_list_can_not_be_opened(
    captured: Job, addon: str, tmp_path: Path
) -> None:
    action = bpy.context.object.animation_data.action
    blocked = tmp_path / "no folder"
    blocked.write_text("a file stands here")
    session.close()
    bpy.context.preferences.addons[addon].preferences.results_folder = str(blocked)
    assert bpy.ops.aimocap.accept_motion(note="fine") == {"FINISHED"}
    word = verdicts.read(action)
    assert word is not None
    assert word.note == "fine"
