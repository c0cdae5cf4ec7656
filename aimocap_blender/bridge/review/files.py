# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the papers of a check go, and how they are named.

Beside the job's files when the motion came from a job, else into the extension's own folder.
"""

from __future__ import annotations

import re
from pathlib import Path

import bpy

from ...jobs.job import Job
from .. import places

_FOLDER = "checks"


def folder_of(job: Job | None) -> Path:
    """The folder for the papers of a job's motion; made when missing. Errors: PlaceError."""
    held = job.artifact("fbx") if job is not None else None
    if held is not None and held.path.parent.is_dir():
        return held.path.parent
    folder = places.own_folder() / _FOLDER
    places.make_writable(folder)
    return folder


def stem_of(action: bpy.types.Action) -> str:
    """The action's name as the beginning of a file's name."""
    return re.sub(r"[^\w.-]+", "_", action.name).strip("._") or "motion"
