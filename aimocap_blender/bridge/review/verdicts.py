# SPDX-License-Identifier: GPL-3.0-or-later
"""Accept and reject: a person's word on a motion, kept with the motion and in the ledger.

The word stands on the action as `aimocap_verdict_*`, with who, when, what the checks said and the
limits they were held against. Rejecting brings the action from before back; the rejected one stays
in the file with its verdict.
"""

from __future__ import annotations

import getpass
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import bpy

from ...errors import AimocapError
from ...jobs.job import Job, Review
from .. import actions, compat, provenance, session
from . import findings

_PREFIX = "aimocap_verdict"

logger = logging.getLogger(__name__)


class VerdictError(AimocapError):
    """No verdict can be given now; nothing has changed."""


class Cause(Enum):
    """Why a motion is rejected. The value is what is recorded."""

    SOURCE_VIDEO = "source video"
    TARGET_SETUP = "target setup"
    BONE_MAP = "bone map"
    SETTINGS = "settings"
    SERVICE = "service"
    OTHER = "other"


class CleanUp(Enum):
    """How much an animator still has to do."""

    NONE = "none"
    LIGHT = "light"
    HEAVY = "heavy"


NEXT_STEPS: dict[Cause, str] = {
    Cause.SOURCE_VIDEO: (
        "Choose a steadier part or another video and capture that: the same clip gives the same "
        "motion, and is charged again"
    ),
    Cause.TARGET_SETUP: (
        "Put the target back to testing (Targets) and have its setup corrected before it is used "
        "again"
    ),
    Cause.BONE_MAP: (
        "Correct the Bone Map of the armature, then Import Again: the capture is kept, nothing is "
        "charged"
    ),
    Cause.SETTINGS: (
        "Change the retarget settings in the preferences, then Import Again: nothing is charged"
    ),
    Cause.SERVICE: (
        "Retry the job; if the result is as bad, copy the job's report and send it to the service"
    ),
    Cause.OTHER: "Import Again or retry the job when the cause is known",
}
"""What to do after a reject, by its cause."""


@dataclass(frozen=True)
class Word:
    """A verdict as it stands on an action; `at` is UTC, ISO 8601."""

    accepted: bool
    cause: str
    clean_up: str
    note: str
    person: str
    at: str


def read(action: bpy.types.Action | None) -> Word | None:
    """The verdict on an action; None without one."""
    word = action.get(_PREFIX) if action is not None else None
    if action is None or word not in ("accepted", "rejected"):
        return None

    def text(name: str) -> str:
        value = action.get(f"{_PREFIX}_{name}")
        return value if isinstance(value, str) else ""

    texts = (text(name) for name in ("cause", "clean_up", "note", "person", "at"))
    return Word(word == "accepted", *texts)


def accept(armature: bpy.types.Object, clean_up: CleanUp, note: str = "") -> Word:
    """The motion is good. Errors: VerdictError when it is none of ours or was not checked."""
    action, found = _checked_action(armature)
    return _record(action, found, accepted=True, cause="", clean_up=clean_up, note=note)


def reject(
    armature: bpy.types.Object, cause: Cause, clean_up: CleanUp = CleanUp.HEAVY, note: str = ""
) -> str:
    """The motion is not good: record it, bring the previous action back.

    Returns the name of the action that is back, "" when there was none. Errors: VerdictError,
    ArmatureError; then nothing has changed.
    """
    action, found = _checked_action(armature)
    actions.refuse_unwritable(armature)
    _record(action, found, accepted=False, cause=cause.value, clean_up=clean_up, note=note)
    action.use_fake_user = True
    if bpy.data.actions.get(action.get(actions.PREVIOUS_ACTION, "")) is not None:
        return actions.compare_with_previous(armature)
    compat.assign_action(armature, None, None)
    return ""


def job_of(action: bpy.types.Action) -> Job | None:
    """The job the action came from, if it is in this user's list."""
    made = provenance.read(action)
    if made is None:
        return None
    for job in session.current().desk.jobs():
        if made.job_id in (job.remote_id, job.local_id):
            return job
    return None


def _checked_action(armature: bpy.types.Object) -> tuple[bpy.types.Action, findings.Findings]:
    data = armature.animation_data
    action = data.action if data is not None else None
    found = findings.read(action)
    if action is None or found is None:
        raise VerdictError(
            f'The motion of "{armature.name}" was not checked.', remedy="Check Motion first."
        )
    return action, found


def _record(
    action: bpy.types.Action,
    found: findings.Findings,
    *,
    accepted: bool,
    cause: str,
    clean_up: CleanUp,
    note: str,
) -> Word:
    """Write the verdict to the action, and to the ledger when it came from a job of ours."""
    now = datetime.now(UTC)
    at = now.isoformat(timespec="seconds")
    word = Word(accepted, cause, clean_up.value, note.strip(), _person(), at)
    action[_PREFIX] = "accepted" if accepted else "rejected"
    for name in ("cause", "clean_up", "note", "person", "at"):
        action[f"{_PREFIX}_{name}"] = getattr(word, name)
    values = {row.measure: [row.value, row.verdict] for row in found.rows}
    limits = {row.measure: [row.look, row.fail, row.unit] for row in found.rows}
    action[f"{_PREFIX}_checks"] = json.dumps(values, separators=(",", ":"))
    action[f"{_PREFIX}_thresholds"] = json.dumps(limits, separators=(",", ":"))
    action[f"{_PREFIX}_checked_at"] = found.checked_at
    job = job_of(action)
    if job is not None:
        lines = tuple(
            f"{row.label}: {row.value_words} ({row.verdict}; look from {row.limit_words}, fail "
            f"from {findings.words(row.fail, row.unit)})"
            for row in found.rows
        )
        review = Review(
            accepted, cause, word.clean_up, word.note, word.person, now.timestamp(), lines
        )
        session.current().desk.mark_reviewed(job.local_id, review, session.moment())
        session.current().refresh()
    logger.info("%s was %s", action.name, action[_PREFIX])
    return word


def _person() -> str:
    """Who sits here, by the system's account."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no account has that number, no such module: Windows
        return "unknown"
