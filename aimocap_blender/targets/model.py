# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets, their versions, their acceptance. Frozen; a change makes a new one.

Fields an older or newer extension does not know are kept and written back. Times are UTC.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .states import VersionState

AVATAR_PREFIX: Final = "avatar:"
_AVATAR_ID = re.compile(r"avatar:[^\s:/\\]{1,200}")


class TargetKind(StrEnum):
    """What the service makes of a target: distinct kinds that are never mixed up."""

    CHARACTER = "character"
    ROBOT = "robot"
    AVATAR = "avatar"


class StudioStep(StrEnum):
    """Steps that are done in the service's Studio, in the browser, and recorded here."""

    A_POSE = "a_pose"
    BINDING = "binding"
    RETARGET_TEST = "retarget_test"
    PUBLISH = "publish"


class Verdict(StrEnum):
    """A reviewer's word on one accepted or rejected clip."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PENDING = "pending"  # submitted or waiting for a person's word: counts as not accepted


BUILT_IN_KINDS: Final = {"default": TargetKind.CHARACTER, "unitree_g1": TargetKind.ROBOT}


class Document(BaseModel):
    """Base of everything in the registry file."""

    model_config = ConfigDict(frozen=True, extra="allow", str_strip_whitespace=True)


class AcceptanceClip(Document):
    """One clip that every version has to pass. `name` tells it from the others of its set.

    `path` is as seen from the registry's folder where it lies below it, else whole, with slashes;
    seconds are of the source.
    """

    name: str = Field(min_length=1, max_length=200)
    category: str = Field(min_length=1, max_length=100)
    path: str = Field(min_length=1)
    sha256: str = ""
    trim_start_seconds: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    trim_end_seconds: float = Field(gt=0.0, allow_inf_nan=False)
    source_duration_seconds: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.trim_end_seconds <= self.trim_start_seconds:
            raise ValueError("the trim ends before it begins")
        return self

    @property
    def seconds(self) -> float:
        """Length of the trim."""
        return self.trim_end_seconds - self.trim_start_seconds


class AcceptanceSet(Document):
    """The clips a version is accepted on, under one name."""

    name: str = "Acceptance"
    clips: tuple[AcceptanceClip, ...] = ()

    @field_validator("clips")
    @classmethod
    def _names_are_unique(cls, clips: tuple[AcceptanceClip, ...]) -> tuple[AcceptanceClip, ...]:
        require_unique("acceptance clip", [clip.name for clip in clips])
        return clips


class AcceptanceRecord(Document):
    """One clip of the acceptance set, run against one version and judged by a person.

    `local_id` is the job in the ledger of who ran it; `fingerprint` that of the skeleton that came
    back, spelled alike in all records of one skeleton; `picture` a file beside that job's.
    `preview` is a person's word on the service's own preview, `clean_up` how much an animator has
    left to do; "" where nobody has said.
    """

    category: str = Field(min_length=1)
    clip_name: str = ""
    clip_sha256: str = ""
    trim_start_seconds: float = Field(default=0.0, ge=0.0)
    trim_end_seconds: float = Field(default=0.0, ge=0.0)
    job_id: str = ""
    local_id: str = ""
    fingerprint: str = ""
    rest_summary: str = ""
    picture: str = ""
    checks: Literal["pass", "look", "fail", ""] = ""
    verdict: Verdict
    preview: Literal["good", "bad", ""] = ""
    clean_up: Literal["none", "light", "heavy", ""] = ""
    cause: str = ""
    note: str = ""
    person: str = ""
    date: datetime | None = None


class VersionNote(Document):
    """One line of a version's history: a step, a hold that was lifted, and by whom."""

    words: str
    person: str = ""
    date: datetime | None = None


class TargetVersion(Document):
    """One version of a target as the Studio published it.

    `accept_after`: what was accepted before counts no longer, since another skeleton came back
    then; None while all of it counts.
    """

    label: str = Field(min_length=1, max_length=100)
    state: VersionState = VersionState.DRAFT
    state_reason: str = ""
    approved_by: str = ""
    approved_on: datetime | None = None
    published_on: datetime | None = None
    studio_steps: tuple[StudioStep, ...] = ()
    limitations: tuple[str, ...] = ()
    fingerprint: str = ""
    rest_summary: str = ""
    acceptance_note: str = ""
    acceptance: tuple[AcceptanceRecord, ...] = ()
    accept_after: datetime | None = None
    history: tuple[VersionNote, ...] = ()
    fallback: Literal["default", ""] = ""


class Target(Document):
    """What a job can be aimed at: a built-in one of the service, or a custom avatar."""

    id: str
    name: str = Field(min_length=1, max_length=200)
    kind: TargetKind
    owner: str = ""
    notes: str = ""
    limitations: tuple[str, ...] = ()
    versions: tuple[TargetVersion, ...] = ()

    @model_validator(mode="after")
    def _kind_belongs_to_id(self) -> Self:
        expected = kind_of(self.id)
        if expected is None:
            raise ValueError(f'"{self.id}" is no target id: default, unitree_g1 or avatar:ID')
        if expected is not self.kind:
            raise ValueError(f'"{self.id}" is of the kind {expected.value}, not {self.kind.value}')
        return self

    @field_validator("versions")
    @classmethod
    def _labels_are_unique(cls, versions: tuple[TargetVersion, ...]) -> tuple[TargetVersion, ...]:
        require_unique("version", [version.label for version in versions])
        return versions

    @property
    def is_built_in(self) -> bool:
        """One of the service's own: its versions are the service's affair and not told."""
        return self.id in BUILT_IN_KINDS

    @property
    def current(self) -> TargetVersion | None:
        """The version the service runs now: the last published one, as the document orders them."""
        published = [v for v in self.versions if v.state is VersionState.PUBLISHED]
        return published[-1] if published else None

    def version(self, label: str) -> TargetVersion | None:
        """The version with this label, if it is known."""
        return next((version for version in self.versions if version.label == label), None)

    @property
    def at_service(self) -> TargetVersion | None:
        """The version that jobs come back with, whether or not it may be chosen."""
        known = (VersionState.PUBLISHED, VersionState.TESTING)
        delivered = [version for version in self.versions if version.state in known]
        return delivered[-1] if delivered else None


def kind_of(target_id: str) -> TargetKind | None:
    """The kind an id stands for; None when it is no target id of the service."""
    if target_id in BUILT_IN_KINDS:
        return BUILT_IN_KINDS[target_id]
    return TargetKind.AVATAR if _AVATAR_ID.fullmatch(target_id) else None


def require_unique(noun: str, names: list[str]) -> None:
    """ValueError naming what is listed twice."""
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"{noun} listed twice: {', '.join(doubled)}")


def built_in_targets() -> tuple[Target, ...]:
    """The service's own targets, in every registry."""
    return (
        Target(
            id="default",
            name="Default",
            kind=TargetKind.CHARACTER,
            notes="The service's own MetaHuman-style character; the fallback of every avatar.",
        ),
        Target(
            id="unitree_g1",
            name="Unitree G1",
            kind=TargetKind.ROBOT,
            notes="A robot motion in JSON: joint angles, no character and no FBX.",
            limitations=("Not retargeted onto a character",),
        ),
    )
