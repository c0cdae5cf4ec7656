# SPDX-License-Identifier: GPL-3.0-or-later
"""A robot motion in a window: kept as a file, and shown as a stick armature with named joints."""

from __future__ import annotations

import bpy

from . import avatars, hands, setting
from .avatars import Panels
from .stage import Stage, Story, until


def play(stage: Stage, order: dict[str, str]) -> Story:
    """The job's own button shows it; nothing is put on the character."""
    setting.install(order)
    scene = setting.build(order)
    yield 1.0
    yield from hands.open_sidebar(scene.view3d, "AIMoCap")
    Panels().show("jobs_view3d")
    yield from until(lambda: setting.session().peek() is not None, "the targets are known")
    bpy.context.scene.aimocap.target = "unitree_g1"
    area = scene.sequencer
    with bpy.context.temp_override(
        window=hands.window(), area=area, region=hands.region_of(area, "UI")
    ):
        bpy.ops.aimocap.submit_strip()
    job = avatars.session().desk.jobs()[0]
    yield from until(
        lambda: avatars.session().desk.job(job.local_id).state.value == "kept", "it is kept"
    )
    yield 1.0
    stage.shoot("1-kept")
    bpy.ops.aimocap.show_robot(job_id=job.local_id)
    preview = next(item for item in bpy.data.objects if item.get("aimocap_robot_preview"))
    yield from _look_at(stage, scene, preview)
    stage.note("marked", preview["aimocap_robot_preview"])
    stage.note("bones", [bone.name for bone in preview.data.bones])
    stage.note("character_is_left_alone", scene.armature.animation_data is None)


def _look_at(stage: Stage, scene: setting.Setting, preview: bpy.types.Object) -> Story:
    scene.armature.hide_set(True)
    for item in bpy.context.view_layer.objects:
        item.select_set(item == preview)
    bpy.context.view_layer.objects.active = preview
    scene.view3d.spaces.active.show_region_ui = False
    scene.view3d.spaces.active.overlay.show_extras = True
    for frame, name in ((11, "2-standing"), (40, "3-moving")):
        bpy.context.scene.frame_set(frame)
        setting.look_at_everything(scene)
        yield 1.0
        stage.shoot(name)
