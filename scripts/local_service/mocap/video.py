# SPDX-License-Identifier: GPL-3.0-or-later
"""Video files: what they hold, and their pictures by time.

Times are seconds from the first picture, by the file's own time stamps, so variable frame rates
and odd rates stay exact; pictures come upright (the file's rotation is applied) and with square
pixels, in BGR. One picture is held at a time. Knows nothing of people.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from .failures import CaptureFailure

UNREADABLE = "video_unreadable"
SEEK_FROM_SECONDS = 20.0
SEEK_MARGIN_SECONDS = 4.0
TIME_TOLERANCE_SECONDS = 0.002
LARGEST_SIDE = 8192
LARGEST_ASPECT = 4.0
"""A pixel wider (or higher) than this is a mistake in the file, and left alone."""
PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD")


@dataclass(frozen=True)
class VideoFacts:
    """Length in seconds, pictures per second (mean), number of pictures, size in pixels upright."""

    duration_seconds: float
    fps: float
    frame_count: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture (height, width, 3), BGR, shown from `seconds` on."""

    seconds: float
    image: MatLike


def probe(video: Path) -> VideoFacts:
    """What the file holds; its first picture is decoded to be sure.

    Raises CaptureFailure("video_unreadable") for anything that is not a video with pictures.
    """
    with _opened(video) as source:
        ok, image = source.read()
        if not ok or image is None or min(image.shape[:2]) < 2 or max(image.shape) > LARGEST_SIDE:
            raise CaptureFailure(UNREADABLE, f"{video.name} has no picture that can be decoded.")
        fps = source.get(cv2.CAP_PROP_FPS)
        count = int(source.get(cv2.CAP_PROP_FRAME_COUNT))
        height, width = _square(source, image).shape[:2]
        if not (np.isfinite(fps) and 0.1 <= fps <= 1000.0):
            fps = 0.0
        if count < 1 or not fps:
            count, fps = _counted(source, fps)
        return VideoFacts(count / fps, fps, count, width, height)


def frames(video: Path, start: float, end: float, step: int = 1) -> Iterator[Frame]:
    """Every `step`-th picture shown between `start` and `end` seconds, in order.

    The first one is the picture that is on screen at `start`, even if it appeared before. Stops
    without an error where the file is damaged; the caller sees how far it came.
    """
    with _opened(video) as source:
        rate = source.get(cv2.CAP_PROP_FPS)
        interval = 1.0 / rate if np.isfinite(rate) and rate > 0.1 else 1.0 / 30.0
        clock = _Clock(interval)
        if start > SEEK_FROM_SECONDS and not _sought(source, start):
            source.release()
            source.open(str(video), cv2.CAP_FFMPEG)
            source.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1.0)
        shown = 0
        while source.grab():
            seconds = clock.time_of(source)
            if seconds >= end - TIME_TOLERANCE_SECONDS and shown:
                return
            if seconds + interval <= start + TIME_TOLERANCE_SECONDS:
                continue
            shown += 1
            if (shown - 1) % step:
                continue
            ok, image = source.retrieve()
            if not ok or image is None:
                continue
            yield Frame(seconds, _square(source, image))


def _square(source: cv2.VideoCapture, image: MatLike) -> MatLike:
    """The picture with square pixels: anamorphic video (DV, HDV) is stored narrower than shown."""
    across, up = source.get(cv2.CAP_PROP_SAR_NUM), source.get(cv2.CAP_PROP_SAR_DEN)
    aspect = across / up if across > 0.0 and up > 0.0 else 1.0
    if round(source.get(cv2.CAP_PROP_ORIENTATION_META)) % 180 == 90:
        aspect = 1.0 / aspect  # the file tells it of the picture before it is turned
    if aspect == 1.0 or not 1.0 / LARGEST_ASPECT <= aspect <= LARGEST_ASPECT:
        return image
    height, width = image.shape[:2]
    size = round(width * max(aspect, 1.0)), round(height / min(aspect, 1.0))
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


class _Clock:
    """Time stamps of the pictures as they are grabbed; counts where the file has none."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._last: float | None = None

    def time_of(self, source: cv2.VideoCapture) -> float:
        stamp = source.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        if self._last is not None and (not np.isfinite(stamp) or stamp <= self._last):
            stamp = self._last + self._interval
        self._last = stamp
        return stamp


def _sought(source: cv2.VideoCapture, start: float) -> bool:
    """Jump to some way before `start`; False when the file landed anywhere else."""
    wanted = start - SEEK_MARGIN_SECONDS
    source.set(cv2.CAP_PROP_POS_MSEC, wanted * 1000.0)
    if not source.grab():
        return False
    landed = source.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
    return wanted - SEEK_MARGIN_SECONDS <= landed <= start - SEEK_MARGIN_SECONDS / 2


def _counted(source: cv2.VideoCapture, fps: float) -> tuple[int, float]:
    """Pictures and rate of a file whose header does not tell, by decoding to its end."""
    count, last = 1, 0.0
    while source.grab():
        count += 1
        last = source.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
    if not fps:
        fps = (count - 1) / last if last > 0.0 else 30.0
    return count, fps


@contextmanager
def _opened(video: Path) -> Iterator[cv2.VideoCapture]:
    """The file as OpenCV's FFmpeg reads it: no image lists, no devices, no network."""
    try:
        with video.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise CaptureFailure(
            UNREADABLE, f"{video.name} cannot be read: {error.strerror}."
        ) from error
    if head.lstrip().startswith(PLAYLISTS):
        # A playlist would make FFmpeg open other files or addresses.
        raise CaptureFailure(UNREADABLE, f"{video.name} is a playlist, not a video.")
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "protocol_whitelist;file")
    source = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
    try:
        if not source.isOpened():
            raise CaptureFailure(UNREADABLE, f"{video.name} is not a video that can be decoded.")
        # Off in OpenCV's own wheels: a phone's upright video would come lying down.
        source.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1.0)
        yield source
    finally:
        source.release()
