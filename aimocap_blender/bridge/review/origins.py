# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a motion comes from: its job, the file it was made of, and the video that was captured.

Nothing here opens the list of jobs: who has one passes the jobs in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...errors import AimocapError
from ...jobs.job import Job
from .. import compat, provenance
from ..retarget import sources


class OriginError(AimocapError):
    """What a motion was made from is not there any more."""


@dataclass(frozen=True)
class Footage:
    """The video and how its time runs: the scene frame `first_frame` shows `start_seconds`."""

    path: Path
    start_seconds: float
    first_frame: float
    scene_fps: float
    time_scale: float

    def seconds(self, frame: int) -> float:
        """The moment of the file that belongs to a scene frame."""
        return self.start_seconds + (frame - self.first_frame) / self.scene_fps / self.time_scale


def job_of(action: bpy.types.Action, jobs: Iterable[Job]) -> Job | None:
    """The job the action came from, if it is among these."""
    made = provenance.read(action)
    if made is None:
        return None
    return next((job for job in jobs if made.job_id in (job.remote_id, job.local_id)), None)


def motion_file(
    record: sources.SourceRecord, action: bpy.types.Action, jobs: Iterable[Job]
) -> Path:
    """The motion file, where it was or among the files of these jobs. Errors: OriginError."""
    path = Path(record.motion)
    if path.is_file():
        return path
    made = provenance.read(action)
    for job in jobs if made is not None else ():
        held = job.artifact("fbx")
        if held is not None and held.sha256 == made.artifact_sha256 and held.path.is_file():
            return held.path
    raise OriginError(
        f'The motion file "{path.name}" is not at "{path.parent}" any more.',
        remedy="Put it back, or import the motion again.",
    )


def scene_armature(record: sources.SourceRecord) -> bpy.types.Object:
    """The armature of the scene, with the action that was retargeted. Errors: OriginError."""
    source = bpy.data.objects.get(record.armature)
    if source is None or source.type != "ARMATURE":
        raise OriginError(
            f'The armature "{record.armature}", from which the motion was taken, is gone.',
            remedy="Bring it back, or retarget again.",
        )
    playing = source.animation_data.action if source.animation_data else None
    if playing is None or playing.name != record.action:
        raise OriginError(
            f'"{source.name}" does not play "{record.action}" any more, which was retargeted.',
            remedy="Assign that action to it again.",
        )
    return source


def footage_of(
    action: bpy.types.Action, record: sources.SourceRecord, job: Job | None
) -> Footage | None:
    """The video the motion was captured from, and its time; None when it is not known or gone."""
    made = provenance.read(action)
    if made is None:
        return None
    for path in _videos(made, job):
        if path.is_file():
            start = made.trim_start_seconds + record.first_second
            return Footage(path, start, record.start_frame, record.scene_fps, record.time_scale)
    return None


def _videos(made: provenance.Provenance, job: Job | None) -> Iterator[Path]:
    """The job's own clip, then strips of this file that show a movie of its name."""
    if job is not None:
        yield job.request.clip_path
    for scene in bpy.data.scenes:
        if scene.sequence_editor is None:
            continue
        for strip in compat.all_strips(scene.sequence_editor):
            if isinstance(file := getattr(strip, "filepath", None), str):
                path = Path(bpy.path.abspath(file, library=scene.library))
                if path.name == made.clip_name:
                    yield path
