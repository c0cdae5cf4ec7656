# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user decides about a job: stop, retry, and the answers to what it asks."""

from __future__ import annotations

import dataclasses
from typing import Any, assert_never

from ..errors import AimocapError
from . import why_failed
from .cabinet import Cabinet
from .folders import is_intact
from .job import OPEN_STATES, CaptureRequest, Decision, Job, JobState, Moment
from .ledger import Ledger
from .plan import plan_for
from .states import JobEvent as E
from .twins import has_result, is_running
from .views import can_fetch_again, open_decisions

_STARTS_OVER: dict[str, Any] = {
    "remote_id": None,
    "remote_status": "",
    "uploaded": False,
    "completes": 0,
    "drafts": 0,
    "admitted": False,
    "clip_sha256": None,
    "clip_bytes": None,
    "artifacts": (),
    "twin": None,
    "follows": None,
}


class StillRunning(AimocapError):
    """It cannot be done while the job runs."""


class NotOpen(AimocapError):
    """That answer is not open any more."""


class Answers:
    """Moves jobs as the user says. Methods that need a new job return its request, else None."""

    def __init__(self, cabinet: Cabinet, ledger: Ledger) -> None:
        self._cabinet = cabinet
        self._ledger = ledger

    def stop(self, local_id: str, now: Moment) -> None:
        """Stop our side, and say what that means for the charge. Errors: `NotOpen`."""
        job = self._ours(local_id)
        if job.state not in OPEN_STATES | {JobState.DUPLICATE, JobState.UNSURE}:
            raise NotOpen("This job has already ended.", remedy="There is nothing to cancel.")
        self._cabinet.move(job, E.STOPPED_BY_USER, now, failure=why_failed.stopped(job))

    def retry(self, local_id: str, now: Moment) -> CaptureRequest | None:
        """Whatever the plan says. Errors: `NotOpen`."""
        job = self._ours(local_id)
        plan = plan_for(job)
        if plan is None:
            raise NotOpen("There is nothing to retry.", remedy="Look at the job's state.")
        if plan.event is None:
            return job.request
        self._again(job, plan.event, now)
        return None

    def fetch_again(self, local_id: str, now: Moment) -> None:
        """Get what is missing or damaged of a result once more: free. Errors: `NotOpen`."""
        job = self._ours(local_id)
        if not can_fetch_again(job):
            raise NotOpen("There is no result to fetch.", remedy="Look at the job's state.")
        intact = tuple(item for item in job.artifacts if is_intact(item))
        if intact == job.artifacts:  # a service that is down must not take a good result away
            raise NotOpen("The job's files are all there, as they were fetched.")
        self._again(job, E.FETCHED_AGAIN, now, artifacts=intact)

    def decide(self, local_id: str, decision: Decision, now: Moment) -> CaptureRequest | None:
        """The answer to a question. Errors: `NotOpen`."""
        job = self._ours(local_id)
        twin = self._cabinet.find(job.twin)
        if decision not in open_decisions(job, twin):
            raise NotOpen(
                "This answer is not open for the job any more.", remedy="Look at its state."
            )
        match decision:
            case Decision.REUSE:
                self._reuse(job, twin, now)
            case Decision.FOLLOW:
                self._follow(job, twin, now)
            case Decision.RUN_AGAIN if job.state == JobState.DUPLICATE:
                self._cabinet.move(job, E.RUN_CHOSEN, now, twin=None)
            case Decision.RUN_AGAIN:
                return job.request
            case Decision.ASK_AGAIN:
                self._again(job, E.ASKED_AGAIN, now)
            case Decision.USE_DEFAULT:
                return dataclasses.replace(
                    job.request, target_id="default", target_name="Default", target_version=None
                )
            case Decision.GIVE_UP:
                self.stop(local_id, now)
            case _:
                assert_never(decision)
        return None

    def _again(self, job: Job, event: E, now: Moment, **more: Any) -> None:
        changes: dict[str, Any] = {"failure": None, **more}
        if event is E.RESTARTED:
            changes |= _STARTS_OVER
        self._cabinet.move(job, event, now, "the user tries again", **changes)

    def _reuse(self, job: Job, twin: Job | None, now: Moment) -> None:
        if twin is None or not has_result(twin):
            raise NotOpen("The earlier result is not there any more.", remedy="Capture again.")
        self._cabinet.move(
            job,
            E.REUSE_CHOSEN,
            now,
            remote_id=None,
            follows=twin.local_id,
            target_version_reported=twin.target_version_reported,
        )

    def _follow(self, job: Job, twin: Job | None, now: Moment) -> None:
        if twin is None or not is_running(twin):
            raise NotOpen("The identical job has ended meanwhile.", remedy="Capture again.")
        self._cabinet.move(
            job, E.FOLLOW_CHOSEN, now, follows=twin.local_id, remote_id=None, admitted=False
        )

    def _ours(self, local_id: str) -> Job:
        """That job, if no other Blender follows it. Errors: `UnknownJob`, `StillRunning`."""
        job = self._cabinet.get(local_id)
        if job.mine or self._ledger.claim((local_id,)):
            return dataclasses.replace(job, mine=True)
        raise StillRunning(
            "Another Blender follows this job.", remedy="Do it there, or close that Blender first."
        )
