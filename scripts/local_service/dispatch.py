# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue's consumers: a few threads, each following one worker process at a time.

A thread never dies of a job: whatever goes wrong with one becomes that job's failure.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import artifacts, processes
from .avatars import Avatar
from .contract import iso_time
from .errors import ApiError, ErrorCode
from .files import DataFolder
from .records import Job
from .settings import Settings
from .store import Store
from .targets import Catalogue

_log = logging.getLogger(__name__)

_IDLE_SECONDS = 1.0
_PROGRESS_STEP = 0.05
_MOST_PROGRESS_EVENTS = 200
WORKER_LOG = "worker.log"


class Dispatcher:
    """Takes queued jobs in order and sees each to its end."""

    def __init__(
        self,
        store: Store,
        folder: DataFolder,
        settings: Settings,
        catalogue: Catalogue,
        models: Mapping[str, str] | None = None,
    ) -> None:
        self._models = models
        self._store = store
        self._folder = folder
        self._settings = settings
        self._catalogue = catalogue
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []
        self.stopping = threading.Event()
        """Set once, for good; ends worker processes within a moment, those of probes too."""

    def start(self) -> None:
        for number in range(self._settings.workers):
            thread = threading.Thread(target=self._slot, name=f"slot-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Say that a job was queued."""
        with self._wake:
            self._wake.notify()

    def stop(self, seconds: float = 10.0) -> None:
        """End the worker processes, put their jobs back into the queue, and wait for that."""
        self.stopping.set()
        with self._wake:
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(seconds)

    def _slot(self) -> None:
        while not self.stopping.is_set():
            try:
                job = self._store.claim()
                if job is not None:
                    self._process(job)
                    continue
            except Exception:  # noqa: BLE001 -- the thread's top frame
                _log.exception("The queue could not go on; it tries again")
            with self._wake:
                self._wake.wait(_IDLE_SECONDS)

    def _process(self, job: Job) -> None:
        _log.info("%s: processing", job.id)
        try:
            outcome = self._run(job)
        except Exception as problem:  # noqa: BLE001 -- becomes the job's failure
            _log.exception("%s: could not be processed", job.id)
            outcome = processes.Refused(
                ErrorCode.PROCESSING_FAILED, f"The job could not be processed: {problem}."
            )
        match outcome:
            case processes.Stopped():
                self._store.put_back(job.id)
                return
            case processes.Refused(code, message):
                self._store.fail(job.id, code, message)
                _log.warning("%s: failed, %s", job.id, code)
            case artifacts.Product():
                self._store.complete(job.id, outcome.to_json(), " ".join(outcome.notes) or None)
                _log.info("%s: completed", job.id)
        self._tidy(job)

    def _run(self, job: Job) -> artifacts.Product | processes.Refused | processes.Stopped:
        assert job.source_name is not None
        assert job.admitted_start is not None
        assert job.admitted_end is not None
        folder = self._folder.job(job.id)
        work = self._folder.fresh_work(job.id)
        seconds = job.admitted_end - job.admitted_start
        settings = self._settings
        try:
            avatars = self._avatars(job)
        except ApiError as refusal:
            return processes.Refused(refusal.code, refusal.message)
        task = {
            "kind": "capture",
            "processor": settings.processor,
            "video": str(folder / job.source_name),
            "start_seconds": job.admitted_start,
            "end_seconds": job.admitted_end,
            "export_fps": job.asked.export_fps,
            "mocap_type": job.asked.mocap_type,
            "folder": str(work),
            "models": self._models,
            "avatars": [
                {"target_id": one.target_id, "version": one.version}
                | {"character": str(one.character), "binding": dict(one.binding)}
                for one in avatars
            ],
        }
        limits = processes.Limits(
            settings.time_limit_base + settings.time_limit_factor * seconds, settings.memory_limit
        )
        progress = _Progress(self._store, job.id)
        outcome = processes.run(
            task, limits, folder / WORKER_LOG, self.stopping, progress=progress.note
        )
        if not isinstance(outcome, processes.Answered):
            return outcome
        return _product(outcome.content, work, folder, job)

    def _avatars(self, job: Job) -> list[Avatar]:
        """The custom avatars of the job as they are published now: their versions are looked up
        when it is processed. Raises ApiError when one is not offered any more.
        """
        asked = [name for name in job.asked.target_ids if self._catalogue.is_avatar(name)]
        if self._catalogue.partial and len(asked) < len(job.asked.target_ids):
            asked = [name for name in asked if self._catalogue.find(name) is not None]
        return [self._catalogue.avatar(name) for name in asked]

    def _tidy(self, job: Job) -> None:
        """A finished job keeps its results only: the video belongs to the user."""
        folder = self._folder.job(job.id)
        shutil.rmtree(folder / "work", ignore_errors=True)
        if job.source_name is not None:
            (folder / job.source_name).unlink(missing_ok=True)


class _Progress:
    """Writes progress down in steps, so that a long job does not grow an endless event list."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._left = _MOST_PROGRESS_EVENTS
        self._stage: str | None = None
        self._fraction = 0.0

    def note(self, stage: str, fraction: float) -> None:
        news = stage != self._stage or fraction >= self._fraction + _PROGRESS_STEP
        end = fraction >= 1.0 and self._fraction < 1.0
        if self._left and (news or end):
            self._left -= 1
            self._stage, self._fraction = stage, fraction
            self._store.note_progress(self._job_id, stage, fraction)


def _product(
    said: dict[str, Any], work: Path, folder: Path, job: Job
) -> artifacts.Product | processes.Refused:
    about = {
        "jobId": job.id,
        "targetIds": list(job.asked.target_ids),
        "mocapType": job.asked.mocap_type,
        "exportFps": job.asked.export_fps,
        "trimStartSec": job.admitted_start,
        "trimEndSec": job.admitted_end,
        "createdAt": iso_time(job.created_at),
    }
    try:
        produced = artifacts.Produced(
            fbx=Path(said["fbx"]),
            preview=Path(said["preview"]) if said["preview"] else None,
            frames=said["frames"],
            fps=said["fps"],
            seconds=said["seconds"],
            notes=tuple(said["notes"]),
            avatars={
                target_id: (Path(made["fbx"]), str(made["version"]))
                for target_id, made in said.get("avatars", {}).items()
            },
        )
        return artifacts.take(produced, work, folder, about)
    except (KeyError, TypeError, artifacts.ProductError) as problem:
        _log.error("%s: %s", job.id, problem)
        return processes.Refused(ErrorCode.PROCESSING_FAILED, str(problem))
