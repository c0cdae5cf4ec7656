# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion at other moments: another rate, a part of it, a constant retiming.

Rotations go along the shorter arc (slerp), places and the object's matrix linearly. Times are
seconds since the motion's first sample.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .rotations import FloatArray, slerp, to_matrix
from .skeleton import Motion, Placement, empty_track

_SAME_SAMPLE = 1e-3
"""A moment this close to a sample (in samples) is that sample."""


def scene_frames(
    start_frame: float, scene_fps: float, source_seconds: tuple[float, float], time_scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whole scene frames that a part of the source covers, and the source second each one shows.

    start_frame     the scene frame, possibly fractional, at which `source_seconds[0]` plays
    time_scale      scene seconds per source second
    returns         (frames,) whole frame numbers and (frames,) source seconds
    """
    first, last = source_seconds
    per_second = scene_fps * time_scale
    tolerance = 1e-4
    lowest = int(np.ceil(start_frame - tolerance))
    highest = int(np.floor(start_frame + (last - first) * per_second + tolerance))
    frames = np.arange(lowest, max(highest, lowest) + 1, dtype=np.float64)
    seconds = first + (frames - start_frame) / per_second
    return frames, np.clip(seconds, first, last)


def resampled(
    motion: Motion, seconds: NDArray[np.float64], fps: float, bones: Iterable[int] | None = None
) -> Motion:
    """The motion at the moments `seconds`, which lie `1 / fps` apart; beyond its ends it stands.

    With `bones` only those are carried over, the others' rows are not filled.
    """
    last = motion.frames - 1
    at = np.clip(seconds * motion.fps, 0.0, last)
    nearest = np.rint(at)
    at = np.where(np.abs(at - nearest) < _SAME_SAMPLE, nearest, at)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, last)
    part = (at - low).astype(motion.rotations.dtype)
    exact = not part.any()
    if exact and len(low) == motion.frames and bool((low == np.arange(motion.frames)).all()):
        return Motion(motion.skeleton, fps, motion.rotations, motion.locations, motion.world)
    count = len(motion.skeleton.names)
    rotations = empty_track(len(at), count, 4, motion.rotations.dtype)
    locations = empty_track(len(at), count, 3, motion.locations.dtype)
    for bone in range(count) if bones is None else bones:
        turns, places = motion.rotations[:, bone], motion.locations[:, bone]
        if exact:
            rotations[:, bone], locations[:, bone] = turns[low], places[low]
            continue
        rotations[:, bone] = slerp(turns[low], turns[high], part)
        locations[:, bone] = places[low] + (places[high] - places[low]) * part[:, None]
    return Motion(
        motion.skeleton, fps, rotations, locations, _resampled_world(motion.world, low, high, part)
    )


def _resampled_world(
    world: FloatArray, low: NDArray[np.intp], high: NDArray[np.intp], part: FloatArray
) -> FloatArray:
    """Object matrices between samples: turns by slerp, place and scale linearly."""
    if world.ndim == 2:
        return world
    parts = Placement.of(world)
    out = np.zeros((len(low), 4, 4))
    mix = part[:, None].astype(np.float64)
    scale = parts.scale[low] + (parts.scale[high] - parts.scale[low]) * mix
    out[:, :3, :3] = to_matrix(slerp(parts.turn[low], parts.turn[high], part)) * scale[..., None]
    out[:, :3, 3] = parts.place[low] + (parts.place[high] - parts.place[low]) * mix
    out[:, 3, 3] = 1.0
    return out
