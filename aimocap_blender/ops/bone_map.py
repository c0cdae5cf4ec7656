# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeing, correcting, saving and sharing the bone map of the active armature."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Object, Operator

from ..bridge import session
from ..bridge.retarget import bone_map_view, bone_maps
from ..bridge.retarget.bone_map_view import Role
from .reporting import Outcome, told

_ROLES = tuple((role.value, role.value.replace("_", " ").title(), "") for role in Role)


class OnArmature:
    """Shared by all: they work on the active armature."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        if context.object is None or context.object.type != "ARMATURE":
            cls.poll_message_set("Make an armature the active object")  # type: ignore[attr-defined]
            return False
        return True


class AIMOCAP_OT_read_bone_map(OnArmature, Operator):
    """Recognise which bone is which part of the body"""

    bl_idname = "aimocap.read_bone_map"
    bl_label = "Read Bone Map"

    @told
    def execute(self, context: Context) -> Outcome:
        _show(_active(context))
        return {"FINISHED"}


class AIMOCAP_OT_edit_bone_map(OnArmature, Operator):
    """Choose the bone for a part of the body; remembered for this skeleton"""

    bl_idname = "aimocap.edit_bone_map"
    bl_label = "Choose Bone"

    role: EnumProperty(name="Part", items=_ROLES, options={"SKIP_SAVE"})  # type: ignore[valid-type]
    bones: StringProperty(  # type: ignore[valid-type]
        name="Bone",
        description="Name of the bone; several for spine and neck, bottom to top, "
        "separated by commas; empty for none",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, context: Context) -> None:
        self.layout.label(text=Role(self.role).value.replace("_", " ").title())
        if Role(self.role) in (Role.SPINE, Role.NECK):
            self.layout.prop(self, "bones")
        else:
            self.layout.prop_search(self, "bones", context.object.data, "bones")

    @told
    def execute(self, context: Context) -> Outcome:
        names = [self.bones] if self.bones in _active(context).data.bones else self.bones.split(",")
        wanted = [name.strip() for name in names if name.strip()]
        bone_maps.edit(_active(context), Role(self.role), wanted)
        _show(_active(context))
        return {"FINISHED"}


class AIMOCAP_OT_forget_bone_map(OnArmature, Operator):
    """Forget all corrections of this skeleton's bone map"""

    bl_idname = "aimocap.forget_bone_map"
    bl_label = "Forget Corrections"

    def invoke(self, context: Context, event: Event) -> Outcome:
        return context.window_manager.invoke_confirm(self, event)

    @told
    def execute(self, context: Context) -> Outcome:
        bone_maps.forget(_active(context))
        _show(_active(context))
        return {"FINISHED"}


class _File:
    """A bone map file to be chosen."""

    filepath: StringProperty(  # type: ignore[valid-type]
        name="File", description="Bone map as JSON", subtype="FILE_PATH"
    )
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: Context, _event: Event) -> Outcome:
        context.window_manager.fileselect_add(self)  # type: ignore[arg-type]
        return {"RUNNING_MODAL"}


class AIMOCAP_OT_export_bone_map(_File, OnArmature, Operator):
    """Save this armature's bone map as a file for others"""

    bl_idname = "aimocap.export_bone_map"
    bl_label = "Save Bone Map"

    @told
    def execute(self, context: Context) -> Outcome:
        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), ".json"))
        bone_maps.export(_active(context), path)
        self.report({"INFO"}, f'Saved "{path.name}"')
        return {"FINISHED"}


class AIMOCAP_OT_import_bone_map(_File, OnArmature, Operator):
    """Use a saved bone map for this armature, and remember it"""

    bl_idname = "aimocap.import_bone_map"
    bl_label = "Load Bone Map"

    @told
    def execute(self, context: Context) -> Outcome:
        taken = bone_maps.take_over(_active(context), Path(bpy.path.abspath(self.filepath)))
        for warning in taken.warnings:
            self.report({"WARNING"}, warning)
        _show(_active(context))
        return {"FINISHED"}


def _active(context: Context) -> Object:
    """The active armature, which `poll` has made sure of."""
    assert context.object is not None
    return context.object


def _show(armature: Object) -> None:
    session.current().bone_map = bone_map_view.of(armature)


CLASSES = (
    AIMOCAP_OT_read_bone_map,
    AIMOCAP_OT_edit_bone_map,
    AIMOCAP_OT_forget_bone_map,
    AIMOCAP_OT_export_bone_map,
    AIMOCAP_OT_import_bone_map,
)
