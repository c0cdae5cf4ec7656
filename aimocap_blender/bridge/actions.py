# SPDX-License-Identifier: GPL-3.0-or-later
"""Solved channels into one new action: bulk writes, the rotation mode and the locks respected.

The action the armature had is kept: nothing in it changes, it gets a fake user when nobody else
holds it, and the new action remembers its name and slot (`aimocap_previous_action`,
`aimocap_previous_slot`), so that accept, reject and compare can find it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..motion import euler
from ..motion.figure import Channels
from ..motion.options import ErrorBound
from ..motion.reduce import kept_keys
from ..motion.rotations import FloatArray, continuous
from . import compat, provenance, unkeyed
from .object_places import ArmatureError

PREVIOUS_ACTION = "aimocap_previous_action"
PREVIOUS_SLOT = "aimocap_previous_slot"
_COMPARED = "aimocap_compared_action"

_LINEAR = 1
_VECTOR = 2


@dataclass(frozen=True, eq=False)
class Curve:
    """One F-curve to be: values (keys,) at whole frames of the scene.

    slack  how far a reduced curve may leave it, in its own unit; 0 keeps every key
    """

    path: str
    index: int
    group: str
    values: FloatArray
    slack: float = 0.0


@dataclass(frozen=True)
class Written:
    """What `write_track` made."""

    action: bpy.types.Action
    slot: bpy.types.ActionSlot | None
    previous: str
    keys: int


def refuse_unwritable(armature_object: bpy.types.Object) -> None:
    """ArmatureError with a sentence when no motion can be put on this armature as it is."""
    name = armature_object.name
    if armature_object.type != "ARMATURE":
        raise ArmatureError(f'"{name}" is no armature.', remedy="Choose an armature object.")
    if armature_object.library is not None:
        raise ArmatureError(
            f'"{name}" is linked from another file and can not be animated here.',
            remedy="Make a library override of it (Object > Library Override) and try again.",
        )
    if armature_object.mode == "EDIT":
        raise ArmatureError(f'"{name}" is in edit mode.', remedy="Leave edit mode and try again.")
    data = armature_object.animation_data
    if data is not None and data.use_tweak_mode:
        raise ArmatureError(
            f'"{name}" is in tweak mode of a strip in the NLA.',
            remedy="Leave tweak mode (Tab in the Nonlinear Animation editor) and try again.",
        )


def write_track(
    armature_object: bpy.types.Object,
    name: str,
    first_frame: int,
    channels: Channels,
    *,
    object_location: FloatArray | None = None,
    constants: Mapping[str, float] | None = None,
    reduce: ErrorBound | None = None,
    millimetre: float = 0.001,
) -> Written:
    """Key the solved bones on every frame from `first_frame` on, in a new action that is assigned.

    object_location  (frames, 3) of the object's own location channel, when the object travels;
                     (1, 3) keys once where it stands
    constants        more custom properties to key once: data path -> value (IK/FK switches)
    millimetre       one millimetre in armature units, for `reduce`
    """
    refuse_unwritable(armature_object)
    curves = list(_bone_curves(armature_object, channels, reduce, millimetre))
    if object_location is not None:
        slack = reduce.millimetres * 0.001 / np.sqrt(3.0) if reduce is not None else 0.0
        curves += [
            Curve("location", axis, "Object Transforms", object_location[:, axis], slack)
            for axis, locked in enumerate(_flags(armature_object.lock_location))
            if not locked
        ]
    if not curves:
        raise ArmatureError(
            f'Every channel of "{armature_object.name}" that would be keyed is locked.',
            remedy="Unlock its bones (Item tab, the padlocks) and try again.",
        )
    frames = np.arange(first_frame, first_frame + channels.motion.frames, dtype=np.float32)
    writer = compat.new_action(name, armature_object)
    try:
        keys = sum(_write_curve(writer, curve, frames[: len(curve.values)]) for curve in curves)
        for path, value in (constants or {}).items():
            group = path.split('"')[1] if '"' in path else ""
            _write_curve(writer, Curve(path, 0, group, np.array([value])), frames[:1])
        previous = _replace_action(armature_object, writer)
    except BaseException:
        bpy.data.actions.remove(writer.action)
        raise
    return Written(writer.action, writer.slot, previous, keys)


def _replace_action(item: bpy.types.Object, writer: compat.CurveWriter) -> str:
    """Assign the new action; the name of the one before, which is kept."""
    data = item.animation_data
    previous = data.action if data is not None else None
    slot = compat.active_slot(item)
    writer.action[PREVIOUS_ACTION] = previous.name if previous is not None else ""
    writer.action[PREVIOUS_SLOT] = slot.identifier if slot is not None else ""
    if previous is not None:
        _keep(previous)
    unkeyed.remember(item, (writer.action, writer.slot), (previous, slot))
    compat.assign_action(item, writer.action, writer.slot)
    provenance.forget_verdict(item)
    return previous.name if previous is not None else ""


def compare_with_previous(armature_object: bpy.types.Object) -> str:
    """Show the action before the new one, or the new one again; returns the name of what is shown.

    Errors: ArmatureError when no previous action is known, or it is gone.
    """
    refuse_unwritable(armature_object)
    data = armature_object.animation_data
    shown = data.action if data is not None else None
    newer = bpy.data.actions.get(armature_object.get(_COMPARED, ""))
    if newer is not None and _previous_of(newer) == shown:
        del armature_object[_COMPARED]
        compat.assign_action(armature_object, newer, compat.slot_for(newer, armature_object))
        unkeyed.give_back(armature_object, newer)
        return newer.name
    before = _previous_of(shown) if shown is not None else None
    if shown is None or before is None:
        raise ArmatureError(
            f'"{armature_object.name}" has no action from before to compare with.',
            remedy="Retarget a motion onto it first.",
        )
    _keep(shown)
    armature_object[_COMPARED] = shown.name
    _exchange(armature_object, shown)
    return before.name


def take_off(armature_object: bpy.types.Object) -> str:
    """Have the action before the new one play, which stays in the file; the name, "" for none."""
    refuse_unwritable(armature_object)
    data = armature_object.animation_data
    shown = data.action if data is not None else None
    return _exchange(armature_object, shown) if shown is not None else ""


def take_back(armature_object: bpy.types.Object) -> str:
    """Remove the new action and give the armature the one before; the name of that, "" for none."""
    refuse_unwritable(armature_object)
    data = armature_object.animation_data
    shown = data.action if data is not None else None
    if shown is None or shown.get(PREVIOUS_ACTION) is None:
        raise ArmatureError(f'The action of "{armature_object.name}" was not made by a retarget.')
    before = _exchange(armature_object, shown)
    bpy.data.actions.remove(shown)
    return before


def _exchange(item: bpy.types.Object, shown: bpy.types.Action) -> str:
    """The action before `shown` in its place, nothing of it left behind; the name, "" for none."""
    before = _previous_of(shown)
    slot = None
    if before is not None:
        slot = _slot_called(before, shown.get(PREVIOUS_SLOT, "")) or compat.slot_for(before, item)
    compat.assign_action(item, before, slot)
    unkeyed.give_back(item, shown)
    return before.name if before is not None else ""


def _keep(action: bpy.types.Action) -> None:
    """Have an action outlive the loss of its only user: Blender drops others when it saves."""
    if action.library is None and action.users - int(action.use_fake_user) <= 1:
        action.use_fake_user = True


def _previous_of(action: bpy.types.Action) -> bpy.types.Action | None:
    name = action.get(PREVIOUS_ACTION, "")
    return bpy.data.actions.get(name) if name else None


def _slot_called(action: bpy.types.Action, identifier: str) -> bpy.types.ActionSlot | None:
    if not compat.has_slots():
        return None
    return next((slot for slot in action.slots if slot.identifier == identifier), None)


def _write_curve(writer: compat.CurveWriter, curve: Curve, frames: FloatArray) -> int:
    """One F-curve with linear keys; returns how many."""
    values = np.ascontiguousarray(curve.values, dtype=np.float32)
    if curve.slack > 0.0:
        keep = kept_keys(values, curve.slack)
        frames, values = frames[keep], values[keep]
    count = len(values)
    points = np.empty(2 * count, dtype=np.float32)
    points[0::2], points[1::2] = frames, values
    fcurve = writer.new(curve.path, curve.index, curve.group)
    keys = fcurve.keyframe_points
    keys.add(count)
    keys.foreach_set("co", points)
    keys.foreach_set("interpolation", np.full(count, _LINEAR, dtype=np.uint8))
    kinds = np.full(count, _VECTOR, dtype=np.uint8)  # the size Blender has them in: 10 times faster
    keys.foreach_set("handle_left_type", kinds)
    keys.foreach_set("handle_right_type", kinds)
    fcurve.update()
    return count


def _bone_curves(
    item: bpy.types.Object, channels: Channels, reduce: ErrorBound | None, millimetre: float
) -> Iterator[Curve]:
    """The curves of every solved bone, in its own rotation mode, locked channels left out."""
    turn_slack = float(np.radians(reduce.degrees)) if reduce is not None else 0.0
    place_slack = reduce.millimetres * millimetre / np.sqrt(3.0) if reduce is not None else 0.0
    for bone in channels.turned:
        name = channels.motion.skeleton.names[bone]
        pose_bone = item.pose.bones[name]
        yield from _rotation_curves(pose_bone, channels.motion.rotations[:, bone], turn_slack)
    for bone in channels.moved:
        pose_bone = item.pose.bones[channels.motion.skeleton.names[bone]]
        path = pose_bone.path_from_id("location")
        for axis, locked in enumerate(_flags(pose_bone.lock_location)):
            if not locked:
                values = channels.motion.locations[:, bone, axis]
                yield Curve(path, axis, pose_bone.name, values, place_slack)


def _rotation_curves(
    pose_bone: bpy.types.PoseBone, turns: FloatArray, slack: float
) -> Iterator[Curve]:
    locks = _flags(pose_bone.lock_rotation)
    if all(locks):  # with only w left to key nothing turns
        return
    mode = pose_bone.rotation_mode
    four = mode in ("QUATERNION", "AXIS_ANGLE")
    if four and any(locks) and not pose_bone.lock_rotations_4d:
        turns = _unlocked_part(pose_bone, turns)
        locks = (False, False, False)
    match mode:
        case "QUATERNION":
            # A turn is off by twice the length of what its four components are off by.
            path, values, slack = "rotation_quaternion", continuous(turns), slack / 4.0
        case "AXIS_ANGLE":
            path, values = "rotation_axis_angle", euler.to_axis_angle(continuous(turns))
            slack /= 8.0
        case order:
            path, values = "rotation_euler", euler.continuous_euler(turns, order)
            slack /= 3.0
    if four:
        locks = (pose_bone.lock_rotation_w and pose_bone.lock_rotations_4d, *locks)
    for index, locked in enumerate(locks):
        if not locked:
            yield Curve(
                pose_bone.path_from_id(path), index, pose_bone.name, values[:, index], slack
            )


def _flags(values: Any) -> tuple[bool, ...]:
    """Blender's boolean arrays as a tuple."""
    return tuple(bool(value) for value in values)


def _unlocked_part(pose_bone: bpy.types.PoseBone, turns: FloatArray) -> FloatArray:
    """Rotations without the turn about locked axes, which Blender takes as XYZ Euler angles."""
    if pose_bone.rotation_mode == "QUATERNION":
        now = pose_bone.rotation_quaternion.to_euler("XYZ")
    else:
        now = pose_bone.matrix_basis.to_euler("XYZ")
    angles = euler.continuous_euler(turns, "XYZ")
    for axis, locked in enumerate(_flags(pose_bone.lock_rotation)):
        if locked:
            angles[:, axis] = now[axis]
    return euler.from_euler(angles, "XYZ").astype(turns.dtype)
