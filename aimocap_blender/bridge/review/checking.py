# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a retargeted action: its source is found again, both are read, the checks are run.

Works on any action our retarget made, from a job or from a file, without service and network.
Nothing in the scene changes but the findings on the action.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import bpy
import numpy as np

from ...errors import AimocapError
from ...jobs.job import Job
from ...motion.canonical import Body
from ...motion.checks import run
from ...motion.checks.check import CheckReport
from ...motion.checks.moments import Moment, moments
from ...motion.checks.take import Comparison
from ...motion.rotations import FloatArray
from ...motion.sampling import resampled, scene_frames
from ...motion.skeleton import Motion
from .. import armatures, compat, fbx, object_places, provenance
from ..retarget import bone_maps, source_motion, sources
from ..retarget.controls import find_controls
from . import findings, origins, placing, reading


class CheckError(AimocapError):
    """A motion can't be checked as things are; nothing has changed."""


@dataclass(frozen=True, eq=False)
class Checked:
    """One checked action, valid while its armature and action stay as they are.

    job     the job it came from, None for another motion or one of a job that is not known here
    frames  (frames,) whole scene frames of the samples
    """

    armature_name: str
    action_name: str
    record: sources.SourceRecord
    pair: Comparison
    report: CheckReport
    moments: tuple[Moment, ...]
    findings: findings.Findings
    frames: FloatArray
    job: Job | None = None


def obstacle(armature: bpy.types.Object | None) -> str | None:
    """One line about why nothing can be checked now; None when it can."""
    if armature is None or armature.type != "ARMATURE":
        return "Make the armature with the motion the active object"
    data = armature.animation_data
    action = data.action if data is not None else None
    if action is None:
        return "The armature has no action"
    if sources.read(action) is None:
        return "The action was not made by a retarget of AIMoCap"
    return None


def check_action(
    armature: bpy.types.Object,
    action: bpy.types.Action | None = None,
    *,
    file: Path | None = None,
    jobs: Iterable[Job] = (),
) -> Checked:
    """Check an action of an armature (the active one by default) and keep what was found on it.

    file  where the source's motion file is now, if it was moved
    jobs  the user's jobs: one of them may have made the motion, and hold its files
    Errors: CheckError, OriginError, MotionFileError and others; then nothing has changed.
    """
    return run.exhausted(steps(armature, action, file=file, jobs=jobs, at_once=None))


def steps(
    armature: bpy.types.Object,
    action: bpy.types.Action | None = None,
    *,
    file: Path | None = None,
    jobs: Iterable[Job] = (),
    at_once: int | None = reading.FRAMES_AT_ONCE,
) -> Generator[None, None, Checked]:
    """The same in small steps, for a window that must not stand still; `Checked` is returned.

    at_once  frames of a rig with controls that are evaluated in one step, None for all
    A motion file that was not read before is imported at one go: Blender's importers know no steps.
    """
    action = action or (armature.animation_data.action if armature.animation_data else None)
    record = sources.read(action) if action is not None else None
    if action is None or record is None:
        raise CheckError(
            f'The motion of "{armature.name}" was not made by a retarget of AIMoCap.',
            remedy="Choose an armature with such a motion.",
        )
    checked = yield from _compared(armature, action, record, file, tuple(jobs), at_once)
    findings.write(action, checked.findings)
    return checked


def _compared(
    armature: bpy.types.Object,
    action: bpy.types.Action,
    record: sources.SourceRecord,
    file: Path | None,
    jobs: tuple[Job, ...],
    at_once: int | None,
) -> Generator[None, None, Checked]:
    if record.motion and file is None:
        file = origins.motion_file(record, action, jobs)
    span = armatures.key_range(armature, action)
    if span is None:
        raise CheckError(f'"{action.name}" has no keys.')
    job = origins.job_of(action, jobs)
    placed = placing.placed(action, record, span[0], job)
    record = placed.record
    source, frames = _read_source(record, file)
    yield
    target, by_controls = yield from _read_target(armature, action, frames, source[1].fps, at_once)
    yield
    pair = run.compare(
        source,
        target,
        first=int(frames[0]),
        keyed=(span[0] - frames[0], span[1] - frames[0]),
        in_place=record.in_place,
        upper_body=record.upper_body,
        shares_twist=by_controls,
    )
    pair = replace(pair, strip=placed.move)
    yield
    report = yield from run.one_by_one(pair, _same_skeleton(action))
    chosen = moments(pair, report)
    yield
    found = findings.of_report(report, chosen, datetime.now(UTC).isoformat(timespec="seconds"))
    return Checked(armature.name, action.name, record, pair, report, chosen, found, frames, job)


def _same_skeleton(action: bpy.types.Action) -> bool | None:
    made = provenance.read(action)
    return {"accepted": True, "changed": False}.get(made.skeleton) if made is not None else None


def _read_target(
    armature: bpy.types.Object,
    action: bpy.types.Action,
    frames: FloatArray,
    fps: float,
    at_once: int | None,
) -> Generator[None, None, tuple[tuple[Body, Motion], bool]]:
    """The armature's body and its motion, and whether controls animate it.

    Then the body is that of its deform bones, in each limb the first of several.
    """
    skeleton = armatures.read_skeleton(armature)
    labelling = bone_maps.of_skeleton(skeleton, object_places.world_now(armature))
    yield
    held = armatures.current_pose(armature, skeleton)
    yield
    rig = find_controls(armature, labelling, skeleton, held)
    body = Body.of(rig.deform if rig else labelling)
    names = [skeleton.names[bone] for bone in body.bones.values()]
    yield
    motion = yield from reading.motion_in_steps(
        armature,
        frames,
        at_once=at_once if rig else None,
        fps=fps,
        action=action,
        slot=compat.slot_for(action, armature),
        bones=names,
        skeleton=skeleton,
    )
    return (body, motion), rig is not None


@dataclass(frozen=True, eq=False)
class _Source:
    """A source as it was read: its body, its whole motion, and the object's place (4, 4)."""

    body: Body
    motion: Motion
    world: FloatArray


def _read_source(
    record: sources.SourceRecord, file: Path | None
) -> tuple[tuple[Body, Motion], FloatArray]:
    """The source as it was retargeted, sampled at the scene frames it belongs to.

    From its file, without one from the armature of the scene.
    """
    if file is not None:
        read = _of_file(file, record)
    else:
        read = _of_armature(origins.scene_armature(record), record.fps)
    seconds = record.first_second, record.last_second
    frames, at = scene_frames(record.start_frame, record.scene_fps, seconds, record.time_scale)
    bones = read.motion.skeleton.ancestry(read.body.bones.values())
    sampled = resampled(read.motion, at, record.scene_fps * record.time_scale, bones)
    return (read.body, sampled), np.asarray(frames)


def _of_file(path: Path, record: sources.SourceRecord) -> _Source:
    """What a motion file holds; imported anew when the file or the bone map has changed."""
    try:
        status = path.stat()
    except OSError as error:
        raise CheckError(f'The motion file "{path.name}" can\'t be read.') from error
    key = path, record.armature, record.action, record.fps, status.st_mtime_ns, status.st_size
    read = _imported(*key)
    now = Body.of(bone_maps.of_skeleton(read.motion.skeleton, read.world))
    if dict(now.bones) != dict(read.body.bones):
        _imported.cache_clear()
        read = _imported(*key)
    return read


@lru_cache(maxsize=2)
def _imported(
    path: Path, armature: str, clip: str, fps: float, _modified_ns: int, _size: int
) -> _Source:
    """One content of a file: to check again and to draw, it need not be imported again."""
    with fbx.imported(bpy.context, path, clip=clip) as guests:
        wanted = armature.split(".", maxsplit=1)[0]
        named = [a for a in guests.armatures if a.name.split(".")[0] == wanted]
        return _of_armature(named[0] if named else guests.armatures[0], fps)


def _of_armature(source: bpy.types.Object, fps: float) -> _Source:
    skeleton, world = armatures.read_skeleton(source), object_places.world_now(source)
    labelling = bone_maps.of_skeleton(skeleton, world)
    return _Source(*source_motion.read_source(source, labelling, fps), world)
