# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of motion file is this, and is it whole: looked at before any importer sees it.

An importer that meets a cut or foreign file may crash and take Blender with it. FBX node records:
the file is a chain of top-level records that each name where the next begins, closed by a record
of zeros (the layout Blender's own importer documents). Knows no bpy.
"""

from __future__ import annotations

import struct
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from ..errors import AimocapError

_BINARY_MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
_HEAD_BYTES = 512
_OLDEST_VERSION, _NEWEST_VERSION = 6100, 9000
_WIDE_SINCE = 7500
_MOST_RECORDS = 10_000


class MotionFileError(AimocapError):
    """A motion file can't be imported."""


class MotionFormat(Enum):
    """A kind of motion file; the value is its everyday name."""

    FBX = "FBX"
    FBX_TEXT = "FBX (text)"
    BVH = "BVH"
    GLTF = "glTF"


def examine(path: Path) -> MotionFormat:
    """The file's kind by its content; MotionFileError when it is none of ours or not whole."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            found = _format_of(head)
            if found is MotionFormat.FBX and not _is_whole_fbx(stream):
                raise _refusal(path, "is not whole", "Fetch or export it again.")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _refusal(path, f"can't be read ({reason})", "Check that it is there.") from error
    if not head:
        raise _refusal(path, "is empty", "Fetch or export it again.")
    if found is None:
        raise _refusal(path, "is no FBX, BVH or glTF file", "Choose a motion file of these kinds.")
    return found


def _format_of(head: bytes) -> MotionFormat | None:
    if head.startswith(_BINARY_MAGIC):
        return MotionFormat.FBX
    if head.startswith(b"glTF"):
        return MotionFormat.GLTF
    text = head.lstrip(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"; FBX") or b"FBXHeaderExtension" in text:
        return MotionFormat.FBX_TEXT
    if text.upper().startswith(b"HIERARCHY"):
        return MotionFormat.BVH
    if text.startswith(b"{") and b'"' in text:
        return MotionFormat.GLTF
    return None


def _is_whole_fbx(stream: BinaryIO) -> bool:
    """Whether the chain of top-level records reaches its closing record inside the file."""
    size = stream.seek(0, 2)
    stream.seek(len(_BINARY_MAGIC))
    version_bytes = stream.read(4)
    if len(version_bytes) < 4:
        return False
    (version,) = struct.unpack("<I", version_bytes)
    if not _OLDEST_VERSION <= version <= _NEWEST_VERSION:
        return False
    form = "<Q" if version >= _WIDE_SINCE else "<I"
    width = struct.calcsize(form)
    position = len(_BINARY_MAGIC) + 4
    for _ in range(_MOST_RECORDS):
        stream.seek(position)
        end_bytes = stream.read(width)
        if len(end_bytes) < width:
            return False
        (end,) = struct.unpack(form, end_bytes)
        if end == 0:
            return True
        if end <= position or end > size:
            return False
        position = end
    return False


def _refusal(path: Path, fault: str, remedy: str) -> MotionFileError:
    return MotionFileError(f'"{path.name}" {fault}.', remedy=remedy)
