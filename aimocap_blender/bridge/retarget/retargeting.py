# SPDX-License-Identifier: GPL-3.0-or-later
"""One armature's motion onto another, from Blender's data to Blender's data.

Reads the source, has `motion.solve` carry it over, writes one new action on the target. Nothing
else in the scene changes; until the action is written, nothing at all does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np

from ...motion.canonical import Body
from ...motion.mapping.pairing import BoneMap, pair
from ...motion.options import ErrorBound, RetargetOptions
from ...motion.sampling import resampled, scene_frames
from ...motion.skeleton import Motion, Skeleton
from ...motion.solve import Solution, solve
from ...motion.standing import stands
from .. import actions, armatures, fbx, object_places, robot, takes
from . import bone_maps, sources
from .controls import ControlRig, find_controls
from .overruling import overruled
from .source_motion import RetargetError, read_source, refuse_endless

__all__ = [
    "BoneMap",
    "ErrorBound",
    "RetargetError",
    "RetargetOptions",
    "RetargetOutcome",
    "retarget_armature",
    "retarget_file",
    "retarget_onto",
]


@dataclass(frozen=True)
class RetargetOutcome:
    """What a retarget made.

    action, slot     the new action, already assigned (slot None before Blender 4.4)
    first_frame, last_frame  whole scene frames that are keyed
    previous_action  name of the action the target had, "" for none
    warnings         whole sentences for the user
    """

    action: bpy.types.Action
    slot: bpy.types.ActionSlot | None
    bone_map: BoneMap
    first_frame: int
    last_frame: int
    previous_action: str
    warnings: tuple[str, ...]


def retarget_onto(  # noqa: PLR0913 - keyword arguments: what, where, when
    source: bpy.types.Object,
    target: bpy.types.Object,
    *,
    action_name: str,
    start_frame: float,
    scene_fps: float,
    source_fps: float | None = None,
    source_seconds: tuple[float, float] | None = None,
    time_scale: float = 1.0,
    bone_map: BoneMap | None = None,
    options: RetargetOptions | None = None,
    file: Path | None = None,
    clip: str = "",
) -> RetargetOutcome:
    """Retarget the active action of `source` onto `target` as one new action.

    start_frame     scene frame (may be fractional) at which the part begins; keys stand on whole
                    frames, each shows the source at its own moment
    scene_fps       frames per second of the target's scene
    source_fps      frames per second the source's keys are at; None: the same
    source_seconds  the part of the source to take, seconds since its first key; None for all
    time_scale      scene seconds per source second
    bone_map        None: found automatically
    file            the motion file the source came from; None for an armature of the scene
    clip            which of the file's motions that is, where it holds several
    Errors: AimocapError of some kind with a sentence; then nothing has changed.
    """
    options = options or RetargetOptions()
    actions.refuse_unwritable(target)
    if source == target:
        raise RetargetError("Source and target are the same armature.")
    if robot.is_preview(source) or robot.is_preview(target):
        raise RetargetError(
            "The preview of a robot motion is no character.", remedy="Choose another armature."
        )
    skeleton, target_skeleton = armatures.read_skeleton(source), armatures.read_skeleton(target)
    bone_map = bone_map or pair(
        bone_maps.of_skeleton(skeleton, object_places.world_now(source)),
        bone_maps.of_skeleton(target_skeleton, object_places.world_now(target)),
    )
    held = _standing(target, target_skeleton, options)
    rig = find_controls(target, bone_map.target, target_skeleton, held)
    ours = Body.of(rig.deform if rig else bone_map.target)
    theirs, motion = read_source(source, bone_map.source, source_fps or scene_fps)
    duration = (motion.frames - 1) / motion.fps
    seconds = _chosen_part(source_seconds, duration)
    refuse_endless(source.name, (seconds[1] - seconds[0]) * scene_fps * time_scale)
    frames, moments = scene_frames(start_frame, scene_fps, seconds, time_scale)
    bones = skeleton.ancestry(theirs.bones.values())
    sampled = resampled(motion, moments, scene_fps * time_scale, bones)
    solution = solve(theirs, sampled, ours, held, options, rig.controls if rig else None)
    written = _write(target, action_name, int(frames[0]), solution, options, rig, held)
    names = solution.channels.motion.skeleton.names
    keyed = [names[bone] for bone in solution.channels.turned]
    record = sources.SourceRecord(
        motion=str(file.absolute()) if file else "",
        armature=source.name,
        action=clip if file else source.animation_data.action.name,
        fps=motion.fps,
        first_second=seconds[0],
        last_second=seconds[1],
        start_frame=float(start_frame),
        scene_fps=float(scene_fps),
        time_scale=float(time_scale),
        feet_on=options.feet_on,
        in_place=options.in_place,
        root_on_object=options.root == "object",
        upper_body=options.upper_body,
    )
    sources.write(written.action, record, target)
    return RetargetOutcome(
        written.action,
        written.slot,
        bone_map,
        int(frames[0]),
        int(frames[-1]),
        written.previous,
        (
            *bone_map.source.warnings,
            *bone_map.target.warnings,
            *_crooked_rest(target, ours, options),
            *overruled(target, keyed),
        ),
    )


def _crooked_rest(
    target: bpy.types.Object, body: Body, options: RetargetOptions
) -> tuple[str, ...]:
    """A sentence where the target's rest pose tells no roll of its limbs."""
    if options.upper_body or stands(body):
        return ()
    sentence = (
        f'Nobody stands in the rest pose of "{target.name}": limbs point right but may be rolled. '
        "Pose it like a T and apply that as its rest pose (Pose > Apply) to have them right."
    )
    return (sentence,)


def _standing(target: bpy.types.Object, skeleton: Skeleton, options: RetargetOptions) -> Motion:
    """The pose the target holds; an object that an action carries stands where that begins."""
    held = armatures.current_pose(target, skeleton)
    if options.upper_body or not object_places.is_carried(target):
        return held
    world = held.world.copy()
    world[:3, 3] = object_places.resting_place(target)
    return replace(held, world=world)


def _write(
    target: bpy.types.Object,
    name: str,
    first_frame: int,
    solution: Solution,
    options: RetargetOptions,
    rig: ControlRig | None,
    held: Motion,
) -> actions.Written:
    """The solution as a new action on the target."""
    way = None
    if solution.object_path is not None:
        way = object_places.ObjectChannel.of(target).location(solution.object_path)
    elif object_places.is_carried(target) and not options.upper_body:
        way = object_places.ObjectChannel.of(target).location(held.world[None, :3, 3])
    return actions.write_track(
        target,
        name,
        first_frame,
        solution.channels,
        object_location=way,
        constants=rig.switches if rig else None,
        reduce=options.reduce,
        millimetre=0.001 / float(np.cbrt(abs(np.linalg.det(held.world[:3, :3])))),
    )


def retarget_file(
    context: bpy.types.Context,
    path: Path,
    target: bpy.types.Object,
    *,
    start_frame: float,
    options: RetargetOptions | None = None,
    source_name: str = "",
    clip: str = "",
) -> RetargetOutcome:
    """Retarget a motion file (FBX, BVH, glTF) onto `target`; the file leaves nothing else behind.

    source_name  the armature in the file to take, needed only where several of them move
    clip         the motion in the file to take; "" for the one the importer plays
    Errors: AimocapError of some kind with a sentence; then nothing has changed.
    """
    actions.refuse_unwritable(target)
    scene = context.scene
    with fbx.imported(context, path, clip=clip) as guests:
        source = _chosen_guest(path, guests.armatures, source_name)
        clips = takes.names(source)
        outcome = retarget_onto(
            source,
            target,
            action_name=path.stem,
            start_frame=start_frame,
            scene_fps=scene.render.fps / scene.render.fps_base,
            source_fps=guests.fps,
            options=options,
            file=path,
            clip=clips[0] if len(clips) > 1 else "",
        )
    # Importers give the file's name to the guest's action first.
    outcome.action.name = f"{path.stem} {clip}" if clip else path.stem
    if clip or len(clips) <= 1:
        return outcome
    others = f'The file has {len(clips)} motions; "{clips[0]}" was taken. Name another as Clip.'
    return replace(outcome, warnings=(*outcome.warnings, others))


def retarget_armature(
    context: bpy.types.Context,
    source: bpy.types.Object,
    target: bpy.types.Object,
    *,
    options: RetargetOptions | None = None,
) -> RetargetOutcome:
    """Retarget the motion of an armature of the scene, frame by frame where it plays."""
    span = armatures.key_range(source)
    scene = context.scene
    return retarget_onto(
        source,
        target,
        action_name=f"{target.name} {source.animation_data.action.name}" if span else target.name,
        start_frame=span[0] if span else 0.0,
        scene_fps=scene.render.fps / scene.render.fps_base,
        options=options,
    )


def _chosen_guest(path: Path, guests: tuple[bpy.types.Object, ...], name: str) -> bpy.types.Object:
    """The armature of a file whose motion is meant."""
    if name:
        named = [
            guest for guest in guests if guest.name.split(".")[0] == name.split(".", maxsplit=1)[0]
        ]
        if not named:
            raise RetargetError(f'There is no armature "{name}" in "{path.name}".')
        return named[0]
    moving = [guest for guest in guests if armatures.key_range(guest) is not None]
    if len(moving) > 1:
        names = ", ".join(f'"{guest.name}"' for guest in moving)
        raise RetargetError(
            f'"{path.name}" has {len(moving)} armatures with motion: {names}.',
            remedy="Say which one is meant (Source Armature).",
        )
    if not moving:
        raise RetargetError(
            f'Nothing is animated in "{path.name}".', remedy="Choose a file with a motion in it."
        )
    return moving[0]


def _chosen_part(part: tuple[float, float] | None, duration: float) -> tuple[float, float]:
    """The part of the source to take, inside what there is, seconds since its first key."""
    if part is None:
        return 0.0, duration
    start, end = max(part[0], 0.0), min(part[1], duration)
    if end <= start:
        raise RetargetError(
            f"The source has {duration:.2f} seconds; nothing lies between {part[0]:.2f} and "
            f"{part[1]:.2f}."
        )
    return start, end
