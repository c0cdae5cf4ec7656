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

from .rotations import FloatArray, components, cross

_GIVE = 0.1
"""How the pelvis is held against turning: as by a lever of this part of the leg."""
_MOST_TURN = np.radians(25.0)
_MOST_WAY = 0.02
_MEAN_WAY = 0.003
"""The hips leave their path by at most, and on average by, these parts of the leg."""
_SMOOTH_SECONDS = 0.06
_ROUNDS = 2


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
    firm = [_firmness(hold) for hold in holds]
    inverse = _inverse(holds, firm, leg)
    for _ in range(_ROUNDS):
        carried = [cross(turn, hold.lever) for hold in holds]
        asked = [_asked(hold, given + way) for hold, given in zip(holds, carried, strict=True)]
        turn = _bounded(_smooth(_solved(holds, firm, asked, inverse), fps), _MOST_TURN)
        total = np.maximum(sum(firm), 1.0).astype(turn.dtype)
        way = np.zeros_like(turn)
        for hold, weight, shift in zip(holds, firm, asked, strict=True):
            way += (shift - cross(turn, hold.lever)) * (weight / total)[:, None]
        way = _bounded(_smooth(way, fps), _MOST_WAY * leg)
        off = float(np.linalg.norm(way - way[:1], axis=-1).mean())
        way *= min(1.0, _MEAN_WAY * leg / max(off, 1e-12))
    return turn, way


def _firmness(hold: Hold) -> FloatArray:
    """(frames,) w of the module's formula."""
    weight = np.zeros(len(hold.away), dtype=hold.away.dtype)
    for reach, weights in hold.reaches:
        weight[reach] += weights.astype(weight.dtype)
    return np.minimum(weight, 1.0)


def _asked(hold: Hold, given: FloatArray) -> FloatArray:
    """(frames, 3) what the foot asks beyond a spot of its own choice; where contacts meet, both.

    given  (frames, 3) how far the pelvis already carries the leg
    """
    shift = np.zeros_like(hold.away)
    weight = np.full(len(shift), 1e-6, dtype=shift.dtype)
    for stands, (reach, weights) in zip(hold.stands, hold.reaches, strict=True):
        constant = np.mean(hold.away[stands] - given[stands], axis=0)
        constant[2] = 0.0
        part = weights.astype(shift.dtype)
        shift[reach] += (hold.away[reach] - constant) * part[:, None]
        weight[reach] += part
    return shift / weight[:, None]


def _inverse(holds: Sequence[Hold], firm: Sequence[FloatArray], leg: float) -> FloatArray:
    """(6, frames) xx, yy, zz, yz, xz, xy of the inverse of sum w [h]x^T [h]x + (give leg)^2.

    [h]x^T [h]x = |h|^2 - h h^T; a symmetric matrix is inverted by its cofactors.
    """
    give = (_GIVE * leg) ** 2
    a, b, c = (np.full(len(firm[0]), give) for _ in range(3))
    d, e, f = (np.zeros(len(firm[0])) for _ in range(3))
    for hold, weight in zip(holds, firm, strict=True):
        x, y, z = components(hold.lever, np.float64)
        a += weight * (y * y + z * z)
        b += weight * (x * x + z * z)
        c += weight * (x * x + y * y)
        d -= weight * y * z
        e -= weight * x * z
        f -= weight * x * y
    cofactors = (b * c - d * d, a * c - e * e, a * b - f * f,
                 e * f - a * d, d * f - b * e, d * e - c * f)  # fmt: skip
    determinant = a * cofactors[0] + f * cofactors[5] + e * cofactors[4]
    inverse: FloatArray = np.stack(cofactors) / determinant
    return inverse.astype(holds[0].lever.dtype)


def _solved(
    holds: Sequence[Hold],
    firm: Sequence[FloatArray],
    asked: Sequence[FloatArray],
    inverse: FloatArray,
) -> FloatArray:
    """(frames, 3) the turns d of the module's formula: the inverse times sum w h x s."""
    right = sum(
        weight[:, None] * cross(hold.lever, shift)
        for hold, weight, shift in zip(holds, firm, asked, strict=True)
    )
    x, y, z = components(np.asarray(right))
    xx, yy, zz, yz, xz, xy = inverse
    turns = (xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z)
    return np.stack(turns).T.astype(holds[0].lever.dtype)


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
