# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips out: streamed, measured, stoppable, in constant memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .client import MAX_FAILURE_BYTES, answer_failure
from .disk import Progress, nobody, told_as
from .failures import (
    A_WEB_PAGE,
    DOING,
    ApiFailure,
    Cancelled,
    LocalTrouble,
    Malformed,
    Redirected,
)
from .lifeline import Lifeline
from .secret import Secret
from .transport import Exchange, Timeouts, exchange
from .urls import MAX_REDIRECTS, checked, redirected

UPLOAD_TIMEOUTS = Timeouts(connect=15.0, read=45.0, total=12 * 3600.0)

_CHUNK_BYTES = 64 * 1024


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
    with told_as("upload", path), path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size != expected_bytes:
            raise _file_changed()
        address = checked(url.reveal())
        for _ in range(MAX_REDIRECTS + 1):
            stream.seek(0)
            body = _ClipBody(stream, expected_bytes, lifeline, progress or nobody)
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
            data = answer.read(MAX_FAILURE_BYTES)
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


def _file_changed() -> LocalTrouble:
    return LocalTrouble(
        "The clip's file has changed since it was selected.",
        code="file_changed",
        step="upload",
        remedy="Capture again to send the file as it is now.",
    )
