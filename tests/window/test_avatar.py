# SPDX-License-Identifier: GPL-3.0-or-later
"""In a real window: avatars of the local service, from draft to published, used, diagnosed."""

from __future__ import annotations

import json
import math
import subprocess
import threading
from pathlib import Path
from typing import Any

from aimocap_blender.motion.g1 import JOINTS
from scripts.common.environments import python_of
from tests import captures
from tests.fake_service import FakeService, robot_motion

from .conftest import Tell

STORY_SECONDS = 900.0
_CHARACTER = """
import os, sys, bpy
import addon_utils
bpy.ops.wm.read_homefile(use_empty=True)
addon_utils.enable("rigify")
bpy.ops.object.armature_human_metarig_add()
bpy.ops.object.mode_set(mode="EDIT")
for side in "LR":
    bone = bpy.context.object.data.edit_bones["upper_arm." + side]
    bone.tail = bone.head + (bone.tail - bone.head) * float(sys.argv[2])
bpy.ops.object.mode_set(mode="OBJECT")
bpy.ops.export_scene.fbx(filepath=sys.argv[1], object_types={"ARMATURE"}, bake_anim=False)
sys.stdout.flush()
os._exit(0)
"""
_ARMS = ("upper_arm", "forearm", "hand")
SWAPPED = {f"left_{part}": f"{part}.R" for part in _ARMS} | {
    f"right_{part}": f"{part}.L" for part in _ARMS
}
"""A binding with the arms on the wrong sides."""


def publish(
    data: Path, name: str, version: str, *, arms: float = 1.0, binding: dict[str, str] | None = None
) -> None:
    """What the Studio does: a character with a version, published."""
    folder = data / "avatars" / name
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(python_of("service")), "-c", _CHARACTER, str(folder / "character.fbx")]
    subprocess.run([*command, str(arms)], check=True, timeout=120, capture_output=True)
    about = {"version": version, "state": "published", "binding": binding or {}}
    (folder / "avatar.json").write_text(json.dumps(about))


def test_a_new_avatar_is_published_used_and_caught_when_it_is_published_again(
    tell: Tell, tmp_path: Path
) -> None:
    data = tmp_path / "service"
    publish(data, "knight", "1")

    def studio(folder: Path, over: threading.Event) -> None:
        """Publish version 2 when the story asks for it."""
        while not over.wait(0.5):
            report = folder / "report.json"
            if report.is_file() and '"version 2"' in report.read_text("utf-8"):
                publish(data, "knight", "2", arms=1.4)
                (folder / "published").touch()
                return

    with captures.service(data) as service:
        told = tell(
            "avatar", service_url=service.url, key=service.key, timeout_seconds=STORY_SECONDS,
            meanwhile=studio,
        )  # fmt: skip
    notes = told.expect_finished()
    assert "avatar:knight" in notes["choosable"]
    assert notes["produced_with"] == ["1", "accepted"]
    assert notes["readiness"] == "Ready: every step passed"
    assert notes["caught_with"] == "2"
    assert "avatar:knight" not in notes["choosable_then"]
    assert notes["modal_at_the_end"] == []
    assert {"1-draft.png", "6-produced.png", "registry-damaged.png"} <= set(told.pictures)


def test_a_failing_avatar_is_diagnosed_held_and_let_through(tell: Tell, tmp_path: Path) -> None:
    data = tmp_path / "service"
    publish(data, "squire", "1", binding=SWAPPED)
    with captures.service(data) as service:
        told = tell(
            "failing_avatar", service_url=service.url, key=service.key,
            timeout_seconds=STORY_SECONDS,
        )  # fmt: skip
    notes = told.expect_finished()
    assert notes["measured"][0] == "DIFFERS"
    assert any("left/right swap" in sentence for sentence in notes["measured"])
    assert notes["concluded"] == "AVATAR"
    assert notes["held"] == ["avatar:squire"]
    assert notes["held_then"] == []
    assert notes["modal_at_the_end"] == []


def _marching(frames: int) -> dict[str, Any]:
    """A robot that marches on the spot, its arms swinging: all joints within their limits."""
    document = robot_motion(frames)
    joints = [joint.name for joint in JOINTS]
    rows = []
    for frame in range(frames):
        swing = math.sin(2.0 * math.pi * frame / 30.0)
        pose = dict.fromkeys(joints, 0.0)
        for side, lift in (("left", max(swing, 0.0)), ("right", max(-swing, 0.0))):
            pose |= {f"{side}_hip_pitch": -0.9 * lift, f"{side}_knee": 1.4 * lift}
            pose |= {f"{side}_ankle_pitch": -0.4 * lift}
        pose |= {"left_shoulder_pitch": 0.7 * swing, "right_shoulder_pitch": -0.7 * swing}
        pose |= {"left_shoulder_roll": 0.25, "right_shoulder_roll": -0.25}
        rows.append([pose[joint] for joint in joints])
    document["dof_pos"] = rows
    return document


def test_a_robot_motion_is_shown_with_its_joints_names(tell: Tell) -> None:
    motion = json.dumps(_marching(60)).encode()
    with FakeService(motion=motion, statuses=("completed",)) as service:
        told = tell("robot", service_url=service.base_url, key=service.key, timeout_seconds=300.0)
    notes = told.expect_finished()
    assert "no character" in notes["marked"]
    assert len(notes["bones"]) == 30
    assert "left_knee" in notes["bones"]
    assert notes["character_is_left_alone"]
    assert {"1-kept.png", "2-standing.png", "3-moving.png"} <= set(told.pictures)
