# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Acceptance: what would be submitted, what is in the way, and the batch itself.

The registry holds which job runs for which clip, the ledger holds the jobs: nothing of a run is
kept here. What becomes of its jobs is followed in `acceptance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import bpy

from ...clips import files
from ...errors import AimocapError
from ...jobs.job import CaptureRequest, JobState, Placement, estimate_v_credits
from .. import capture, settings
from . import clips
from .pending import ENDED_BADLY

if TYPE_CHECKING:
    from ...targets.acceptance import AcceptanceLine
    from ...targets.model import AcceptanceClip, Target
    from ..workroom import Workroom

_FIRST_FRAME = 1.0
_LONGEST_NAME = 60
"""Bytes of a scene's name; Blender's names have at most 63."""


@dataclass(frozen=True)
class Run:
    """What Run Acceptance would submit: the clips and their price together."""

    lines: tuple[AcceptanceLine, ...]
    v_credits: int


def plan(work: Workroom, target_id: str, label: str) -> Run:
    """The clips that have to be run for this version: none that passed already.

    Errors: `TargetError` for an unknown version.
    """
    from ...targets import acceptance, changes

    registry = work.registry
    target, version = changes.find(registry, target_id, label)
    lines = tuple(line for line in acceptance.lines(registry, target, version) if line.is_to_run)
    service = settings.read().service
    price = sum(estimate_v_credits(line.clip.seconds, service) for line in lines if line.clip)
    return Run(lines, price)


def obstacle(work: Workroom, context: bpy.types.Context, target_id: str, label: str) -> str:
    """The one thing in the way of a run, a line; "" when it can begin."""
    from ...targets import acceptance, changes
    from ...targets.model import Verdict

    registry = work.registry
    if not registry.acceptance_set.clips:
        return "Add clips to the acceptance set first"
    if lacking := acceptance.uncovered(registry):
        return f"The acceptance set has no clip for {', '.join(lacking)}"
    if context.scene.aimocap.armature is None:
        return "Choose the armature of the target's character (Capture panel)"
    if (found := capture.service_obstacle(settings.read())) is not None:
        return found.text
    try:
        run = plan(work, target_id, label)
    except AimocapError as error:
        return error.what
    if run.lines:
        return ""
    target, version = changes.find(registry, target_id, label)
    table = acceptance.lines(registry, target, version)
    judged = all(line.record and line.record.verdict is Verdict.ACCEPTED for line in table)
    return "Every clip has passed" if judged else "Every clip was run: give the verdicts"


def begin(work: Workroom, context: bpy.types.Context, target_id: str, label: str) -> int:
    """Submit what has to be run, as one batch; returns how many jobs.

    A clip whose job is under way already (Blender was closed in between) is not sent again.
    Errors: `AimocapError` with the first obstacle; what was submitted before goes on.
    """
    work.targets.for_spending(target_id)
    if found := obstacle(work, context, target_id, label):
        raise AimocapError(f"{found}.")
    batch = [line.clip for line in plan(work, target_id, label).lines if line.clip is not None]
    for clip in batch:  # nothing is sent before all files are known to be there
        files.examine(clips.path_of(work.targets.file.path, clip))
    _open_for_testing(work, target_id, label)
    for clip in batch:
        _submit(work, clip, target_id, label, context.scene.aimocap.armature.name)
    return len(batch)


def scene_name(target: Target, label: str) -> str:
    """The scene a run's motions are looked at in."""
    name = f"Acceptance {target.name} {label}"
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")


def _open_for_testing(work: Workroom, target_id: str, label: str) -> None:
    from ...targets.changes import find, take_step
    from ...targets.states import VersionEvent, VersionState

    steps = {
        VersionState.DRAFT: VersionEvent.TEST,
        VersionState.PUBLISHED: VersionEvent.REOPEN,
        VersionState.RETIRED: VersionEvent.REOPEN,
    }
    event = steps.get(find(work.registry, target_id, label)[1].state)
    if event is not None:
        now, words = datetime.now(UTC), "its acceptance is being run"
        work.change_targets(
            lambda known: take_step(known, target_id, label, event, now=now, reason=words)
        )


def _submit(
    work: Workroom, clip: AcceptanceClip, target_id: str, label: str, armature: str
) -> None:
    from ...targets import records

    local_id = _orphan(work, clip, target_id, label)
    if local_id is None:
        local_id = work.submit_request(_request(work, clip, target_id, label, armature))
    record = records.pending(clip, local_id, datetime.now(UTC))
    work.change_targets(lambda known: records.added(known, target_id, label, record))


def _orphan(work: Workroom, clip: AcceptanceClip, target_id: str, label: str) -> str | None:
    """A job of a run that was cut off between its submission and its record."""
    from ...targets.changes import find

    target, version = find(work.registry, target_id, label)
    recorded = {record.local_id for record in version.acceptance}
    scene = scene_name(target, label)
    for job in work.desk.jobs():
        asked = job.request
        if (
            asked.placement.purpose == "acceptance"
            and asked.placement.scene_name == scene
            and asked.title == clip.name
            and job.local_id not in recorded
            and job.state not in ENDED_BADLY | {JobState.STOPPED, JobState.BROKEN}
        ):
            return job.local_id
    return None


def _request(
    work: Workroom, clip: AcceptanceClip, target_id: str, label: str, armature: str
) -> CaptureRequest:
    from ...targets.changes import find

    target, _ = find(work.registry, target_id, label)
    return clips.request(
        work.targets.file.path,
        clip,
        target,
        label,
        title=clip.name,
        placement=Placement(
            scene_name=scene_name(target, label),
            strip_name=clip.name,
            armature_name=armature,
            first_frame=_FIRST_FRAME,
            purpose="acceptance",
        ),
    )
