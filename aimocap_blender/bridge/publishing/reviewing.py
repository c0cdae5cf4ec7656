# SPDX-License-Identifier: GPL-3.0-or-later
"""What a readiness check has seen, as the findings of its packet.

Motions are looked at on doubles in a scene that is struck again; nothing of it stays in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...errors import AimocapError
from ...jobs.job import Job, JobState
from ...jobs.readiness import Finding, Packet, lifecycle_of, timings_of
from ...jobs.readiness_note import CheckNote
from .. import person
from . import comparing, probing, stage

if TYPE_CHECKING:
    from ...targets.model import AcceptanceRecord, Target
    from ..workroom import Workroom

_MOST_FAILED = 20
_LONGEST_NAME = 60
"""Bytes of a scene's name; Blender's names have at most 63."""
_GONE = "The job is gone: the check was interrupted, or somebody forgot it."


@dataclass(frozen=True)
class Seen:
    """One check's jobs, as they ended; None for one that is gone, or was not run."""

    note: CheckNote
    target: Target
    job: Job | None
    fallback: Job | None

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Those that are there."""
        return tuple(one for one in (self.job, self.fallback) if one is not None)


def packet_of(
    work: Workroom, context: bpy.types.Context, seen: Seen, base_url: str
) -> tuple[Packet, bytes]:
    """The packet but for its clean-up, and the picture of the motion (PNG, empty for none)."""
    job, target = seen.job, seen.target
    reviewed, picture = _artifact(work, context, seen)
    version = target.at_service
    records = version.acceptance if version else ()
    refusals = {step: Finding(step, False, "It was not tried.") for step in probing.STEPS}
    refusals |= {one.step: one for one in seen.note.refusals}
    packet = Packet(
        target_id=target.id,
        target_name=target.name,
        target_version=(job.target_version if job else None) or "unknown",
        service=base_url,
        person=person.name(),
        checked_at=datetime.now(UTC).isoformat(timespec="seconds"),
        findings=(
            _configuration(work, target),
            *(lifecycle_of(job) if job else (Finding("lifecycle", False, _GONE),)),
            _version_trace(target, job),
            reviewed,
            refusals[probing.INVALID],
            _fallback(work, context, seen, refusals[probing.UNKNOWN_TARGET]),
        ),
        versions=tuple(
            f"{v.label}: {v.state.value}" + (f" ({v.state_reason})" if v.state_reason else "")
            for v in target.versions
        ),
        accepted_clips=tuple(_clip_words(one) for one in records),
        clean_up_verdicts=tuple(_clean_up_words(one) for one in records if one.clean_up),
        failed_jobs=_failed_jobs(work, target),
        timings=timings_of(job) if job else (),
        artifacts=tuple(
            f"{item.kind}: {item.bytes} bytes, sha256 {item.sha256}"
            for item in (job.artifacts if job else ())
        ),
    )
    stage.strike(scene_name(target.name))
    return packet, picture


def _configuration(work: Workroom, target: Target) -> Finding:
    from ...targets import choices

    try:
        choice = choices.require(work.registry, target.id)
    except AimocapError as error:
        return Finding("configuration", False, error.what)
    version = f"version {choice.version}" if choice.version else "the service's own"
    return Finding("configuration", True, f'"{choice.name}" can be chosen: {version}.')


def _version_trace(target: Target, job: Job | None) -> Finding:
    step = "version trace"
    if target.is_built_in:
        return Finding(step, True, "The service tells no versions of its own targets.")
    if job is None:
        return Finding(step, False, _GONE)
    asked, told = job.request.target_version, job.target_version_reported
    seen = f"Asked of version {asked or 'unknown'}; the result names {told or 'none'}."
    return Finding(step, asked is not None and told in (None, asked), seen)


def _artifact(work: Workroom, context: bpy.types.Context, seen: Seen) -> tuple[Finding, bytes]:
    step = "artifact review"
    if seen.job is None:
        return Finding(step, False, _GONE), b""
    if seen.job.artifact("motion_json") is not None:
        passed, words = _robot(seen.job)
        return Finding(step, passed, words), b""
    passed, words, picture = _performed(work, context, seen, seen.job)
    if passed and seen.fallback is not None and comparing.can_compare(seen.job, seen.fallback):
        compared = comparing.compared(context, seen.job, seen.fallback)
        passed, words = not compared.differs, f"{words} {compared.sentence}"
    return Finding(step, passed, words), picture


def _robot(job: Job) -> tuple[bool, str]:
    from ...motion import robot

    found = job.artifact("motion_json")
    assert found is not None
    try:
        motion = robot.parse(found.path.read_bytes())
    except OSError as error:
        return False, f"The robot motion can't be read ({error.strerror})."
    except AimocapError as error:
        return False, error.what
    words = " ".join(motion.warnings) or f"{motion.frames} frames, all within limits."
    return not motion.warnings, words


def _performed(
    work: Workroom, context: bpy.types.Context, seen: Seen, job: Job
) -> tuple[bool, str, bytes]:
    """Whether the job's motion can be used, in words, and its picture."""
    original = bpy.data.objects.get(seen.note.armature) or context.scene.aimocap.armature
    if job.artifact("fbx") is None:
        ended = job.failure.sentence if job.failure else f"The job ended as {job.state.value}."
        return False, f"There is no motion. {ended}", b""
    if original is None:
        return False, "There is no armature in this file to look at the motion on.", b""
    try:
        shown = stage.performed(context, work, job, original, job.request.title)
    except AimocapError as error:
        return False, error.what, b""
    picture = Path(shown.picture).read_bytes() if shown.picture else b""
    words = shown.note or f"The spot checks say: {shown.overall}."
    return shown.overall != "fail", words, picture


def _fallback(work: Workroom, context: bpy.types.Context, seen: Seen, refusal: Finding) -> Finding:
    """An avatar that is not there is refused, and the way out is tried for real."""
    if not seen.note.fallback_id:
        return Finding("fallback", refusal.passed, f"{refusal.seen} {_no_fallback(seen.target)}")
    if seen.fallback is None:
        return Finding("fallback", False, f"{refusal.seen} On Default: {_GONE}")
    passed, words, _ = _performed(work, context, seen, seen.fallback)
    told = f"{refusal.seen} The same clip on Default: {words}"
    return Finding("fallback", refusal.passed and passed, told)


def _no_fallback(target: Target) -> str:
    if target.id == "default":
        return "Default is the fallback itself."
    if target.is_built_in:
        return "A robot motion has no fallback."
    return "No fallback is recorded for this version."


def _clip_words(record: AcceptanceRecord) -> str:
    who = record.person or "nobody yet"
    preview = f", preview {record.preview}" if record.preview else ""
    return f"{record.category}: {record.clip_name}, {record.verdict.value} by {who}{preview}"


def _clean_up_words(record: AcceptanceRecord) -> str:
    note = f" ({record.note})" if record.note else ""
    return f"{record.category}: {record.clip_name}, clean-up {record.clean_up}{note}"


def _failed_jobs(work: Workroom, target: Target) -> tuple[str, ...]:
    """What became of this user's jobs of the target that failed, newest first."""
    return tuple(
        f"{job.request.title}: {job.failure.sentence} {job.failure.charge.value}".rstrip()
        for job in work.desk.jobs()
        if job.request.target_id == target.id
        and job.failure is not None
        and job.state in (JobState.FAILED, JobState.REJECTED, JobState.MISSING)
    )[:_MOST_FAILED]


def scene_name(name: str) -> str:
    """The scene that a check of that target looks at its motions in."""
    return f"Readiness {name}".encode()[:_LONGEST_NAME].decode(errors="ignore")
