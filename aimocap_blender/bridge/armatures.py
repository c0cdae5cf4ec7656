# SPDX-License-Identifier: GPL-3.0-or-later
"""Armature objects as plain arrays: the skeleton at rest, the motion of an action, the pose of now.

F-curves are read in bulk and evaluated in numpy; what they do not tell is left to Blender
(`evaluated_poses`). Blender's axes and bone-local spaces go no further. Writing is in `actions`.
"""

from __future__ import annotations

from collections.abc import Collection

import bpy
import numpy as np

from ..motion.rotations import IDENTITY, FloatArray
from ..motion.skeleton import Motion, Skeleton, empty_track
from . import compat
from .curves import Channels, rotation_of, sampled_channels
from .evaluated_poses import evaluated_motion, needs_blender, playing
from .object_places import (
    ArmatureError,
    chosen_action,
    object_world,
    refuse_uneven_scale,
    world_now,
)


def read_skeleton(armature_object: bpy.types.Object) -> Skeleton:
    """The bones of an armature at rest, parents before children, armature space."""
    if armature_object.type != "ARMATURE":
        raise ArmatureError(
            f'"{armature_object.name}" is no armature.', remedy="Choose an armature object."
        )
    if armature_object.mode == "EDIT":
        raise ArmatureError(
            f'"{armature_object.name}" is in edit mode.', remedy="Leave edit mode and try again."
        )
    bones = armature_object.data.bones
    if not bones:
        raise ArmatureError(f'"{armature_object.name}" has no bones.')
    count = len(bones)
    number = {bone.name: index for index, bone in enumerate(bones)}
    parents = [number[bone.parent.name] if bone.parent else -1 for bone in bones]
    order = _parents_first(parents)
    place = np.empty(count, dtype=np.intp)
    place[order] = np.arange(count)
    names = [bone.name for bone in bones]
    matrices = np.empty(16 * count, dtype=np.float32)
    bones.foreach_get("matrix_local", matrices)
    lengths = np.empty(count, dtype=np.float32)
    bones.foreach_get("length", lengths)
    inherits = np.empty(count, dtype=bool)
    bones.foreach_get("use_inherit_rotation", inherits)
    rest = matrices.reshape(count, 4, 4).transpose(0, 2, 1)[order].astype(np.float64)
    return Skeleton(
        names=tuple(names[old] for old in order),
        parents=np.array([place[parents[old]] if parents[old] >= 0 else -1 for old in order],
                         dtype=np.intp),
        rest=rest,
        lengths=lengths[order].astype(np.float64),
        hinges=None if inherits.all() else ~inherits[order],
    )  # fmt: skip


def _parents_first(parents: list[int]) -> list[int]:
    """An order in which every bone comes after its parent, otherwise as they were."""
    order: list[int] = []
    done: set[int] = set()
    for start in range(len(parents)):
        line, bone = [], start
        while bone >= 0 and bone not in done:
            line.append(bone)
            done.add(bone)
            bone = parents[bone]
        order += reversed(line)
    return order


def key_range(
    armature_object: bpy.types.Object,
    action: bpy.types.Action | None = None,
    slot: bpy.types.ActionSlot | None = None,
) -> tuple[float, float] | None:
    """First and last keyed frame of an action (the active one by default); None without keys."""
    action, slot = chosen_action(armature_object, action, slot)
    if action is None:
        return None
    curves = [c for c in compat.curves_of(action, slot) if len(c.keyframe_points)]
    if not curves:
        return None
    ranges = np.array([(curve.range()[0], curve.range()[1]) for curve in curves])
    return float(ranges[:, 0].min()), float(ranges[:, 1].max())


def read_motion(
    armature_object: bpy.types.Object,
    *,
    frames: FloatArray,
    fps: float,
    action: bpy.types.Action | None = None,
    slot: bpy.types.ActionSlot | None = None,
    bones: Collection[str] | None = None,
    skeleton: Skeleton | None = None,
) -> Motion:
    """An armature's motion at scene frames (frames,), which lie 1 / fps seconds apart.

    action  the active one by default; without any, the current pose is held
    bones   names to read, with all they hang on; None for all. Other rows hold the current pose.
    """
    action, slot = chosen_action(armature_object, action, slot)
    skeleton = read_skeleton(armature_object) if skeleton is None else skeleton
    wanted: Collection[int] = range(len(skeleton.names))
    if bones is not None:
        wanted = skeleton.ancestry(skeleton.index(name) for name in bones).tolist()
    names = [skeleton.names[bone] for bone in wanted]
    curves = compat.curves_of(action, slot) if action is not None else []
    channels = sampled_channels(curves, frames, names)
    if needs_blender(armature_object, names, channels):
        with playing(armature_object, action, slot):
            return evaluated_motion(armature_object, skeleton, wanted, frames, fps)
    rotations = empty_track(len(frames), len(skeleton.names), 4)
    locations = empty_track(len(frames), len(skeleton.names), 3)
    rotations[...] = IDENTITY
    locations[...] = 0.0
    for bone in wanted:
        pose_bone = armature_object.pose.bones[skeleton.names[bone]]
        rotations[:, bone] = rotation_of(pose_bone, channels)
        locations[:, bone] = channels.vector(
            pose_bone.path_from_id("location"), np.array(pose_bone.location)
        )
    world = object_world(armature_object, frames, curves)
    refuse_uneven_scale(armature_object, world)
    return Motion(skeleton, fps, rotations, locations, world)


def current_pose(armature_object: bpy.types.Object, skeleton: Skeleton | None = None) -> Motion:
    """One frame: the basis rotations and locations the bones have now, and the object's place."""
    skeleton = read_skeleton(armature_object) if skeleton is None else skeleton
    none = Channels({}, 1)
    rotations = empty_track(1, len(skeleton.names), 4, np.float64)
    locations = empty_track(1, len(skeleton.names), 3, np.float64)
    for bone, name in enumerate(skeleton.names):
        pose_bone = armature_object.pose.bones[name]
        rotations[:, bone] = rotation_of(pose_bone, none)
        locations[:, bone] = np.array(pose_bone.location)
    world = world_now(armature_object)
    if not all(np.isfinite(values).all() for values in (rotations, locations, world)):
        raise ArmatureError(
            f'"{armature_object.name}" or one of its bones is in a place that is no number.',
            remedy="Clear the object's location and its pose (Alt G, Alt R) and try again.",
        )
    refuse_uneven_scale(armature_object, world)
    return Motion(skeleton, 1.0, rotations, locations, world)
