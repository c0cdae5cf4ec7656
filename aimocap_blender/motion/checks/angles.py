# SPDX-License-Identifier: GPL-3.0-or-later
"""Angles in degrees, and which bone of several is to blame.

Angles come from chords, not from arc cosines: near zero an arc cosine in single precision is wrong
by hundredths of a degree.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..canonical import Body, Part
from ..rotations import FloatArray, conjugate, multiply
from .check import Curve, Finding

_CARRIED = 0.6
"""A bone hands its error on to all that hangs on it: the topmost bone with at least this share of
the worst error is the one to blame."""


def between(one: FloatArray, other: FloatArray) -> Curve:
    """(frames,) degrees between unit vectors: twice the arc sine of half their chord."""
    x, y, z = (np.moveaxis(one - other, -1, 0)).astype(np.float64)
    chord = np.sqrt(x * x + y * y + z * z)
    return np.asarray(np.degrees(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0))))


def apart(one: FloatArray, other: FloatArray) -> Curve:
    """(frames,) degrees of the turn from one orientation to the other, 0 to 180."""
    difference = multiply(conjugate(one), other)
    w, x, y, z = np.moveaxis(difference, -1, 0).astype(np.float64)
    return np.asarray(np.degrees(2.0 * np.arctan2(np.sqrt(x * x + y * y + z * z), np.abs(w))))


def twist(one: FloatArray, other: FloatArray, axis: FloatArray) -> Curve:
    """(frames,) degrees by which `other` is turned about `axis` (in the axes of `one`), unsigned.

    The twist part of the swing-twist decomposition (Dobrowolski, "Swing-twist decomposition in
    Clifford algebra", 2015): the rotation vector's part along the axis.
    """
    difference = multiply(conjugate(one), other)
    w, x, y, z = np.moveaxis(difference, -1, 0).astype(np.float64)
    along = x * axis[0] + y * axis[1] + z * axis[2]
    return np.asarray(np.degrees(2.0 * np.arctan2(np.abs(along), np.abs(w))))


def rotation_vectors(q: FloatArray) -> FloatArray:
    """(frames, 3) axis times angle in degrees, the short way round."""
    w, x, y, z = np.moveaxis(q, -1, 0).astype(np.float64)
    sine = np.sqrt(x * x + y * y + z * z)
    angle = 2.0 * np.degrees(np.arctan2(sine, np.abs(w))) * np.sign(np.where(w == 0.0, 1.0, w))
    factor = angle / np.where(sine > 1e-12, sine, 1.0)
    return np.stack((x * factor, y * factor, z * factor), axis=-1)


def worst_of(body: Body, curves: Mapping[Part, Curve], note: str = "") -> Finding:
    """The worst part at its worst frame; the curve is the worst of all parts at every frame."""
    if not curves:
        return Finding.nothing("nothing to compare")
    parts = list(curves)
    stacked = np.stack([curves[part] for part in parts])
    row, sample = np.unravel_index(int(np.argmax(stacked)), stacked.shape)
    at_worst = {part: float(curves[part][sample]) for part in parts}
    part = _to_blame(body, parts[int(row)], at_worst)
    name = body.skeleton.names[body.bones[part]]
    return Finding(float(stacked[row, sample]), int(sample), name, stacked.max(axis=0), note)


def _to_blame(body: Body, part: Part, errors: Mapping[Part, float]) -> Part:
    """Climb from the worst part to the topmost that has most of its error."""
    part_of = {bone: other for other, bone in body.bones.items()}
    enough = _CARRIED * errors[part]
    blamed, above = part, body.above(part)
    while above is not None:
        higher = part_of[above]
        if higher in errors and errors[higher] < enough:
            break
        if higher in errors:
            blamed = higher
        above = body.above(higher)
    return blamed
