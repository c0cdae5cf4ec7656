# SPDX-License-Identifier: GPL-3.0-or-later
"""Ours against Blender's own way: Copy Rotation constraints and `nla.bake`, in the same run.

Ours is the whole step: read, map, solve with the feet on, write. CPU seconds of this process; the
median of five for ours, one run for the bake, which takes minutes.

The bake is what Blender's dialog does with every bone selected, its channel types as they come;
visual keying is switched on, since without it (as it comes) the constraints are not baked at all.
One Copy Rotation stands on every mapped bone, no mesh hangs on either rig: a skinned character in
the scene would be deformed at every frame and only make the bake slower. Its time is linear in the
frames until bones carry custom properties, which it keys one by one, in the square of the frames.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import bpy
import numpy as np

from aimocap_blender.bridge import actions, armatures, compat, object_places
from aimocap_blender.bridge.retarget import bone_maps, retargeting, source_motion
from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.options import RetargetOptions
from aimocap_blender.motion.skeleton import Motion, empty_track
from aimocap_blender.motion.solve import solve
from scripts.bench.spot_checks import performances
from scripts.bench.spot_checks.rigs import Actor, actors

from .puppets import act, puppet

SOURCE, TARGET = "mixamo", "ue4_mannequin"
FPS = 30.0
REPEATS = 5
MAYA_PROPERTY = "lockInfluenceWeights"
"""What Maya gives every joint of a skinned character; FBX files from there, Mixamo's among them,
bring it into Blender as a custom property of every bone."""
BAKES = ("defaults", "best settings", "FBX rig, defaults")
"""Ways to bake: the bare target with the defaults and with the best settings, then the target as
it comes from an FBX file, with one custom property a bone, which the defaults key too."""


@dataclass(frozen=True)
class Speed:
    """Figures of one length of motion.

    bakes   CPU seconds of constraints and `nla.bake` by the way it was done (`BAKES`)
    stages  CPU seconds of its parts: read, map, solve, write
    memory  peak of what Python and numpy allocate on top of Blender's data, bytes
    """

    frames: int
    source_bones: int
    target_bones: int
    ours: float
    stages: dict[str, float]
    bakes: dict[str, float]
    memory: int


def measure(frames: int, *, baked: bool = True) -> Speed:
    """Time one length of motion from a fresh file."""
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.scene.render.fps = round(FPS)
    source_actor, target_actor = actors()[SOURCE], actors()[TARGET]
    source = puppet("Source", source_actor.body.skeleton, source_actor.world)
    target = puppet("Target", target_actor.body.skeleton, target_actor.world)
    act(source, long_walk(source_actor, frames), like_importers=True)
    ours = float(np.median([_cpu(lambda: _retarget(source, target)) for _ in range(REPEATS)]))
    stages = _stages(source, target)
    memory = _peak(lambda: _retarget(source, target))
    bakes = _bakes(source, target, frames) if baked else {}
    return Speed(
        frames, len(source.pose.bones), len(target.pose.bones), ours, stages, bakes, memory
    )


def _bakes(source: bpy.types.Object, target: bpy.types.Object, frames: int) -> dict[str, float]:
    """Every way of `BAKES` once, one after the other on the same target."""
    _constrain(source, target)
    seconds = {}
    for way in BAKES:
        if "FBX" in way:
            for bone in target.pose.bones:
                bone[MAYA_PROPERTY] = False
        seconds[way] = _cpu(partial(_bake, target, frames, best="best" in way))
    return seconds


def long_walk(actor: Actor, frames: int) -> Motion:
    """A walk on the rig, there and back until it is long enough: steady hips, no jump."""
    walk = performances.on(actor.body, actor.world, performances.curved_walk())
    rows = np.arange(frames) % (2 * walk.frames - 2)
    rows = np.minimum(rows, 2 * walk.frames - 2 - rows)
    count = len(walk.skeleton.names)
    rotations, locations = empty_track(frames, count, 4), empty_track(frames, count, 3)
    rotations[...], locations[...] = walk.rotations[rows], walk.locations[rows]
    return Motion(walk.skeleton, FPS, rotations, locations, walk.world)


def _retarget(source: bpy.types.Object, target: bpy.types.Object) -> None:
    outcome = retargeting.retarget_onto(
        source, target, action_name="bench", start_frame=1.0, scene_fps=FPS
    )
    compat.assign_action(target, None, None)
    bpy.data.actions.remove(outcome.action)


def _stages(source: bpy.types.Object, target: bpy.types.Object) -> dict[str, float]:
    """CPU seconds of the steps of `retarget_onto`, each the median of `REPEATS`."""
    found: dict[str, list[float]] = {stage: [] for stage in ("read", "map", "solve", "write")}
    for _ in range(REPEATS):
        marks = [time.process_time()]
        skeletons = [armatures.read_skeleton(item) for item in (source, target)]
        labels = [
            bone_maps.of_skeleton(skeleton, object_places.world_now(item))
            for skeleton, item in zip(skeletons, (source, target), strict=True)
        ]
        bodies = [Body.of(one) for one in labels]
        held = armatures.current_pose(target, skeletons[1])
        marks.append(time.process_time())
        _, motion = source_motion.read_source(source, labels[0], FPS)
        marks.append(time.process_time())
        solution = solve(bodies[0], motion, bodies[1], held, RetargetOptions())
        marks.append(time.process_time())
        written = actions.write_track(target, "stages", 1, solution.channels)
        marks.append(time.process_time())
        compat.assign_action(target, None, None)
        bpy.data.actions.remove(written.action)
        for stage, seconds in zip(("map", "read", "solve", "write"), np.diff(marks), strict=True):
            found[stage].append(float(seconds))
    return {stage: float(np.median(seconds)) for stage, seconds in found.items()}


def _constrain(source: bpy.types.Object, target: bpy.types.Object) -> None:
    """What people do by hand: one Copy Rotation a bone, one Copy Location on the hips."""
    outcome = retargeting.retarget_onto(
        source, target, action_name="map", start_frame=1.0, scene_fps=FPS
    )
    compat.assign_action(target, None, None)
    bpy.data.actions.remove(outcome.action)
    for number, pair in enumerate(outcome.bone_map.pairs):
        bone = target.pose.bones[pair.target]
        copy = bone.constraints.new("COPY_ROTATION")
        copy.target, copy.subtarget = source, pair.source
        if number == 0:
            place = bone.constraints.new("COPY_LOCATION")
            place.target, place.subtarget = source, pair.source


def _bake(target: bpy.types.Object, frames: int, *, best: bool) -> None:
    for item in bpy.context.view_layer.objects:
        item.select_set(item == target)
    bpy.context.view_layer.objects.active = target
    bpy.ops.object.mode_set(mode="POSE")
    for bone in target.pose.bones:
        _select(bone, bool(bone.constraints))
    choices: dict[str, Any] = {}
    if best:
        choices = {"channel_types": {"LOCATION", "ROTATION"}, "only_selected": True}
    bpy.ops.nla.bake(
        frame_start=1, frame_end=frames, visual_keying=True, bake_types={"POSE"},
        **{"only_selected": False, **choices},
    )  # fmt: skip
    bpy.ops.object.mode_set(mode="OBJECT")
    action = target.animation_data.action if target.animation_data is not None else None
    assert action is not None
    compat.assign_action(target, None, None)
    bpy.data.actions.remove(action)


def _select(bone: bpy.types.PoseBone, chosen: bool) -> None:
    """Select a bone in pose mode: 5.0 moved the flag to the pose bone."""
    owner: Any = bone if hasattr(bone, "select") else bone.bone
    owner.select = chosen


def _cpu(step: Callable[[], None]) -> float:
    began = time.process_time()
    step()
    return time.process_time() - began


def _peak(step: Callable[[], None]) -> int:
    tracemalloc.start()
    step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
