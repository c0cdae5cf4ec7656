# SPDX-License-Identifier: GPL-3.0-or-later
"""Which command an open job needs next, and what keeps it from being sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..api.models import NewJob
from ..api.secret import Secret
from . import why_failed
from .cabinet import Cabinet
from .job import Failure, Job, JobState, Moment, ServiceRef
from .ledger import Ledger
from .live import Live
from .messages import (
    Access,
    AskStatus,
    CompleteUpload,
    CopyArtifacts,
    CreateDraft,
    FetchResult,
    HashClip,
    SendClip,
)
from .pace import MOST_DRAFTS, WAIT_SECONDS
from .states import JobEvent as E

KeyFor = Callable[[ServiceRef], str | None]
MayConnect = Callable[[ServiceRef], str | None]

NO_KEY = "No API key: set AIMOCAP_KEY or enter one in the preferences."


class Dispatch:
    """Posts the next command of a job whose time has come."""

    def __init__(
        self, cabinet: Cabinet, ledger: Ledger, key_for: KeyFor, may_connect: MayConnect
    ) -> None:
        self._cabinet = cabinet
        self._ledger = ledger
        self._key_for = key_for
        self._may_connect = may_connect

    def act(self, job: Job, live: Live, now: Moment) -> None:
        """What is due for that job now. At most one command; the state may change instead."""
        if job.state == JobState.CHECKING:
            ticket = live.draw_ticket(now.steady_seconds)
            self._cabinet.post(HashClip(ticket, job.local_id, job.request.clip_path))
            return
        if job.state == JobState.FETCHING and job.remote_id is None:
            self._copy(job, live, now)
            return
        if job.follows is not None and job.remote_id is None:
            self._follow(job, live, now)
            return
        access = self._access(job, live, now)
        if access is not None:
            self._call(job, live, now, access)

    def _access(self, job: Job, live: Live, now: Moment) -> Access | None:
        """How to reach the service, or None and a reason on the job why it waits."""
        service = job.request.service
        why_not = self._may_connect(service)
        key = None if why_not else self._key_for(service)
        if not why_not and not key and service.kind != "local":
            why_not = NO_KEY
        if why_not:
            live.due = now.steady_seconds + WAIT_SECONDS
            self._cabinet.show(dataclasses.replace(job, waiting_reason=why_not))
            return None
        if job.waiting_reason:
            self._cabinet.show(dataclasses.replace(job, waiting_reason=""))
        return Access(service.base_url, Secret(key) if key else None)

    def _call(self, job: Job, live: Live, now: Moment, access: Access) -> None:
        match job.state:
            case JobState.CREATING:
                self._create(job, live, now, access)
            case JobState.UPLOADING:
                self._send(job, live, now)
            case JobState.COMPLETING:
                self._complete(job, live, now, access)
            case JobState.CONFIRMING | JobState.QUEUED | JobState.PROCESSING:
                assert job.remote_id is not None
                ticket = live.draw_ticket(now.steady_seconds)
                self._cabinet.post(AskStatus(ticket, job.local_id, access, job.remote_id))
            case JobState.FETCHING:
                self._fetch(job, live, now, access)
            case _:
                raise AssertionError(f"nothing to send in state {job.state}")

    def _create(self, job: Job, live: Live, now: Moment, access: Access) -> None:
        new_job = new_job_of(job)
        if isinstance(new_job, Failure):
            self._cabinet.move(job, E.GAVE_UP, now, failure=new_job)
            return
        job = dataclasses.replace(job, drafts=job.drafts + 1, remote_id=None, completes=0)
        self._cabinet.save(job, durable=True)
        ticket = live.draw_ticket(now.steady_seconds)
        self._cabinet.post(CreateDraft(ticket, job.local_id, access, new_job))

    def _send(self, job: Job, live: Live, now: Moment) -> None:
        if live.upload_url is None:
            # The address is a secret and was never written down: after a restart, a new draft.
            abandon_draft(self._cabinet, job, now, "the upload's address is gone")
            return
        assert job.clip_sha256 is not None
        assert job.clip_bytes is not None
        ticket = live.draw_ticket(now.steady_seconds)
        path = job.request.clip_path
        self._cabinet.post(
            SendClip(ticket, job.local_id, live.upload_url, path, job.clip_sha256, job.clip_bytes)
        )

    def _complete(self, job: Job, live: Live, now: Moment, access: Access) -> None:
        """The call that costs: counted and synced to disk before it may go out."""
        remote_id = job.remote_id
        assert remote_id is not None
        job = dataclasses.replace(job, completes=job.completes + 1, admitted=None)
        self._cabinet.save(job, durable=True)
        ticket = live.draw_ticket(now.steady_seconds)
        record = self._cabinet.record_of(job)
        self._cabinet.post(CompleteUpload(ticket, job.local_id, access, remote_id, record))

    def _fetch(self, job: Job, live: Live, now: Moment, access: Access) -> None:
        assert job.remote_id is not None
        have = frozenset(item.kind for item in job.artifacts if is_whole(item.path, item.bytes))
        ticket = live.draw_ticket(now.steady_seconds)
        self._cabinet.post(
            FetchResult(
                ticket,
                job.local_id,
                access,
                job.remote_id,
                job.request.target_id,
                self._ledger.job_folder(job.local_id),
                have,
            )
        )

    def _copy(self, job: Job, live: Live, now: Moment) -> None:
        twin = self._cabinet.find(job.twin)
        if twin is None or not twin.artifacts:
            self._cabinet.move(job, E.GAVE_UP, now, failure=why_failed.TWIN_GONE)
            return
        ticket = live.draw_ticket(now.steady_seconds)
        folder = self._ledger.job_folder(job.local_id)
        self._cabinet.post(CopyArtifacts(ticket, job.local_id, twin.artifacts, folder))

    def _follow(self, job: Job, live: Live, now: Moment) -> None:
        """Share the remote job of an identical one as soon as that is handed over."""
        leader = self._cabinet.find(job.follows)
        if leader is None or (leader.finished_wall_seconds and not leader.admitted):
            self._cabinet.move(job, E.GAVE_UP, now, follows=None, failure=why_failed.TWIN_GONE)
        elif leader.remote_id is not None and leader.admitted:
            self._cabinet.save(dataclasses.replace(job, remote_id=leader.remote_id))
            live.due = now.steady_seconds
        else:
            live.due = now.steady_seconds + WAIT_SECONDS


def abandon_draft(cabinet: Cabinet, job: Job, now: Moment, why: str) -> None:
    """Go back for a new draft, which is free; a few times only."""
    reset: dict[str, Any] = {
        "remote_id": None,
        "remote_status": "",
        "uploaded": False,
        "completes": 0,
    }
    if job.drafts < MOST_DRAFTS:
        cabinet.move(job, E.DRAFT_LOST, now, why, admitted=False, **reset)
        return
    cabinet.move(job, E.GAVE_UP, now, admitted=False, failure=why_failed.UPLOAD_REFUSED, **reset)


def new_job_of(job: Job) -> NewJob | Failure:
    """What is sent to create the job, or why it cannot be."""
    request = job.request
    try:
        return NewJob(
            title=_sendable(request.title)[:200],
            source_filename=_sendable(request.clip_name)[-200:] or "clip.mp4",
            source_duration_seconds=request.source_duration_seconds,
            trim_start_seconds=request.trim_start_seconds,
            trim_end_seconds=request.trim_end_seconds,
            export_fps=request.export_fps,
            mocap_type=request.mocap_type,
            target_ids=(request.target_id,),
        )
    except ValidationError:
        return why_failed.NO_TRIM


def is_whole(path: Path, size: int) -> bool:
    """Whether a file is there with that length: its hash was checked when it was named."""
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _sendable(text: str) -> str:
    """A name as it can travel in JSON: file names may hold bytes that are no characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
