# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips out, artifacts in: streamed, measured, stoppable, in constant memory."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .client import answer_failure
from .contents import MAX_BYTES, Kind, check
from .failures import (
    A_WEB_PAGE,
    DOING,
    ApiFailure,
    Cancelled,
    DamagedArtifact,
    LocalTrouble,
    Malformed,
    Redirected,
    Step,
    TimedOut,
)
from .lifeline import Lifeline
from .secret import Secret
from .transport import Exchange, Timeouts, exchange
from .urls import checked, origin, redirected, without_query

Progress = Callable[[int, int | None], None]
"""Told bytes so far and bytes in all (None: the sender did not say)."""

UPLOAD_TIMEOUTS = Timeouts(connect=15.0, read=45.0, total=12 * 3600.0)
DOWNLOAD_TIMEOUTS = Timeouts(connect=15.0, read=45.0, total=6 * 3600.0)

_CHUNK_BYTES = 64 * 1024
_MAX_REDIRECTS = 5
_MAX_ERROR_BODY_BYTES = 64 * 1024
_SLOW_SECONDS = 120.0
_SLOW_BYTES = 16 * 1024

_SUFFIXES: dict[Kind, str] = {"fbx": ".fbx", "motion_json": ".json", "preview": ".mp4"}
_NO_SPACE = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Fetched:
    """An artifact on disk, named by its own hash."""

    path: Path
    sha256: str
    bytes: int
    url_without_query: str


def hash_file(
    path: Path, *, lifeline: Lifeline, progress: Progress | None = None
) -> tuple[str, int]:
    """SHA-256 (hex) and length of a file. Errors: `LocalTrouble`, `Cancelled`."""
    digest, size = hashlib.sha256(), 0
    with _local("read", path), path.open("rb") as stream:
        total = os.fstat(stream.fileno()).st_size
        while piece := stream.read(1024 * 1024):
            if lifeline.cut_by is not None:
                raise Cancelled("Reading the clip was stopped.", step="read")
            digest.update(piece)
            size += len(piece)
            if progress is not None:
                progress(size, total)
    if size == 0:
        raise LocalTrouble(
            f"The clip “{path.name}” is empty.",
            code="file_empty",
            step="read",
            remedy="Select another clip; its export may have failed.",
        )
    return digest.hexdigest(), size


class _ClipBody:
    """The request body: as long as promised, and the very bytes that were hashed before."""

    def __init__(self, stream: BinaryIO, size: int, lifeline: Lifeline, progress: Progress) -> None:
        self._stream = stream
        self._size = size
        self._lifeline = lifeline
        self._progress = progress
        self.digest = hashlib.sha256()
        self.sent = 0
        self.fault: ApiFailure | None = None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while self.sent < self._size:
            self._go_on()
            piece = b""
            with contextlib.suppress(OSError):
                piece = self._stream.read(min(_CHUNK_BYTES, self._size - self.sent))
            if not piece:
                self._stop(_file_changed())
            self.digest.update(piece)
            self.sent += len(piece)
            if self.sent == self._size and self._stream.read(1):
                self._stop(_file_changed())
            yield piece
            self._progress(self.sent, self._size)

    def _go_on(self) -> None:
        if self._lifeline.cut_by is not None:
            self._stop(Cancelled("Sending the clip was stopped.", step="upload"))

    def _stop(self, fault: ApiFailure) -> None:
        # The transport turns what is raised here into a failure of its own; the cause is kept.
        self.fault = fault
        raise OSError("stopped")


def upload(
    url: Secret,
    path: Path,
    *,
    expected_sha256: str,
    expected_bytes: int,
    lifeline: Lifeline,
    progress: Progress | None = None,
    timeouts: Timeouts = UPLOAD_TIMEOUTS,
) -> None:
    """PUT a file to its secret address, as `video/mp4`, without a bearer.

    The bytes are hashed on the way: a file that was replaced since it was hashed is reported
    (`LocalTrouble`, code `file_changed`) even though it was sent, so that it is never admitted.
    Errors: `ApiFailure`. Repeating a PUT is safe.
    """
    with _local("upload", path), path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size != expected_bytes:
            raise _file_changed()
        address = checked(url.reveal())
        for _ in range(_MAX_REDIRECTS + 1):
            stream.seek(0)
            body = _ClipBody(stream, expected_bytes, lifeline, progress or _nobody)
            address = _put(address, body, lifeline, timeouts)
            if not address:
                if body.digest.hexdigest() != expected_sha256 or body.sent != expected_bytes:
                    raise _file_changed()
                return
        raise Redirected("Sending the clip failed: its address redirects without end.",
                         step="upload")  # fmt: skip


def _put(address: str, body: _ClipBody, lifeline: Lifeline, timeouts: Timeouts) -> str:
    """One attempt; returns where to go instead, "" when the clip has arrived."""
    failure: ApiFailure | None = None
    headers = {"Content-Type": "video/mp4"}  # its length comes from len(body)
    try:
        with exchange(
            "PUT",
            address,
            step="upload",
            lifeline=lifeline,
            timeouts=timeouts,
            headers=headers,
            body=body,
        ) as answer:
            if answer.status in (307, 308):
                return redirected(address, answer.header("Location"))
            if 300 <= answer.status < 400:
                raise Redirected(f"{DOING['upload']} failed: its address redirects away.",
                                 step="upload")  # fmt: skip
            data = answer.read(_MAX_ERROR_BODY_BYTES)
            if 200 <= answer.status < 300:
                _refuse_a_page(answer)
                return ""
            raise answer_failure("upload", answer.status, data, answer.retry_after_seconds)
    except ApiFailure as error:
        failure = body.fault or error
    raise failure


def _refuse_a_page(answer: Exchange) -> None:
    """A sign-in page says 200 to everything; a store that has taken a file shows no page."""
    if answer.header("Content-Type").strip().lower().startswith("text/html"):
        raise Malformed(
            f"{DOING['upload']} failed: {A_WEB_PAGE} answered instead of the store.",
            step="upload",
        )


def download(
    url: Secret,
    folder: Path,
    kind: Kind,
    *,
    bearer: Secret | None,
    bearer_base_url: str,
    lifeline: Lifeline,
    progress: Progress | None = None,
    timeouts: Timeouts = DOWNLOAD_TIMEOUTS,
) -> Fetched:
    """Fetch an artifact into `folder`, check it, and name it by its SHA-256.

    It is written under a temporary name that no one else uses and renamed when all is well, so a
    file under its final name is whole. The bearer is sent only to `bearer_base_url`'s origin.
    Errors: `ApiFailure`; nothing is left behind then.
    """
    temporary = folder / f".fetching-{os.getpid()}-{time.monotonic_ns()}{_SUFFIXES[kind]}"
    home = origin(bearer_base_url)
    address = checked(url.reveal())
    shown = without_query(address)
    try:
        with _local("download", folder):
            folder.mkdir(parents=True, exist_ok=True)
        for _ in range(_MAX_REDIRECTS + 1):
            with exchange(
                "GET",
                address,
                step="download",
                lifeline=lifeline,
                timeouts=timeouts,
                bearer=bearer if origin(address) == home else None,
            ) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    address = redirected(address, answer.header("Location"))
                    continue
                if answer.status != 200:
                    data = answer.read(_MAX_ERROR_BODY_BYTES)
                    raise answer_failure(
                        "download", answer.status, data, answer.retry_after_seconds
                    )
                with _local("download", folder):
                    sha256, size = _store(answer, temporary, kind, progress or _nobody)
            with _local("download", folder):
                check(kind, temporary)
                return Fetched(_keep(temporary, sha256, kind), sha256, size, shown)
        raise Redirected("Fetching the result failed: its address redirects without end.",
                         step="download")  # fmt: skip
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _store(answer: Exchange, path: Path, kind: Kind, progress: Progress) -> tuple[str, int]:
    """Write the body to disk, all the way; returns its hash and length."""
    expected = None if answer.header("Content-Encoding") else answer.content_length
    if expected is not None and expected > MAX_BYTES[kind]:
        raise _damaged("The result is far larger than it can be.")
    digest, size = hashlib.sha256(), 0
    mark_seconds, mark_size = time.monotonic(), 0
    with path.open("xb") as stream:
        for piece in answer.pieces():
            stream.write(piece)
            digest.update(piece)
            size += len(piece)
            if size > MAX_BYTES[kind]:
                raise _damaged("The result is far larger than it can be.")
            if time.monotonic() - mark_seconds > _SLOW_SECONDS:
                if size - mark_size < _SLOW_BYTES:
                    raise TimedOut("Fetching the result failed: it hardly moves.", step="download")
                mark_seconds, mark_size = time.monotonic(), size
            progress(size, expected)
        if size == 0:
            raise _damaged("The fetched result is empty.")
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest(), size


def _keep(temporary: Path, sha256: str, kind: Kind) -> Path:
    path = temporary.with_name(sha256 + _SUFFIXES[kind])
    temporary.replace(path)
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        with contextlib.suppress(OSError):  # some network drives cannot
            os.fsync(handle)
        os.close(handle)
    return path


@contextlib.contextmanager
def _local(step: Step, path: Path) -> Iterator[None]:
    """Turn this machine's own troubles into `LocalTrouble`, with a remedy that fits."""
    failure: ApiFailure | None = None
    try:
        yield
    except OSError as error:
        failure = local_trouble(error, step, path)
    if failure is not None:
        raise failure


def local_trouble(error: OSError, step: Step, path: Path) -> LocalTrouble:
    """What an error of the file system means for the user."""
    doing, name = DOING[step], path.name
    if error.errno in _NO_SPACE:
        what, code = "the disk is full", "disk_full"
        remedy = "Make room on the disk, then retry."
    elif isinstance(error, FileNotFoundError | NotADirectoryError):
        what, code = f"“{name}” is not there any more", "file_missing"
        remedy = "Put it back or reconnect its drive, then retry."
    elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
        what, code = f"“{name}” may not be read or written", "not_permitted"
        remedy = "Allow access to it or choose another folder, then retry."
    else:
        kind = errno.errorcode.get(error.errno or 0, "I/O error")
        what, code = f"“{name}” cannot be read or written ({kind})", "disk_trouble"
        remedy = "Check the disk or drive it lies on, then retry."
    return LocalTrouble(f"{doing} failed: {what}.", code=code, step=step, remedy=remedy)


def _file_changed() -> LocalTrouble:
    return LocalTrouble(
        "The clip's file has changed since it was selected.",
        code="file_changed",
        step="upload",
        remedy="Capture again to send the file as it is now.",
    )


def _damaged(what: str) -> DamagedArtifact:
    return DamagedArtifact(what, step="download")


def _nobody(done: int, total: int | None) -> None:
    """Progress that no one asked for."""
