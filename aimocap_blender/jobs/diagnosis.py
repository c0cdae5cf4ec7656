# SPDX-License-Identifier: GPL-3.0-or-later
"""Two tracks after an avatar's job failed or was rejected: is it the source video or the avatar?

Two further captures tell: the same clip on `default`, and another clip that was accepted before on
the same avatar. What both said is read here and concluded from; nothing is submitted. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from .job import OPEN_STATES, CaptureRequest, Cause, Job, JobState
from .plan import cause_of

AVATAR = "avatar:"
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
    """Where the two tracks stand. `evidence` are whole sentences."""

    local_id: str
    evidence: tuple[str, ...]
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


def diagnose(job: Job, jobs: Iterable[Job]) -> Diagnosis | None:
    """Where the diagnosis of that job stands, from all jobs, newest first; None for no such job."""
    if not is_diagnosable(job):
        return None
    known = tuple(jobs)
    on_default = _newest(one for one in known if _same_clip(one, job) and _on_default(one))
    other = _newest(
        one
        for one in known
        if _same_avatar(one, job)
        and not _same_clip(one, job)
        and one.started_wall_seconds > job.started_wall_seconds
    )
    said = {"default": _said(on_default), "other clip": _said(other)}
    evidence = [f"“{job.request.clip_name}” fails on {_named(job)}."]
    if on_default is not None:
        evidence.append(f"The same clip {said['default'].value} on Default.")
    if other is not None:
        evidence.append(f"“{other.request.clip_name}” {said['other clip'].value} on that avatar.")
    steps = []
    if on_default is None or said["default"] is Outcome.NOTHING:
        steps.append(_default_step(job))
    if other is None or said["other clip"] is Outcome.NOTHING:
        steps += _other_clip_step(job, known)
    return Diagnosis(
        job.local_id,
        tuple(evidence),
        tuple(steps),
        _concluded(said["default"], said["other clip"]),
    )


def _concluded(on_default: Outcome, other: Outcome) -> Conclusion | None:
    """Without a word on Default there is none: the clip itself may be at fault."""
    if on_default is Outcome.FAILED:
        return Conclusion.SOURCE
    if on_default is not Outcome.PASSED:
        return None
    return Conclusion.AGAIN if other is Outcome.PASSED else Conclusion.AVATAR


def _default_step(job: Job) -> Step:
    request = replace(
        job.request,
        target_id="default",
        target_name="Default",
        target_version=None,
        placement=replace(job.request.placement, purpose="diagnosis"),
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
                service=job.request.service,
                target_version=job.request.target_version,
                placement=replace(one.request.placement, purpose="diagnosis"),
            )
            return [Step("other clip", f"“{one.request.clip_name}” on This Avatar", request)]
    return []


def _newest(jobs: Iterable[Job]) -> Job | None:
    """The first that tells something, else the first."""
    found = tuple(jobs)
    telling = [one for one in found if outcome_of(one) is not Outcome.NOTHING]
    return next(iter(telling or found), None)


def _said(job: Job | None) -> Outcome:
    return outcome_of(job) if job is not None else Outcome.NOTHING


def _on_default(job: Job) -> bool:
    return job.request.target_id == "default"


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
