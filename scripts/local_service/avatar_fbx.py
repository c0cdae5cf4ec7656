# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside the bpy process: a motion retargeted onto a character with the project's own solver.

The FBX holds the character's armature with its own bones and rest pose, and is read back: what
does not move or has another skeleton is not delivered. Runs on bpy 4.5 and later.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy

from aimocap_blender.bridge import armatures, compat, fbx
from aimocap_blender.bridge.retarget import bone_maps, retargeting
from aimocap_blender.errors import AimocapError
from aimocap_blender.motion.fingerprint import fingerprint, same_skeleton
from aimocap_blender.motion.mapping.pairing import BoneMap, pair
from aimocap_blender.motion.mapping.roles import Role

from .dressing import UNUSABLE_EXIT
from .mocap import fbx_take

BlenderObject = Any
CONTEXT: Any = bpy.context
_RESTING = {"rotation_quaternion": (1.0, 0.0, 0.0, 0.0), "scale": (1.0, 1.0, 1.0)}


class Unusable(Exception):
    """What is wrong with the character; the text is a sentence."""


def add_character(path: Path) -> BlenderObject:
    """The character's armature alone in the scene, at rest, as the file has it."""
    with fbx.imported(CONTEXT, path) as guests:
        if len(guests.armatures) != 1:
            raise Unusable(f"The character has {len(guests.armatures)} armatures instead of one.")
        # A copy is ours and stays when the guests go.
        owner: BlenderObject = guests.armatures[0].copy()
        owner.data = owner.data.copy()
        world = guests.armatures[0].matrix_world.copy()
        owner.animation_data_clear()
        owner.parent = None
        owner.matrix_world = world
    CONTEXT.scene.collection.objects.link(owner)
    for bone in owner.pose.bones:
        bone.matrix_basis.identity()
    CONTEXT.view_layer.update()
    return owner


def bound(source: BlenderObject, owner: BlenderObject, binding: Mapping[str, str]) -> BoneMap:
    """The bone map: what is recognised, with the parts that the avatar's binding names."""
    theirs, ours = (bone_maps.of_armature(item) for item in (source, owner))
    by_name = {role.value: role for role in Role}
    for part, bone in binding.items():
        if part not in by_name:
            raise Unusable(f"The binding names an unknown part of the body: {part}.")
        try:
            ours = ours.edited(by_name[part], [bone])
        except ValueError as problem:
            raise Unusable(f"The binding does not fit the character: {problem}") from problem
    return pair(theirs, ours)


def put_on(motion: Path, owner: BlenderObject, binding: Mapping[str, str]) -> tuple[int, int]:
    """The motion as the character's action, key for key; returns its first and last frame."""
    scene = CONTEXT.scene
    with fbx.imported(CONTEXT, motion) as guests:
        source = guests.armatures[0]
        scene.render.fps, scene.render.fps_base = round(guests.fps), 1.0
        outcome = retargeting.retarget_onto(
            source,
            owner,
            action_name="Capture",
            start_frame=0.0,
            scene_fps=float(round(guests.fps)),
            source_fps=guests.fps,
            bone_map=bound(source, owner, binding),
        )
    return outcome.first_frame, outcome.last_frame


def export(owner: BlenderObject, first: int, last: int, path: Path) -> None:
    """The armature and its action; the frames before the motion hold the rest pose."""
    action = owner.animation_data.action
    for curve in compat.curves_of(action, compat.active_slot(owner)):
        channel = curve.data_path.rpartition(".")[2]
        resting = _RESTING.get(channel, (0.0, 0.0, 0.0, 0.0))
        if curve.data_path.startswith("pose."):
            key: Any = curve.keyframe_points.insert(
                first - fbx_take.REST_FRAMES, resting[curve.array_index]
            )
            key.interpolation = "LINEAR"
    fbx_take.export_take(owner, first, last, path)


def check(path: Path, mark: str, frames: int) -> None:
    """Raise RuntimeError unless the file has that skeleton and as many frames."""
    with fbx.imported(CONTEXT, path) as guests:
        owner = guests.armatures[0]
        if not same_skeleton(fingerprint(armatures.read_skeleton(owner)), mark):
            raise RuntimeError("the file's skeleton is not the character's")
        found = round(guests.duration_seconds * guests.fps) + 1
        if found != frames:
            raise RuntimeError(f"the file has {found} frames instead of {frames}")


def main(order: Mapping[str, Any]) -> None:
    """Do what `dressing` asks for."""
    bpy.ops.wm.read_homefile(use_empty=True)
    owner = add_character(Path(order["character"]))
    mark = fingerprint(armatures.read_skeleton(owner))
    first, last = put_on(Path(order["motion"]), owner, order["binding"])
    export(owner, first, last, Path(order["target"]))
    check(Path(order["target"]), mark, last - first + 1)


if __name__ == "__main__":
    code = 0
    try:
        main(json.loads(sys.argv[1]))
    except (Unusable, AimocapError) as problem:
        traceback.print_exc()
        what = problem.what if isinstance(problem, AimocapError) else str(problem)
        sys.stderr.write(f"{what}\n")
        code = UNUSABLE_EXIT
    except Exception:  # noqa: BLE001 (the top of the process)
        traceback.print_exc()
        code = 1
    fbx_take.leave(code)
