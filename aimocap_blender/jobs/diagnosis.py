# SPDX-License-Identifier: GPL-3.0-or-later
"""Two tracks after an avatar's job failed or was rejected: is it the source video or the avatar?

Two further captures tell: the same clip on `default`, and another clip that was accepted before on
the same avatar. What both said is read here and concluded from, with how the avatar's motion
compares to Default's where both were delivered; nothing is submitted or measured. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from .job import OPEN_STATES, CaptureRequest, Cause, Job, JobState, Placement, Purpose
from .plan import cause_of

AVATAR = "avatar:"
_LONGEST_NAME = 60
"""Bytes of a scene's name; Blender's names have at most 63."""
_NOT_THEIRS = frozenset({Cause.ACCOUNT, Cause.NETWORK, Cause.THIS_MACHINE, Cause.SETTINGS})

Track = Literal["default", "other clip"]


class Outcome(Enum):
    """What a diagnostic capture has told."""

    PASSED = "passes"
    FAILED = "fails"
    UNJUDGED = "waits for your verdict"
    RUNNING = "is running"
    NOTHING = "tells nothing"


class Conclusion(Enum):
    """What follows. The value is the sentence that goes into the job's record."""

    AVATAR = "Default passes, avatar fails: inspect the avatar's setup."
    SOURCE = "Both fail: look at the source video."
    AGAIN = "Both pass: run again."
    DIFFERS = (
        "The avatar moves otherwise than Default on the same clip: inspect the avatar's setup."
    )

    @property
    def blames_avatar(self) -> bool:
        """Whether further captures for the avatar would be spent in vain."""
        return self in (Conclusion.AVATAR, Conclusion.DIFFERS)


@dataclass(frozen=True, slots=True)
class Compared:
    """The avatar's motion held against Default's on the same clip, by measurement.

    differs   whether it fails: limbs that point elsewhere, or follow the other side
    sentence  what was measured, with its limits
    """

    default_id: str
    differs: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture of one of the two tracks that there is, and what it has told.

    `title` is its job's; one of an acceptance run (`purpose`) gets its verdict there.
    """

    track: Track
    local_id: str
    said: Outcome
    title: str
    purpose: Purpose

    @property
    def is_judgeable(self) -> bool:
        """Whether a verdict can be given with the diagnosis."""
        return self.said is Outcome.UNJUDGED and self.purpose != "acceptance"


@dataclass(frozen=True, slots=True)
class Step:
    """A capture that would tell more; `v_credits` is what it is estimated to cost."""

    track: Track
    words: str
    request: CaptureRequest

    @property
    def v_credits(self) -> int:
        return self.request.estimated_v_credits


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Where the two tracks stand: `captures` are there, `steps` would tell more.

    `evidence` are whole sentences, `measured` is the one on how it compares, "" without one.
    """

    local_id: str
    evidence: tuple[str, ...]
    measured: str
    captures: tuple[Capture, ...]
    steps: tuple[Step, ...]
    conclusion: Conclusion | None


def is_diagnosable(job: Job) -> bool:
    """Whether it is an avatar's job that failed at the service or was rejected by a person."""
    return job.request.target_id.startswith(AVATAR) and outcome_of(job) is Outcome.FAILED


def outcome_of(job: Job) -> Outcome:
    """What the job says about its clip and target: a person's word counts more than the service's.

    Failures that have to do with neither (account, network, this machine) tell nothing.
    """
    if job.review is not None:
        return Outcome.PASSED if job.review.accepted else Outcome.FAILED
    if job.state in OPEN_STATES:
        return Outcome.RUNNING
    if job.state in (JobState.READY, JobState.APPLIED, JobState.KEPT):
        return Outcome.UNJUDGED
    if job.state in (JobState.FAILED, JobState.MISSING):
        code = job.failure.code if job.failure is not None else ""
        return Outcome.NOTHING if cause_of(code) in _NOT_THEIRS else Outcome.FAILED
    return Outcome.NOTHING


def capture_on_default(job: Job, jobs: Iterable[Job]) -> Job | None:
    """The newest capture of that job's clip on Default that tells something; None for none."""
    return _newest(one for one in jobs if _same_clip(one, job) and _on_default(one))


def diagnose(job: Job, jobs: Iterable[Job], compared: Compared | None = None) -> Diagnosis | None:
    """Where the diagnosis of that job stands, from all jobs, newest first; None for no such job.

    `compared` counts while it is of the capture on Default that counts.
    """
    if not is_diagnosable(job):
        return None
    known = tuple(jobs)
    found: dict[Track, Job | None] = {
        "default": capture_on_default(job, known),
        "other clip": _newest(one for one in known if _is_later_clip(one, job)),
    }
    said = {track: _said(one) for track, one in found.items()}
    on_default = found["default"]
    if compared is not None and (on_default is None or compared.default_id != on_default.local_id):
        compared = None
    steps = []
    if on_default is None or said["default"] is Outcome.NOTHING:
        steps.append(_default_step(job))
    if found["other clip"] is None or said["other clip"] is Outcome.NOTHING:
        steps += _other_clip_step(job, known)
    return Diagnosis(
        job.local_id,
        tuple(_evidence(job, found, compared)),
        compared.sentence if compared is not None else "",
        tuple(_capture(track, one) for track, one in found.items() if one is not None),
        tuple(steps),
        _concluded(said["default"], said["other clip"], compared),
    )


def _capture(track: Track, job: Job) -> Capture:
    request = job.request
    return Capture(track, job.local_id, outcome_of(job), request.title, request.placement.purpose)


def _evidence(
    job: Job, found: Mapping[Track, Job | None], compared: Compared | None
) -> Iterator[str]:
    yield f"“{job.request.title}” fails on {_named(job)}."
    on_default, other = found["default"], found["other clip"]
    if on_default is not None:
        yield f"The same clip {_said(on_default).value} on Default."
    if compared is not None:
        yield compared.sentence
    if other is not None:
        yield f"“{other.request.title}” {_said(other).value} on that avatar."


def _concluded(on_default: Outcome, other: Outcome, compared: Compared | None) -> Conclusion | None:
    """Without a word or a measure on Default there is none: the clip itself may be at fault."""
    if on_default is Outcome.FAILED:
        return Conclusion.SOURCE
    differs = compared is not None and compared.differs
    if on_default is Outcome.PASSED:
        return Conclusion.AGAIN if other is Outcome.PASSED and not differs else Conclusion.AVATAR
    return Conclusion.DIFFERS if differs else None


def _default_step(job: Job) -> Step:
    request = replace(
        job.request,
        title=f"{job.request.title} on Default",
        target_id="default",
        target_name="Default",
        target_version=None,
        placement=_placed(job.request.placement, job),
    )
    return Step("default", "Same Clip on Default", request)


def _other_clip_step(job: Job, known: tuple[Job, ...]) -> list[Step]:
    """Another clip that this avatar has passed, of whatever version; none when there is none."""
    for one in known:
        accepted = one.review is not None and one.review.accepted
        is_other = one.request.target_id == job.request.target_id and not _same_clip(one, job)
        if accepted and is_other:
            request = replace(
                one.request,
                title=f"{one.request.title} on {job.request.target_name}",
                service=job.request.service,
                target_version=job.request.target_version,
                placement=_placed(one.request.placement, job),
            )
            return [Step("other clip", f"“{one.request.title}” on This Avatar", request)]
    return []


def _placed(placement: Placement, job: Job) -> Placement:
    """In a scene of the diagnosis' own, where its motions stand side by side."""
    name = f"Diagnosis {job.request.title}".encode()[:_LONGEST_NAME].decode(errors="ignore")
    return replace(placement, scene_name=name, first_frame=1.0, time_scale=1.0, purpose="diagnosis")


def _newest(jobs: Iterable[Job]) -> Job | None:
    """The first that tells something, else the first."""
    found = tuple(jobs)
    telling = [one for one in found if outcome_of(one) is not Outcome.NOTHING]
    return next(iter(telling or found), None)


def _said(job: Job | None) -> Outcome:
    return outcome_of(job) if job is not None else Outcome.NOTHING


def _on_default(job: Job) -> bool:
    return job.request.target_id == "default"


def _is_later_clip(one: Job, job: Job) -> bool:
    """Whether it is another clip of that avatar, captured since."""
    return (
        _same_avatar(one, job)
        and not _same_clip(one, job)
        and one.started_wall_seconds > job.started_wall_seconds
    )


def _same_avatar(one: Job, job: Job) -> bool:
    return (one.request.target_id, one.request.target_version) == (
        job.request.target_id,
        job.request.target_version,
    )


def _same_clip(one: Job, job: Job) -> bool:
    same = (
        one.clip_sha256 == job.clip_sha256
        if one.clip_sha256 and job.clip_sha256
        else one.request.clip_path == job.request.clip_path
    )
    return (
        same
        and abs(one.request.trim_start_seconds - job.request.trim_start_seconds) < 1e-3
        and abs(one.request.trim_end_seconds - job.request.trim_end_seconds) < 1e-3
        and one.request.mocap_type == job.request.mocap_type
    )


def _named(job: Job) -> str:
    version = job.target_version
    return f"{job.request.target_name}, version {version}" if version else job.request.target_name
