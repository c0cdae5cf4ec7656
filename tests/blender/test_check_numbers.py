# SPDX-License-Identifier: GPL-3.0-or-later
"""The same input gives the same numbers in every Blender.

Nothing is imported or retargeted here: keys are set by hand, so that the numbers tell of the
checks and of how Blender's data are read, and of nothing else.
"""

from __future__ import annotations

import math

import bpy
import pytest

from aimocap_blender.bridge import compat
from aimocap_blender.bridge.retarget import sources
from aimocap_blender.bridge.review import checking
from tests.blender import people

FIRST, WALKS, LAST, FPS = 5, 30, 64, 30.0
SAME = 1e-4
SWINGS = {
    "thigh.L": (0.5, 0.0), "thigh.R": (0.5, math.pi), "shin.L": (0.3, 1.0), "shin.R": (0.3, 4.1),
    "upper_arm.L": (0.4, 3.0), "upper_arm.R": (0.4, 0.2), "spine.002": (0.1, 0.5),
}  # fmt: skip
"""Bone -> how far it swings about its X (radians) and where in its swing it begins."""

NUMBERS = {
    "limb_direction": 20.053517,
    "leg_direction": 6e-06,
    "limb_twist": 1.622306,
    "facing": 0.0,
    "root_path": 2.725665,
    "root_speed": 8.176996,
    "foot_slide": 2.725665,
    "floor_penetration": 2.639381,
    "floating": 0.0,
    "contact_timing": 0.0,
    "rotation_step": 20.053511,
    "position_step": 17.0959,
    "jitter": 1.3e-05,
    "frozen": 0.0,
    "missing_bones": 0.0,
    "joint_limits": 8e-06,
    "reach": 0.0,
    "self_intersection": 0.0,
    "hips_height": 2.878373,
    "time_offset": 0.0,
    "frame_rate": 0.0,
    "length": 0.0,
    "side_swap": 0.0,
    "skeleton": 0.0,
}


def animated(rig: bpy.types.Object, name: str, *, faulty: bool) -> bpy.types.Action:
    """Standing, then a made walk. A faulty one stands too low and slides; an arm is off."""
    writer = compat.new_action(name, rig)
    frames = range(FIRST, LAST + 1)
    for bone, (swing, begin) in SWINGS.items():
        rig.pose.bones[bone].rotation_mode = "XYZ"
        keys = []
        for frame in frames:
            angle = swing * math.sin(0.2 * (frame - WALKS) + begin) * (frame >= WALKS)
            if faulty and bone == "upper_arm.L" and 20 <= frame < 40:
                angle += 0.35
            keys.append((frame, angle))
        _set(writer.new(f'pose.bones["{bone}"].rotation_euler', 0, bone), keys)
    slid = [0.003 * min(max(frame - 12, 0), 10) * faulty for frame in frames]
    walked = [-0.02 * max(frame - WALKS, 0) for frame in frames]
    # The spine's own axes: X to the left, Y up, Z backwards.
    for axis, values in enumerate((slid, [-0.03 * faulty] * len(slid), walked)):
        curve = writer.new('pose.bones["spine"].location', axis, "spine")
        _set(curve, list(zip(frames, values, strict=True)))
    compat.assign_action(rig, writer.action, compat.slot_for(writer.action, rig))
    return writer.action


def _set(curve: bpy.types.FCurve, keys: list[tuple[int, float]]) -> None:
    curve.keyframe_points.add(len(keys))
    for point, (frame, value) in zip(curve.keyframe_points, keys, strict=True):
        point.co = frame, value
        point.interpolation = "LINEAR"
    curve.update()


def test_every_blender_measures_the_same(addon: str) -> None:
    source, target = people.metarig("Source"), people.metarig("Target")
    target.scale = 1.1, 1.1, 1.1
    bpy.context.scene.render.fps = int(FPS)
    made = animated(source, "walk", faulty=False)
    spoilt = animated(target, "carried", faulty=True)
    record = sources.SourceRecord(
        motion="", armature="Source", action=made.name, fps=FPS, first_second=0.0,
        last_second=(LAST - FIRST) / FPS, start_frame=float(FIRST), scene_fps=FPS, time_scale=1.0,
        feet_on=False, in_place=False, root_on_object=False, upper_body=False,
    )  # fmt: skip
    sources.write(spoilt, record, target)
    report = checking.check_action(target).report
    found = {check.measure.value: check.finding.value for check in report.checks}
    assert found == pytest.approx(NUMBERS, abs=SAME), found
