# SPDX-License-Identifier: GPL-3.0-or-later
"""The job folders on disk: each holds its job's own record and what was fetched for it.

Only what we made is ever removed. On worker threads; knows no service.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
from pathlib import Path

from ..api.disk import hash_file, told_as
from ..api.failures import DamagedArtifact
from ..api.lifeline import Lifeline
from ..clips.files import sha256_of
from ..clips.strip import ClipError
from .job import CHECKED_PICTURE, GLANCE_PICTURE, Artifact
from .messages import RemoveFolder, WriteRecord
from .record import RECORD_NAME

_OURS = (".fbx", ".json", ".mp4")
_FORGOTTEN = 2**62
"""A version that no record reaches: what is still on its way to a removed folder stays out."""


class JobFolders:
    """All of them; safe to use from any thread."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._lock = threading.Lock()

    def write_record(self, command: WriteRecord) -> None:
        """Atomically, and never an older version over a newer one. Errors: `OSError`."""
        with self._lock:
            if self._versions.get(command.local_id, 0) >= command.version:
                return
            command.folder.mkdir(parents=True, exist_ok=True)
            temporary = command.folder / f".{RECORD_NAME}-{os.getpid()}"
            try:
                with temporary.open("w", encoding="utf-8") as stream:
                    stream.write(command.text)
                    stream.flush()
                    os.fsync(stream.fileno())
                temporary.replace(command.folder / RECORD_NAME)
            finally:
                with contextlib.suppress(OSError):
                    temporary.unlink(missing_ok=True)
            self._versions[command.local_id] = command.version

    def remove(self, command: RemoveFolder) -> None:
        """The record, and with it the files that are ours; then the folder, if it is empty.

        Errors: `OSError`.
        """
        with self._lock:
            self._versions[command.local_id] = _FORGOTTEN
            (command.folder / RECORD_NAME).unlink(missing_ok=True)
            if command.with_files and command.folder.is_dir():
                for path in command.folder.iterdir():
                    if _is_ours(path):
                        path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                command.folder.rmdir()


def take_over(artifact: Artifact, folder: Path, lifeline: Lifeline) -> Artifact:
    """Another job's artifact once more in that folder, checked by its hash.

    Errors: `DamagedArtifact`, `LocalTrouble`, `Cancelled`; nothing is left behind then.
    """
    path = folder / artifact.path.name
    temporary = path.with_name(f".copying-{path.name}")
    try:
        with told_as("download", artifact.path):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(artifact.path, temporary)
        sha256, size = hash_file(temporary, lifeline=lifeline)
        if sha256 != artifact.sha256:
            raise DamagedArtifact("The earlier result is damaged.", step="download")
        with told_as("download", artifact.path):
            temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return Artifact(artifact.kind, path, sha256, size, artifact.url_without_query)


def is_intact(artifact: Artifact) -> bool:
    """Whether that file is there, and still the one that was fetched. Reads all of it."""
    try:
        return sha256_of(artifact.path) == artifact.sha256
    except ClipError:
        return False


def sweep(folder: Path) -> None:
    """Remove what a killed process left half made: only one desk at a time is at a job's folder."""
    for half_made in (*folder.glob(".fetching-*"), *folder.glob(".copying-*")):
        with contextlib.suppress(OSError):
            half_made.unlink()


def _is_ours(path: Path) -> bool:
    """Whether a file in a job's folder is one we made: an artifact, or a half-made one."""
    stem = path.stem
    named_by_hash = len(stem) == hashlib.sha256().digest_size * 2 and stem.isalnum()
    half_made = path.name.startswith((".fetching-", ".copying-", f".{RECORD_NAME}"))
    made = half_made or path.name in (CHECKED_PICTURE, GLANCE_PICTURE)
    return path.is_file() and (made or (named_by_hash and path.suffix in _OURS))
