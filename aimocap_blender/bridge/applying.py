# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished job's motion onto an armature: import, retarget, place, record. One action is new;
nothing else in the scene changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..errors import AimocapError
from ..jobs.job import Job
from ..motion.options import RetargetOptions

ApplyOptions = RetargetOptions


class ApplyError(AimocapError):
    """The motion can't be applied as things are; the job waits as ready to import."""


@dataclass(frozen=True)
class Applied:
    """Where the motion is now.

    same_skeleton  whether the returned skeleton is the accepted one of its target version; None
                   when no fingerprint was recorded
    """

    armature_name: str
    action_name: str
    skeleton_fingerprint: str
    same_skeleton: bool | None = None


def obstacle(context: bpy.types.Context, armature: bpy.types.Object | None) -> str | None:
    """One line about why nothing can be applied to this armature now; None when it can."""
    raise NotImplementedError


def apply_result(
    context: bpy.types.Context,
    job: Job,
    armature: bpy.types.Object | None,
    options: ApplyOptions,
    *,
    accepted_fingerprint: str = "",
) -> Applied:
    """Import the job's motion onto the armature and record where it came from.

    Errors: ApplyError, MotionFileError; then nothing in the scene has changed.
    """
    raise NotImplementedError
