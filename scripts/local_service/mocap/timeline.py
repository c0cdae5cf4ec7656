# SPDX-License-Identifier: GPL-3.0-or-later
"""Even time: a track at a constant rate from the start of the trim, smoothed shot by shot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .smooth import low_pass
from .track import FloatArray, Track

LEAST_RATE = 20.0


def working_rate(fps: float, step: int) -> float:
    """Samples per second to work at: the looked-at pictures' own, doubled where they are few."""
    rate = fps / step
    while rate < LEAST_RATE:
        rate *= 2.0
    return rate


def even(track: Track, start: float, duration: float, rate: float) -> Track:
    """The track at `start`, `start` + 1 / rate, ... over `duration` seconds, linear in between."""
    count = max(2, round(duration * rate))
    seconds = start + np.arange(count) / rate
    cuts = np.searchsorted(seconds, track.seconds[list(track.cuts)]) if track.cuts else ()
    return replace(
        track,
        seconds=seconds,
        pixels=_at(track.pixels, track, seconds),
        visibility=_at(track.visibility, track, seconds),
        metric=_at(track.metric, track, seconds),
        present=np.ones(count, dtype=bool),
        cuts=tuple(sorted({int(cut) for cut in cuts if 0 < cut < count})),
    )


def smoothed(values: FloatArray, track: Track, rate: float) -> FloatArray:
    """Values (n, ...) of an even track, low-passed within every shot, never across a cut."""
    return np.concatenate([low_pass(values[shot], rate) for shot in track.shots])


def _at(values: FloatArray, track: Track, seconds: FloatArray) -> FloatArray:
    place = np.interp(seconds, track.seconds, np.arange(len(track)))
    low = np.minimum(np.floor(place).astype(np.intp), len(track) - 1)
    high = np.minimum(low + 1, len(track) - 1)
    share = (place - low).reshape(-1, *(1,) * (values.ndim - 1))
    mixed: FloatArray = values[low] * (1.0 - share) + values[high] * share
    return mixed
