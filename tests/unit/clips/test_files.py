# SPDX-License-Identifier: GPL-3.0-or-later
"""Movie files: containers, headers, hashes, and files that can't be read."""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.clips import files
from aimocap_blender.clips.files import Container
from aimocap_blender.clips.movie_header import VideoHeader, read_header
from aimocap_blender.clips.strip import ClipError

MP4_HEAD = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2avc1mp41"


def box(kind: bytes, body: bytes, *, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


def movie(
    *,
    runs: tuple[tuple[int, int], ...] = ((60, 512),),
    ticks_per_second: int = 15360,
    version: int = 0,
    handler: bytes = b"vide",
    wide: bool = False,
) -> bytes:
    """An MP4's boxes with one sound track before the video track."""

    def track(kind: bytes, table: tuple[tuple[int, int], ...]) -> bytes:
        dates = 8 * 2 if version == 1 else 4 * 2
        mdhd = bytes([version, 0, 0, 0]) + bytes(dates) + struct.pack(">I", ticks_per_second)
        stts = struct.pack(">II", 0, len(table)) + b"".join(struct.pack(">II", *r) for r in table)
        hdlr = bytes(8) + kind + bytes(12)
        stbl = box(b"stbl", box(b"stsd", bytes(8)) + box(b"stts", stts))
        media = box(b"mdhd", mdhd + bytes(8)) + box(b"hdlr", hdlr) + box(b"minf", stbl)
        return box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", media))

    moov = box(b"moov", box(b"mvhd", bytes(100)) + track(b"soun", ((9, 9),)) + track(handler, runs))
    return box(b"ftyp", b"isom" + bytes(4)) + box(b"mdat", bytes(5000), wide=wide) + moov


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (MP4_HEAD, Container.MP4),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", Container.QUICKTIME),
        (b"\0\0\0\x08wide\0\0\0\0mdat", Container.QUICKTIME),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0", Container.MATROSKA),
        (b"RIFF\0\0\0\0AVI LIST", Container.AVI),
        (b"OggS\0\2", Container.OGG),
        (b"FLV\1", Container.FLV),
        (b"\x30\x26\xb2\x75\x8e\x66", Container.ASF),
        (b"\0\0\1\xba", Container.MPEG),
        ((b"\x47" + bytes(187)) * 2, Container.MPEG),
        (b"\x47" + bytes(191), Container.UNKNOWN),
        (b"RIFF\0\0\0\0WAVE", Container.UNKNOWN),
        (b"hello", Container.UNKNOWN),
        (b"", Container.UNKNOWN),
    ],
)
def test_a_container_is_known_by_its_first_bytes(head: bytes, container: Container) -> None:
    assert files.container_of(head) is container


def test_aimocap_takes_mp4_and_a_local_service_whatever_it_can_decode(tmp_path: Path) -> None:
    clip = tmp_path / "spin.mkv"
    clip.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))
    facts = files.examine(clip)
    files.require_container(facts, documented_only=False)
    with pytest.raises(ClipError, match=r"spin\.mkv.*Matroska.*takes MP4") as caught:
        files.require_container(facts, documented_only=True)
    assert "local service" in caught.value.remedy
    clip.write_bytes(MP4_HEAD)
    files.require_container(files.examine(clip), documented_only=True)


def test_a_file_that_is_gone_empty_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="is not there"):
        files.examine(tmp_path / "gone.mp4")
    with pytest.raises(ClipError, match="can't be read"):
        files.examine(tmp_path)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ClipError, match="is empty"):
        files.examine(tmp_path / "empty.mp4")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions don't bind here")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    clip = tmp_path / "locked.mp4"
    clip.write_bytes(MP4_HEAD)
    clip.chmod(0)
    with pytest.raises(ClipError, match="can't be read"):
        files.examine(clip)


def test_the_hash_is_sha256_of_all_bytes(tmp_path: Path) -> None:
    clip = tmp_path / "clip ü 歩く.mp4"
    content = os.urandom(3_000_001)
    clip.write_bytes(content)
    assert files.sha256_of(clip) == hashlib.sha256(content).hexdigest()


def test_hashing_stops_when_asked(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(5 << 20))
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(files.HashCancelled):
        files.sha256_of(clip, cancelled)
    assert len(asked) == 3
    with pytest.raises(ClipError, match="can't be read"):
        files.sha256_of(tmp_path / "gone.mp4")


def element(kind: bytes, body: bytes, *, unknown_size: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if unknown_size else (len(body) | 1 << 56).to_bytes(8, "big")
    return kind + size + body


def matroska(*, duration: bytes, scale: int | None = None, unknown_size: bool = False) -> bytes:
    """A Matroska file: a Void before the Info, as muxers leave them."""
    info = element(b"\x44\x89", duration)
    if scale is not None:
        info = element(b"\x2a\xd7\xb1", scale.to_bytes(3, "big")) + info
    segment = element(b"\xec", bytes(50)) + element(b"\x15\x49\xa9\x66", info) + bytes(9)
    return element(b"\x1a\x45\xdf\xa3", b"\x42\x82\x84webm") + element(
        b"\x18\x53\x80\x67", segment, unknown_size=unknown_size
    )


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("wide", [False, True])
def test_the_header_of_an_mp4_tells_its_seconds(tmp_path: Path, version: int, wide: bool) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(movie(version=version, wide=wide, runs=((50, 512), (10, 1024))))
    header = read_header(clip)
    assert header is not None
    assert header.seconds == pytest.approx((50 * 512 + 10 * 1024) / 15360)
    assert header.frames == 60
    assert header.mean_fps == pytest.approx(60 / header.seconds)


@pytest.mark.parametrize("unknown_size", [False, True])
def test_the_header_of_a_matroska_tells_its_seconds(tmp_path: Path, unknown_size: bool) -> None:
    clip = tmp_path / "clip.mkv"
    clip.write_bytes(matroska(duration=struct.pack(">d", 2500.0), unknown_size=unknown_size))
    assert read_header(clip) == VideoHeader(2.5)
    clip.write_bytes(matroska(duration=struct.pack(">f", 2500.0), scale=100_000))
    assert read_header(clip) == VideoHeader(0.25)


def test_the_header_of_an_avi_tells_its_seconds(tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    main = struct.pack("<5I", 40_000, 0, 0, 16, 250) + bytes(36)
    header = b"hdrlavih" + struct.pack("<I", len(main)) + main
    clip.write_bytes(b"RIFF" + bytes(4) + b"AVI LIST" + struct.pack("<I", len(header)) + header)
    assert read_header(clip) == VideoHeader(10.0, 250)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        MP4_HEAD,
        movie(handler=b"text"),
        movie(runs=()),
        movie(ticks_per_second=0),
        movie()[:-40],
        b"\x1a\x45\xdf\xa3" + bytes(100),
        matroska(duration=struct.pack(">d", float("nan"))),
        matroska(duration=b"odd"),
        b"RIFF\0\0\0\0AVI LIST",
    ],
)
def test_a_file_without_a_video_header_has_no_length(tmp_path: Path, content: bytes) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)
    assert read_header(clip) is None
    assert read_header(tmp_path / "gone.mp4") is None


@pytest.mark.parametrize("whole", [movie(), matroska(duration=struct.pack(">d", 2500.0))])
@given(st.data())
def test_no_damage_to_a_header_is_more_than_a_missing_length(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, data: st.DataObject
) -> None:
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    clip = tmp_path_factory.mktemp("damaged") / "clip.mp4"
    clip.write_bytes(content)
    header = read_header(clip)
    assert header is None or header.seconds > 0
