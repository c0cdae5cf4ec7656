# SPDX-License-Identifier: GPL-3.0-or-later
"""Videos decoded by time: exact trims, odd rates, files that are no videos, and the preview."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from scripts.local_service.mocap import preview
from scripts.local_service.mocap.capturing import CaptureRequest, capture
from scripts.local_service.mocap.failures import CaptureFailure
from scripts.local_service.mocap.models import Models
from scripts.local_service.mocap.video import frames, probe

from .bodies import landmarks_of, seen, waving

WIDTH, HEIGHT = 320, 180


def _number(image: np.ndarray) -> int:
    """The picture's number, written as eight black or white bars."""
    bars = image[3, WIDTH // 16 :: WIDTH // 8, 0] > 127
    return int(sum(1 << bit for bit, bar in enumerate(bars[:8]) if bar))


def _video(path: Path, count: int, fps: float, codec: str = "mp4v") -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for number in range(count):
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        for bit in range(8):
            if number >> bit & 1:
                image[:, bit * WIDTH // 8 : (bit + 1) * WIDTH // 8] = 255
        writer.write(image)
    writer.release()
    return path


@pytest.mark.parametrize("fps", [24.0, 29.97, 30.0, 59.94])
@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_video_tells_its_length(tmp_path: Path, fps: float, suffix: str) -> None:
    facts = probe(_video(tmp_path / f"clip{suffix}", 40, fps))
    assert facts.frame_count == 40
    assert facts.fps == pytest.approx(fps, rel=1e-3)
    assert facts.duration_seconds == pytest.approx(40 / fps, rel=1e-3)
    assert (facts.width, facts.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("fps", [23.976, 30.0, 59.94])
def test_a_trim_on_a_picture_begins_with_that_picture(tmp_path: Path, fps: float) -> None:
    video = _video(tmp_path / "clip.mp4", 60, fps)
    found = [_number(frame.image) for frame in frames(video, 17 / fps, 31 / fps)]
    assert found == list(range(17, 31))


def test_a_trim_between_pictures_begins_with_the_one_on_screen(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 60, 30.0)
    found = [_number(frame.image) for frame in frames(video, 10.6 / 30, 12.4 / 30)]
    assert found == [10, 11, 12]


def test_every_second_picture_of_a_fast_video(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 40, 60.0)
    found = list(frames(video, 4 / 60, 20 / 60, step=2))
    assert [_number(frame.image) for frame in found] == list(range(4, 20, 2))
    assert [frame.seconds for frame in found] == pytest.approx(np.arange(4, 20, 2) / 60)


def test_a_trim_far_into_a_long_video_is_exact(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 250, 8.0)
    found = [_number(frame.image) for frame in frames(video, 27.0, 28.0)]
    assert found == list(range(216, 224))


def _with_long_frame(path: Path, sample: int, ticks_factor: int) -> None:
    """Rewrite an mp4's time table so that one picture stays on screen longer."""
    data = bytearray(path.read_bytes())
    place = data.index(b"stts") + 8
    entries, count, ticks = struct.unpack(">III", data[place : place + 12])
    assert entries == 1
    table = struct.pack(
        ">IIIIIII", 3, sample, ticks, 1, ticks * ticks_factor, count - sample - 1, ticks
    )
    grown = len(table) - 12
    data[place : place + 12] = table
    _grow(data, (b"stts", b"stbl", b"minf", b"mdia", b"trak", b"moov"), grown)
    path.write_bytes(data)


def _grow(data: bytearray, boxes: tuple[bytes, ...], grown: int) -> None:
    """Add to the sizes of mp4 boxes into which that many bytes were put."""
    for box in boxes:
        at = data.index(box) - 4
        size = struct.unpack(">I", data[at : at + 4])[0]
        data[at : at + 4] = struct.pack(">I", size + grown)


def _with_wide_pixels(path: Path, across: int, up: int) -> None:
    """Rewrite an mp4 as an anamorphic one: a pixel is shown `across` wide and `up` high."""
    data = bytearray(path.read_bytes())
    entry = data.index(b"mp4v", data.index(b"stsd")) - 4
    end = entry + struct.unpack(">I", data[entry : entry + 4])[0]
    aspect = struct.pack(">I4sII", 16, b"pasp", across, up)
    data[end:end] = aspect
    size = struct.unpack(">I", data[entry : entry + 4])[0]
    data[entry : entry + 4] = struct.pack(">I", size + len(aspect))
    _grow(data, (b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"), len(aspect))
    path.write_bytes(data)


def test_a_variable_rate_is_followed_by_its_time_stamps(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 30, 30.0)
    _with_long_frame(video, sample=10, ticks_factor=7)
    found = {_number(frame.image): frame.seconds for frame in frames(video, 0.0, 9.0)}
    assert found[10] == pytest.approx(10 / 30, abs=2e-3)
    assert found[11] == pytest.approx(17 / 30, abs=2e-3)


def _turn(video: Path) -> None:
    """Rewrite an mp4 as a phone writes it that is held upright."""
    data = bytearray(video.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    quarter = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, HEIGHT << 16, 0, 1 << 30)
    data[matrix : matrix + 36] = quarter
    video.write_bytes(data)


def test_a_picture_filmed_upright_comes_upright(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 10, 30.0)
    _turn(video)
    facts = probe(video)
    assert (facts.width, facts.height) == (HEIGHT, WIDTH)
    picture = next(frames(video, 0.0, 1.0)).image
    assert picture.shape[:2] == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("across", "up", "shown"),
    [(4, 3, (427, HEIGHT)), (8, 9, (WIDTH, 202)), (1, 1, (WIDTH, HEIGHT)), (9, 1, (WIDTH, HEIGHT))],
)
def test_an_anamorphic_picture_comes_as_wide_as_it_is_shown(
    tmp_path: Path, across: int, up: int, shown: tuple[int, int]
) -> None:
    video = _video(tmp_path / "clip.mp4", 10, 30.0)
    _with_wide_pixels(video, across, up)
    facts = probe(video)
    assert (facts.width, facts.height) == shown
    assert next(frames(video, 0.0, 1.0)).image.shape[1::-1] == shown


def test_an_anamorphic_picture_filmed_upright_is_as_high_as_it_is_shown(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 10, 30.0)
    _with_wide_pixels(video, 4, 3)
    _turn(video)
    facts = probe(video)
    assert (facts.width, facts.height) == (HEIGHT, 427)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x00" * 4096, b"#EXTM3U\nother.ts\n", b"ffconcat version 1.0\nfile a\n"],
)
def test_what_is_no_video_is_refused_with_a_code(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(CaptureFailure) as failure:
        probe(path)
    assert failure.value.code == "video_unreadable"
    assert failure.value.message.endswith(".")


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    video = _video(tmp_path / "whole.mp4", 60, 30.0)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    with pytest.raises(CaptureFailure) as failure:
        probe(broken)
    assert failure.value.code == "video_unreadable"


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with pytest.raises(CaptureFailure) as failure:
        probe(path)
    assert failure.value.code == "video_unreadable"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.mp4"):
        with pytest.raises(CaptureFailure) as failure:
            probe(path)
        assert failure.value.code == "video_unreadable"


@pytest.mark.parametrize(
    ("start", "end"), [(1.0, 1.0), (1.5, 1.0), (5.0, 6.0), (0.0, float("nan"))]
)
def test_a_trim_that_is_no_part_of_the_clip_is_refused(
    tmp_path: Path, start: float, end: float
) -> None:
    video = _video(tmp_path / "clip.mp4", 60, 30.0)
    request = CaptureRequest(video, start, end, 30, "full_body")
    nothing = Models(tmp_path / "a", tmp_path / "b")
    with pytest.raises(CaptureFailure) as failure:
        capture(request, tmp_path / "out", nothing, lambda _stage, _done: None)
    assert failure.value.code == "api_trim_range_invalid"


def test_a_preview_is_as_long_as_the_trim_and_shows_the_skeleton(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 60, 30.0)
    track = seen(landmarks_of(waving(45)))
    scaled = np.array((WIDTH / track.size[0], HEIGHT / track.size[1]))
    small = type(track)(
        track.seconds + 0.5,
        track.pixels * scaled,
        track.visibility,
        track.metric,
        track.present,
        (),
        (WIDTH, HEIGHT),
    )
    path = tmp_path / "preview.mp4"
    preview.write(frames(video, 0.5, 2.0), small, 30.0, path, legs=True)
    facts = probe(path)
    assert facts.duration_seconds == pytest.approx(1.5)
    pictures = list(frames(path, 0.0, 9.0))
    assert [_number(frame.image) for frame in pictures[::10]] == list(range(15, 60, 10))
    coloured = np.ptp(pictures[20].image.astype(int), axis=-1) > 60
    assert coloured.sum() > 200


def test_a_preview_of_an_odd_size_can_be_written(tmp_path: Path) -> None:
    video = _video(tmp_path / "clip.mp4", 10, 30.0)
    track = seen(landmarks_of(waving(10)))
    odd = type(track)(
        track.seconds, track.pixels, track.visibility, track.metric, track.present, (), (321, 183)
    )
    path = tmp_path / "preview.mp4"
    preview.write(frames(video, 0.0, 9.0), odd, 29.97, path, legs=False)
    facts = probe(path)
    assert (facts.width % 2, facts.height % 2, facts.frame_count) == (0, 0, 10)
