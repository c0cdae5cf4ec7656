# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the video in a file is, read from the file's header alone.

From 4.5 on Blender tells a strip's length only after the playback rate is applied, so the file
itself is asked. MP4 and QuickTime: the boxes of ISO/IEC 14496-12, 8.1 to 8.6 (fragmented files keep
no times in them). Matroska and WebM: RFC 9559, 5.1.2. AVI: its main header. Reads a few hundred
bytes with seeks, whatever the file's size.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .files import HEAD_BYTES, Container, container_of

_MOST_BOXES = 10_000
_MOST_RUNS = 4_000_000


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    end: int


@dataclass(frozen=True)
class VideoHeader:
    """The first video track: its length in seconds, and its frames where the header counts them."""

    seconds: float
    frames: int | None = None

    @property
    def mean_fps(self) -> float | None:
        """Frames per second over the whole track, where they are counted."""
        return self.frames / self.seconds if self.frames else None


def read_header(path: Path) -> VideoHeader | None:
    """The header of the first video track; None when it does not tell a length."""
    try:
        with path.open("rb") as stream:
            header = _header(stream)
    except (OSError, struct.error, ValueError, IndexError):
        return None
    if header is None or not math.isfinite(header.seconds) or header.seconds <= 0.0:
        return None
    return header


def _header(stream: BinaryIO) -> VideoHeader | None:
    container = container_of(stream.read(HEAD_BYTES))
    size = stream.seek(0, 2)
    match container:
        case Container.MP4 | Container.QUICKTIME:
            movie = next((b for b in _boxes(stream, 0, size) if b.kind == b"moov"), None)
            return _first_video(stream, movie) if movie else None
        case Container.MATROSKA:
            return _matroska(stream, size)
        case Container.AVI:
            return _avi(stream)
        case _:
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


def _first_video(stream: BinaryIO, movie: _Box) -> VideoHeader | None:
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
        ticks_per_second = _time_scale(stream, media)
        frames, ticks = _sample_times(stream, times)
        return VideoHeader(ticks / ticks_per_second, frames) if ticks_per_second else None
    return None


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
    table = list(struct.iter_unpack(">II", stream.read(runs * 8)))
    return sum(count for count, _ in table), sum(count * ticks for count, ticks in table)


def _matroska(stream: BinaryIO, size: int) -> VideoHeader | None:
    """Segment > Info > Duration, in units of TimestampScale nanoseconds (1 ms by default)."""
    scale, duration = 1_000_000, None
    segment = next((e for e in _elements(stream, 0, size) if e.kind == b"\x18\x53\x80\x67"), None)
    if segment is None:
        return None
    inside = _elements(stream, segment.start, segment.end)
    info = next((e for e in inside if e.kind == b"\x15\x49\xa9\x66"), None)
    if info is None:
        return None
    for element in _elements(stream, info.start, info.end):
        stream.seek(element.start)
        value = stream.read(min(8, element.end - element.start))
        if element.kind == b"\x2a\xd7\xb1":
            scale = int.from_bytes(value, "big")
        elif element.kind == b"\x44\x89":
            (duration,) = struct.unpack(">f" if len(value) == 4 else ">d", value)
    return None if duration is None else VideoHeader(duration * scale / 1e9)


def _elements(stream: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """The EBML elements between two positions (RFC 8794, 4 to 6)."""
    for _ in range(_MOST_BOXES):
        if start >= end:
            return
        stream.seek(start)
        kind = _vint(stream)
        size_bytes = _vint(stream)
        size = int.from_bytes(size_bytes, "big") & ((1 << 7 * len(size_bytes)) - 1)
        is_unknown = size == (1 << 7 * len(size_bytes)) - 1
        body = start + len(kind) + len(size_bytes)
        stop = end if is_unknown else min(end, body + size)
        yield _Box(kind, body, stop)
        start = stop


def _vint(stream: BinaryIO) -> bytes:
    """The bytes of a variable-length number: its first byte's leading zeros tell how many."""
    first = stream.read(1)[0]
    length = 9 - first.bit_length()
    if length > 8:
        raise ValueError("a number of more than eight bytes")
    return bytes([first]) + stream.read(length - 1)


def _avi(stream: BinaryIO) -> VideoHeader | None:
    """Microseconds per frame times frames, from `avih`, the first chunk of the list `hdrl`."""
    stream.seek(12)
    head = stream.read(12 + 8 + 20)
    if head[:4] != b"LIST" or head[8:16] != b"hdrlavih":
        return None
    microseconds, _rate, _padding, _flags, frames = struct.unpack("<5I", head[20:40])
    return VideoHeader(microseconds * frames / 1e6, frames)
