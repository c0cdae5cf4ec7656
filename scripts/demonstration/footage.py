# SPDX-License-Identifier: GPL-3.0-or-later
"""The video's pictures for the contact sheet: whole, and cut out around the captured person.

The person is followed through the trim as the local service does it, so that the cut-outs show the
same person as the character does, also where somebody else walks by. All cut-outs have one size:
they can be compared with each other, and with the character drawn at one scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.common.console import ScriptError, hushed
from scripts.local_service import model_files
from scripts.local_service.mocap.detector import Detector
from scripts.local_service.mocap.failures import CaptureFailure
from scripts.local_service.mocap.landmarks import LandmarkReader
from scripts.local_service.mocap.models import Network
from scripts.local_service.mocap.people import Follower
from scripts.local_service.mocap.track import Track
from scripts.local_service.mocap.video import Frame, frames, probe

MOST_READINGS, READING_RATE = 240, 15.0
"""How often the person is looked at: pictures in all, and pictures a second."""
ROOM = 1.2
"""How much larger than the person a cut-out is."""
SCALP = 0.08
"""How much of the body's height is above the landmarks, which end at the eyes."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Footage:
    """One picture (height, width, 3), BGR, for every moment; `close` is empty without a person."""

    whole: list[Picture]
    close: list[Picture]


def footage(video: Path, moments: Sequence[float], aspect: float) -> Footage:
    """The pictures on screen at `moments` (rising, seconds from the first picture).

    aspect  width by height of a cut-out
    Errors: ScriptError when the video has no picture there.
    """
    try:
        facts = probe(video)
        rate = min(READING_RATE, MOST_READINGS / max(moments[-1] - moments[0], 1e-3))
        step = max(1, int(facts.fps / rate))
        recorder = _Recorder(moments, 1.0 / facts.fps)
        shown = frames(video, moments[0], moments[-1] + 1.0 / facts.fps)
        with hushed():
            track = _follower().follow(recorder.passing(shown, step), lambda _seconds: None)
    except CaptureFailure as error:
        raise ScriptError(f"The contact sheet has no video: {error}") from error
    whole = recorder.pictures(video)
    return Footage(whole, _cut_outs(whole, track, moments, aspect))


class _Recorder:
    """Keeps the pictures shown at the moments while they pass by; lets every few of them on."""

    def __init__(self, moments: Sequence[float], interval: float) -> None:
        self._moments = moments
        self._interval = interval
        self._kept: list[Picture] = []
        self._last: Picture | None = None

    def passing(self, shown: Iterator[Frame], step: int) -> Iterator[Frame]:
        """Every `step`-th picture of `shown`."""
        for count, frame in enumerate(shown):
            self._last = np.asarray(frame.image, dtype=np.uint8)
            until = frame.seconds + 0.5 * self._interval
            while len(self._kept) < len(self._moments) and self._moments[len(self._kept)] < until:
                self._kept.append(self._last)
            if count % step == 0:
                yield frame

    def pictures(self, video: Path) -> list[Picture]:
        """One for each moment; the last one again where the file ends early."""
        if self._last is None:
            raise ScriptError(f"{video.name} has no picture for the contact sheet.")
        return self._kept + [self._last] * (len(self._moments) - len(self._kept))


def _follower() -> Follower:
    files = model_files.fetch(model_files.PoseModel.HEAVY)
    return Follower(Detector(Network(files.detector)), LandmarkReader(Network(files.landmarks)))


def _cut_outs(
    whole: list[Picture], track: Track, moments: Sequence[float], aspect: float
) -> list[Picture]:
    """The same window about the person, wherever they are, at every moment."""
    rows = np.flatnonzero(track.present)
    if not len(rows):
        return []
    low, high = track.pixels[rows].min(1), track.pixels[rows].max(1)  # (n, 2) each
    low[:, 1] -= SCALP * (high - low)[:, 1]
    extent = np.percentile(high - low, 95, axis=0) * ROOM
    height = float(max(extent[1], extent[0] / aspect))
    nearest = np.abs(track.seconds[rows, None] - np.asarray(moments)).argmin(0)
    centres = ((low + high) / 2)[nearest]
    size = max(8, round(height * aspect)), max(8, round(height))
    return [_window(picture, centre, size) for picture, centre in zip(whole, centres, strict=True)]


def _window(picture: Picture, centre: NDArray[np.floating], size: tuple[int, int]) -> Picture:
    """Width and height `size` of a picture about a point, black where the picture ends."""
    matrix = np.array(((1.0, 0.0, size[0] / 2 - centre[0]), (0.0, 1.0, size[1] / 2 - centre[1])))
    return np.asarray(cv2.warpAffine(picture, matrix, size), dtype=np.uint8)
