# SPDX-License-Identifier: GPL-3.0-or-later
"""A robot motion as a stick armature: where the file says, and never on a character."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.jobs.job import Job, JobState
from aimocap_blender.motion.g1 import JOINTS
from tests.blender import people, staging
from tests.blender.recording_layout import drawn
from tests.fake_service import FakeService, robot_motion

SECONDS = 60.0
FRAMES = 25


def bending_knee() -> bytes:
    """30 frames a second: the left knee bends by a right angle, the pelvis walks a metre."""
    document = robot_motion(FRAMES)
    knee = [joint.name for joint in JOINTS].index("left_knee")
    document["dof_pos"] = [
        [math.pi / 2 * k / (FRAMES - 1) if joint == knee else 0.0 for joint in range(29)]
        for k in range(FRAMES)
    ]
    document["root_pos"] = [[k / (FRAMES - 1), 0.0, 0.793] for k in range(FRAMES)]
    return json.dumps(document).encode()


@pytest.fixture
def job(addon: str, movie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    with FakeService(motion=bending_knee(), statuses=("completed",)) as service:
        staging.point_at(addon, service.base_url, service.key, tmp_path, monkeypatch)
        scene = staging.add_strip(movie)
        session.current()
        scene.aimocap.target = "unitree_g1"
        bpy.ops.aimocap.submit_strip()
        session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
        (done,) = session.current().desk.jobs()
        assert done.state is JobState.KEPT
        yield done
        session.close()


def shown(job: Job) -> bpy.types.Object:
    before = set(bpy.data.objects)
    assert bpy.ops.aimocap.show_robot(job_id=job.local_id) == {"FINISHED"}
    (made,) = set(bpy.data.objects) - before
    return made


def joint(owner: bpy.types.Object, name: str, frame: int) -> tuple[float, float, float]:
    bpy.context.scene.frame_set(frame)
    posed = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return tuple(posed.matrix_world @ posed.pose.bones[name].head)


def test_the_preview_plays_where_the_clip_plays_with_its_joints_named(job: Job) -> None:
    assert drawn(bpy.types.AIMOCAP_PT_jobs_view3d).button("aimocap.show_robot")
    owner = shown(job)
    assert owner.data.display_type == "STICK"
    assert owner.data.show_names
    assert {one.name for one in JOINTS} < set(owner.data.bones.keys())
    # 25 samples at 30 fps from frame 11 on, seen frame by frame in a scene of 24 fps.
    first, last = (round(frame) for frame in owner.animation_data.action.frame_range)
    assert first == 11
    assert joint(owner, "pelvis", first) == pytest.approx((0.0, 0.0, 0.793), abs=1e-4)
    assert joint(owner, "pelvis", last)[0] == pytest.approx(1.0, abs=0.05)
    knee, ankle = joint(owner, "left_knee", last), joint(owner, "left_ankle_pitch", last)
    assert ankle[0] - knee[0] < -0.25, "the shin is drawn back"
    assert math.dist(knee, ankle) == pytest.approx(0.30001, abs=1e-4)


def test_it_is_marked_and_nothing_else_changes(job: Job) -> None:
    rig = people.metarig("Rig")
    owner = shown(job)
    assert "robot" in owner.name
    assert owner["aimocap_robot_preview"].startswith("Preview of a robot motion")
    assert owner["aimocap_target"] == "unitree_g1"
    assert bpy.context.mode == "OBJECT"
    assert bpy.context.view_layer.objects.active == rig


def test_it_is_never_put_on_a_character(job: Job) -> None:
    owner, rig = shown(job), people.metarig("Rig")
    with pytest.raises(RuntimeError, match="robot motion"):
        bpy.ops.aimocap.apply_result(job_id=job.local_id, armature="Rig")
    bpy.context.view_layer.objects.active = rig
    owner.select_set(True)
    rig.select_set(True)
    with pytest.raises(RuntimeError, match="no character"):
        bpy.ops.aimocap.retarget_armature()
    assert rig.animation_data is None


def test_a_file_that_was_changed_is_not_shown(job: Job) -> None:
    artifact = job.artifact("motion_json")
    assert artifact is not None
    artifact.path.write_text("{}")
    with pytest.raises(RuntimeError, match="not the one that was fetched"):
        bpy.ops.aimocap.show_robot(job_id=job.local_id)
