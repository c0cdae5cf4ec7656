# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels in every state a person meets: a picture of each."""

from __future__ import annotations

import os
import time

import bpy

from . import hands, setting
from .stage import FRAME_SECONDS, Missing, Stage, Story

JOB_SECONDS = 60.0


def play(stage: Stage, order: dict[str, str]) -> Story:
    """What is in the way of a capture, then jobs that end in different ways, then the map."""
    setting.install(order)
    scene = setting.build(order)
    yield from hands.open_sidebar(scene.sequencer, "AIMoCap")
    yield from hands.open_sidebar(scene.view3d, "AIMoCap")
    yield 1.0
    yield from _show_obstacles(stage)
    for number, name in enumerate(("target-refused", "too-little-credit", "failed", "applied"), 1):
        _submit(scene)
        yield from _wait_until_settled(number)
        yield 1.0
        stage.shoot(f"job-{name}")
    _submit(scene)
    yield from _wait_until_settled(5)
    yield 1.0
    stage.shoot("job-already-captured")
    stage.note("states", [job.state.value for job in setting.session().current().desk.jobs()])
    yield from _show_bone_map(stage, scene)
    yield from _show_preferences(stage)


def _submit(scene: setting.Setting) -> None:
    """Press the button without the mouse: where it stands is another story's affair."""
    area = scene.sequencer
    region = hands.region_of(area, "UI")
    with bpy.context.temp_override(window=hands.window(), area=area, region=region):
        bpy.ops.aimocap.submit_strip()


def _redraw() -> Story:
    for area in hands.window().screen.areas:
        area.tag_redraw()
    yield 0.5


def _show_obstacles(stage: Stage) -> Story:
    """The grey button, and the line that says why."""
    preferences = bpy.context.preferences.addons[setting.MODULE].preferences
    editor = bpy.context.scene.sequence_editor
    strip = editor.active_strip
    editor.active_strip = None
    yield from _redraw()
    stage.shoot("no-strip")
    editor.active_strip = strip
    preferences.service = "AIMOCAP"
    yield from _redraw()
    stage.shoot("no-key")
    os.environ["AIMOCAP_KEY"] = "sk-for-a-picture"
    yield from _redraw()
    stage.shoot("offline")
    del os.environ["AIMOCAP_KEY"]
    preferences.service = "LOCAL"
    armature, bpy.context.scene.aimocap.armature = bpy.context.scene.aimocap.armature, None
    yield from _redraw()
    stage.shoot("no-armature")
    bpy.context.scene.aimocap.armature = armature
    yield from _redraw()


def _wait_until_settled(count: int) -> Story:
    """Until there are that many jobs and the newest does nothing by itself any more."""
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        jobs = setting.session().current().desk.jobs()
        moving = any(view.moving for view in setting.session().current().views)
        if len(jobs) == count and not moving and jobs[0].state.value != "ready":
            return
        yield FRAME_SECONDS
    raise Missing(f"job {count} has not settled in {JOB_SECONDS:.0f} s")


def _show_bone_map(stage: Stage, scene: setting.Setting) -> Story:
    area = scene.view3d
    region = hands.region_of(area, "WINDOW")
    with bpy.context.temp_override(window=hands.window(), area=area, region=region):
        bpy.context.view_layer.objects.active = scene.armature
        bpy.ops.aimocap.read_bone_map()
    yield 1.0
    stage.shoot("result")


def _show_preferences(stage: Stage) -> Story:
    area = hands.area_of("VIEW_3D")
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    with bpy.context.temp_override(window=hands.window(), area=area):
        bpy.ops.preferences.addon_show(module=setting.MODULE)
    yield 1.0
    stage.shoot("preferences")
