# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking the user to a frame: time, bone and view; and marking the frames to look at.

The view is moved only because the user clicked; its angle stays.
"""

from __future__ import annotations

import bpy
import numpy as np

from . import findings

_MARK = "AIMoCap: "


def show(context: bpy.types.Context, armature: bpy.types.Object, frame: int, bone: str) -> None:
    """Go to a frame, select the bone in question and bring it into every 3D View's middle."""
    context.scene.frame_set(frame)
    if context.mode == "OBJECT" and context.view_layer.objects.active == armature:
        bpy.ops.object.mode_set(mode="POSE")  # a selected bone is only seen there
    pose_bone = armature.pose.bones.get(bone) if bone else None
    if pose_bone is not None:
        _select(armature, pose_bone)
    place = armature.matrix_world.translation
    if pose_bone is not None:
        place = armature.matrix_world @ ((pose_bone.head + pose_bone.tail) * 0.5)
    elif armature.pose.bones:
        place = armature.matrix_world @ armature.pose.bones[0].head
    size = float(np.max(np.array(armature.dimensions))) or 1.0
    for view in _views(context):
        view.view_location = place
        view.view_distance = size * (0.8 if pose_bone is not None else 1.6)


def next_spot(found: findings.Findings, frame: int, *, forward: bool) -> findings.Spot | None:
    """The next frame to look at before or after `frame`, going round at the end."""
    spots = sorted(found.spots, key=lambda spot: spot.frame)
    if not spots:
        return None
    if forward:
        return next((spot for spot in spots if spot.frame > frame), spots[0])
    return next((spot for spot in reversed(spots) if spot.frame < frame), spots[-1])


def mark(scene: bpy.types.Scene, found: findings.Findings) -> int:
    """Put a marker at every frame to look at, in the place of earlier ones; how many."""
    unmark(scene)
    for spot in found.spots:
        scene.timeline_markers.new(_MARK + spot.why, frame=spot.frame)
    return len(found.spots)


def unmark(scene: bpy.types.Scene) -> int:
    """Remove the markers `mark` made, none of the user's; how many."""
    ours = [marker for marker in scene.timeline_markers if marker.name.startswith(_MARK)]
    for marker in ours:
        scene.timeline_markers.remove(marker)
    return len(ours)


def is_marked(scene: bpy.types.Scene) -> bool:
    """Whether our markers are there."""
    return any(marker.name.startswith(_MARK) for marker in scene.timeline_markers)


def _select(armature: bpy.types.Object, pose_bone: bpy.types.PoseBone) -> None:
    """Select one bone alone. From 5.0 on being selected is a matter of the pose."""
    for other in armature.pose.bones:
        holder = other if hasattr(other, "select") else other.bone
        holder.select = other == pose_bone
    armature.data.bones.active = pose_bone.bone


def _views(context: bpy.types.Context) -> list[bpy.types.RegionView3D]:
    screen = context.screen
    if screen is None:
        return []
    return [
        area.spaces.active.region_3d
        for area in screen.areas
        if area.type == "VIEW_3D" and area.spaces.active.region_3d is not None
    ]
