# SPDX-License-Identifier: GPL-3.0-or-later
"""The pelvis gives way a little, so that standing feet can stand.

Where source and target differ in how wide the hips are, or in where the hips joint sits over the
hip joints, a pelvis that turns like the source's carries the target's legs elsewhere than a
standing foot would have them. If the head of a thigh moved by exactly what its foot is asked to
move, the leg would not have to turn at all. So the small turn d of the pelvis about its joint is
found that brings both heads nearest to that, a weighted least squares problem of each frame::

    minimise over d:  sum over legs of w c(d x h - s)  +  (give leg)^2 |d|^2

with h from the hips joint to the head of the thigh, s the way asked of the foot, w how firmly it
is held, c(v) = |v|^2 + (k . v)^2 what v costs the leg (see `strain`): where a leg is straight, the
pelvis keeps its length first. A narrow pelvis has no lever (h is short) and hardly turns; a wide
one takes most of what the legs would have to. What is left the hips themselves follow, by less
than shows in their path: the same problem for a way p in place of d x h.

As k . (d x h) = d . (h x k), the matrix of the problem is

    sum w ([h]x^T [h]x + (h x k) (h x k)^T)  +  (give leg)^2,    [h]x^T [h]x = |h|^2 - h h^T

and its right side sum w h x (s + k (k . s)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from .rotations import FloatArray, components, cross
from .strain import anchors, weighed

_GIVE = 0.07
"""How the pelvis is held against turning: as by a lever of this part of the leg."""
_MOST_TURN = np.radians(25.0)
_MOST_WAY = 0.02
_MEAN_WAY = 0.004
"""The hips leave their path by at most, and on average by, these parts of the leg."""
_STAY = 0.25
"""How the hips are held on their path, beside what a fully held bent leg weighs (1)."""
_SMOOTH_SECONDS = 0.06
_ROUNDS = 2


@dataclass(frozen=True, eq=False)
class Hold:
    """What one leg asks of the pelvis, all over (frames,).

    lever   (frames, 3) from the hips joint to the head of the thigh, world
    away    (frames, 3) from the toe to where the source's stands
    stiff   (frames, 3) the leg's `strain.stiffness`
    stands  the contacts as slices; in each the foot may choose its own spot on the floor
    reaches the frames a contact has a say in, and how much (frames of the reach,)
    """

    lever: FloatArray
    away: FloatArray
    stiff: FloatArray
    stands: Sequence[slice]
    reaches: Sequence[tuple[slice, FloatArray]]


def giving_way(holds: Sequence[Hold], leg: float, fps: float) -> tuple[FloatArray, FloatArray]:
    """(frames, 3) rotation vectors of the pelvis and ways of the hips, both world.

    leg  thigh plus shin of the target, world units
    """
    turn = np.zeros_like(holds[0].away)
    way = np.zeros_like(turn)
    firm = [_firmness(hold) for hold in holds]
    turning, moving = _turn_inverse(holds, firm, leg), _way_inverse(holds, firm)
    for _ in range(_ROUNDS):
        asked = [_asked(hold, cross(turn, hold.lever) + way) for hold in holds]
        pull = sum(
            weight[:, None] * cross(hold.lever, weighed(shift - way, hold.stiff))
            for hold, weight, shift in zip(holds, firm, asked, strict=True)
        )
        turn = _bounded(_smooth(_product(turning, np.asarray(pull)), fps), _MOST_TURN)
        pull = sum(
            weight[:, None] * weighed(shift - cross(turn, hold.lever), hold.stiff)
            for hold, weight, shift in zip(holds, firm, asked, strict=True)
        )
        way = _bounded(_smooth(_product(moving, np.asarray(pull)), fps), _MOST_WAY * leg)
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
    constants = anchors(hold.away - given, hold.stiff, hold.stands)
    for constant, (reach, weights) in zip(constants, hold.reaches, strict=True):
        part = weights.astype(shift.dtype)
        shift[reach] += (hold.away[reach] - constant) * part[:, None]
        weight[reach] += part
    return shift / weight[:, None]


def _turn_inverse(holds: Sequence[Hold], firm: Sequence[FloatArray], leg: float) -> FloatArray:
    """(6, frames) `_inverse` of the module's matrix for the turn."""
    total = _Symmetric.of(len(firm[0]), (_GIVE * leg) ** 2)
    for hold, weight in zip(holds, firm, strict=True):
        total.add_identity(weight * np.sum(hold.lever * hold.lever, axis=-1))
        total.add_square(hold.lever, -weight)
        total.add_square(cross(hold.lever, hold.stiff), weight)
    return total.inverse(holds[0].lever.dtype)


def _way_inverse(holds: Sequence[Hold], firm: Sequence[FloatArray]) -> FloatArray:
    """(6, frames) the same for the way: of sum w (1 + k k^T) + stay."""
    total = _Symmetric.of(len(firm[0]), _STAY)
    for hold, weight in zip(holds, firm, strict=True):
        total.add_identity(weight)
        total.add_square(hold.stiff, weight)
    return total.inverse(holds[0].lever.dtype)


@dataclass(frozen=True, eq=False)
class _Symmetric:
    """Symmetric 3x3 matrices being summed up: (6, frames) xx, yy, zz, yz, xz, xy."""

    rows: FloatArray

    @classmethod
    def of(cls, frames: int, diagonal: float) -> _Symmetric:
        rows = np.zeros((6, frames))
        rows[:3] = diagonal
        return cls(rows)

    def add_identity(self, weight: FloatArray) -> None:
        """Add the identity `weight` (frames,) times."""
        self.rows[:3] += weight

    def add_square(self, vectors: FloatArray, weight: FloatArray) -> None:
        """Add v v^T of vectors (frames, 3) `weight` (frames,) times."""
        x, y, z = components(vectors, np.float64)
        for row, product in enumerate((x * x, y * y, z * z, y * z, x * z, x * y)):
            self.rows[row] += weight * product

    def inverse(self, dtype: DTypeLike) -> FloatArray:
        """(6, frames) the inverses, by their cofactors."""
        a, b, c, d, e, f = self.rows
        cofactors = (b * c - d * d, a * c - e * e, a * b - f * f,
                     e * f - a * d, d * f - b * e, d * e - c * f)  # fmt: skip
        determinant = a * cofactors[0] + f * cofactors[5] + e * cofactors[4]
        inverse: FloatArray = np.stack(cofactors) / determinant
        return inverse.astype(dtype)


def _product(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """(frames, 3) symmetric matrices (6, frames) times vectors (frames, 3)."""
    x, y, z = components(vectors)
    xx, yy, zz, yz, xz, xy = matrices
    rows = (xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z)
    return np.stack(rows).T


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
