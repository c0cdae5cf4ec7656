# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service does, apart from HTTP: drafts, uploads, admission, and what may be fetched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from . import admission, artifacts, processes, tokens
from .avatars import Shelf
from .contract import CreateJob, JobStatus
from .dispatch import WORKER_LOG, Dispatcher
from .errors import ApiError, ErrorCode
from .files import DataFolder, Incoming, discard, source_name
from .journal import price
from .records import Job
from .settings import Settings
from .store import Store
from .targets import Catalogue

_DISCARD_SECONDS = 20.0
_PROBES_AT_ONCE = 2
_DAY = 24 * 3600.0
# These concern the video, so the job has failed; the others concern the account, and the draft
# waits for a better moment with its upload kept.
_FAIL_THE_JOB = frozenset(
    {
        ErrorCode.VIDEO_UNREADABLE,
        ErrorCode.TRIM_RANGE_INVALID,
        ErrorCode.DURATION_LIMIT,
        ErrorCode.FILE_SIZE_LIMIT,
    }
)


@dataclass(frozen=True)
class Draft:
    """A new job and the token that its upload URL needs; the token is not kept."""

    job: Job
    upload_token: str


class Service:
    """One running service over one data folder.

    `models` are paths that the processor gets with each job; `clock` gives Unix seconds.
    """

    def __init__(
        self,
        settings: Settings,
        models: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.folder = DataFolder(settings.data)
        self.folder.make()
        self._clock = clock
        self.key = settings.key or tokens.kept_secret(self.folder.key, "sk-local-")
        self.signer = tokens.Signer(tokens.kept_secret(self.folder.url_secret))
        self.store = Store(self.folder.database, clock)
        self.store.start_balance(settings.credits)
        self.catalogue = Catalogue(
            partial=settings.partial_targets, shelf=Shelf(self.folder.avatars)
        )
        self.dispatcher = Dispatcher(self.store, self.folder, settings, self.catalogue, models)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._probes = asyncio.Semaphore(_PROBES_AT_ONCE)

    def start(self) -> None:
        """Take up what an earlier run left: half uploads and old files go, jobs go on."""
        self.folder.drop_leftovers()
        for job_id in self.store.untouched_since(self._clock() - self.settings.keep_days * _DAY):
            self.folder.forget(job_id)
        self.store.recover()
        self.dispatcher.start()

    def stop(self) -> None:
        self.dispatcher.stop()
        self.store.close()

    def create(self, body: CreateJob) -> Draft:
        """A draft for the request, or ApiError."""
        account = admission.Account(self.store.active(), self.store.balance())
        asked = admission.new_job(body, self.settings, self.catalogue, account)
        token = tokens.new_token()
        expires = self._clock() + self.settings.upload_url_seconds
        return Draft(self.store.create(asked, tokens.token_hash(token), expires), token)

    async def upload(
        self, job_id: str, token: str, size: int | None, chunks: AsyncIterator[bytes]
    ) -> None:
        """Receive a draft's video. A draft can be uploaded again; the last whole one counts.

        `size` is what the request declares, None if it does not. Raises ApiError.
        """
        try:
            job = self._uploadable(job_id, token)
            admission.check_size(size or 0, self.settings)
            folder = self.folder.job(job_id)
            limits = (self.settings.max_bytes, self.settings.upload_idle_seconds)
            with Incoming(folder, *limits) as incoming:
                await incoming.receive(chunks)
                async with self._lock(job_id):
                    self._uploadable(job_id, token)
                    name = source_name(job.asked.source_filename)
                    incoming.keep(folder / name)
                    await asyncio.to_thread(self.store.record_upload, job_id, name, incoming.size)
        except ApiError as refusal:
            if refusal.code is not ErrorCode.REQUEST_TIMEOUT:
                await discard(chunks, _DISCARD_SECONDS)
            raise

    def _uploadable(self, job_id: str, token: str) -> Job:
        try:
            job = self.store.job(job_id)
        except ApiError:
            job = None
        # The same answer for a wrong job as for a wrong token, so neither can be found out.
        if job is None or not tokens.same_hash(token, job.upload_hash):
            raise ApiError(ErrorCode.UPLOAD_URL_INVALID, "This upload URL is not valid.")
        if job.status is not JobStatus.DRAFT:
            raise ApiError(
                ErrorCode.UPLOAD_CLOSED, f"The job is {job.status} and takes no upload any more."
            )
        if self._clock() >= job.upload_expires:
            raise ApiError(ErrorCode.UPLOAD_URL_EXPIRED, "This upload URL has expired.")
        return job

    async def complete_upload(self, job_id: str) -> Job:
        """Admit the upload: check the video and the account, reserve the v-credit, queue the job.

        Safe to repeat: after admission it changes and costs nothing and answers where the job
        stands; after a failed validation it answers that failure again.
        """
        async with self._lock(job_id):
            job = await asyncio.to_thread(self.store.job, job_id)
            if job.was_admitted:
                return job
            if job.status.is_terminal:
                raise ApiError(ErrorCode(job.error_code or ""), job.error_message or "")
            if not self.settings.plan_active:
                raise ApiError(
                    ErrorCode.PLAN_INACTIVE, "The API plan of this account is not active."
                )
            source = self.folder.job(job_id) / (job.source_name or "none")
            if not source.is_file():
                raise ApiError(ErrorCode.UPLOAD_MISSING, "No video was uploaded for this job.")
            try:
                admission.check_size(source.stat().st_size, self.settings)
                async with self._probes:
                    facts = await asyncio.to_thread(self._probe, source)
                await asyncio.to_thread(self._admit, job, facts)
            except ApiError as refusal:
                if refusal.code in _FAIL_THE_JOB:
                    await asyncio.to_thread(self.store.fail, job_id, refusal.code, refusal.message)
                    source.unlink(missing_ok=True)
                raise
        self.dispatcher.wake()
        return await asyncio.to_thread(self.store.job, job_id)

    def _admit(self, job: Job, facts: admission.VideoFacts) -> None:
        start, end = admission.admitted_trim(
            job.asked.trim_start, job.asked.trim_end, facts, self.settings
        )
        self.store.admit(
            job.id, start, end, price=price(end - start), concurrency=self.settings.concurrency
        )

    def _probe(self, video: Path) -> admission.VideoFacts:
        """What the video is, found out in a worker process: it may be anything."""
        task = {"kind": "probe", "processor": self.settings.processor, "video": str(video)}
        limits = processes.Limits(self.settings.probe_seconds, self.settings.memory_limit)
        stopping = self.dispatcher.stopping
        outcome = processes.run(task, limits, video.parent / WORKER_LOG, stopping)
        match outcome:
            case processes.Answered(content):
                content.pop("kind", None)
                facts = admission.VideoFacts(**content)
                if facts.duration_seconds > 0 and facts.frames > 0:
                    return facts
            case processes.Stopped():
                raise ApiError(ErrorCode.SHUTTING_DOWN, "The service is stopping; try again.")
        raise ApiError(
            ErrorCode.VIDEO_UNREADABLE, "The uploaded file could not be read as a video."
        )

    def artifact(self, job_id: str, name: str, expires: int, signature: str) -> Path:
        """The file that a signed URL names. Raises ApiError."""
        match self.signer.judge(job_id, name, expires, signature, self._clock()):
            case tokens.Verdict.WRONG:
                raise ApiError(ErrorCode.ARTIFACT_URL_INVALID, "This artifact URL is not valid.")
            case tokens.Verdict.EXPIRED:
                raise ApiError(
                    ErrorCode.ARTIFACT_URL_EXPIRED,
                    "This artifact URL has expired; ask for the result again.",
                )
        job = self.store.job(job_id)
        product = artifacts.Product.from_json(job.product) if job.product else None
        path = self.folder.job(job_id) / name
        if product is None or name not in product.files or not path.is_file():
            raise ApiError(ErrorCode.ARTIFACT_MISSING, "The artifact is not there any more.")
        return path

    def artifact_query(self, job_id: str, name: str) -> str:
        """The query that lets an artifact be fetched for a while, without the key."""
        expires = int(self._clock() + self.settings.artifact_url_seconds)
        return f"expires={expires}&signature={self.signer.sign(job_id, name, expires)}"

    def _lock(self, job_id: str) -> asyncio.Lock:
        """One lock per job, so that an upload cannot change what is being admitted."""
        return self._locks.setdefault(job_id, asyncio.Lock())
