# SPDX-License-Identifier: GPL-3.0-or-later
"""After a failure: whose turn it is, the one next step, and what trying again costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .job import Cause, Job, JobState
from .states import JobEvent


class RetryCost(Enum):
    """What trying again costs. The value is the sentence for the user."""

    FREE = "Trying again is safe and costs nothing until the service accepts the clip."
    ALREADY_PAID = "Trying again is safe and free: the capture itself is not repeated."
    AGAIN = "Trying again is a new capture and is charged again."
    NO_USE = "Trying again without a change will fail again."


@dataclass(frozen=True, slots=True)
class Plan:
    """`event` moves this very job on; None: a new job has to be made (or nothing helps)."""

    cause: Cause
    next_step: str
    cost: RetryCost
    event: JobEvent | None


_CAUSES: dict[str, Cause] = {
    "export_fps_invalid": Cause.SETTINGS,
    "mocap_type_invalid": Cause.SETTINGS,
    "api_target_ids_required": Cause.SETTINGS,
    "api_target_unsupported": Cause.TARGET_SETUP,
    "api_source_duration_invalid": Cause.SOURCE_VIDEO,
    "api_trim_range_invalid": Cause.SETTINGS,
    "api_duration_limit_exceeded": Cause.SETTINGS,
    "api_file_size_limit_exceeded": Cause.SOURCE_VIDEO,
    "too_large": Cause.SOURCE_VIDEO,
    "api_concurrency_limit_exceeded": Cause.ACCOUNT,
    "api_plan_inactive": Cause.ACCOUNT,
    "insufficient_api_v_credits": Cause.ACCOUNT,
    "unauthorised": Cause.ACCOUNT,
    "forbidden": Cause.ACCOUNT,
    "no_person_detected": Cause.SOURCE_VIDEO,
    "person_not_fully_visible": Cause.SOURCE_VIDEO,
    "clip_too_short": Cause.SETTINGS,
    "video_unreadable": Cause.SOURCE_VIDEO,
    "connection_broken": Cause.NETWORK,
    "timed_out": Cause.NETWORK,
    "malformed_answer": Cause.NETWORK,
    "redirected": Cause.SETTINGS,
    "unsafe_address": Cause.SERVICE,
    "artifact_missing": Cause.TARGET_SETUP,
    "file_missing": Cause.THIS_MACHINE,
    "file_changed": Cause.THIS_MACHINE,
    "file_empty": Cause.SOURCE_VIDEO,
    "disk_full": Cause.THIS_MACHINE,
    "not_permitted": Cause.THIS_MACHINE,
    "disk_trouble": Cause.THIS_MACHINE,
    "internal_error": Cause.THIS_MACHINE,
}

_SAME_DRAFT = frozenset(
    {"api_concurrency_limit_exceeded", "api_plan_inactive", "insufficient_api_v_credits"}
)
"""Refusals that the user can lift without touching the clip: the uploaded draft is used again."""

_NO_USE_UNCHANGED = frozenset(
    {
        "export_fps_invalid",
        "mocap_type_invalid",
        "api_target_ids_required",
        "api_target_unsupported",
        "api_source_duration_invalid",
        "api_trim_range_invalid",
        "api_duration_limit_exceeded",
        "api_file_size_limit_exceeded",
        "too_large",
        "no_person_detected",
        "person_not_fully_visible",
        "clip_too_short",
        "video_unreadable",
    }
)


def cause_of(code: str) -> Cause:
    """Whose turn it is; a code that is not known is the service's."""
    return _CAUSES.get(code, Cause.SERVICE)


def plan_for(job: Job) -> Plan | None:
    """The plan for a job that stopped; None while it goes on or when it has ended well."""
    code = job.failure.code if job.failure is not None else ""
    step = job.failure.remedy if job.failure is not None else ""
    cause = Cause.TARGET_SETUP if job.blames_target else cause_of(code)
    match job.state:
        case JobState.REJECTED:
            again = job.uploaded and job.remote_id is not None and code in _SAME_DRAFT
            event = JobEvent.HANDED_OVER_AGAIN if again else JobEvent.RESTARTED
            cost = RetryCost.NO_USE if code in _NO_USE_UNCHANGED else RetryCost.FREE
            return Plan(cause, step, cost, event)
        case JobState.BROKEN | JobState.STOPPED:
            return _our_side(job, cause, step)
        case JobState.MISSING:
            return Plan(cause, step, RetryCost.ALREADY_PAID, JobEvent.FETCHED_AGAIN)
        case JobState.FAILED:
            cost = RetryCost.NO_USE if code in _NO_USE_UNCHANGED else RetryCost.AGAIN
            return Plan(cause, step, cost, None)
        case JobState.CANCELED:
            return Plan(Cause.SERVICE, step, RetryCost.AGAIN, None)
        case JobState.UNSURE:
            return Plan(cause, step, RetryCost.AGAIN, JobEvent.ASKED_AGAIN)
        case _:
            return None


def _our_side(job: Job, cause: Cause, step: str) -> Plan:
    """Our side stopped: where the service may have the job, it is asked, never sent again."""
    if job.admitted is not False and job.remote_id is not None:
        return Plan(cause, step, RetryCost.ALREADY_PAID, JobEvent.ASKED_AGAIN)
    resumable = job.state == JobState.BROKEN and job.uploaded and job.remote_id is not None
    event = JobEvent.HANDED_OVER_AGAIN if resumable else JobEvent.RESTARTED
    return Plan(cause, step, RetryCost.FREE, event)
