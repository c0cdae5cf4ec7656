# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks the records of a binary FBX without unpacking them, before an importer trusts it.

Layout (as Blender's own io_scene_fbx and ufbx read it): 27 bytes of head with a uint32 version,
then records: end offset, number of properties, bytes of properties, length of the name, name,
properties, children, closed by an empty record when there are children. Offsets are uint32 below
version 7500, else uint64. Arrays say how many numbers they hold and may be packed by zlib.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

BINARY_SIGNATURE = b"Kaydara FBX Binary  \x00\x1a\x00"

_HEAD_BYTES = 27
_VERSIONS = range(6100, 8000)
_MAX_DEPTH = 64
_MAX_RECORDS = 5_000_000
_MAX_UNPACKED_BYTES = 2 * 1024**3
_SCALARS = {ord("Y"): 2, ord("C"): 1, ord("B"): 1, ord("I"): 4, ord("F"): 4, ord("D"): 8,
            ord("L"): 8, ord("Z"): 1}  # fmt: skip
_ARRAYS = {ord("f"): 4, ord("d"): 8, ord("l"): 8, ord("i"): 4, ord("b"): 1, ord("c"): 1}
_BLOBS = frozenset(b"SR")


class FbxDamaged(ValueError):
    """What is wrong with the file, in a few words."""


def check_binary_fbx(path: Path) -> None:
    """Every record inside its parent, every property inside its record, arrays of sane size.

    Finds files cut short, files with wrong offsets, and files that would unpack to more than
    2 GB. Errors: `FbxDamaged`.
    """
    if path.stat().st_size <= _HEAD_BYTES:
        raise FbxDamaged("it ends after its head")
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        (version,) = struct.unpack_from("<I", data, len(BINARY_SIGNATURE))
        if version not in _VERSIONS:
            raise FbxDamaged(f"its version {version} is unknown")
        _Walk(data, wide=version >= 7500).file()


class _Walk:
    """One pass over one file. Iterative, so that nesting cannot exhaust the stack."""

    def __init__(self, data: mmap.mmap, *, wide: bool) -> None:
        self._data = data
        self._head = struct.Struct("<QQQB" if wide else "<IIIB")
        self._unpacked = 0
        self._records = 0

    def file(self) -> None:
        """Walk all records; `ends` holds the end of every record that is open."""
        at, ends, closed = _HEAD_BYTES, [len(self._data)], False
        while not closed:
            if len(ends) > 1 and at == ends[-1]:
                ends.pop()
                continue
            end, after = self._record(at, ends[-1])
            if end == 0:
                at = after
                if len(ends) == 1:
                    closed = True
                elif at != ends.pop():
                    raise FbxDamaged("a record does not end where it says")
            else:
                ends.append(end)
                at = after
                if len(ends) > _MAX_DEPTH:
                    raise FbxDamaged("its records nest too deep")

    def _record(self, at: int, limit: int) -> tuple[int, int]:
        """Read a record's head and properties: its end (0 for an empty one) and what follows."""
        if at + self._head.size > limit:
            raise FbxDamaged("it ends too early")
        self._records += 1
        if self._records > _MAX_RECORDS:
            raise FbxDamaged("it holds too many records")
        end, count, size, name_bytes = self._head.unpack_from(self._data, at)
        at += self._head.size
        if end == 0:
            return 0, at
        at += name_bytes
        after = at + size
        if not at <= after <= end <= limit:
            raise FbxDamaged("a record reaches past its end")
        self._properties(at, after, count)
        return end, after

    def _properties(self, at: int, limit: int, count: int) -> None:
        for _ in range(count):
            if at >= limit:
                raise FbxDamaged("a property reaches past its record")
            kind = self._data[at]
            at += 1
            if kind in _SCALARS:
                at += _SCALARS[kind]
            elif kind in _BLOBS:
                at += 4 + self._number(at, limit)
            elif kind in _ARRAYS:
                length, packed = self._number(at, limit), self._number(at + 4, limit)
                stored = self._number(at + 8, limit)
                self._unpacked += length * _ARRAYS[kind]
                if self._unpacked > _MAX_UNPACKED_BYTES:
                    raise FbxDamaged("it would unpack to far too much")
                if packed not in (0, 1) or (packed == 0 and stored != length * _ARRAYS[kind]):
                    raise FbxDamaged("an array does not hold what it says")
                at += 12 + stored
            else:
                raise FbxDamaged("it holds a property of no known kind")
        if at != limit:
            raise FbxDamaged("a record's properties do not add up")

    def _number(self, at: int, limit: int) -> int:
        if at + 4 > limit:
            raise FbxDamaged("a property reaches past its record")
        (number,) = struct.unpack_from("<I", self._data, at)
        return int(number)
