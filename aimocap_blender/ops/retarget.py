# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting from a file or from an armature of the scene, without any service."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty
from bpy.types import Context, Event, Object, Operator

from ..bridge import actions
from ..bridge.retarget import retargeting
from ..errors import AimocapError
from .reporting import Outcome, told

_ROOTS = (
    ("bone", "Hips Bone", "The hips travel, the armature object stays where it is"),
    ("object", "Armature Object", "The armature object travels over the floor"),
)


class RetargetChoices:
    """What both operators let the user choose."""

    feet_on: BoolProperty(  # type: ignore[valid-type]
        name="Keep Feet on the Ground",
        description="Planted feet stay planted, by IK that is baked into the keys",
        default=True,
    )
    in_place: BoolProperty(  # type: ignore[valid-type]
        name="In Place", description="Take the way through the room out of the motion"
    )
    root: EnumProperty(  # type: ignore[valid-type]
        name="Root", description="What travels through the room", items=_ROOTS
    )
    upper_body: BoolProperty(  # type: ignore[valid-type]
        name="Upper Body Only",
        description="Torso, arms and head only; legs, hips and root stay as they are",
    )
    reduce_keys: BoolProperty(  # type: ignore[valid-type]
        name="Reduce Keys",
        description="Remove keys a straight line can stand for, within the two bounds below",
    )
    reduce_degrees: FloatProperty(  # type: ignore[valid-type]
        name="Turns Within", description="Bound in degrees", default=0.1, min=0.001, max=10.0
    )
    reduce_millimetres: FloatProperty(  # type: ignore[valid-type]
        name="Places Within", description="Bound in millimetres", default=0.5, min=0.001, max=100.0
    )

    def choices(self) -> retargeting.RetargetOptions:
        bound = retargeting.ErrorBound(self.reduce_degrees, self.reduce_millimetres)
        return retargeting.RetargetOptions(
            feet_on=self.feet_on,
            in_place=self.in_place,
            root=self.root,
            upper_body=self.upper_body,
            reduce=bound if self.reduce_keys else None,
        )


class AIMOCAP_OT_retarget_fbx(RetargetChoices, Operator):
    """Put the motion of an FBX, BVH or glTF file onto the active armature, as one new action"""

    bl_idname = "aimocap.retarget_fbx"
    bl_label = "Retarget FBX File"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(  # type: ignore[valid-type]
        name="File", description="FBX, BVH or glTF file with a motion", subtype="FILE_PATH"
    )
    filter_glob: StringProperty(  # type: ignore[valid-type]
        default="*.fbx;*.bvh;*.glb;*.gltf;*.vrm;*.vrma", options={"HIDDEN"}
    )
    start_frame: FloatProperty(  # type: ignore[valid-type]
        name="Start Frame", description="Scene frame at which the motion begins", default=1.0
    )
    source_armature: StringProperty(  # type: ignore[valid-type]
        name="Source Armature",
        description="Which armature of the file is meant, where several of them move",
    )
    clip: StringProperty(  # type: ignore[valid-type]
        name="Clip", description="Which motion of the file is meant, where it holds several"
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        return _has_active_armature(cls, context)

    def invoke(self, context: Context, _event: Event) -> Outcome:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @told
    def execute(self, context: Context) -> Outcome:
        if not self.filepath:
            raise AimocapError("No file was chosen.", remedy="Choose an FBX, BVH or glTF file.")
        target = _target_of(context)
        outcome = retargeting.retarget_file(
            context,
            Path(bpy.path.abspath(self.filepath)),
            target,
            start_frame=self.start_frame,
            options=self.choices(),
            source_name=self.source_armature,
            clip=self.clip,
        )
        _tell(self, target, outcome)
        return {"FINISHED"}


class AIMOCAP_OT_retarget_armature(RetargetChoices, Operator):
    """Put the motion of another armature of the scene onto the active one, as one new action"""

    bl_idname = "aimocap.retarget_armature"
    bl_label = "Retarget Armature"
    bl_options = {"REGISTER", "UNDO"}

    source: StringProperty(  # type: ignore[valid-type]
        name="Source",
        description="Name of the armature object with the motion; empty for the other selected one",
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        return _has_active_armature(cls, context)

    @told
    def execute(self, context: Context) -> Outcome:
        target = _target_of(context)
        outcome = retargeting.retarget_armature(
            context, _source_of(context, self.source, target), target, options=self.choices()
        )
        _tell(self, target, outcome)
        return {"FINISHED"}


class AIMOCAP_OT_compare_previous(Operator):
    """Show the action this armature had before the retarget, and the new one again"""

    bl_idname = "aimocap.compare_previous"
    bl_label = "Compare with Previous"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return _has_active_armature(cls, context)

    @told
    def execute(self, context: Context) -> Outcome:
        shown = actions.compare_with_previous(_target_of(context))
        self.report({"INFO"}, f'Now showing "{shown}"')
        return {"FINISHED"}


class AIMOCAP_OT_undo_retarget(Operator):
    """Remove the retargeted action and give the armature back the one it had before"""

    bl_idname = "aimocap.undo_retarget"
    bl_label = "Remove Retargeted Motion"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return _has_active_armature(cls, context)

    @told
    def execute(self, context: Context) -> Outcome:
        before = actions.take_back(_target_of(context))
        self.report({"INFO"}, f'"{before}" is back' if before else "The armature has no action now")
        return {"FINISHED"}


def _has_active_armature(operator: type[Operator], context: Context) -> bool:
    chosen = context.object
    if chosen is None or chosen.type != "ARMATURE":
        operator.poll_message_set("Make the armature that receives the motion the active object")
        return False
    return True


def _target_of(context: Context) -> Object:
    """The active armature, which `poll` made sure of."""
    assert context.object is not None
    return context.object


def _tell(operator: Operator, target: Object, outcome: retargeting.RetargetOutcome) -> None:
    """Report warnings and what was made."""
    for warning in outcome.warnings:
        operator.report({"WARNING"}, warning)
    operator.report(
        {"INFO"},
        f'"{outcome.action.name}" is on "{target.name}", frames {outcome.first_frame} to '
        f"{outcome.last_frame}, {len(outcome.bone_map.pairs)} bones",
    )


def _source_of(context: Context, name: str, target: Object) -> Object:
    """The armature object with the motion: by name, else the one other selected armature."""
    if name:
        found = bpy.data.objects.get(name)
        if found is None or found.type != "ARMATURE":
            raise AimocapError(
                f'There is no armature "{name}".', remedy="Choose an armature of the scene."
            )
        return found
    others = [o for o in context.selected_objects if o.type == "ARMATURE" and o != target]
    if len(others) != 1:
        raise AimocapError(
            f"{len(others)} other armatures are selected.",
            remedy="Select the armature with the motion, then the one that receives it.",
        )
    return others[0]


CLASSES = (
    AIMOCAP_OT_retarget_fbx,
    AIMOCAP_OT_retarget_armature,
    AIMOCAP_OT_compare_previous,
    AIMOCAP_OT_undo_retarget,
)
