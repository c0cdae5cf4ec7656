# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview: the source's pictures with the seen skeleton drawn over them, as an mp4 file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from .failures import CaptureFailure
from .landmarks import Landmark as Mark
from .track import FloatArray, Track
from .video import Frame

LARGEST_SIDE = 960
CODEC = "mp4v"  # MPEG-4 part 2: the one that OpenCV's wheels encode and Blender decodes everywhere
LEFT, RIGHT, MIDDLE = (60, 160, 255), (255, 170, 70), (245, 245, 245)  # BGR: orange, blue, white
FAINT = 0.35
LINES = (
    (Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER, MIDDLE), (Mark.LEFT_HIP, Mark.RIGHT_HIP, MIDDLE),
    (Mark.LEFT_SHOULDER, Mark.LEFT_HIP, LEFT), (Mark.RIGHT_SHOULDER, Mark.RIGHT_HIP, RIGHT),
    (Mark.LEFT_SHOULDER, Mark.LEFT_ELBOW, LEFT), (Mark.LEFT_ELBOW, Mark.LEFT_WRIST, LEFT),
    (Mark.LEFT_WRIST, Mark.LEFT_INDEX, LEFT),
    (Mark.RIGHT_SHOULDER, Mark.RIGHT_ELBOW, RIGHT), (Mark.RIGHT_ELBOW, Mark.RIGHT_WRIST, RIGHT),
    (Mark.RIGHT_WRIST, Mark.RIGHT_INDEX, RIGHT),
    (Mark.LEFT_HIP, Mark.LEFT_KNEE, LEFT), (Mark.LEFT_KNEE, Mark.LEFT_ANKLE, LEFT),
    (Mark.LEFT_HEEL, Mark.LEFT_TOE, LEFT), (Mark.LEFT_ANKLE, Mark.LEFT_HEEL, LEFT),
    (Mark.RIGHT_HIP, Mark.RIGHT_KNEE, RIGHT), (Mark.RIGHT_KNEE, Mark.RIGHT_ANKLE, RIGHT),
    (Mark.RIGHT_HEEL, Mark.RIGHT_TOE, RIGHT), (Mark.RIGHT_ANKLE, Mark.RIGHT_HEEL, RIGHT),
    (Mark.LEFT_EAR, Mark.LEFT_EYE, LEFT), (Mark.RIGHT_EAR, Mark.RIGHT_EYE, RIGHT),
    (Mark.LEFT_EYE, Mark.NOSE, LEFT), (Mark.RIGHT_EYE, Mark.NOSE, RIGHT),
)  # fmt: skip
LEG_MARKS = range(Mark.LEFT_KNEE, Mark.RIGHT_TOE + 1)


def write(frames: Iterable[Frame], track: Track, rate: float, path: Path, *, legs: bool) -> None:
    """One picture for every row of an even track: the one on screen then, drawn over.

    Raises CaptureFailure("preview_failed") when the file cannot be written.
    """
    scale, size = _fitted(track.size)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*CODEC), rate, size)
    if not writer.isOpened():
        raise CaptureFailure("preview_failed", "The preview video could not be written.")
    try:
        source = iter(frames)
        current, upcoming = next(source, None), next(source, None)
        for row, seconds in enumerate(track.seconds):
            while upcoming is not None and upcoming.seconds <= seconds + 0.5 / rate:
                current, upcoming = upcoming, next(source, None)
            if current is None:
                break
            picture = cv2.resize(current.image, size, interpolation=cv2.INTER_AREA)
            draw(picture, track.pixels[row] * scale, track.visibility[row], legs=legs)
            writer.write(picture)
    finally:
        writer.release()


def draw(picture: MatLike, points: FloatArray, visibility: FloatArray, *, legs: bool) -> None:
    """Lines between landmarks (33, 2), pixels of the picture; uncertain ones thin."""
    trunk = points[(Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER), :].mean(0)
    trunk = trunk - points[(Mark.LEFT_HIP, Mark.RIGHT_HIP), :].mean(0)
    thick = int(np.clip(round(float(np.hypot(*trunk)) / 25.0), 1, 8))
    far = 4.0 * max(picture.shape)
    for first, second, colour in LINES:
        if not legs and (first in LEG_MARKS or second in LEG_MARKS):
            continue
        ends = points[[first, second]]
        if not np.isfinite(ends).all() or np.abs(ends).max() > far:
            continue
        sure = min(visibility[first], visibility[second]) >= FAINT
        a, b = (tuple(int(v) for v in np.rint(end)) for end in ends)
        cv2.line(picture, a, b, colour, thick if sure else max(1, thick // 3), cv2.LINE_AA)
        for end in (a, b):
            cv2.circle(picture, end, thick, colour, -1, cv2.LINE_AA)


def _fitted(size: tuple[int, int]) -> tuple[FloatArray, tuple[int, int]]:
    """Scale (x, y) and even size of the preview; encoders refuse odd sizes."""
    factor = min(1.0, LARGEST_SIDE / max(size))
    width, height = (max(16, round(extent * factor / 2) * 2) for extent in size)
    return np.array((width / size[0], height / size[1])), (width, height)
