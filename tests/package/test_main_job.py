# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job through the installed extension, against the local service."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import addon_utils
import bpy
import numpy as np
import pytest

from scripts.common.clips import demo_clip
from scripts.common.local_service_process import RunningService
from tests import captures

from .conftest import Extension

JOB_SECONDS = 300.0
CLIP_FRAMES = 45  # 1.5 s of the 30-fps clip
FIRST_FRAME = 11


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The local service on a free port of this machine, which captures the clip once a run."""
    with captures.service(tmp_path_factory.mktemp("service")) as running:
        yield running


def add_trimmed_strip(path: Path) -> None:
    """The clip's frames 15-59, its first visible one at FIRST_FRAME of a 30-fps scene."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.0
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("jump", str(path), 1, FIRST_FRAME - 15)
    renamed = hasattr(strip, "left_handle")  # from 5.2 on
    setattr(strip, "left_handle" if renamed else "frame_final_start", FIRST_FRAME)
    setattr(strip, "right_handle" if renamed else "frame_final_end", FIRST_FRAME + CLIP_FRAMES)
    editor.active_strip = strip
    workspace = bpy.context.workspace
    if hasattr(workspace, "sequencer_scene"):  # from 5.0 on: what the Sequencer shows
        workspace.sequencer_scene = scene


def add_metarig() -> bpy.types.Object:
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    return bpy.context.object


def hand_positions(armature: bpy.types.Object, frames: range) -> np.ndarray:
    """World positions (frames, 3) of a hand of the metarig, in metres."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(posed.matrix_world @ posed.pose.bones["hand.L"].head)
    return np.array(found)


def test_a_strip_becomes_motion_on_the_armature(
    extension: Extension, service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMOCAP_LOCAL_KEY", service.key)
    preferences = bpy.context.preferences.addons[extension.module].preferences
    preferences.service = "LOCAL"
    preferences.local_address = service.url
    add_trimmed_strip(demo_clip())
    armature = add_metarig()
    bpy.context.scene.aimocap.armature = armature

    assert bpy.ops.aimocap.submit_strip() == {"FINISHED"}
    session = importlib.import_module(f"{extension.module}.bridge.session").current()
    session.run_until_idle(bpy.context, timeout_seconds=JOB_SECONDS)

    (job,) = session.desk.jobs()
    assert job.state.value == "applied", (job.failure, job.waiting_reason)
    action = armature.animation_data.action
    start, end = action.frame_range
    assert start == pytest.approx(FIRST_FRAME, abs=0.5)
    assert end == pytest.approx(FIRST_FRAME + CLIP_FRAMES - 1, abs=1.5)
    for block in (action, armature):
        assert block["aimocap_job_id"] == job.remote_id
        assert block["aimocap_clip_name"] == "demo.mp4"
        assert block["aimocap_target_version"] == "unknown"
    travelled = np.ptp(
        hand_positions(armature, range(FIRST_FRAME, FIRST_FRAME + CLIP_FRAMES, 4)), 0
    )
    assert travelled.max() > 0.1
