# SPDX-License-Identifier: GPL-3.0-or-later
"""What each command does, on a worker thread: calls, clips out, results in."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import assert_never

from ..api.client import ApiClient
from ..api.contents import Kind
from ..api.disk import hash_file, told_as
from ..api.download import DOWNLOAD_TIMEOUTS, Fetched, download
from ..api.failures import ApiFailure, Cancelled
from ..api.lifeline import Lifeline
from ..api.models import RemoteOutput, RemoteResult
from ..api.secret import Secret
from ..api.transport import Timeouts
from ..api.upload import UPLOAD_TIMEOUTS, upload
from .folders import JobFolders, sweep, take_over
from .job import Artifact
from .messages import (
    Access,
    ArtifactAbsent,
    ArtifactHeld,
    AskStatus,
    ClipHashed,
    ClipSent,
    CompleteUpload,
    CopyArtifacts,
    CreateDraft,
    DiskCommand,
    DiskTrouble,
    DraftMade,
    Event,
    FetchResult,
    HashClip,
    Progressed,
    RemoveFolder,
    ResultHeld,
    SendClip,
    StatusTold,
    TicketCommand,
    UploadAccepted,
    WriteRecord,
)

_PROGRESS_SECONDS = 0.1
_OURS = (".fbx", ".json", ".mp4")


class Errands:
    """Carries commands out and tells what came of it. Errors of `run`: `ApiFailure`."""

    def __init__(self, tell: Callable[[Event], None], timeouts: Timeouts | None = None) -> None:
        self._tell = tell
        self._call_timeouts = timeouts or Timeouts()
        self._upload_timeouts = timeouts or UPLOAD_TIMEOUTS
        self._download_timeouts = timeouts or DOWNLOAD_TIMEOUTS
        self._folders = JobFolders()
        self._in_trouble = False

    def run(self, command: TicketCommand, lifeline: Lifeline) -> None:
        """One command, to its end."""
        match command:
            case HashClip():
                sha256, size = hash_file(
                    command.path, lifeline=lifeline, progress=self._progress(command)
                )
                self._tell(ClipHashed(command.ticket, command.local_id, sha256, size))
            case CreateDraft():
                draft = self._client(command.access).create_job(command.new_job, lifeline=lifeline)
                self._tell(
                    DraftMade(command.ticket, command.local_id, draft.remote_id, draft.upload_url)
                )
            case SendClip():
                upload(
                    command.upload_url,
                    command.path,
                    expected_sha256=command.sha256,
                    expected_bytes=command.bytes,
                    lifeline=lifeline,
                    progress=self._progress(command),
                    timeouts=self._upload_timeouts,
                )
                self._tell(ClipSent(command.ticket, command.local_id))
            case CompleteUpload():
                self._complete(command, lifeline)
            case AskStatus():
                told = self._client(command.access).job(command.remote_id, lifeline=lifeline)
                self._tell(
                    StatusTold(
                        command.ticket,
                        command.local_id,
                        told.status,
                        told.code,
                        told.words,
                        told.progress,
                    )
                )
            case FetchResult():
                self._fetch(command, lifeline)
            case CopyArtifacts():
                self._copy(command, lifeline)
            case _:
                assert_never(command)

    def disk(self, command: DiskCommand) -> None:
        """One command about a job's folder; trouble is told, the ledger has the job anyway."""
        try:
            match command:
                case WriteRecord():
                    self._folders.write_record(command)
                case RemoveFolder():
                    self._folders.remove(command)
                case _:
                    assert_never(command)
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, type(error).__name__)
            self._in_trouble = True
            words = f"The jobs' own folders cannot be written ({name})."
            self._tell(DiskTrouble(command.local_id, words))
        else:
            if self._in_trouble:
                self._in_trouble = False
                self._tell(DiskTrouble(command.local_id, ""))

    def _complete(self, command: CompleteUpload, lifeline: Lifeline) -> None:
        if lifeline.cut_by is not None:
            raise Cancelled("Handing over the clip was stopped.", step="complete")
        with told_as("complete", command.record.folder):
            self._folders.write_record(command.record)
        told = self._client(command.access).complete_upload(command.remote_id, lifeline=lifeline)
        status = "" if told is None else told.status
        self._tell(UploadAccepted(command.ticket, command.local_id, status))

    def _fetch(self, command: FetchResult, lifeline: Lifeline) -> None:
        sweep(command.folder)
        result = self._client(command.access).result(command.remote_id, lifeline=lifeline)
        output = result.output_for(command.target_id)
        kind, url = _motion_of(output)
        if output is None or url is None:
            offered = ", ".join(item.target_id for item in result.outputs if item.target_id)
            self._tell(ArtifactAbsent(command.ticket, command.local_id, offered))
            return
        if kind not in command.have:
            self._fetch_one(command, kind, url, lifeline)
        fault = self._fetch_preview(command, result, lifeline)
        self._tell(
            ResultHeld(
                command.ticket,
                command.local_id,
                is_motion=kind == "fbx",
                target_version=output.target_version or None,
                preview_fault=fault,
            )
        )

    def _fetch_preview(self, command: FetchResult, result: RemoteResult, lifeline: Lifeline) -> str:
        """The preview is a courtesy: its faults are told, the job does not depend on them."""
        if result.preview_url is None or "preview" in command.have:
            return ""
        try:
            self._fetch_one(command, "preview", result.preview_url, lifeline)
        except Cancelled:
            raise
        except ApiFailure as failure:
            return failure.what
        return ""

    def _fetch_one(self, command: FetchResult, kind: Kind, url: Secret, lifeline: Lifeline) -> None:
        fetched = download(
            url,
            command.folder,
            kind,
            bearer=command.access.key,
            bearer_base_url=command.access.base_url,
            lifeline=lifeline,
            progress=self._progress(command),
            timeouts=self._download_timeouts,
        )
        self._tell(ArtifactHeld(command.ticket, command.local_id, _artifact(kind, fetched)))

    def _copy(self, command: CopyArtifacts, lifeline: Lifeline) -> None:
        """Another job's artifacts into this job's folder."""
        sweep(command.folder)
        for artifact in command.artifacts:
            copy = take_over(artifact, command.folder, lifeline)
            self._tell(ArtifactHeld(command.ticket, command.local_id, copy))
        is_motion = any(artifact.kind == "fbx" for artifact in command.artifacts)
        self._tell(ResultHeld(command.ticket, command.local_id, is_motion, None, ""))

    def _client(self, access: Access) -> ApiClient:
        return ApiClient(access.base_url, access.key, timeouts=self._call_timeouts)

    def _progress(self, command: TicketCommand) -> Callable[[int, int | None], None]:
        due = 0.0

        def tell(done: int, total: int | None) -> None:
            nonlocal due
            now = time.monotonic()
            if now >= due or done == total:
                due = now + _PROGRESS_SECONDS
                self._tell(Progressed(command.ticket, command.local_id, done, total))

        return tell


def _motion_of(output: RemoteOutput | None) -> tuple[Kind, Secret | None]:
    """The output's motion and of which kind it is; by `resultType`, else by the field it is in."""
    if output is None:
        return "fbx", None
    if output.result_type == "robot_motion_json" or output.fbx_url is None:
        return "motion_json", output.motion_json_url
    return "fbx", output.fbx_url


def _artifact(kind: Kind, fetched: Fetched) -> Artifact:
    return Artifact(kind, fetched.path, fetched.sha256, fetched.bytes, fetched.url_without_query)
