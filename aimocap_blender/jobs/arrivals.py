# SPDX-License-Identifier: GPL-3.0-or-later
"""What the threads report, and where it moves a job. One method per kind of event."""

from __future__ import annotations

import dataclasses
import random
from typing import Any, assert_never

from ..api.retry import next_delay
from ..errors import Charge
from . import pace, why_failed
from .cabinet import Cabinet
from .dispatch import abandon_draft
from .holds import hold_after
from .job import Failure, Job, JobState, Moment
from .ledger import Ledger
from .live import Live
from .messages import (
    ArtifactAbsent,
    ArtifactHeld,
    ClipHashed,
    ClipSent,
    DraftMade,
    Failed,
    Progressed,
    ResultHeld,
    StatusTold,
    TicketEvent,
    UploadAccepted,
)
from .reactions import Do, Reaction, reaction_to
from .states import JobEvent as E
from .twins import twin_of

_TOLD = {
    "queued": E.TOLD_QUEUED,
    "completed": E.TOLD_COMPLETED,
    "failed": E.TOLD_FAILED,
    "canceled": E.TOLD_CANCELED,
}
_HOME = {E.TOLD_QUEUED: JobState.QUEUED, E.TOLD_RUNNING: JobState.PROCESSING}
"""Where a job stands once it was told so."""


class Arrivals:
    """Takes events in. `jitter` gives numbers in [0, 1)."""

    def __init__(self, cabinet: Cabinet, ledger: Ledger, jitter: random.Random) -> None:
        self._cabinet = cabinet
        self._ledger = ledger
        self._jitter = jitter

    def take(self, event: TicketEvent, job: Job, live: Live, now: Moment) -> None:
        """One event about that job, whose command it belongs to."""
        if isinstance(event, Progressed | ArtifactHeld):
            live.moved = now.steady_seconds
            self._on_the_way(event, job, live, now)
            return
        live.ticket = 0
        live.due = now.steady_seconds
        match event:
            case ClipHashed():
                self._hashed(event, job, now)
            case DraftMade() | ClipSent() | UploadAccepted():
                self._sent(event, job, live, now)
            case StatusTold():
                self._told(event, job, live, now)
            case ResultHeld():
                self._held(event, job, now)
            case ArtifactAbsent():
                self._absent(event, job, now)
            case Failed():
                self._failed(event, job, live, now)
            case _:
                assert_never(event)

    def _sent(
        self, event: DraftMade | ClipSent | UploadAccepted, job: Job, live: Live, now: Moment
    ) -> None:
        match event:
            case DraftMade():
                live.upload_url = event.upload_url
                self._cabinet.move(job, E.DRAFT_MADE, now, remote_id=event.remote_id)
            case ClipSent():
                self._cabinet.move(job, E.CLIP_SENT, now, uploaded=True)
            case UploadAccepted():
                status = event.status or "queued"
                self._cabinet.move(job, E.ADMITTED, now, admitted=True, remote_status=status)
            case _:
                assert_never(event)

    def _on_the_way(
        self, event: Progressed | ArtifactHeld, job: Job, live: Live, now: Moment
    ) -> None:
        """A sign of life of a transfer that goes on."""
        if isinstance(event, ArtifactHeld):
            others = tuple(item for item in job.artifacts if item.kind != event.artifact.kind)
            self._cabinet.save(dataclasses.replace(job, artifacts=(*others, event.artifact)))
            return
        rate = live.speed.tell(event.done, now.steady_seconds)
        share = min(1.0, event.done / event.total) if event.total else None
        self._cabinet.show(dataclasses.replace(job, progress=share, rate=rate, trouble=""))

    def _hashed(self, event: ClipHashed, job: Job, now: Moment) -> None:
        job = dataclasses.replace(job, clip_sha256=event.sha256, clip_bytes=event.bytes)
        twin = None if job.retry_of is not None else twin_of(job, self._cabinet, self._ledger)
        if twin is None:
            self._cabinet.move(job, E.CLIP_READ, now)
        else:
            self._cabinet.move(job, E.TWIN_FOUND, now, twin=twin.local_id)

    # The service's word on a job --------------------------------------------------------------

    def _told(self, event: StatusTold, job: Job, live: Live, now: Moment) -> None:
        live.attempt = 0
        status, steady = event.status, now.steady_seconds
        if status != live.status:
            live.status, live.status_since = status, steady
        service = job.request.service
        age = steady - live.status_since
        live.due = steady + pace.poll_delay(age, self._jitter.random(), service.kind == "local")
        if status == "draft":
            self._told_draft(job, live, now)
            return
        live.answers = 0
        step = _TOLD.get(status, E.TOLD_RUNNING)
        changes: dict[str, Any] = {"remote_status": status, "admitted": True}
        if step == E.TOLD_FAILED:
            failure = why_failed.job_failure(event.code, event.words, job)
            failed_job = self._cabinet.move(job, step, now, failure=failure, **changes)
            hold_after(failed_job, self._cabinet, self._ledger)
        elif step == E.TOLD_CANCELED:
            self._cabinet.move(job, step, now, failure=why_failed.CANCELED, **changes)
        elif step == E.TOLD_COMPLETED or status != job.remote_status or job.state != _HOME[step]:
            if step == E.TOLD_RUNNING:
                changes["progress"] = event.progress
            self._cabinet.move(job, step, now, f"the service says: {status}", **changes)
        else:
            self._cabinet.show(
                dataclasses.replace(job, trouble="", waiting_reason="", progress=event.progress)
            )

    def _told_draft(self, job: Job, live: Live, now: Moment) -> None:
        """The service has not admitted it (yet): believed when it keeps saying so."""
        count, seconds = live.count_answer(now.steady_seconds)
        if count < pace.SETTLE_ANSWERS or seconds < pace.settle_seconds(job.completes):
            live.due = now.steady_seconds + pace.POLL_SECONDS
            self._cabinet.show(dataclasses.replace(job, trouble="", waiting_reason=""))
        elif job.state != JobState.CONFIRMING:
            self._cabinet.move(job, E.CANNOT_TELL, now, failure=why_failed.BACK_TO_DRAFT)
        elif not job.uploaded:
            abandon_draft(self._cabinet, job, now, "the draft never got the clip")
        elif job.completes < pace.MOST_HAND_OVERS:
            self._cabinet.move(job, E.NOT_RECEIVED, now, admitted=False)
        else:
            self._cabinet.move(job, E.CANNOT_TELL, now, failure=why_failed.NEVER_ADMITTED)

    # Results ----------------------------------------------------------------------------------

    def _held(self, event: ResultHeld, job: Job, now: Moment) -> None:
        step = E.MOTION_HELD if event.is_motion else E.DATA_HELD
        words = f"without its preview: {event.preview_fault}" if event.preview_fault else ""
        changes: dict[str, Any] = {}
        if event.target_version is not None:
            changes["target_version_reported"] = event.target_version
        if job.remote_id is None and (twin := self._cabinet.find(job.twin)) is not None:
            changes["remote_id"] = twin.remote_id  # taken over: this is the job it came from
        held = self._cabinet.move(job, step, now, words, **changes)
        hold_after(held, self._cabinet, self._ledger)

    def _absent(self, event: ArtifactAbsent, job: Job, now: Moment) -> None:
        failure = why_failed.absent(job, event.offered)
        self._cabinet.move(job, E.ARTIFACT_ABSENT, now, failure=failure)

    # Failures ---------------------------------------------------------------------------------

    def _failed(self, event: Failed, job: Job, live: Live, now: Moment) -> None:
        reaction = reaction_to(job.state, event)
        if job.state == JobState.FETCHING and job.remote_id is None:
            reaction = Reaction(Do.GIVE_UP)
        live.attempt += 1
        if reaction.not_received:
            job = dataclasses.replace(job, completes=max(0, job.completes - 1), admitted=False)
            self._cabinet.save(job)
        match reaction.do:
            case Do.TRY_AGAIN | Do.COUNT_UNKNOWN:
                self._try_again(event, job, live, now, reaction)
            case Do.WAIT:
                live.due = now.steady_seconds + reaction.wait_seconds
                reason = " ".join(part for part in (event.sentence, event.remedy) if part)
                self._cabinet.show(dataclasses.replace(job, waiting_reason=reason, trouble=""))
            case Do.NEW_DRAFT:
                self._new_draft(event, job, now)
            case Do.ASK:
                self._cabinet.move(job, E.ANSWER_LOST, now, event.sentence, admitted=None)
            case Do.REFUSED:
                self._refused(event, job, now)
            case Do.GIVE_UP:
                self._give_up(event, job, now)
            case _:
                assert_never(reaction.do)

    def _try_again(
        self, event: Failed, job: Job, live: Live, now: Moment, reaction: Reaction
    ) -> None:
        steady = now.steady_seconds
        if reaction.do is Do.COUNT_UNKNOWN:
            count, seconds = live.count_answer(steady)
            if count >= pace.UNKNOWN_ANSWERS and seconds >= pace.UNKNOWN_SECONDS:
                self._cabinet.move(job, E.CANNOT_TELL, now, failure=why_failed.UNKNOWN_THERE)
                return
        assert reaction.backoff is not None
        delay = next_delay(
            reaction.backoff, live.attempt, self._jitter.random(), event.retry_after_seconds
        )
        if delay is None:
            self._give_up(event, job, now)
            return
        live.due = steady + delay
        self._cabinet.show(
            dataclasses.replace(
                job, trouble=event.sentence, waiting_reason="", progress=None, rate=None
            )
        )

    def _new_draft(self, event: Failed, job: Job, now: Moment) -> None:
        if job.completes > 1:
            # An earlier hand-over of this draft may have arrived: never leave it for another.
            self._cabinet.move(job, E.ANSWER_LOST, now, event.sentence, admitted=None)
        else:
            abandon_draft(self._cabinet, job, now, event.sentence)

    def _refused(self, event: Failed, job: Job, now: Moment) -> None:
        if job.state == JobState.COMPLETING and job.completes > 1:
            # A second hand-over may be refused just because the first one had arrived.
            self._cabinet.move(job, E.ANSWER_LOST, now, event.sentence, admitted=None)
            return
        failure = Failure(event.code, event.sentence, Charge.NOTHING, event.remedy)
        self._cabinet.move(job, E.REFUSED, now, admitted=False, completes=0, failure=failure)

    def _give_up(self, event: Failed, job: Job, now: Moment) -> None:
        charge = Charge.NOTHING if job.admitted is False else why_failed.spent(job)
        failure = Failure(event.code, event.sentence, charge, event.remedy)
        self._cabinet.move(job, E.GAVE_UP, now, failure=failure)
