# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene ready for a capture: a trimmed movie strip, and preferences that point at a service."""

from __future__ import annotations

import time
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.jobs.job import JobState


def point_at(
    addon: str, url: str, key: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> bpy.types.AddonPreferences:
    """Have the preferences name a service on this machine, and keep everything in `folder`."""
    monkeypatch.setenv("AIMOCAP_LOCAL_KEY", key)
    preferences = bpy.context.preferences.addons[addon].preferences
    preferences.service = "LOCAL"  # asked every second; other services every five
    preferences.local_address = url
    preferences.results_folder = str(folder / "results")
    preferences.registry_path = str(folder / "targets.json")
    preferences.auto_import = True
    session.close()
    return preferences


def stop_while_processing() -> None:
    """Follow the jobs until the service works on all of them, then close: Blender is left."""
    current = session.current()
    for _ in range(600):
        current.step(bpy.context)
        if {job.state for job in current.desk.jobs()} == {JobState.PROCESSING}:
            break
        time.sleep(0.02)
    else:
        pytest.fail("the service does not work on the jobs")
    session.close()


def add_strip(movie: Path, *, start: int = 11, end: int = 35, fps: int = 24) -> bpy.types.Scene:
    """The movie from frame 1 on in the current scene, visible from `start` to before `end`."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, 1.0
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("walk", str(movie), 1, -1)
    renamed = hasattr(strip, "left_handle")  # from 5.2 on
    setattr(strip, "left_handle" if renamed else "frame_final_start", start)
    setattr(strip, "right_handle" if renamed else "frame_final_end", end)
    editor.active_strip = strip
    if hasattr(bpy.context.workspace, "sequencer_scene"):  # from 5.0 on
        bpy.context.workspace.sequencer_scene = scene
    return scene
