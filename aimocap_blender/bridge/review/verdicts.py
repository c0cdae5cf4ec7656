# SPDX-License-Identifier: GPL-3.0-or-later
"""Accept and reject: a person's word on a motion, kept with the motion.

The word stands on the action as `aimocap_verdict_*`, with who, when, what the checks said and the
limits they were held against; and on the armature, beside what that remembers of the job, until
another motion comes onto it. Rejecting brings the action from before back; the rejected one stays
in the file with its verdict. For the ledger the word is handed back as a `Review`: who has the jobs
writes it there.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

import bpy

from ...errors import AimocapError
from ...jobs.job import Review
from .. import actions, person, provenance
from . import findings

_REJECTED = "aimocap_rejected_action"
_BACK = "aimocap_rejected_for"
"""On the armature: the name of the action rejected last, and of the one that came back."""

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


def read(block: bpy.types.ID | None) -> Word | None:
    """The verdict on an action, or the last one on a motion of an armature; None without one."""
    word = block.get(provenance.VERDICT) if block is not None else None
    if block is None or word not in ("accepted", "rejected"):
        return None

    def text(name: str) -> str:
        value = block.get(f"{provenance.VERDICT}_{name}")
        return value if isinstance(value, str) else ""

    texts = (text(name) for name in ("cause", "clean_up", "note", "person", "at"))
    return Word(word == "accepted", *texts)


@dataclass(frozen=True)
class Signed:
    """A verdict that was given: the word on the action, and the same for the job's record.

    brought_back  name of the action that plays again after a reject, "" for none
    """

    word: Word
    review: Review
    brought_back: str = ""


def accept(armature: bpy.types.Object, clean_up: CleanUp, note: str = "") -> Signed:
    """The motion is good. Errors: VerdictError when it is none of ours or was not checked."""
    action, found = _checked_action(armature)
    word = _word(accepted=True, cause="", clean_up=clean_up, note=note)
    return _signed(armature, action, found, word)


def reject(
    armature: bpy.types.Object, cause: Cause, clean_up: CleanUp = CleanUp.HEAVY, note: str = ""
) -> Signed:
    """The motion is not good: mark it so, bring the previous action back.

    Errors: VerdictError, ArmatureError; then nothing has changed.
    """
    action, found = _checked_action(armature)
    actions.refuse_unwritable(armature)
    word = _word(accepted=False, cause=cause.value, clean_up=clean_up, note=note)
    signed = _signed(armature, action, found, word)
    action.use_fake_user = True
    back = ""
    if bpy.data.actions.get(action.get(actions.PREVIOUS_ACTION, "")) is not None:
        back = actions.compare_with_previous(armature)
    else:
        actions.take_off(armature)
    armature[_REJECTED], armature[_BACK] = action.name, back
    return replace(signed, brought_back=back)


def rejected_on(armature: bpy.types.Object) -> bpy.types.Action | None:
    """The rejected action an armature plays, or whose place the one it plays has taken.

    None when another motion came onto it since.
    """
    data = armature.animation_data
    playing = data.action if data is not None else None
    name, back = armature.get(_REJECTED), armature.get(_BACK)
    rejected = bpy.data.actions.get(name) if isinstance(name, str) else None
    shown = playing.name if playing is not None else ""
    action = rejected if rejected is not None and shown == back else playing
    word = read(action)
    return action if word is not None and not word.accepted else None


def _checked_action(armature: bpy.types.Object) -> tuple[bpy.types.Action, findings.Findings]:
    data = armature.animation_data
    action = data.action if data is not None else None
    found = findings.read(action)
    if action is None or found is None:
        raise VerdictError(
            f'The motion of "{armature.name}" was not checked.', remedy="Check Motion first."
        )
    return action, found


def _word(*, accepted: bool, cause: str, clean_up: CleanUp, note: str) -> Word:
    """A verdict of this moment, by the person at this machine."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Word(accepted, cause, clean_up.value, note.strip(), person.name(), at)


def _signed(
    armature: bpy.types.Object, action: bpy.types.Action, found: findings.Findings, word: Word
) -> Signed:
    """Write the verdict to the action and to its armature."""
    values = {row.measure: [row.value, row.verdict] for row in found.rows}
    limits = {row.measure: [row.look, row.fail, row.unit] for row in found.rows}
    texts = {
        "cause": word.cause,
        "clean_up": word.clean_up,
        "note": word.note,
        "person": word.person,
        "at": word.at,
        "checks": json.dumps(values, separators=(",", ":")),
        "thresholds": json.dumps(limits, separators=(",", ":")),
        "checked_at": found.checked_at,
    }
    for block in (action, armature):
        block[provenance.VERDICT] = "accepted" if word.accepted else "rejected"
        for name, text in texts.items():
            block[f"{provenance.VERDICT}_{name}"] = text
    armature[f"{provenance.VERDICT}_action"] = action.name
    logger.info("%s was %s", action.name, action[provenance.VERDICT])
    return Signed(word, _review(word, found))


def _review(word: Word, found: findings.Findings) -> Review:
    """The word for the ledger, with a line of what each check said."""
    lines = tuple(
        f"{row.label}: {row.value_words} ({row.verdict}; look from {row.limit_words}, fail "
        f"from {findings.words(row.fail, row.unit)})"
        for row in found.rows
    )
    at = datetime.fromisoformat(word.at).timestamp()
    return Review(word.accepted, word.cause, word.clean_up, word.note, word.person, at, lines)
