# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is alive: each desk holds a locked file, and the system lets go of it when the desk dies.

A lease that runs out by the clock would hand a job over while its Blender renders for an hour, or
sleeps, or when the clock jumps. A file lock is held exactly as long as the process lives. Where
the drive cannot lock (some network drives), an owner counts as gone when its heartbeat has stood
still for `LEASE_SECONDS` of our own steady clock, however the wall clock jumps meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import sys
import uuid
from pathlib import Path
from typing import IO

LEASE_SECONDS = 60.0
BEAT_SECONDS = 5.0

if sys.platform == "win32":
    import msvcrt

    def _try_lock(stream: IO[bytes]) -> bool:
        """True when locked by us now, False when another has it. `OSError`: cannot tell."""
        try:
            stream.seek(64)  # beyond the text: a locked byte cannot be read by others on Windows
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _try_lock(stream: IO[bytes]) -> bool:
        """True when locked by us now, False when another has it. `OSError`: cannot tell."""
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Claims:
    """Our own sign of life, and a look at those of the others. `owner` is "" until opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stream: IO[bytes] | None = None
        self._beats = 0
        self._beat_due = 0.0
        self._now = 0.0
        self._watched: dict[str, tuple[bytes, float]] = {}
        self.owner = ""

    def open(self) -> None:
        """Make and lock our file. Errors: `OSError` when the folder cannot be written."""
        if self._stream is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        self.owner = uuid.uuid4().hex
        self._make()

    def _make(self) -> None:
        """Make and lock the file of our name."""
        while self._stream is None:
            stream = self._path(self.owner).open("w+b", buffering=0)
            with contextlib.suppress(OSError):
                _try_lock(stream)
            # Another Blender may have swept the file away between making and locking it.
            if self._path(self.owner).exists():
                self._stream = stream
            else:
                stream.close()

    def close(self) -> None:
        """Let go: from now on others may take our jobs."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
            with contextlib.suppress(OSError):
                self._path(self.owner).unlink()
        self.owner = ""

    def beat(self, steady_seconds: float) -> None:
        """Once per tick; writes a heartbeat every few seconds for drives that cannot lock."""
        self._now = steady_seconds
        if self._stream is None or steady_seconds < self._beat_due:
            return
        self._beat_due = steady_seconds + BEAT_SECONDS
        self._beats += 1
        with contextlib.suppress(OSError):
            if not self._path(self.owner).exists():  # the folder was removed under us
                self._folder.mkdir(parents=True, exist_ok=True)
                self._stream.close()
                self._stream = None
                self._make()
            assert self._stream is not None
            self._stream.seek(0)
            self._stream.write(f"{self._beats:020d}".encode())

    def is_ours_to_take(self, owner: str) -> bool:
        """Whether what belongs to that owner is ours, or may become so."""
        return owner == self.owner or self.is_free(owner)

    def is_free(self, owner: str) -> bool:
        """Whether nobody alive goes by that name."""
        if not owner:
            return True
        if owner == self.owner:
            return False
        try:
            with self._path(owner).open("r+b", buffering=0) as stream:
                return _try_lock(stream)
        except FileNotFoundError:
            return True
        except OSError:
            return self._stands_still(owner)

    def _stands_still(self, owner: str) -> bool:
        try:
            beat = self._path(owner).read_bytes()[:20]
        except OSError:
            beat = b""
        seen, since = self._watched.get(owner, (None, self._now))
        if beat != seen:
            self._watched[owner] = (beat, self._now)
            return False
        return self._now - since > LEASE_SECONDS

    def _path(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"

    def _sweep(self) -> None:
        """Remove the files of the dead."""
        for path in self._folder.glob("*.lock"):
            with contextlib.suppress(OSError):
                if self.is_free(path.stem):
                    os.unlink(path)  # noqa: PTH108
