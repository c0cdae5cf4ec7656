# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting of every story: the installed extension, a movie strip, a character, two editors."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType

import bpy

from . import hands
from .stage import Story, until

MODULE = "bl_ext.user_default.aimocap_blender"
FIRST_FRAME = 11
CLIP_FRAMES = 45
CLIP_FPS = 30
CLIP_OFFSET = 15  # frames of the clip before the visible part


@dataclass
class Setting:
    """What a story works with. Editors are looked up by type, never held."""

    armature_name: str

    @property
    def armature(self) -> bpy.types.Object:
        return bpy.data.objects[self.armature_name]

    @property
    def sequencer(self) -> bpy.types.Area:
        return hands.area_of("SEQUENCE_EDITOR")

    @property
    def view3d(self) -> bpy.types.Area:
        return hands.area_of("VIEW_3D")


def install(order: dict[str, str]) -> None:
    """The built zip, through Blender's own installer, set to the service of the order."""
    bpy.ops.extensions.package_install_files(
        filepath=order["package"], repo="user_default", enable_on_install=True
    )
    bpy.context.preferences.system.viewport_aa = "OFF"  # draws everything eight times, in software
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.service = "LOCAL"
    preferences.local_address = order["service_url"]


def build(order: dict[str, str]) -> Setting:
    """Fill the scene and split the 3D View: the Sequencer stands on the left of it."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = CLIP_FPS, 1.0
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("jump", order["clip"], 1, FIRST_FRAME - CLIP_OFFSET)
    strip.frame_final_start = FIRST_FRAME
    strip.frame_final_end = FIRST_FRAME + CLIP_FRAMES
    editor.active_strip = strip
    if hasattr(hands.window().workspace, "sequencer_scene"):  # from 5.0 on: what a Sequencer shows
        hands.window().workspace.sequencer_scene = scene
    bpy.data.objects.remove(bpy.data.objects["Cube"])  # it would hide the character
    bpy.ops.preferences.addon_enable(module="rigify")
    window = hands.window()
    area = hands.area_of("VIEW_3D")
    region = hands.region_of(area, "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.object.armature_human_metarig_add()
        armature = bpy.context.object
        scene.aimocap.armature = armature
        bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
    hands.turn_into_sequencer(
        min((a for a in window.screen.areas if a.type == "VIEW_3D"), key=_left)
    )
    bpy.ops.ed.undo_push(message="Setting")
    made = Setting(armature.name)
    look_at_everything(made)
    return made


def look_at_everything(setting: Setting) -> None:
    """Frame the character in the 3D View and the strip in the Sequencer."""
    for area, operator in (
        (setting.view3d, bpy.ops.view3d.view_selected),
        (setting.sequencer, bpy.ops.sequencer.view_all),
    ):
        region = hands.region_of(area, "WINDOW")
        with bpy.context.temp_override(window=hands.window(), area=area, region=region):
            operator()


def session() -> ModuleType:
    """The extension's session module."""
    return module("bridge.session")


def module(name: str) -> ModuleType:
    """A module of the installed extension."""
    return importlib.import_module(f"{MODULE}.{name}")


def choosable() -> list[str]:
    """Ids of the targets that the menu offers."""
    found = module("targets.choices").choices(session().current().registry)
    return [choice.id for choice in found]


def now() -> datetime:
    """The moment, UTC."""
    return datetime.now(UTC)


def the_job() -> object | None:
    """The one job, None before it is recorded."""
    current = session().peek()
    jobs = current.desk.jobs() if current else ()
    return jobs[0] if jobs else None


def modal_operators() -> list[str]:
    """The names of the modal operators that run in the window."""
    return [operator.bl_idname for operator in hands.window().modal_operators]


def press_capture(setting: Setting) -> Story:
    """Open the tab and click the button; ends when the job is recorded."""
    yield from hands.open_sidebar(setting.sequencer, "AIMoCap")
    yield 0.5
    yield from hands.click_button(setting.sequencer, "aimocap.submit_strip")
    yield from until(lambda: the_job() is not None, "the click has made a job")


def _left(area: bpy.types.Area) -> int:
    return area.x
