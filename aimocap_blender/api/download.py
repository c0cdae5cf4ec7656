# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts in: streamed, checked and named by their hash, stoppable, in constant memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from .client import MAX_FAILURE_BYTES, answer_failure
from .contents import MAX_BYTES, Kind, check
from .disk import Progress, nobody, told_as
from .failures import DamagedArtifact, Redirected
from .lifeline import Lifeline
from .secret import Secret
from .transport import Exchange, Timeouts, exchange
from .urls import MAX_REDIRECTS, checked, origin, redirected, without_query

DOWNLOAD_TIMEOUTS = Timeouts(connect=15.0, read=45.0, total=6 * 3600.0)


_SUFFIXES: dict[Kind, str] = {"fbx": ".fbx", "motion_json": ".json", "preview": ".mp4"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An artifact on disk, named by its own hash."""

    path: Path
    sha256: str
    bytes: int
    url_without_query: str


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
        with told_as("download", folder):
            folder.mkdir(parents=True, exist_ok=True)
        for _ in range(MAX_REDIRECTS + 1):
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
                    data = answer.read(MAX_FAILURE_BYTES)
                    raise answer_failure(
                        "download", answer.status, data, answer.retry_after_seconds
                    )
                with told_as("download", folder):
                    sha256, size = _store(answer, temporary, kind, progress or nobody)
            with told_as("download", folder):
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
    with path.open("xb") as stream:
        for piece in answer.pieces():
            stream.write(piece)
            digest.update(piece)
            size += len(piece)
            if size > MAX_BYTES[kind]:
                raise _damaged("The result is far larger than it can be.")
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


def _damaged(what: str) -> DamagedArtifact:
    return DamagedArtifact(what, step="download")
