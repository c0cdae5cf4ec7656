# SPDX-License-Identifier: GPL-3.0-or-later
"""A job waits for the service for more than a minute, a person works on, and Blender saves."""

from __future__ import annotations

import time
from pathlib import Path

import bpy

from . import hands, setting
from .stage import Missing, Stage, Story, until

EDIT_SECONDS = 4.0
PATIENCE_SECONDS = 150.0  # auto-save comes after 60 s, the least that can be set


def play(stage: Stage, order: dict[str, str]) -> Story:
    """Submit, edit the scene every few seconds, and wait for the auto-save file."""
    folder = stage.folder / "autosave"
    folder.mkdir()
    setting.install(order)
    scene = setting.build(order)
    yield from setting.press_capture(scene)
    yield from until(
        lambda: setting.the_job().state.value == "processing", "the job is processing", seconds=60
    )
    files = bpy.context.preferences.filepaths
    files.temporary_directory = str(folder)
    files.use_auto_save_temporary_files = True
    files.auto_save_time = 1
    seen_modal = 0
    edits = 0
    began = time.monotonic()
    while not _saved(folder):
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise Missing(f"Blender has not auto-saved in {PATIENCE_SECONDS:.0f} s")
        yield from hands.press(scene.view3d, "G")
        yield from hands.press(scene.view3d, "RET")
        edits += 1
        for _ in range(int(EDIT_SECONDS / 0.25)):
            seen_modal += "AIMOCAP_OT_follow" in setting.modal_operators()
            yield 0.25
    stage.note("saved", sorted(path.name for path in _saved(folder)))
    stage.note("edits", edits)
    stage.note("seconds_waited", round(time.monotonic() - began, 1))
    stage.note("state_when_saved", setting.the_job().state.value)
    stage.note("samples_with_the_modal_operator", seen_modal)
    stage.shoot("auto-saved")


def _saved(folder: Path) -> list[Path]:
    return list(folder.rglob("*autosave*.blend"))
