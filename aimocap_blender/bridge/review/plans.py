# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be pressed after a reject: the way to a better motion that fits the cause.

Where the fault lies in what was captured, a new capture is needed; where it lies in what was made
of it, the same result is imported again, free of charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import bpy

from ...jobs.diagnosis import is_diagnosable
from ...jobs.job import Job, JobState
from ...jobs.views import price_words
from ..retarget import sources
from .verdicts import Cause, read


class StepKind(Enum):
    """The closed set of buttons."""

    BONE_MAP = auto()
    PREFERENCES = auto()
    IMPORT_AGAIN = auto()
    RETARGET_FILE = auto()
    RETARGET_ARMATURE = auto()
    DIAGNOSE = auto()
    TEST_TARGET = auto()
    CAPTURE_AGAIN = auto()
    COPY_REPORT = auto()


@dataclass(frozen=True)
class Step:
    """One button: its words, and what it is told ("job_id", ...)."""

    kind: StepKind
    words: str
    options: tuple[tuple[str, str | float], ...] = ()


def steps_for(action: bpy.types.Action, armature_name: str, job: Job | None) -> tuple[Step, ...]:
    """What to press after that action was rejected, in order; nothing for one that was not.

    job  the one the action came from, None for another motion or a job that was forgotten
    """
    word = read(action)
    cause = next((one for one in Cause if word and one.value == word.cause), None)
    if word is None or word.accepted or cause is None:
        return ()
    again = _made_again(action, armature_name, job)
    match cause:
        case Cause.BONE_MAP:
            return (Step(StepKind.BONE_MAP, "Show Bone Map"), *again)
        case Cause.SETTINGS:
            shown = () if job is None else (Step(StepKind.PREFERENCES, "Open Preferences"),)
            return (*shown, *again)
        case Cause.TARGET_SETUP:
            return _target_steps(job)
        case Cause.SERVICE:
            return _captured_again(job)
        case Cause.OTHER:
            return (*again, *_captured_again(job))
        case Cause.SOURCE_VIDEO:
            return ()


def _made_again(action: bpy.types.Action, armature_name: str, job: Job | None) -> tuple[Step, ...]:
    """The same source once more, from the job, the file or the armature it came from."""
    if job is not None and job.state in (JobState.APPLIED, JobState.READY):
        options = (("job_id", job.local_id), ("armature", armature_name))
        return (Step(StepKind.IMPORT_AGAIN, "Import Again (nothing is charged)", options),)
    record = sources.read(action)
    if record is None:
        return ()
    if record.motion:
        file = (("filepath", record.motion), ("start_frame", record.start_frame))
        return (Step(StepKind.RETARGET_FILE, "Retarget File Again...", file),)
    named = (("source", record.armature),)
    return (Step(StepKind.RETARGET_ARMATURE, f"Retarget {record.armature} Again", named),)


def _target_steps(job: Job | None) -> tuple[Step, ...]:
    """Find out whether the avatar is at fault, and take it out of use meanwhile."""
    if job is None or not is_diagnosable(job):
        return ()
    found = [Step(StepKind.DIAGNOSE, "Diagnose", (("job_id", job.local_id),))]
    if job.target_version:
        about = (("target_id", job.request.target_id), ("version", job.target_version))
        why = (("event", "reopen"), ("reason", f"{job.request.title} was rejected: target setup"))
        found.append(Step(StepKind.TEST_TARGET, "Put Target to Testing", (*about, *why)))
    return tuple(found)


def _captured_again(job: Job | None) -> tuple[Step, ...]:
    if job is None:
        return ()
    named = (("job_id", job.local_id),)
    price = price_words(job.request.estimated_v_credits)
    return (
        Step(StepKind.CAPTURE_AGAIN, f"Capture Again ({price})", named),
        Step(StepKind.COPY_REPORT, "Copy Report", named),
    )
