# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished job's motion onto an armature: import, retarget, place, record. One action is new;
nothing else in the scene changes, and when anything fails nothing has changed at all.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import bpy
import numpy as np

from ..api.urls import without_query
from ..clips.files import sha256_of
from ..errors import AimocapError
from ..jobs.job import Artifact, Job
from ..motion import rest_pose
from ..motion.canonical import Body
from ..motion.fingerprint import fingerprint, same_skeleton
from ..motion.options import RetargetOptions
from ..motion.skeleton import Skeleton
from . import armatures, fbx, object_places, provenance
from .retarget import bone_maps, retargeting

ApplyOptions = RetargetOptions

_FETCH = "Fetch Again in the job list gets it once more, free; what was captured is not lost."

logger = logging.getLogger(__name__)


class ApplyError(AimocapError):
    """The motion can't be applied as things are; the job waits as ready to import."""


@dataclass(frozen=True)
class Applied:
    """Where the motion is now.

    first_frame, last_frame  whole scene frames that carry keys
    skeleton_fingerprint     of the skeleton the service returned
    rest_summary             its rest pose in one line for people
    same_skeleton            whether that is the accepted one of its target version; None when no
                             fingerprint was recorded
    warnings                 whole sentences for the user
    """

    armature_name: str
    action_name: str
    first_frame: int
    last_frame: int
    skeleton_fingerprint: str
    rest_summary: str = ""
    same_skeleton: bool | None = None
    warnings: tuple[str, ...] = ()


def obstacle(_context: bpy.types.Context, armature: bpy.types.Object | None) -> str | None:
    """One line about why nothing can be applied to this armature now; None when it can."""
    try:
        require_ready(armature)
    except ApplyError as error:
        return f"{error.what} {error.remedy}"
    return None


def require_ready(armature: bpy.types.Object | None) -> bpy.types.Object:
    """The armature, if a motion can be put on it now; ApplyError with the reason if not."""
    if bpy.app.is_job_running("RENDER"):
        raise ApplyError("A render is running.", remedy="The motion is imported when it is done.")
    if armature is None:
        raise ApplyError(
            "The armature is gone.", remedy="Select another one and import the motion onto it."
        )
    name = armature.name
    if armature.type != "ARMATURE" or not armature.data.bones:
        raise ApplyError(f'"{name}" is no armature with bones.', remedy="Choose a character's.")
    if armature.library is not None:
        raise ApplyError(f'"{name}" is linked.', remedy="Make a library override of it.")
    override = armature.override_library
    if override is not None and override.is_system_override:
        raise ApplyError(
            f'The library override of "{name}" is not editable.',
            remedy="Make it editable (Object > Library Override).",
        )
    if armature.mode == "EDIT" or armature.data.is_editmode:
        raise ApplyError(f'"{name}" is in Edit Mode.', remedy="Leave Edit Mode.")
    if not armature.users_scene:
        raise ApplyError(f'"{name}" is in no scene.', remedy="Link it to a scene.")
    return armature


def apply_result(
    context: bpy.types.Context,
    job: Job,
    armature: bpy.types.Object | None,
    options: ApplyOptions,
    *,
    accepted_fingerprint: str = "",
) -> Applied:
    """Import the job's motion onto the armature and record where it came from.

    The first sample plays at the job's first frame, the others at the scene's rate and the strip's
    speed: video frame N is action frame N. Errors: ApplyError, MotionFileError, RetargetError and
    others of our root; then nothing in the scene has changed.
    """
    target = require_ready(armature)
    motion = _motion_of(job)
    placement = job.request.placement
    scene = bpy.data.scenes.get(placement.scene_name) or context.scene
    with fbx.imported(context, motion.path) as guests:
        source = guests.armatures[0]
        skeleton = armatures.read_skeleton(source)
        found, resting = fingerprint(skeleton), _resting(source, skeleton)
        outcome = retargeting.retarget_onto(
            source,
            target,
            action_name=action_name(job),
            start_frame=placement.first_frame,
            scene_fps=scene.render.fps / scene.render.fps_base,
            source_fps=guests.fps,
            time_scale=placement.time_scale,
            options=options,
            file=motion.path,
        )
    same = same_skeleton(found, accepted_fingerprint) if accepted_fingerprint else None
    record = record_of(job, motion, found, datetime.now(UTC), same_skeleton=same)
    provenance.write(outcome.action, record)
    provenance.write(target, record)
    logger.info("applied job %s to %s", job.local_id, target.name)
    return Applied(
        armature_name=target.name,
        action_name=outcome.action.name,
        first_frame=outcome.first_frame,
        last_frame=outcome.last_frame,
        skeleton_fingerprint=found,
        rest_summary=resting,
        same_skeleton=same,
        warnings=outcome.warnings,
    )


def _resting(source: bpy.types.Object, skeleton: Skeleton) -> str:
    world = object_places.world_now(source)
    metres = float(np.cbrt(abs(np.linalg.det(world[:3, :3]))))
    return rest_pose.summary(Body.of(bone_maps.of_skeleton(skeleton, world)), metres)


def action_name(job: Job) -> str:
    """The name the new action asks for: the strip's, without the ending of its file."""
    title = job.request.title
    return Path(title).stem if Path(title).suffix == Path(job.request.clip_name).suffix else title


def record_of(
    job: Job,
    motion: Artifact,
    skeleton_fingerprint: str,
    when: datetime,
    *,
    same_skeleton: bool | None = None,
) -> provenance.Provenance:
    """What the action and the armature will say of this job; `when` in UTC."""
    request = job.request
    skeleton = {True: "accepted", False: "changed", None: provenance.UNKNOWN}[same_skeleton]
    return provenance.Provenance(
        job_id=job.remote_id or job.local_id,
        target=request.target_id,
        target_version=job.target_version or provenance.UNKNOWN,
        clip_name=request.clip_name,
        clip_sha256=job.clip_sha256 or "",
        trim_start_seconds=request.trim_start_seconds,
        trim_end_seconds=request.trim_end_seconds,
        status=job.remote_status or "completed",
        artifact_url=without_query(motion.url_without_query),
        artifact_sha256=motion.sha256,
        skeleton_fingerprint=skeleton_fingerprint,
        skeleton=skeleton,
        export_fps=request.export_fps,
        capture_type=request.mocap_type,
        applied_at=when.isoformat(timespec="seconds"),
        submitted_at=_utc(job.started_wall_seconds),
        finished_at=_utc(job.finished_wall_seconds),
        v_credits_estimated=request.estimated_v_credits,
        v_credits_admitted=request.estimated_v_credits if job.admitted else 0,
        preview_verdict=job.preview_verdict.word if job.preview_verdict else "",
    )


def _utc(wall_seconds: float | None) -> str:
    if wall_seconds is None:
        return ""
    return datetime.fromtimestamp(wall_seconds, UTC).isoformat(timespec="seconds")


def _motion_of(job: Job) -> Artifact:
    """The job's FBX on disk, still the one that was fetched; ApplyError when it is not."""
    motion = job.artifact("fbx")
    if motion is None:
        what = (
            "A robot motion is not put on a character."
            if job.artifact("motion_json")
            else "The job has no motion file."
        )
        raise ApplyError(what, remedy="Its files can be shown from the job list.")
    if not motion.path.is_file():
        raise ApplyError(
            f"The motion file of “{job.request.title}” is gone from its folder.", remedy=_FETCH
        )
    if motion.sha256 and sha256_of(motion.path) != motion.sha256:
        raise ApplyError(
            f"The motion file of “{job.request.title}” is not the one that was fetched.",
            remedy=_FETCH,
        )
    return motion
