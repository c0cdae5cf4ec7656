# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside the bpy process: an armature, its action, the FBX file, and the file read back.

Runs on bpy 4.5 and later. Fails with an exception, which the process turns into its exit code.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from aimocap_blender.motion.rotations import IDENTITY
from aimocap_blender.motion.skeleton import Motion, Skeleton, forward

from . import fbx_take
from .fbx import ARMATURE, load
from .track import FloatArray

# Blender's stubs call every pointer optional, also those that are there in an empty scene.
CONTEXT: Any = bpy.context
BlenderObject = Any

REST_FRAME = -fbx_take.REST_FRAMES
PLACE_TOLERANCE = 0.01
"""Metres that a joint may be away from where it should be after reading the file back."""


def build_armature(skeleton: Skeleton) -> BlenderObject:
    """The skeleton at rest as an armature object in the scene."""
    armature = bpy.data.armatures.new(ARMATURE)
    owner = bpy.data.objects.new(ARMATURE, armature)
    CONTEXT.scene.collection.objects.link(owner)
    CONTEXT.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    bones: list[Any] = []
    for index, name in enumerate(skeleton.names):
        bone = armature.edit_bones.new(name)
        bone.head = (0.0, 0.0, 0.0)
        bone.tail = (0.0, float(skeleton.lengths[index]), 0.0)
        bone.matrix = Matrix(skeleton.rest[index].tolist())
        parent = int(skeleton.parents[index])
        bone.parent = bones[parent] if parent >= 0 else None
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    return owner


def animate(owner: BlenderObject, motion: Motion) -> None:
    """One action with its slot: linear keys on whole frames from 0, sample k on frame k.

    The frame before holds the rest pose, for `export`.
    """
    action = bpy.data.actions.new("Capture")
    owner.animation_data_create().action = action
    slot = action.slots.new("OBJECT", owner.name)
    # Without a slot nothing moves and the exporter writes a still pose without a word.
    owner.animation_data.action_slot = slot
    strip: Any = action.layers.new("Layer").strips.new(type="KEYFRAME")
    curves = strip.channelbag(slot, ensure=True).fcurves
    frames = np.arange(REST_FRAME, motion.frames, dtype=np.float32)
    for index, name in enumerate(motion.skeleton.names):
        bone = owner.pose.bones[name]
        bone.rotation_mode = "QUATERNION"
        path = f'pose.bones["{name}"].'
        turns = np.concatenate((np.array((IDENTITY,)), motion.rotations[:, index]))
        _key(curves, path + "rotation_quaternion", frames, turns)
        if np.abs(motion.locations[:, index]).max() > 0.0:
            places = np.concatenate((np.zeros((1, 3)), motion.locations[:, index]))
            _key(curves, path + "location", frames, places)


def _key(curves: Any, path: str, frames: NDArray[np.float32], values: FloatArray) -> None:
    for axis in range(values.shape[1]):
        curve = curves.new(path, index=axis)
        curve.keyframe_points.add(len(frames))
        keys = np.stack((frames, values[:, axis].astype(np.float32)), axis=-1).ravel()
        curve.keyframe_points.foreach_set("co", keys)
        linear = np.full(len(frames), 1, dtype=np.int32)
        curve.keyframe_points.foreach_set("interpolation", linear)
        curve.update()


def export(owner: BlenderObject, motion: Motion, path: Path) -> None:
    """The armature and its action through Blender's exporter, one take, nothing simplified."""
    scene = CONTEXT.scene
    scene.render.fps, scene.render.fps_base = round(motion.fps), 1.0
    fbx_take.export_take(owner, 0, motion.frames - 1, path)


def read_back(path: Path) -> tuple[BlenderObject, int, int]:
    """The armature of an FBX file in an empty scene, and its action's first and last frame."""
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0, ignore_leaf_bones=False)
    owners = [item for item in bpy.data.objects if item.type == "ARMATURE"]
    if len(owners) != 1:
        raise RuntimeError(f"the file holds {len(owners)} armatures instead of one")
    owner: BlenderObject = owners[0]
    if owner.animation_data is None or owner.animation_data.action is None:
        raise RuntimeError("the file holds no animation")
    limits: Any = owner.animation_data.action.frame_range
    return owner, round(limits[0]), round(limits[1])


def check(path: Path, motion: Motion) -> None:
    """Raise RuntimeError unless the file plays the motion: length, and joints where they were."""
    owner, first, last = read_back(path)
    if last - first != motion.frames - 1:
        raise RuntimeError(f"the file has {last - first + 1} frames instead of {motion.frames}")
    rest = np.array([owner.data.bones[name].head_local for name in motion.skeleton.names])
    away = float(np.abs(rest - motion.skeleton.heads).max())
    if away > PLACE_TOLERANCE:
        raise RuntimeError(f"the file's rest pose is {away:.3f} m off")
    wanted = forward(motion).positions
    moments = sorted({0, motion.frames // 3, 2 * motion.frames // 3, motion.frames - 1})
    for moment in moments:
        CONTEXT.scene.frame_set(first + moment)
        world = owner.matrix_world
        for index, name in enumerate(motion.skeleton.names):
            place = np.array(world @ owner.pose.bones[name].head)
            away = float(np.linalg.norm(place - wanted[moment, index]))
            if away > PLACE_TOLERANCE:
                raise RuntimeError(f"{name} is {away:.3f} m off on frame {moment} of the file")


def main(data: str, target: str) -> None:
    """Write the motion in the file `data` to the FBX file `target`, and check it."""
    motion, path = load(Path(data)), Path(target)
    bpy.ops.wm.read_homefile(use_empty=True)
    owner = build_armature(motion.skeleton)
    animate(owner, motion)
    export(owner, motion, path)
    check(path, motion)


if __name__ == "__main__":
    code = 0
    try:
        main(*sys.argv[1:])
    except Exception:  # noqa: BLE001 (the top of the process)
        traceback.print_exc()
        code = 1
    fbx_take.leave(code)
