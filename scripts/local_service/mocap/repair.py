# SPDX-License-Identifier: GPL-3.0-or-later
"""What the model got wrong between pictures: sides swapped, facing reversed, spikes, gaps.

A single picture allows a body two readings, facing the camera or turned away, and two legs that
cross can trade names. Over time only one reading moves like a body: the cheapest path through the
readings of all pictures is kept (Viterbi). Works on `Track`, shot by shot.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .landmarks import COUNT, MIRRORED, Landmark
from .track import FloatArray, Track

OTHER_SIDE = MIRRORED[:COUNT]
LEGS = np.arange(COUNT) >= Landmark.LEFT_KNEE
ARMS = (np.arange(COUNT) >= Landmark.LEFT_ELBOW) & (np.arange(COUNT) <= Landmark.RIGHT_THUMB)
KEY = np.array((11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 31, 32))
READINGS = 4
"""0 as read, 1 legs swapped, 2 facing reversed, 3 both."""
DOUBT = 0.0004
"""Square metres that any other reading than the model's costs in every picture."""
PICTURE_SHARE = 0.5
"""How much steps in the picture count beside steps in space."""
LEAST_WIDTH = 0.6
"""Of the usual distance between the shoulders, and between the hips."""
LONGEST_SPIKE = 2
SPIKE_METRES = 0.12


def repaired(track: Track) -> Track:
    """The track with one reading throughout, without spikes and gaps; `present` is all True."""
    rows = track.present & ~collapsed(track)
    if not rows.any():
        return track
    pixels, metric = track.pixels.copy(), track.metric.copy()
    visibility = track.visibility.copy()
    for shot in track.shots:
        seen = np.flatnonzero(rows[shot]) + shot.start
        if not len(seen):
            continue
        chosen = steadiest(pixels[seen], metric[seen])
        pixels[seen], metric[seen], visibility[seen] = reread(
            pixels[seen], metric[seen], visibility[seen], chosen
        )
        pixels[seen], metric[seen] = despiked(pixels[seen], metric[seen])
    filled = [_filled(values, rows, track) for values in (pixels, metric, visibility)]
    return replace(
        track,
        pixels=filled[0],
        metric=filled[1],
        visibility=filled[2],
        present=np.ones_like(rows),
    )


def collapsed(track: Track) -> NDArray[np.bool_]:
    """(n,) True where the body has lost its width: the model could not tell front from back.

    Metric landmarks keep their distances from every side, so a trunk far narrower than usual is
    the mean of two opposite answers and shows neither.
    """
    metric = track.metric
    narrow = np.zeros(len(track), dtype=bool)
    if not track.present.any():
        return narrow
    for left, right in ((Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
                        (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)):  # fmt: skip
        width = np.linalg.norm(metric[:, left] - metric[:, right], axis=-1)
        narrow |= width < LEAST_WIDTH * np.median(width[track.present])
    return narrow


def readings(pixels: FloatArray, metric: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Every reading of every picture: (n, 4, 33, 2) pixels and (n, 4, 33, 3) metric.

    Facing reversed is the mirror image in depth with the sides exchanged: seen from far away it
    has the same outline. Legs swapped exchanges them from the knees down, where they are.
    """
    swap = np.where(LEGS, OTHER_SIDE, np.arange(COUNT))
    every_pixels, every_metric = [], []
    for reading in range(READINGS):
        p, m = pixels, metric
        if reading & 2:
            p, m = p[:, OTHER_SIDE], m[:, OTHER_SIDE] * (1.0, 1.0, -1.0)
        if reading & 1:
            p, m = p[:, swap], m[:, swap]
        every_pixels.append(p)
        every_metric.append(m)
    return np.stack(every_pixels, axis=1), np.stack(every_metric, axis=1)


def steadiest(pixels: FloatArray, metric: FloatArray) -> NDArray[np.intp]:
    """(n,) the reading of every picture for which the body moves least over the clip."""
    every_pixels, every_metric = readings(pixels, metric)
    trunk = np.linalg.norm(pixels[:, (11, 12)].mean(1) - pixels[:, (23, 24)].mean(1), axis=-1)
    scale = 0.5 / max(float(np.median(trunk)), 1.0)
    places = np.concatenate(
        (every_metric[:, :, KEY], every_pixels[:, :, KEY] * scale * PICTURE_SHARE), axis=-1
    )
    costs = np.zeros((len(pixels), READINGS))
    came_from = np.zeros((len(pixels), READINGS), dtype=np.intp)
    doubt = DOUBT * (np.arange(READINGS) > 0)
    costs[0] = doubt
    for row in range(1, len(pixels)):
        steps = places[row][None, :] - places[row - 1][:, None]
        # Beyond half a metre a joint has jumped, however far: it must not outvote all others.
        square = np.minimum(np.sum(steps**2, axis=-1), 0.25).mean(-1)
        total = costs[row - 1][:, None] + square
        came_from[row] = np.argmin(total, axis=0)
        costs[row] = total.min(0) + doubt
    path = np.zeros(len(pixels), dtype=np.intp)
    path[-1] = np.argmin(costs[-1])
    for row in range(len(pixels) - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path


def reread(
    pixels: FloatArray, metric: FloatArray, visibility: FloatArray, chosen: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The chosen reading of every picture."""
    every_pixels, every_metric = readings(pixels, metric)
    flat = np.repeat(visibility[..., None], 2, axis=-1)
    every_visibility, _ = readings(flat, np.zeros((*visibility.shape, 3)))
    rows = np.arange(len(chosen))
    return (
        every_pixels[rows, chosen],
        every_metric[rows, chosen],
        every_visibility[rows, chosen][..., 0],
    )


def despiked(pixels: FloatArray, metric: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Landmarks that leap away for a picture or two and come back go straight on instead.

    A leap is off the line between the pictures around it by SPIKE_METRES and by more than twice
    what those are apart: a fast hand is not.
    """
    pixels, metric = pixels.copy(), metric.copy()
    for width in range(1, LONGEST_SPIKE + 1):
        span = width + 1
        if len(metric) <= span:
            break
        before, after = metric[:-span], metric[span:]
        apart = np.linalg.norm(after - before, axis=-1)
        spikes = np.ones(apart.shape, dtype=bool)
        for step in range(1, span):
            line = before + (after - before) * (step / span)
            off = np.linalg.norm(metric[step : step - span] - line, axis=-1)
            spikes &= (off > SPIKE_METRES) & (off > 2.0 * apart)
        rows, marks = np.nonzero(spikes)
        for values in (pixels, metric):
            start, end = values[rows, marks].copy(), values[rows + span, marks].copy()
            for step in range(1, span):
                values[rows + step, marks] = start + (end - start) * (step / span)
    return pixels, metric


def _filled(values: FloatArray, rows: NDArray[np.bool_], track: Track) -> FloatArray:
    """Rows where nobody was found, linear in time between those around; ends are held."""
    if rows.all():
        return values
    flat = values.reshape(len(values), -1)
    filled = np.empty_like(flat)
    for column in range(flat.shape[1]):
        filled[:, column] = np.interp(track.seconds, track.seconds[rows], flat[rows, column])
    return filled.reshape(values.shape)
