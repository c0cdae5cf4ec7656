# SPDX-License-Identifier: GPL-3.0-or-later
"""The data folder: where uploads, work and results of a job lie.

No name a client sends becomes part of a path: folders are named by our own job ids, files by
names from closed sets.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from .errors import ApiError, ErrorCode

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi"})
_BLOCK = 1 << 20


@dataclass(frozen=True)
class DataFolder:
    """Paths below the service's data folder; the folder is private to its owner."""

    root: Path

    def make(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.root / "jobs").mkdir(exist_ok=True, mode=0o700)

    @property
    def database(self) -> Path:
        return self.root / "jobs.sqlite"

    @property
    def lock(self) -> Path:
        return self.root / "lock.sqlite"

    @property
    def avatars(self) -> Path:
        return self.root / "avatars"

    @property
    def key(self) -> Path:
        return self.root / "key"

    @property
    def url_secret(self) -> Path:
        return self.root / "url-secret"

    def job(self, job_id: str) -> Path:
        """The job's folder, made when it is not there. `job_id` is one of ours."""
        folder = self.root / "jobs" / job_id
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def fresh_work(self, job_id: str) -> Path:
        """An empty folder for one attempt at the capture."""
        folder = self.job(job_id) / "work"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def forget(self, job_id: str) -> None:
        """Remove all files of a job."""
        shutil.rmtree(self.root / "jobs" / job_id, ignore_errors=True)

    def drop_leftovers(self) -> None:
        """Remove what uploads and captures left behind when the service was killed."""
        for leftover in (self.root / "jobs").glob("*/incoming-*"):
            leftover.unlink(missing_ok=True)
        for leftover in (self.root / "jobs").glob("*/work"):
            shutil.rmtree(leftover, ignore_errors=True)


def source_name(filename: str) -> str:
    """Our own name for an upload: only a known video suffix is taken over from the client's."""
    suffix = PurePath(filename.replace("\\", "/")).suffix.lower()
    return "source" + (suffix if suffix in VIDEO_SUFFIXES else ".video")


class Incoming:
    """An upload on its way: streamed into a temporary file that is kept only when it is whole.

    Use as a context manager; what was not `keep`-ed is removed.
    """

    def __init__(self, folder: Path, most_bytes: int, idle_seconds: float) -> None:
        self._path = folder / f"incoming-{secrets.token_hex(8)}"
        self._most_bytes = most_bytes
        self._idle_seconds = idle_seconds
        self.size = 0

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)

    async def receive(self, chunks: AsyncIterator[bytes]) -> None:
        """Write the chunks in blocks, off the event loop; memory stays at about one block.

        Raises ApiError when they are too many, too slow, or none.
        """
        block = bytearray()
        with self._path.open("xb") as file:
            async for chunk in _not_idle(chunks, self._idle_seconds):
                self.size += len(chunk)
                if self.size > self._most_bytes:
                    raise ApiError(
                        ErrorCode.FILE_SIZE_LIMIT,
                        f"The file is larger than the plan's limit of {self._most_bytes} bytes.",
                    )
                block += chunk
                if len(block) >= _BLOCK:
                    await asyncio.to_thread(file.write, bytes(block))
                    block.clear()
            file.write(block)
        if not self.size:
            raise ApiError(ErrorCode.UPLOAD_EMPTY, "The upload has no content.")

    def keep(self, path: Path) -> None:
        """Put the whole upload in its place, in one step."""
        self._path.replace(path)


async def _not_idle(chunks: AsyncIterator[bytes], idle_seconds: float) -> AsyncIterator[bytes]:
    """The chunks, as long as none takes longer than `idle_seconds` to come."""
    while True:
        try:
            async with asyncio.timeout(idle_seconds):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ApiError(
                ErrorCode.REQUEST_TIMEOUT, "The upload stopped sending and was dropped."
            ) from None
        yield chunk


async def discard(chunks: AsyncIterator[bytes], seconds: float) -> None:
    """Read and forget the rest of a refused upload, for a while.

    A client that is still sending when the connection closes sees a broken pipe instead of the
    answer, so it is let finish where that takes a bearable time; nothing is kept.
    """
    try:
        async with asyncio.timeout(seconds):
            async for _ in chunks:
                pass
    except TimeoutError:
        pass
