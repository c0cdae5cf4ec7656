# SPDX-License-Identifier: GPL-3.0-or-later
"""Skeletons and motions of the generated rigs as real armatures with real F-curves."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from aimocap_blender.bridge import actions, compat
from aimocap_blender.motion.figure import Channels
from aimocap_blender.motion.rotations import FloatArray
from aimocap_blender.motion.skeleton import Motion, Skeleton


def puppet(name: str, skeleton: Skeleton, world: FloatArray) -> bpy.types.Object:
    """An armature object with the skeleton's bones, standing at `world`."""
    item = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(item)
    item.matrix_world = Matrix(world.tolist())
    bpy.context.view_layer.objects.active = item
    bpy.ops.object.mode_set(mode="EDIT")
    made: list[bpy.types.EditBone] = []
    for row, bone_name in enumerate(skeleton.names):
        bone = item.data.edit_bones.new(bone_name)
        bone.tail = (0.0, float(skeleton.lengths[row]), 0.0)
        bone.matrix = Matrix(skeleton.rest[row].tolist())
        if skeleton.parents[row] >= 0:
            bone.parent = made[int(skeleton.parents[row])]
        made.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    for pose_bone in item.pose.bones:
        pose_bone.rotation_mode = "QUATERNION"
    return item


def act(item: bpy.types.Object, motion: Motion, *, like_importers: bool = False) -> None:
    """Give an armature the motion as an action from frame 1.

    like_importers  location, rotation and scale curves on every bone, as FBX importers make them
    """
    everything = tuple(range(len(motion.skeleton.names)))
    moved = tuple(b for b in everything if like_importers or motion.locations[:, b].any())
    written = actions.write_track(item, item.name, 1, Channels(motion, everything, moved))
    if like_importers:
        _add_scale(item, written, motion.frames)


def _add_scale(item: bpy.types.Object, written: actions.Written, frames: int) -> None:
    points = np.ones(2 * frames, dtype=np.float32)
    points[0::2] = np.arange(1, frames + 1)
    kinds = np.full(frames, 1, dtype=np.uint8)
    action: Any = written.action  # what it offers depends on the Blender
    for bone in item.pose.bones:
        for axis in range(3):
            where = action
            if compat.has_slots():
                where = action.layers[0].strips[0].channelbag(written.slot)
            curve = where.fcurves.new(bone.path_from_id("scale"), index=axis)
            curve.keyframe_points.add(frames)
            curve.keyframe_points.foreach_set("co", points)
            curve.keyframe_points.foreach_set("interpolation", kinds)
            curve.update()


def evaluated_pose(
    items: list[bpy.types.Object], frames: range
) -> list[tuple[FloatArray, FloatArray]]:
    """For every armature (frames, bones, 3, 3) orientations and (frames, bones, 3) joints, world.

    As Blender itself evaluates them (`frame_set`), in the order of the pose bones.
    """
    scene = bpy.context.scene
    raw = [np.empty((len(frames), len(item.pose.bones), 16), dtype=np.float32) for item in items]
    worlds = np.empty((len(items), len(frames), 1, 4, 4))
    for row, frame in enumerate(frames):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        for number, item in enumerate(items):
            posed = item.evaluated_get(graph)
            posed.pose.bones.foreach_get("matrix", raw[number][row].reshape(-1))
            worlds[number, row, 0] = np.array(posed.matrix_world)
    result = []
    for number in range(len(items)):
        local = raw[number].reshape(*raw[number].shape[:2], 4, 4).transpose(0, 1, 3, 2)
        world = worlds[number] @ local.astype(np.float64)
        scale = np.linalg.norm(world[..., :3, :3], axis=-2, keepdims=True)
        result.append((world[..., :3, :3] / scale, world[..., :3, 3]))
    return result
