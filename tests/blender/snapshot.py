# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of everything in the .blend that a user could miss, to compare before with after."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

Snapshot = dict[str, object]


def take() -> Snapshot:
    """Every data-block by kind and name, every scene's settings, every object's state, the window.

    Keys are paths that read well in a failing test; values compare by equality.
    """
    seen: Snapshot = {}
    for prop in bpy.data.bl_rna.properties:
        if prop.type == "COLLECTION" and prop.identifier != "all_ids":
            blocks = getattr(bpy.data, prop.identifier)
            seen[f"data/{prop.identifier}"] = sorted(
                (block.name_full, block.session_uid) for block in blocks
            )
    for scene in bpy.data.scenes:
        seen.update(_scene(scene))
    for thing in bpy.data.objects:
        seen.update(_object(thing))
    for action in bpy.data.actions:
        seen[f"action/{action.name}"] = _curves(action)
    for window in bpy.context.window_manager.windows:
        seen["window/scene"] = window.scene.name
        seen["window/view_layer"] = window.view_layer.name
        seen["window/workspace"] = window.workspace.name
        seen["window/areas"] = [area.ui_type for area in window.screen.areas]
        sequencer = getattr(window.workspace, "sequencer_scene", None)
        seen["window/sequencer scene"] = sequencer.name if sequencer else None
    active = bpy.context.view_layer.objects.active
    seen["context"] = (bpy.context.mode, active.name if active else None, bpy.context.scene.name)
    return seen


def differences(before: Snapshot, after: Snapshot) -> dict[str, tuple[object, object]]:
    """What is not the same: path -> (before, after); a missing side is None."""
    paths = sorted({*before, *after})
    return {
        path: (before.get(path), after.get(path))
        for path in paths
        if before.get(path) != after.get(path)
    }


def _scene(scene: bpy.types.Scene) -> Iterator[tuple[str, object]]:
    name = f"scene/{scene.name}"
    render = scene.render
    yield f"{name}/rate", (render.fps, render.fps_base)
    yield (
        f"{name}/range",
        (
            scene.frame_start,
            scene.frame_end,
            scene.frame_preview_start,
            scene.frame_preview_end,
            scene.use_preview_range,
        ),
    )
    yield f"{name}/frame", (scene.frame_current, scene.frame_subframe)
    yield (
        f"{name}/settings",
        (
            scene.world,
            scene.camera,
            tuple(scene.cursor.location),
            scene.unit_settings.system,
            scene.unit_settings.scale_length,
        ),
    )
    yield f"{name}/properties", _own(scene)
    yield f"{name}/markers", [(m.name, m.frame) for m in scene.timeline_markers]
    yield f"{name}/collections", sorted(c.name for c in scene.collection.children_recursive)
    yield f"{name}/objects", sorted(o.name for o in scene.objects)
    for layer in scene.view_layers:
        active = layer.objects.active
        yield f"{name}/{layer.name}/active", active.name if active else None
        yield (
            f"{name}/{layer.name}/selected",
            sorted(o.name for o in layer.objects if o.select_get(view_layer=layer)),
        )
        yield f"{name}/{layer.name}/collection", layer.active_layer_collection.name
    editor = scene.sequence_editor
    if editor:
        strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
        yield f"{name}/strips", sorted((s.name, s.channel, s.select, s.mute) for s in strips)
        yield f"{name}/active strip", editor.active_strip.name if editor.active_strip else None


def _object(thing: bpy.types.Object) -> Iterator[tuple[str, object]]:
    name = f"object/{thing.name}"
    yield f"{name}/transform", [tuple(row) for row in thing.matrix_basis]
    yield f"{name}/parent", (thing.parent, thing.parent_type, thing.parent_bone)
    yield f"{name}/mode", (thing.mode, thing.rotation_mode, thing.hide_viewport, thing.hide_render)
    yield f"{name}/modifiers", [(m.name, m.type) for m in thing.modifiers]
    yield f"{name}/constraints", [(c.name, c.type, c.mute) for c in thing.constraints]
    yield f"{name}/properties", _own(thing)
    data = thing.animation_data
    yield f"{name}/action", data.action.name if data and data.action else None
    yield f"{name}/tracks", [(t.name, t.mute) for t in data.nla_tracks] if data else []
    if thing.pose:
        for bone in thing.pose.bones:
            yield (
                f"{name}/bone/{bone.name}",
                (
                    bone.rotation_mode,
                    [(c.name, c.type, c.mute) for c in bone.constraints],
                    bone.custom_shape,
                    _own(bone),
                    tuple(bone.scale),
                ),
            )
        yield (
            f"{name}/rest",
            [(b.name, [tuple(r) for r in b.matrix_local]) for b in thing.data.bones],
        )


def _own(block: bpy.types.bpy_struct) -> dict[str, object]:
    """The custom properties, as plain values where they have one."""
    return {
        key: getattr(value, "to_list", lambda value=value: value)()
        for key, value in block.items()
        if isinstance(value, int | float | str) or hasattr(value, "to_list")
    }


def _curves(action: bpy.types.Action) -> list[tuple[object, ...]]:
    if hasattr(action, "fcurves") and bpy.app.version < (4, 4, 0):
        curves = list(action.fcurves)
    else:
        curves = [
            curve
            for layer in action.layers
            for strip in layer.strips
            for bag in strip.channelbags
            for curve in bag.fcurves
        ]
    return [
        (curve.data_path, curve.array_index, [tuple(k.co) for k in curve.keyframe_points])
        for curve in curves
    ]
