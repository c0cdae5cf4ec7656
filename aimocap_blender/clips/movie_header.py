# SPDX-License-Identifier: GPL-3.0-or-later
"""Length and frame count of an MP4 or QuickTime movie, read from its header boxes alone.

From 4.5 on Blender tells a strip's length only after the playback rate is applied, so the file
itself is asked how many frames it has. Boxes and fields: ISO/IEC 14496-12, 8.1 to 8.6. Reads a few
hundred bytes with seeks, whatever the file's size. Fragmented files keep no count in these boxes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MOST_BOXES = 10_000
_MOST_RUNS = 4_000_000


@dataclass(frozen=True)
class MovieHeader:
    """The first video track: its length in seconds and its number of frames."""

    seconds: float
    frames: int


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    end: int


def read_header(path: Path) -> MovieHeader | None:
    """The header of the first video track; None when the file has none that can be understood."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            for movie in _boxes(stream, 0, size):
                if movie.kind == b"moov":
                    return _first_video(stream, movie)
    except (OSError, struct.error, ValueError):
        return None
    return None


def _boxes(stream: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """The boxes between two positions; stops at the first that does not fit."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        stream.seek(start)
        size, kind = struct.unpack(">I4s", stream.read(8))
        body = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", stream.read(8))
            body += 8
        stop = end if size == 0 else start + size
        if stop < body or stop > end:
            return
        yield _Box(kind, body, stop)
        start = stop


def _child(stream: BinaryIO, box: _Box, *kinds: bytes) -> _Box | None:
    """The box at the end of a path of kinds, the first of each."""
    for kind in kinds:
        found = next((b for b in _boxes(stream, box.start, box.end) if b.kind == kind), None)
        if found is None:
            return None
        box = found
    return box


def _first_video(stream: BinaryIO, movie: _Box) -> MovieHeader | None:
    for track in _boxes(stream, movie.start, movie.end):
        if track.kind != b"trak":
            continue
        handler = _child(stream, track, b"mdia", b"hdlr")
        if handler is None:
            continue
        stream.seek(handler.start + 8)
        if stream.read(4) != b"vide":
            continue
        times = _child(stream, track, b"mdia", b"minf", b"stbl", b"stts")
        media = _child(stream, track, b"mdia", b"mdhd")
        if times is None or media is None:
            return None
        return _header(_time_scale(stream, media), *_sample_times(stream, times))
    return None


def _header(ticks_per_second: int, frames: int, ticks: int) -> MovieHeader | None:
    if ticks_per_second <= 0 or frames <= 0 or ticks <= 0:
        return None
    return MovieHeader(seconds=ticks / ticks_per_second, frames=frames)


def _time_scale(stream: BinaryIO, media: _Box) -> int:
    """Ticks per second of the track (mdhd; version 1 has 64-bit dates before it)."""
    stream.seek(media.start)
    version = stream.read(1)[0]
    stream.seek(media.start + (20 if version == 1 else 12))
    (scale,) = struct.unpack(">I", stream.read(4))
    return int(scale)


def _sample_times(stream: BinaryIO, times: _Box) -> tuple[int, int]:
    """Number of samples and their whole length in ticks (stts: runs of equal sample lengths)."""
    stream.seek(times.start + 4)
    (runs,) = struct.unpack(">I", stream.read(4))
    if runs > _MOST_RUNS or times.start + 8 + runs * 8 > times.end:
        raise ValueError("the table of sample times does not fit its box")
    table = stream.read(runs * 8)
    pairs = list(struct.iter_unpack(">II", table))
    return sum(count for count, _ in pairs), sum(count * ticks for count, ticks in pairs)
