# SPDX-License-Identifier: GPL-3.0-or-later
"""The character that receives the motion: a Rigify human, or one from a file."""

from __future__ import annotations

from pathlib import Path

import bpy

from scripts.common.console import ScriptError, hushed


def add(path: Path | None) -> bpy.types.Object:
    """The armature object, in the scene, not animated. Errors: ScriptError when there is none."""
    with hushed():
        armature = _rigify_human() if path is None else _from_file(path)
    if armature.animation_data is not None:
        armature.animation_data.action = None
    bpy.context.view_layer.objects.active = armature
    return armature


def _rigify_human() -> bpy.types.Object:
    """The generated Rigify human: the rig people animate with."""
    import addon_utils

    if addon_utils.enable("rigify", default_set=True) is None:
        raise ScriptError("This Blender has no Rigify.")
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    generated = bpy.context.object
    bpy.data.objects.remove(metarig)
    return generated


def _from_file(path: Path) -> bpy.types.Object:
    before = set(bpy.data.objects)
    match path.suffix.lower():
        case ".blend":
            _append(path)
        case ".fbx":
            _import_fbx(path)
        case ".bvh":
            bpy.ops.import_anim.bvh(filepath=str(path))
        case _:
            bpy.ops.import_scene.gltf(filepath=str(path))
    brought = [thing for thing in bpy.data.objects if thing not in before]
    armatures = [thing for thing in brought if thing.type == "ARMATURE"]
    if not armatures:
        raise ScriptError(f"There is no armature in {path.name}.")
    return max(armatures, key=lambda armature: len(armature.data.bones))


def _append(path: Path) -> None:
    with bpy.data.libraries.load(str(path)) as (there, here):
        here.objects = there.objects
    for thing in here.objects:
        if thing is not None:
            bpy.context.scene.collection.objects.link(thing)


def _import_fbx(path: Path) -> None:
    """With the C++ importer where there is one (4.5 and later), else with the Python one."""
    try:
        bpy.ops.wm.fbx_import.get_rna_type()
    except KeyError:
        import addon_utils

        addon_utils.enable("io_scene_fbx", default_set=True)
        bpy.ops.import_scene.fbx(filepath=str(path))
    else:
        bpy.ops.wm.fbx_import(filepath=str(path))
