# SPDX-License-Identifier: GPL-3.0-or-later
"""Armature objects as plain arrays: the skeleton at rest, the motion of an action, the world.

F-curves are read in bulk and evaluated in numpy; Blender itself evaluates the frames only where
constraints, drivers, the NLA or scaled bones decide the pose. Blender's axes and bone-local
spaces go no further than this module. Writing is in `actions`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ..errors import AimocapError
from ..motion import euler
from ..motion.rotations import (
    IDENTITY,
    FloatArray,
    conjugate,
    from_matrix,
    multiply,
    normalized,
    rotate,
    to_matrix,
)
from ..motion.skeleton import Motion, Placement, Skeleton, empty_track, local_rest
from . import compat
from .curves import Channels, sampled_channels

_SHEAR = 1e-3
"""Columns of an object matrix may differ by this part of their length before it counts as
non-uniform scale."""


class ArmatureError(AimocapError):
    """An armature can't be read or written as it is."""


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
    action, slot = _chosen_action(armature_object, action, slot)
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
    action, slot = _chosen_action(armature_object, action, slot)
    skeleton = read_skeleton(armature_object) if skeleton is None else skeleton
    wanted: Collection[int] = range(len(skeleton.names))
    if bones is not None:
        wanted = skeleton.ancestry(skeleton.index(name) for name in bones).tolist()
    names = [skeleton.names[bone] for bone in wanted]
    curves = compat.curves_of(action, slot) if action is not None else []
    channels = sampled_channels(curves, frames, names)
    if _needs_blender(armature_object, names, channels):
        with _playing(armature_object, action, slot):
            return _evaluated_motion(armature_object, skeleton, wanted, frames, fps)
    rotations = empty_track(len(frames), len(skeleton.names), 4)
    locations = empty_track(len(frames), len(skeleton.names), 3)
    rotations[...] = IDENTITY
    locations[...] = 0.0
    for bone in wanted:
        pose_bone = armature_object.pose.bones[skeleton.names[bone]]
        rotations[:, bone] = _rotation_of(pose_bone, channels)
        locations[:, bone] = channels.vector(
            pose_bone.path_from_id("location"), np.array(pose_bone.location)
        )
    world = _object_world(armature_object, frames, curves)
    _refuse_uneven_scale(armature_object, world)
    return Motion(skeleton, fps, rotations, locations, world)


def current_pose(armature_object: bpy.types.Object, skeleton: Skeleton | None = None) -> Motion:
    """One frame: the basis rotations and locations the bones have now, and the object's place."""
    skeleton = read_skeleton(armature_object) if skeleton is None else skeleton
    none = Channels({}, 1)
    rotations = empty_track(1, len(skeleton.names), 4, np.float64)
    locations = empty_track(1, len(skeleton.names), 3, np.float64)
    for bone, name in enumerate(skeleton.names):
        pose_bone = armature_object.pose.bones[name]
        rotations[:, bone] = _rotation_of(pose_bone, none)
        locations[:, bone] = np.array(pose_bone.location)
    world = world_now(armature_object)
    if not all(np.isfinite(values).all() for values in (rotations, locations, world)):
        raise ArmatureError(
            f'"{armature_object.name}" or one of its bones is in a place that is no number.',
            remedy="Clear the object's location and its pose (Alt G, Alt R) and try again.",
        )
    _refuse_uneven_scale(armature_object, world)
    return Motion(skeleton, 1.0, rotations, locations, world)


def _chosen_action(
    owner: bpy.types.Object, action: bpy.types.Action | None, slot: bpy.types.ActionSlot | None
) -> tuple[bpy.types.Action | None, bpy.types.ActionSlot | None]:
    if action is None and owner.animation_data is not None:
        action = owner.animation_data.action
    if action is not None and slot is None:
        slot = compat.slot_for(action, owner)
    return action, slot


def _rotation_of(pose_bone: bpy.types.PoseBone, channels: Channels) -> FloatArray:
    """(frames, 4) basis rotations of a bone in whatever rotation mode it is."""
    match pose_bone.rotation_mode:
        case "QUATERNION":
            path = pose_bone.path_from_id("rotation_quaternion")
            turn = channels.vector(path, np.array(pose_bone.rotation_quaternion))
            return normalized(turn, np.array(IDENTITY, dtype=turn.dtype))
        case "AXIS_ANGLE":
            path = pose_bone.path_from_id("rotation_axis_angle")
            turn = channels.vector(path, np.array(pose_bone.rotation_axis_angle))
            return euler.from_rotation_vector(turn[:, 1:], turn[:, 0])
        case order:
            path = pose_bone.path_from_id("rotation_euler")
            return euler.from_euler(
                channels.vector(path, np.array(pose_bone.rotation_euler)), order
            )


def _object_world(
    item: bpy.types.Object, frames: FloatArray, curves: list[bpy.types.FCurve] | None = None
) -> FloatArray:
    """(4, 4), or (frames, 4, 4) when it moves: an object's matrix with its parents'.

    curves  those of the action to be read; None for the object's active action
    """
    if curves is None:
        action, slot = _chosen_action(item, None, None)
        curves = compat.curves_of(action, slot) if action is not None else []
    channels = sampled_channels(curves, frames, None)
    if channels.values:
        matrix = _object_basis(item, channels)
    else:
        matrix = np.array(item.matrix_basis, dtype=np.float64)
    if item.parent is None:
        return matrix
    inverse = np.array(item.matrix_parent_inverse, dtype=np.float64)
    return _object_world(item.parent, frames) @ inverse @ matrix


def _object_basis(item: bpy.types.Object, channels: Channels) -> FloatArray:
    """(frames, 4, 4) of an object's own location, rotation and scale channels."""
    place = channels.vector("location", np.array(item.location))
    scale = channels.vector("scale", np.array(item.scale))
    match item.rotation_mode:
        case "QUATERNION":
            turn = normalized(
                channels.vector("rotation_quaternion", np.array(item.rotation_quaternion))
            )
        case "AXIS_ANGLE":
            values = channels.vector("rotation_axis_angle", np.array(item.rotation_axis_angle))
            turn = euler.from_rotation_vector(values[:, 1:], values[:, 0])
        case order:
            turn = euler.from_euler(
                channels.vector("rotation_euler", np.array(item.rotation_euler)), order
            )
    matrix = np.zeros((channels.frames, 4, 4))
    matrix[:, :3, :3] = to_matrix(turn.astype(np.float64)) * scale[:, None, :]
    matrix[:, :3, 3] = place
    matrix[:, 3, 3] = 1.0
    return matrix


def _refuse_uneven_scale(item: bpy.types.Object, world: FloatArray) -> None:
    columns = np.linalg.norm(world[..., :3, :3], axis=-2)
    mean = columns.mean(axis=-1, keepdims=True)
    unit = world[..., :3, :3] / np.maximum(columns[..., None, :], 1e-12)
    off_right_angles = np.abs(np.swapaxes(unit, -1, -2) @ unit - np.eye(3)).max()
    if mean.min() < 1e-9:
        raise ArmatureError(f'"{item.name}" is scaled to nothing.', remedy="Set its scale to 1.")
    if np.abs(columns / mean - 1.0).max() > _SHEAR or off_right_angles > _SHEAR:
        raise ArmatureError(
            f'"{item.name}" is scaled differently along its axes.',
            remedy="Apply the object's scale (and its parents') and try again.",
        )
    if np.linalg.det(world[..., :3, :3]).min() < 0.0:
        raise ArmatureError(
            f'"{item.name}" is mirrored by a negative scale.',
            remedy="Apply the object's scale and try again.",
        )


def _needs_blender(item: bpy.types.Object, names: list[str], channels: Channels) -> bool:
    """True where F-curves alone do not tell the pose: constraints, drivers, NLA, scaled bones."""
    link: bpy.types.Object | None = item
    while link is not None:
        if _driven(link) or link.parent_type not in ("OBJECT", "ARMATURE"):
            return True
        if any(not c.mute and c.influence > 0.0 for c in link.constraints) or _has_deltas(link):
            return True
        link = link.parent
    for name in names:
        bone = item.pose.bones[name]
        if any(not c.mute and c.influence > 0.0 for c in bone.constraints):
            return True
        scale = channels.vector(bone.path_from_id("scale"), np.array(bone.scale))
        if np.abs(scale - 1.0).max() > 1e-4:
            return True
        if not bone.bone.use_local_location and bone.path_from_id("location") in channels.paths:
            return True
    return False


def _driven(item: bpy.types.Object) -> bool:
    data = item.animation_data
    if data is None:
        return False
    tracks = data.use_nla and any(not track.mute and track.strips for track in data.nla_tracks)
    return bool(tracks) or any(
        driver.data_path.startswith("pose.bones") or not driver.data_path.startswith("[")
        for driver in data.drivers
    )


def _has_deltas(item: bpy.types.Object) -> bool:
    return bool(
        np.any(np.array(item.delta_location))
        or np.any(np.array(item.delta_rotation_euler))
        or np.any(np.array(item.delta_rotation_quaternion) != IDENTITY)
        or np.any(np.array(item.delta_scale) != 1.0)
    )


@contextmanager
def _playing(
    item: bpy.types.Object,
    action: bpy.types.Action | None,
    slot: bpy.types.ActionSlot | None,
) -> Iterator[None]:
    """The object animated by `action` for a while."""
    data = item.animation_data
    before = (data.action, compat.active_slot(item)) if data is not None else (None, None)
    if action is None or before == (action, slot):
        yield
        return
    compat.assign_action(item, action, slot)
    try:
        yield
    finally:
        compat.assign_action(item, *before)


def _evaluated_motion(
    item: bpy.types.Object,
    skeleton: Skeleton,
    wanted: Collection[int],
    frames: FloatArray,
    fps: float,
) -> Motion:
    """The motion as Blender's own evaluation has it, frame by frame, as basis channels."""
    scene = _scene_of(item)
    order = np.array([item.pose.bones.find(name) for name in skeleton.names])
    poses = np.empty((len(frames), len(order), 16), dtype=np.float32)
    worlds = np.empty((len(frames), 4, 4))
    graph = scene.view_layers[0].depsgraph
    assert graph is not None
    before = scene.frame_current_final
    try:
        for row, frame in enumerate(frames):
            scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
            evaluated = item.evaluated_get(graph)
            evaluated.pose.bones.foreach_get("matrix", poses[row].reshape(-1))
            worlds[row] = np.array(evaluated.matrix_world)
    finally:
        scene.frame_set(int(np.floor(before)), subframe=float(before - np.floor(before)))
    matrices = poses.reshape(len(frames), len(order), 4, 4)[:, order].transpose(0, 1, 3, 2)
    still = bool(np.abs(worlds - worlds[0]).max() < 1e-7) if len(worlds) else True
    _refuse_uneven_scale(item, worlds)
    rotations, locations = basis_of(skeleton, matrices, wanted)
    return Motion(skeleton, fps, rotations, locations, worlds[0] if still else worlds)


def basis_of(
    skeleton: Skeleton, matrices: FloatArray, wanted: Collection[int]
) -> tuple[FloatArray, FloatArray]:
    """Basis rotations and locations that put the bones where `matrices` (frames, bones, 4, 4) are.

    Scale and shear of posed bones go into the locations, so that every joint is in its place.
    """
    columns = np.linalg.norm(matrices[..., :3, :3], axis=-2, keepdims=True)
    orientations = from_matrix(matrices[..., :3, :3] / np.maximum(columns, 1e-12))
    heads = matrices[..., :3, 3]
    local = local_rest(skeleton)
    turns = from_matrix(local[:, :3, :3]).astype(np.float32)
    offsets = local[:, :3, 3].astype(np.float32)
    rotations = empty_track(len(matrices), len(skeleton.names), 4)
    locations = empty_track(len(matrices), len(skeleton.names), 3)
    rotations[...] = IDENTITY
    locations[...] = 0.0
    resting = from_matrix(skeleton.rest[:, :3, :3]).astype(np.float32)
    for bone in wanted:
        parent = int(skeleton.parents[bone])
        gap, above = heads[:, bone], np.array(IDENTITY, dtype=np.float32)
        if parent >= 0:
            above = orientations[:, parent]
            gap = rotate(conjugate(above), heads[:, bone] - heads[:, parent])
            if skeleton.hinges is not None and skeleton.hinges[bone]:
                above = resting[parent]
        rotations[:, bone] = multiply(
            conjugate(multiply(above, turns[bone])), orientations[:, bone]
        )
        locations[:, bone] = rotate(conjugate(turns[bone]), gap - offsets[bone])
    return rotations, locations


def _scene_of(item: bpy.types.Object) -> bpy.types.Scene:
    """A scene the object is in, the context's first."""
    scenes = [bpy.context.scene, *bpy.data.scenes]
    for scene in scenes:
        if scene is not None and item.name in scene.objects:
            return scene
    raise ArmatureError(f'"{item.name}" is in no scene.', remedy="Put it into a scene.")


def world_now(item: bpy.types.Object) -> FloatArray:
    """The object's matrix in the world now; computed, as `matrix_world` may be out of date."""
    if _needs_blender(item, [], Channels({}, 1)):
        bpy.context.view_layer.update()
        return np.array(item.matrix_world, dtype=np.float64)
    world = np.array(item.matrix_basis, dtype=np.float64)
    link: bpy.types.Object = item
    while link.parent is not None:
        above = np.array(link.parent.matrix_basis, dtype=np.float64)
        world = above @ np.array(link.matrix_parent_inverse, dtype=np.float64) @ world
        link = link.parent
    return world


@dataclass(frozen=True)
class ObjectChannel:
    """The way from a place in the world to an object's own location channel: v -> turn v + shift.

    matrix  (4, 4) world -> the space of `Object.location`
    """

    matrix: FloatArray

    @classmethod
    def of(cls, item: bpy.types.Object) -> ObjectChannel:
        if item.parent is None:
            return cls(np.eye(4))
        parent = world_now(item.parent) @ np.array(item.matrix_parent_inverse)
        return cls(np.linalg.inv(parent))

    def location(self, places: FloatArray) -> FloatArray:
        """(frames, 3) values of the location channel that put the object at world `places`."""
        return places @ self.matrix[:3, :3].T + self.matrix[:3, 3]


def is_carried(item: bpy.types.Object) -> bool:
    """True when the object's action moves the object itself."""
    action, slot = _chosen_action(item, None, None)
    curves = compat.curves_of(action, slot) if action is not None else []
    return any(curve.data_path == "location" for curve in curves)


def resting_place(item: bpy.types.Object) -> FloatArray:
    """(3,) where the object stands in the world when its own animation is left out.

    An animated object stands where its parent does: its location is the way, not the place.
    """
    if is_carried(item):
        return np.zeros(3) if item.parent is None else world_now(item.parent)[:3, 3]
    return Placement.of(world_now(item)).place
