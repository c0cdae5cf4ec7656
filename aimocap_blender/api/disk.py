# SPDX-License-Identifier: GPL-3.0-or-later
"""Our side of a transfer: files of this machine, hashed, and their troubles in words.

Knows no HTTP.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from .failures import DOING, ApiFailure, Cancelled, LocalTrouble, Step
from .lifeline import Lifeline

Progress = Callable[[int, int | None], None]
"""Told bytes so far and bytes in all (None: the sender did not say)."""

_NO_SPACE = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})


def hash_file(
    path: Path, *, lifeline: Lifeline, progress: Progress | None = None
) -> tuple[str, int]:
    """SHA-256 (hex) and length of a file. Errors: `LocalTrouble`, `Cancelled`."""
    digest, size = hashlib.sha256(), 0
    with told_as("read", path), path.open("rb") as stream:
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


@contextlib.contextmanager
def told_as(step: Step, path: Path) -> Iterator[None]:
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


def nobody(done: int, total: int | None) -> None:
    """Progress that no one asked for."""
