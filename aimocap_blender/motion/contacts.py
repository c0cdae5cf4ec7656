# SPDX-License-Identifier: GPL-3.0-or-later
"""When a foot stands: the floor, the frames of contact, and how contacts blend into steps.

Lengths are compared at one size: everything is scaled so that thigh plus shin are 0.9 m. A toe is
in contact under 5 cm over its planted height and under 15 cm/s (mean of five frames).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rotations import FloatArray

LEG = 0.9
"""Thigh plus shin in metres at which heights and speeds are compared."""
CONTACT_HEIGHT = 0.05
CONTACT_SPEED = 0.15
MEAN_FRAMES = 5
BLEND_SECONDS = 0.1
_GAP_SECONDS = 0.08
_MARGIN_SECONDS = 0.02
_LOWEST_PER_CENT, _FLOOR_DEPTH = 5.0, 0.03


def speeds(path: FloatArray, fps: float) -> FloatArray:
    """(frames,) speed of a point (frames, 3), units per second; each step counts for its end."""
    if len(path) < 2:
        return np.zeros(len(path))
    steps = np.linalg.norm(np.diff(path, axis=0), axis=-1) * fps
    return np.concatenate((steps[:1], steps))


def running_mean(values: FloatArray, frames: int = MEAN_FRAMES) -> FloatArray:
    """Centred mean over `frames` samples, over fewer at the ends."""
    kernel = np.ones(frames)
    count = np.convolve(np.ones(len(values)), kernel, "same")
    return np.convolve(values, kernel, "same")[: len(values)] / count[: len(values)]


def moving_maximum(values: FloatArray, half: int) -> FloatArray:
    """(frames,) the largest of the values up to `half` frames away."""
    padded = np.pad(values, half, mode="edge")
    largest: FloatArray = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).max(
        axis=-1
    )
    return largest


def planted_height(paths: list[FloatArray], fps: float, leg_length: float) -> float:
    """The height (units of the paths) at which the toes are when they stand.

    The floor of a capture is rarely at zero: it is found from the motion. The lowest 3 cm that
    the toes get to hold the floor, but for single frames; the median of the moments in which a
    toe is slow there counts. Slow toes that are higher up (on a chair, in the air) do not.
    """
    scale = LEG / leg_length
    heights, slow = [], []
    for path in paths:
        heights.append(path[:, 2] * scale)
        slow.append(running_mean(speeds(path * scale, fps)) < CONTACT_SPEED)
    every, quiet = np.concatenate(heights), np.concatenate(slow)
    low = every <= np.percentile(every, _LOWEST_PER_CENT) + _FLOOR_DEPTH
    standing = low & quiet
    return float(np.median(every[standing if standing.any() else low]) / scale)


def in_contact(
    path: FloatArray, fps: float, leg_length: float, planted: float
) -> NDArray[np.bool_]:
    """(frames,) True while the toe `path` (frames, 3) stands, by the definition above."""
    scale = LEG / leg_length
    low = (path[:, 2] - planted) * scale < CONTACT_HEIGHT
    return low & (running_mean(speeds(path * scale, fps)) < CONTACT_SPEED)


def widened(contact: NDArray[np.bool_], fps: float) -> NDArray[np.bool_]:
    """Contacts a little longer at both ends, and short gaps closed, so that blends lie outside."""
    gap, margin = round(_GAP_SECONDS * fps), max(1, round(_MARGIN_SECONDS * fps))
    wide = contact.copy()
    for start, end in spans(contact):
        wide[max(0, start - margin) : end + margin] = True
    for start, end in spans(~wide):
        if start > 0 and end < len(wide) and end - start <= gap:
            wide[start:end] = True
    return wide


def spans(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of True as (first frame, frame after the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate(((False,), flags, (False,))).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@dataclass(frozen=True, eq=False)
class Grip:
    """One contact's hold on the foot: 1 while it stands, easing to 0 before and after.

    first    first frame of `weights`
    weights  (frames,) 0 to 1
    stands   slice of the whole motion in which the foot stands
    """

    first: int
    weights: FloatArray
    stands: slice

    @property
    def reach(self) -> slice:
        """The frames of the whole motion that the weights are for."""
        return slice(self.first, self.first + len(self.weights))


def grips(contact: NDArray[np.bool_], fps: float) -> list[Grip]:
    """The contacts with their blends; where two blends meet they share the gap and sum to 1."""
    found = spans(contact)
    ease = max(2, round(BLEND_SECONDS * fps))
    result = []
    for number, (start, end) in enumerate(found):
        before = start - (found[number - 1][1] if number else 0)
        after = (found[number + 1][0] if number + 1 < len(found) else len(contact)) - end
        rise = _ease(before, ease, shared=number > 0)
        fall = _ease(after, ease, shared=number + 1 < len(found))[::-1]
        weights = np.concatenate((rise, np.ones(end - start), fall))
        result.append(Grip(start - len(rise), weights, slice(start, end)))
    return result


def _ease(gap: int, ease: int, *, shared: bool) -> FloatArray:
    """Smoothstep from 0 to 1 over a gap of `gap` frames, or over its last `ease` frames.

    A gap shared with another contact and too short for both blends is crossed in one: the other
    contact falls while this one rises.
    """
    length = gap if shared and gap < 2 * ease else min(gap, ease)
    t = np.arange(1, length + 1) / (length + 1)
    return t * t * (3.0 - 2.0 * t)
