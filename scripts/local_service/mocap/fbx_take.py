# SPDX-License-Identifier: GPL-3.0-or-later
"""Inside a bpy process: one armature and its action as an FBX file, and the way out of bpy.

The only place that knows how Blender's exporter has to be called. Runs on bpy 4.5 and later.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import bpy

REST_FRAMES = 1
"""Frames before the motion that hold the rest pose."""


def export_take(owner: Any, first: int, last: int, path: Path) -> None:
    """The armature object and its action's frames `first` to `last`, one take, nothing simplified.

    Without a mesh the file has no bind pose: readers take the pose of the moment of export for the
    rest pose. So the action has to hold the rest pose `REST_FRAMES` before `first`.
    """
    context: Any = bpy.context  # the stubs call every pointer optional
    scene = context.scene
    scene.frame_start, scene.frame_end = first, last
    scene.frame_set(first - REST_FRAMES)
    bpy.ops.object.select_all(action="DESELECT")
    owner.select_set(True)
    context.view_layer.objects.active = owner
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        use_selection=True,
        object_types={"ARMATURE"},
        add_leaf_bones=False,
        armature_nodetype="NULL",
        bake_anim=True,
        bake_anim_use_all_bones=True,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_force_startend_keying=True,
        bake_anim_step=1.0,
        bake_anim_simplify_factor=0.0,
    )


def leave(code: int) -> NoReturn:
    """End the process at once: bpy 4.5 can hang and 4.2 crash while the interpreter shuts down."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
