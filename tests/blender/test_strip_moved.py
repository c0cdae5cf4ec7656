# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip that is moved, retimed or trimmed after its motion was applied, and the checks."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

from aimocap_blender.bridge import compat, session, strips
from aimocap_blender.bridge.review import checking
from aimocap_blender.motion.checks.check import Check, Measure, Verdict

SECONDS = 60.0
RENAMED = hasattr(bpy.types.Strip if hasattr(bpy.types, "Strip") else bpy.types.Sequence,
                  "left_handle")  # fmt: skip


@pytest.fixture
def rig(scene: bpy.types.Scene) -> bpy.types.Object:
    """The armature with the motion of the strip, which is checked and in time."""
    bpy.ops.aimocap.submit_strip()
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    for measure in (Measure.TIME_OFFSET, Measure.FRAME_RATE, Measure.LENGTH):
        assert checked(scene.aimocap.armature, measure).verdict is Verdict.PASS
    return scene.aimocap.armature


@pytest.fixture
def strip(scene: bpy.types.Scene) -> Any:
    return scene.sequence_editor.active_strip


def checked(rig: bpy.types.Object, measure: Measure) -> Check:
    return checking.check_action(rig, jobs=session.current().desk.jobs()).report.check(measure)


def move(strip: Any, frames: int) -> None:
    name = "content_start" if RENAMED else "frame_start"
    setattr(strip, name, getattr(strip, name) + frames)


def test_a_moved_strip_is_an_offset_in_frames(rig: bpy.types.Object, strip: Any) -> None:
    move(strip, 2)
    found = checked(rig, Measure.TIME_OFFSET)
    assert found.verdict is Verdict.LOOK
    assert found.finding.value == pytest.approx(2.0, abs=0.05)
    assert found.finding.note == "the strip lies 2 frames later now"
    assert checked(rig, Measure.LIMB_DIRECTION).verdict is Verdict.PASS


def test_a_strip_moved_together_with_its_keys_is_in_time(rig: bpy.types.Object, strip: Any) -> None:
    move(strip, 30)
    action = rig.animation_data.action
    for curve in compat.curves_of(action, compat.slot_for(action, rig)):
        for point in curve.keyframe_points:
            point.co[0] += 30.0
        curve.update()
    report = checking.check_action(rig).report
    assert report.check(Measure.TIME_OFFSET).finding.value == 0.0
    assert report.overall is Verdict.PASS
    assert report.first == 41


def test_a_trimmed_strip_is_another_length(rig: bpy.types.Object, strip: Any) -> None:
    name = "right_handle" if RENAMED else "frame_final_end"
    setattr(strip, name, getattr(strip, name) - 6)
    found = checked(rig, Measure.LENGTH)
    assert found.verdict is Verdict.LOOK
    assert found.finding.value == pytest.approx(6 / 24, abs=0.02)
    assert "shorter" in found.finding.note
    assert checked(rig, Measure.TIME_OFFSET).verdict is Verdict.PASS


def test_a_strip_that_was_retimed_since_is_told(rig: bpy.types.Object, strip: Any) -> None:
    strip.select = True
    with strips.in_sequencer(bpy.context):
        bpy.ops.sequencer.retiming_segment_speed_set(speed=50.0)
    found = checked(rig, Measure.FRAME_RATE)
    assert found.verdict is Verdict.FAIL
    if len(strip.retiming_keys) > 2:  # 4.5 leaves a tail of another speed behind
        assert "no one speed" in found.finding.note
    else:
        assert found.finding.value == pytest.approx(100.0, abs=5.0)


def test_another_frame_rate_of_the_scene_parts_strip_and_motion(
    rig: bpy.types.Object, strip: Any
) -> None:
    # Frame by frame the strip plays as before; keys and pictures stay together.
    bpy.context.scene.render.fps = 48
    assert checked(rig, Measure.TIME_OFFSET).finding.value < 0.5
    assert checked(rig, Measure.FRAME_RATE).verdict is Verdict.PASS


def test_a_strip_that_plays_backwards_now_has_no_one_speed(
    rig: bpy.types.Object, strip: Any
) -> None:
    strip.use_reverse_frames = True
    assert checked(rig, Measure.FRAME_RATE).verdict is Verdict.FAIL


def test_a_renamed_strip_is_known_by_its_movie_and_a_removed_one_is_not_missed(
    rig: bpy.types.Object, strip: Any, scene: bpy.types.Scene
) -> None:
    strip.name = "another name"
    move(strip, -2)
    assert checked(rig, Measure.TIME_OFFSET).finding.value == pytest.approx(2.0, abs=0.05)
    compat.top_strips(scene.sequence_editor).remove(strip)
    assert checked(rig, Measure.TIME_OFFSET).verdict is Verdict.PASS
