# SPDX-License-Identifier: GPL-3.0-or-later
"""A robot motion as an animated stick armature: a preview, never put on a character."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ..clips.files import sha256_of
from ..errors import AimocapError
from ..jobs.job import Job
from ..motion import g1, robot
from ..motion.sampling import resampled, scene_frames
from ..motion.skeleton import Skeleton
from . import actions, windows

MARK = "aimocap_robot_preview"
_SENTENCE = "Preview of a robot motion: no character, not retargeted"


@dataclass(frozen=True)
class Shown:
    """The armature that was made, its frames, and whole sentences for the user."""

    armature_name: str
    first_frame: int
    last_frame: int
    warnings: tuple[str, ...]


def is_preview(item: bpy.types.Object | None) -> bool:
    """Whether that armature is the preview of a robot motion."""
    return item is not None and item.get(MARK) is not None


def show(context: bpy.types.Context, job: Job) -> Shown:
    """Make a stick armature of the job's robot motion, playing where the clip plays.

    Errors: RobotMotionError, and AimocapError when the job has none; then nothing was made.
    """
    found = job.artifact("motion_json")
    if found is None or not found.path.is_file():
        raise AimocapError("The job has no robot motion.", remedy="Fetch the result again.")
    if found.sha256 and sha256_of(found.path) != found.sha256:
        raise AimocapError(
            f'The file "{found.path.name}" is not the one that was fetched.',
            remedy="Fetch the result again.",
        )
    motion = robot.parse(found.path.read_bytes())
    placement = job.request.placement
    scene: Any = bpy.data.scenes.get(placement.scene_name) or context.scene
    owner = build(scene, g1.skeleton(labelled=motion.is_labelled), f"G1 {job.request.title}")
    fps = scene.render.fps / scene.render.fps_base
    seconds = (0.0, (motion.frames - 1) / motion.fps)
    frames, moments = scene_frames(placement.first_frame, fps, seconds, placement.time_scale)
    track = robot.channels(motion)
    sampled = resampled(track.motion, moments, fps * placement.time_scale)
    written = actions.write_track(owner, owner.name, int(frames[0]), replace(track, motion=sampled))
    for block in (owner, written.action):
        block[MARK] = _SENTENCE
        block["aimocap_job_id"] = job.remote_id or job.local_id
        block["aimocap_target"] = job.request.target_id
        block["aimocap_artifact_sha256"] = found.sha256
    return Shown(owner.name, int(frames[0]), int(frames[-1]), motion.warnings)


def build(scene: bpy.types.Scene, skeleton: Skeleton, name: str) -> bpy.types.Object:
    """The skeleton as a stick armature with its joints' names shown, in the scene."""
    data = bpy.data.armatures.new(name)
    owner = bpy.data.objects.new(f"{name} (robot preview)", data)
    scene.collection.objects.link(owner)
    with _edited(scene, owner):
        for bone, joint in enumerate(skeleton.names):
            made = data.edit_bones.new(joint)
            made.head, made.tail = (0.0, 0.0, 0.0), (0.0, float(skeleton.lengths[bone]), 0.0)
            made.matrix = Matrix(np.asarray(skeleton.rest[bone]).tolist())
            parent = int(skeleton.parents[bone])
            if parent >= 0:
                made.parent = data.edit_bones[skeleton.names[parent]]
    data.display_type = "STICK"
    data.show_names = True
    owner.show_in_front = True
    for pose_bone in owner.pose.bones:
        pose_bone.rotation_mode = "QUATERNION"
    return owner


@contextmanager
def _edited(scene: bpy.types.Scene, owner: bpy.types.Object) -> Iterator[None]:
    """Edit Mode for a moment; mode, selection and active object are as before afterwards."""
    if bpy.context.mode != "OBJECT":
        raise AimocapError(
            "A robot motion is shown from Object Mode only.", remedy="Leave the mode first."
        )
    with windows.showing(bpy.context, scene) as layer:
        active, layer.objects.active = layer.objects.active, owner
        bpy.ops.object.mode_set(mode="EDIT")
        try:
            yield
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
            layer.objects.active = active
