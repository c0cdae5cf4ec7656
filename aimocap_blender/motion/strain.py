# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs a leg to have its foot somewhere else: the measure in which feet are placed.

Thigh and shin stand off the line from hip to ankle by some angle b each (taken as alike). Moving
the ankle across that line by a little e turns both by about e / L, with L the leg's length; moving
it along the line turns them by e / (L sin b), as the reach is L cos b. So the squared turn that a
way v of the foot asks for is, in units of 1 / L^2::

    v . v + cot(b)^2 (l . v)^2    l: unit vector along the line

A straight leg can hardly be made longer or shorter (b is near 0), a bent one gives in any
direction alike. With k = cot(b) l, here called the stiffness, that is |v|^2 + (k . v)^2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .rotations import FloatArray, components

_LEAST_BEND = 0.04
"""Sine squared of the least b that counts (11.5 degrees): a straight leg's cost has no bound."""


def stiffness(line: FloatArray, length: float) -> FloatArray:
    """(frames, 3) k of the module's formula.

    line    (frames, 3) from hip to ankle, world
    length  thigh plus shin, world units
    """
    reach = np.linalg.norm(line, axis=-1, keepdims=True)
    bend = np.maximum(1.0 - (reach / length) ** 2, _LEAST_BEND)
    stiff: FloatArray = line / np.maximum(reach, 1e-12) * np.sqrt(1.0 / bend - 1.0)
    return stiff.astype(line.dtype)


def weighed(way: FloatArray, stiff: FloatArray) -> FloatArray:
    """(frames, 3) half the gradient of the cost at the ways (frames, 3): v + k (k . v)."""
    weighed_way: FloatArray = way + stiff * np.sum(stiff * way, axis=-1, keepdims=True)
    return weighed_way


def anchors(ways: FloatArray, stiff: FloatArray, stands: Sequence[slice]) -> FloatArray:
    """(contacts, 3) for each contact the level way nearest to its `ways`, by the leg's cost.

    A foot may stand on any spot of the floor: what is left of the ways (frames, 3) then costs
    least. With bent legs that is about their mean; a stretched leg draws its foot nearer. With
    sums over the n frames of a contact, and vectors cut to the level::

        (n + sum k k^T) a = sum (v + k (k . v))
    """
    x, y, _ = components(stiff, np.float64)
    pull_x, pull_y, _ = components(weighed(ways, stiff), np.float64)
    terms = np.stack((pull_x, pull_y, 1.0 + x * x, x * y, 1.0 + y * y))
    before = np.concatenate((np.zeros((5, 1)), np.cumsum(terms, axis=-1)), axis=-1)
    first, after = ([stand.start for stand in stands], [stand.stop for stand in stands])
    right, front, a, b, c = before[:, after] - before[:, first]
    spots = np.stack((c * right - b * front, a * front - b * right, np.zeros_like(a)))
    spots /= a * c - b * b
    return spots.T.astype(ways.dtype)
