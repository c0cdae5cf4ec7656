# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar's motion held against Default's of the same clip: do the same limbs point alike?

Both files are read as they were delivered, so neither the armature of the scene nor a retarget has
a part in it; the checks compare parts of the body, whatever the two rigs call them.
"""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ...errors import AimocapError
from ...jobs.diagnosis import Compared
from ...jobs.job import Job
from ...motion.canonical import Body
from ...motion.checks.check import Check, CheckReport, Measure, Verdict
from ...motion.checks.run import check, compare
from ...motion.sampling import resampled
from ...motion.skeleton import Motion
from .. import armatures, fbx, object_places
from ..retarget import bone_maps, source_motion
from ..review import findings

_TELLING = (Measure.SIDE_SWAP, Measure.LIMB_DIRECTION)
"""What a wrong binding shows in. Legs, feet and the way through the room follow the avatar's own
proportions and are the service's business."""


def can_compare(job: Job, default: Job | None) -> bool:
    """Whether both have delivered a motion that is on disk."""
    return default is not None and all(
        (motion := one.artifact("fbx")) is not None and motion.path.is_file()
        for one in (job, default)
    )


def compared(context: bpy.types.Context, job: Job, default: Job) -> Compared:
    """How the avatar's motion compares to Default's. Imports both files for a moment.

    Files that can't be compared differ in nothing that was measured; the sentence says why.
    """
    try:
        report = _measured(context, job, default)
    except AimocapError as error:
        return Compared(
            default.local_id, False, f"It could not be held against Default's: {error.what}"
        )
    told = [report.check(measure) for measure in _TELLING]
    failed = [one for one in told if one.verdict is Verdict.FAIL]
    words = "; ".join(map(_words, failed or told))
    return Compared(default.local_id, bool(failed), f"Held against Default's motion: {words}.")


def _measured(context: bpy.types.Context, job: Job, default: Job) -> CheckReport:
    motions = [_read(context, _file_of(one)) for one in (default, job)]
    fps = float(job.request.export_fps)
    seconds = min((motion.frames - 1) / motion.fps for _, motion in motions)
    moments = np.arange(int(np.floor(seconds * fps + 1e-4)) + 1) / fps
    theirs, ours = (
        (body, resampled(motion, moments, fps, motion.skeleton.ancestry(body.bones.values())))
        for body, motion in motions
    )
    pair = compare(theirs, ours, upper_body=job.request.mocap_type == "upper_body")
    return check(pair)


def _file_of(job: Job) -> Path:
    motion = job.artifact("fbx")
    if motion is None:
        raise AimocapError(f"The job of {job.request.target_name} has no motion.")
    return motion.path


def _read(context: bpy.types.Context, path: Path) -> tuple[Body, Motion]:
    with fbx.imported(context, path) as guests:
        source = guests.armatures[0]
        skeleton, world = armatures.read_skeleton(source), object_places.world_now(source)
        labelling = bone_maps.of_skeleton(skeleton, world)
        return source_motion.read_source(source, labelling, guests.fps)


def _words(one: Check) -> str:
    unit, bone = one.threshold.unit, one.finding.bone
    value = findings.words(one.finding.value, unit)
    limit = findings.words(one.threshold.fail, unit)
    where = f" at {bone}" if bone else ""
    return f"{one.label.lower()} {value}{where} (fails from {limit})"
