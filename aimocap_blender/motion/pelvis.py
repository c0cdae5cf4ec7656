# SPDX-License-Identifier: GPL-3.0-or-later
"""The pelvis gives way a little, so that standing feet can stand.

Where source and target differ in how wide the hips are, or in where the hips joint sits over the
hip joints, a pelvis that turns like the source's carries the target's legs elsewhere than a
standing foot would have them. If the head of a thigh moved by exactly what its foot is asked to
move, the leg would not have to turn at all. So the small turn d of the pelvis about its joint is
found that brings both heads nearest to that, a weighted least squares problem of each frame::

    minimise over d:  sum over legs of w |d x h - s|^2  +  (give leg)^2 |d|^2

with h from the hips joint to the head of the thigh, s the way asked of the foot, w how firmly it
is held. A narrow pelvis has no lever (h is short) and hardly turns; a wide one takes most of what
the legs would have to. What is left the hips themselves follow, by less than shows in their path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .rotations import FloatArray, cross

_GIVE = 0.1
"""How the pelvis is held against turning: as by a lever of this part of the leg."""
_MOST_TURN = np.radians(25.0)
_MOST_WAY = 0.02
_MEAN_WAY = 0.003
"""The hips leave their path by at most, and on average by, these parts of the leg."""
_SMOOTH_SECONDS = 0.06
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Hold:
    """What one leg asks of the pelvis, all over (frames,).

    lever   (frames, 3) from the hips joint to the head of the thigh, world
    away    (frames, 3) from the toe to where the source's stands
    stands  the contacts as slices; in each the foot may choose its own spot on the floor
    reaches the frames a contact has a say in, and how much (frames of the reach,)
    """

    lever: FloatArray
    away: FloatArray
    stands: Sequence[slice]
    reaches: Sequence[tuple[slice, FloatArray]]


def giving_way(holds: Sequence[Hold], leg: float, fps: float) -> tuple[FloatArray, FloatArray]:
    """(frames, 3) rotation vectors of the pelvis and ways of the hips, both world.

    leg  thigh plus shin of the target, world units
    """
    turn = np.zeros_like(holds[0].away)
    way = np.zeros_like(turn)
    for _ in range(_ROUNDS):
        asked = [_asked(hold, cross(turn, hold.lever) + way) for hold in holds]
        turn = _bounded(_smooth(_least_squares(holds, asked, leg), fps), _MOST_TURN)
        left = [
            (shift - cross(turn, hold.lever), weight)
            for hold, (shift, weight) in zip(holds, asked, strict=True)
        ]
        total = sum(weight for _, weight in left)
        mean = sum(shift * weight[:, None] for shift, weight in left)
        way = mean / np.maximum(total, 1.0)[:, None]
        way = _bounded(_smooth(way, fps), _MOST_WAY * leg)
        off = float(np.linalg.norm(way - way[:1], axis=-1).mean())
        way *= min(1.0, _MEAN_WAY * leg / max(off, 1e-12))
    return turn, way


def _asked(hold: Hold, given: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What the foot asks (frames, 3) beyond a spot of its own choice, and how firmly (frames,).

    given  (frames, 3) how far the pelvis already carries the leg
    """
    shift = np.zeros_like(hold.away)
    weight = np.zeros(len(shift), dtype=shift.dtype)
    for stands, (reach, weights) in zip(hold.stands, hold.reaches, strict=True):
        constant = np.mean(hold.away[stands] - given[stands], axis=0)
        constant[2] = 0.0
        part = weights.astype(shift.dtype)
        shift[reach] += (hold.away[reach] - constant) * part[:, None]
        weight[reach] += part
    return shift / np.maximum(weight, 1e-6)[:, None], np.minimum(weight, 1.0)


def _least_squares(
    holds: Sequence[Hold], asked: Sequence[tuple[FloatArray, FloatArray]], leg: float
) -> FloatArray:
    """(frames, 3) the turns d of the module's formula: (sum w [h]x^T [h]x + g^2) d = sum w h x s.

    [h]x^T [h]x = |h|^2 - h h^T
    """
    frames = len(holds[0].lever)
    matrix = np.zeros((frames, 3, 3))
    right = np.zeros((frames, 3))
    for hold, (shift, weight) in zip(holds, asked, strict=True):
        lever = hold.lever.astype(np.float64)
        squared = np.sum(lever * lever, axis=-1)
        outer = lever[:, :, None] * lever[:, None, :]
        matrix += weight[:, None, None] * (squared[:, None, None] * np.eye(3) - outer)
        right += weight[:, None] * cross(lever, shift)
    matrix += (_GIVE * leg) ** 2 * np.eye(3)
    turns: FloatArray = np.linalg.solve(matrix, right[..., None])[..., 0]
    return turns.astype(holds[0].lever.dtype)


def _bounded(vectors: FloatArray, most: float) -> FloatArray:
    """Vectors (frames, 3) no longer than `most`, approached without a corner."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    bounded: FloatArray = vectors * (np.tanh(length / most) * most / np.maximum(length, 1e-12))
    return bounded


def _smooth(values: FloatArray, fps: float) -> FloatArray:
    """(frames, 3) averaged with a Gaussian of `_SMOOTH_SECONDS`; the ends continue as they are."""
    sigma = _SMOOTH_SECONDS * fps
    half = int(np.ceil(3.0 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).astype(values.dtype)
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=-1)
