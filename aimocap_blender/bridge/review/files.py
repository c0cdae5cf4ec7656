# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the pictures of a check go, and which video belongs to an action.

Beside the job's files when the motion came from a job, else into the extension's own folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...jobs.job import Job
from .. import compat, places, provenance
from ..retarget import sources
from . import verdicts
from .pictures.sheet import Footage

_FOLDER = "checks"


def folder_of(action: bpy.types.Action) -> Path:
    """The folder for an action's pictures; made when missing. Errors: PlaceError."""
    job = verdicts.job_of(action)
    held = job.artifact("fbx") if job is not None else None
    if held is not None and held.path.parent.is_dir():
        return held.path.parent
    folder = places.own_folder() / _FOLDER
    places.make_writable(folder)
    return folder


def stem_of(action: bpy.types.Action) -> str:
    """The action's name as the beginning of a file's name."""
    return re.sub(r"[^\w.-]+", "_", action.name).strip("._") or "motion"


def footage_of(action: bpy.types.Action, record: sources.SourceRecord) -> Footage | None:
    """The video the motion was captured from, and its time; None when it is not known or gone."""
    made = provenance.read(action)
    if made is None:
        return None
    for path in _candidates(made, verdicts.job_of(action)):
        if path.is_file():
            start = made.trim_start_seconds + record.first_second
            return Footage(path, start, record.start_frame, record.scene_fps, record.time_scale)
    return None


def _candidates(made: provenance.Provenance, job: Job | None) -> Iterator[Path]:
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
