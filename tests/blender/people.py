# SPDX-License-Identifier: GPL-3.0-or-later
"""People to retarget between: Rigify's human, and one who lifts an arm evenly, as an FBX file."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import addon_utils
import bpy

from scripts.common import locks
from scripts.common.console import hushed

from .window import the_window

if TYPE_CHECKING:
    from aimocap_blender.jobs.job import Job

DEGREES_PER_SECOND = 30.0
"""How fast the arm of `lifting_arm_fbx` rises."""
ARM = "upper_arm.L"


def metarig(name: str = "Rig") -> bpy.types.Object:
    """Rigify's human metarig in the current scene, selected and active."""
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    rig = bpy.context.object
    rig.name = name
    return rig


def generated_rig() -> bpy.types.Object:
    """The human that Rigify generates, active; generated once a test run, which takes seconds."""
    folder = Path(os.environ.get("AIMOCAP_TEST_SHARED") or bpy.app.tempdir)
    path = folder / f"generated-{bpy.app.version_string}.blend"
    with locks.held(path.with_suffix(".lock")):
        if not path.is_file():
            return _generate(path)
    with bpy.data.libraries.load(str(path)) as (there, here):
        here.objects = [name for name in there.objects if name.startswith("RIG-")]
    rig = here.objects[0]
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    return rig


def _generate(path: Path) -> bpy.types.Object:
    metarig("Meta")
    with hushed():
        bpy.ops.pose.rigify_generate()
    rig = bpy.context.object
    bpy.data.libraries.write(str(path), {rig}, fake_user=True)
    return rig


def lifting_arm_fbx(
    path: Path, *, seconds: float = 2.0, fps: int = 30, arms: float = 1.0, arm: str = ARM
) -> Path:
    """An FBX of a metarig whose left upper arm turns by DEGREES_PER_SECOND, made and removed.

    `arm` is the bone that turns.

    `arms` makes its upper arms longer or shorter: another skeleton of the same bones.
    """
    shown = the_window().scene
    before = {block.session_uid for block in _blocks()}
    scene = bpy.data.scenes.new("person maker")
    the_window().scene = scene
    scene.render.fps = fps
    rig = metarig("Source")
    _stretch_upper_arms(rig, arms)
    bone = rig.pose.bones[arm]
    bone.rotation_mode = "XYZ"
    last = round(seconds * fps)
    for frame in (0, last):
        bone.rotation_euler = (math.radians(DEGREES_PER_SECOND * frame / fps), 0.0, 0.0)
        bone.keyframe_insert("rotation_euler", frame=frame)
    for curve in _curves(rig.animation_data.action):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    scene.frame_start, scene.frame_end = 0, last
    with hushed():
        bpy.ops.export_scene.fbx(
            filepath=str(path), object_types={"ARMATURE"}, bake_anim=True,
            bake_anim_use_all_actions=False, bake_anim_use_nla_strips=False,
            bake_anim_simplify_factor=0.0, add_leaf_bones=False,
        )  # fmt: skip
    the_window().scene = shown
    bpy.data.batch_remove([block for block in _blocks() if block.session_uid not in before])
    return path


def character_fbx(path: Path, *, arms: float = 1.0) -> Path:
    """An FBX of a metarig at rest: a character as it is uploaded. `arms` as above."""
    shown = the_window().scene
    before = {block.session_uid for block in _blocks()}
    the_window().scene = bpy.data.scenes.new("character maker")
    rig = metarig("Character")
    _stretch_upper_arms(rig, arms)
    with hushed():
        bpy.ops.export_scene.fbx(
            filepath=str(path), object_types={"ARMATURE"}, bake_anim=False, add_leaf_bones=False
        )
    the_window().scene = shown
    bpy.data.batch_remove([block for block in _blocks() if block.session_uid not in before])
    return path


def job_for(
    fbx: Path,
    armature: str,
    *,
    first_frame: float = 40.0,
    time_scale: float = 1.0,
    seconds: float = 2.0,
) -> Job:
    """A finished job whose motion is `fbx`, meant for the armature with that name."""
    # Imported when needed: the package tests use the people, but the installed extension.
    from aimocap_blender.jobs.job import (
        Artifact,
        CaptureRequest,
        Job,
        JobState,
        Placement,
        ServiceRef,
    )

    content = fbx.read_bytes()
    request = CaptureRequest(
        title="walk_take3.mp4",
        service=ServiceRef("local", "http://127.0.0.1:8642"),
        clip_path=fbx.with_name("walk_take3.mp4"),
        clip_name="walk_take3.mp4",
        source_duration_seconds=10.0,
        trim_start_seconds=1.5,
        trim_end_seconds=1.5 + seconds,
        export_fps=30,
        mocap_type="full_body",
        target_id="avatar:k7",
        target_name="Knight",
        target_version="3",
        placement=Placement("Scene", "walk_take3.mp4", armature, first_frame, time_scale),
    )
    motion = Artifact(
        kind="fbx",
        path=fbx,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        url_without_query="https://files.example/a/walk.fbx",
    )
    return Job(
        "local-1", request, JobState.READY, 0.0, 0.0, remote_id="mocap_8f3c",
        remote_status="completed", clip_sha256="c" * 64, artifacts=(motion,),
    )  # fmt: skip


def with_motion(job: Job, **changes: object) -> Job:
    """The job with a changed motion artifact."""
    return replace(job, artifacts=(replace(job.artifacts[0], **changes),))


def arm_degrees(rig: bpy.types.Object, frame: int, since: int) -> float:
    """How far the arm has turned in the world from one frame to another, in degrees."""
    directions = []
    scene = bpy.context.scene
    now = scene.frame_current
    for at in (since, frame):
        scene.frame_set(at)
        pose = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose
        directions.append((pose.bones[ARM].tail - pose.bones[ARM].head).normalized())
    scene.frame_set(now)
    return math.degrees(directions[0].angle(directions[1]))


def _stretch_upper_arms(rig: bpy.types.Object, factor: float) -> None:
    bpy.ops.object.mode_set(mode="EDIT")
    for name in (ARM, ARM.replace(".L", ".R")):
        bone = rig.data.edit_bones[name]
        bone.tail = bone.head + (bone.tail - bone.head) * factor
    bpy.ops.object.mode_set(mode="OBJECT")


def _blocks() -> list[bpy.types.ID]:
    kinds = [p.identifier for p in bpy.data.bl_rna.properties if p.type == "COLLECTION"]
    return [block for kind in kinds if kind != "all_ids" for block in getattr(bpy.data, kind)]


def _curves(action: bpy.types.Action) -> list[bpy.types.FCurve]:
    if bpy.app.version < (4, 4, 0):
        return list(action.fcurves)
    bags = [b for layer in action.layers for strip in layer.strips for b in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]
