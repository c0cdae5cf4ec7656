# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses as Blender itself evaluates them, where F-curves do not tell them.

Constraints, drivers, NLA strips and scaled bones decide those: the scene is played frame by frame.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import bpy
import numpy as np

from ..motion.rotations import (
    IDENTITY,
    FloatArray,
    conjugate,
    from_matrix,
    multiply,
    rotate,
)
from ..motion.skeleton import Motion, Skeleton, empty_track, local_rest
from . import compat
from .curves import Channels
from .object_places import ArmatureError, moves_otherwise, refuse_uneven_scale


def needs_blender(item: bpy.types.Object, names: list[str], channels: Channels) -> bool:
    """True where F-curves alone do not tell the pose: constraints, drivers, NLA, scaled bones."""
    if moves_otherwise(item):
        return True
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


@contextmanager
def playing(
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


def evaluated_motion(
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
    refuse_uneven_scale(item, worlds)
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
