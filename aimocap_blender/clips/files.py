# SPDX-License-Identifier: GPL-3.0-or-later
"""A movie file on disk: can it be read, what container is it, what is its sha256.

Reads bytes, never decodes pictures. Safe in a worker thread.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .strip import ClipError

_CHUNK_BYTES = 1 << 20
HEAD_BYTES = 192
"""As many as `container_of` wants to see."""


class Container(Enum):
    """The family of a movie file by its first bytes; the value is its everyday name."""

    MP4 = "MP4"
    QUICKTIME = "QuickTime"
    MATROSKA = "Matroska or WebM"
    AVI = "AVI"
    OGG = "Ogg"
    FLV = "Flash Video"
    MPEG = "MPEG"
    ASF = "Windows Media"
    UNKNOWN = "an unknown container"


class HashCancelled(Exception):
    """The hashing was stopped because `cancelled` said so."""


def container_of(head: bytes) -> Container:
    """The container a file's first bytes announce (ISO 14496-12, EBML, RIFF, ...)."""
    if head[4:8] == b"ftyp":
        return Container.QUICKTIME if head[8:12] == b"qt  " else Container.MP4
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return Container.QUICKTIME
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Container.AVI
    signatures = (
        (b"\x1a\x45\xdf\xa3", Container.MATROSKA),
        (b"OggS", Container.OGG),
        (b"FLV", Container.FLV),
        (b"\x00\x00\x01\xba", Container.MPEG),
        (b"\x00\x00\x01\xb3", Container.MPEG),
        (b"\x30\x26\xb2\x75", Container.ASF),
    )
    for signature, container in signatures:
        if head.startswith(signature):
            return container
    return Container.MPEG if head[:1] == head[188:189] == b"\x47" else Container.UNKNOWN


@dataclass(frozen=True)
class FileFacts:
    """A readable file: its size in bytes and its container."""

    path: Path
    size_bytes: int
    container: Container


def examine(path: Path) -> FileFacts:
    """The file's facts; ClipError when it is gone, no file, empty or can't be read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            status = os.fstat(stream.fileno())
    except FileNotFoundError as error:
        raise ClipError(
            f'The movie "{path}" is not there.', remedy="Bring it back, or choose it again."
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ClipError(
            f'The movie "{path}" can\'t be read ({reason}).',
            remedy="Check the file's permissions and that its drive is connected.",
        ) from error
    if not head:
        raise ClipError(f'The movie "{path}" is empty.', remedy="Choose another file.")
    return FileFacts(path, status.st_size, container_of(head))


def require_container(facts: FileFacts, *, documented_only: bool) -> None:
    """ClipError unless the service takes this container.

    `documented_only`: the AIMoCap service documents MP4 and nothing else; a local service decodes
    whatever its own decoder can.
    """
    if documented_only and facts.container is not Container.MP4:
        raise ClipError(
            f'"{facts.path.name}" is {facts.container.value}; AIMoCap takes MP4.',
            remedy="Convert it to MP4 (H.264) and use that file, or choose the local service.",
        )


def sha256_of(path: Path, cancelled: Callable[[], bool] = lambda: False) -> str:
    """The file's sha256 in hexadecimal, read in pieces of 1 MiB.

    `cancelled` is asked between pieces; when it answers yes, HashCancelled is raised. A file that
    can't be read (any more) is a ClipError.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK_BYTES):
                if cancelled():
                    raise HashCancelled(path.name)
                digest.update(piece)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ClipError(
            f'The movie "{path}" can\'t be read ({reason}).',
            remedy="Check that the file is still there and its drive is connected.",
        ) from error
    return digest.hexdigest()
