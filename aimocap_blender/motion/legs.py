# SPDX-License-Identifier: GPL-3.0-or-later
"""Two-bone IK for whole motions: thigh and shin are turned until the ankle is at its goal.

The plane of the knee is kept: the hip-ankle line is swung onto its new direction and the knee
stays on its side of it, at the distance the law of cosines gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rotations import FloatArray, between, from_vector, normalized, rotate, slerp, to_vector

REACH = 0.9995
"""The part of thigh plus shin that IK may use: the last bit costs the knee large angles."""
_FORWARD = 0.02
"""How much the knee's own front counts beside its bend: decides only when the leg is straight."""


@dataclass(frozen=True, eq=False)
class Leg:
    """Joints of a leg over time, world space: each (frames, 3). `front` points out of the knee."""

    hip: FloatArray
    knee: FloatArray
    ankle: FloatArray
    front: FloatArray


MOST_TURN = np.radians(11.5)
"""IK turns no bone of a leg farther than this off the pose it was given; past it the foot gives
way. A nearly straight knee bends by many degrees for a few millimetres, which shows as a pop."""
_EASY_TURN = np.radians(8.0)
_ROUNDS, _SLACK = 4, 1.001


def two_bone(leg: Leg, goal: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """World turns (frames, 4) of thigh and shin that bring the ankle to `goal` (frames, 3).

    weight  (frames,) how far the knee may be led by its front where the leg is straight; at 0 a
            goal at the ankle leaves the leg exactly as it is
    A goal out of reach is approached with a straight leg.
    """
    thigh, shin = leg.knee - leg.hip, leg.ankle - leg.knee
    upper, lower = _length(thigh), _length(shin)
    line, aim = leg.ankle - leg.hip, goal - leg.hip
    old, wanted = _length(line), _length(aim)
    shortest = np.abs(upper - lower) * 1.001 + 1e-9
    reach = np.clip(wanted, shortest, np.maximum((upper + lower) * REACH, old))
    reach = np.minimum(reach, (upper + lower) * (1.0 - 1e-7))
    along, swing = normalized(line), between(normalized(line), normalized(aim))
    side = rotate(swing, _knee_side(thigh / upper, along, leg.front, weight))
    cosine = np.clip((upper**2 + reach**2 - lower**2) / (2.0 * upper * reach), -1.0, 1.0)
    sine = np.sqrt(1.0 - cosine**2)
    ahead = rotate(swing, along)
    new_thigh = ahead * cosine + side * sine
    new_shin = normalized(ahead * reach - new_thigh * upper)
    return _bounded(between(thigh / upper, new_thigh), between(shin / lower, new_shin))


def _bounded(thigh: FloatArray, shin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both turns shortened by one factor, so that the larger stays under `MOST_TURN`.

    Up to `_EASY_TURN` nothing changes; beyond, the bound is approached without a corner.
    """
    angles = [2.0 * np.arccos(np.clip(np.abs(q[..., 0]), 0.0, 1.0)) for q in (thigh, shin)]
    largest = np.maximum(*angles)
    room = MOST_TURN - _EASY_TURN
    bent = _EASY_TURN + room * np.tanh(np.maximum(largest - _EASY_TURN, 0.0) / room)
    part = np.where(largest > _EASY_TURN, bent / np.maximum(largest, 1e-9), 1.0)
    none = np.zeros_like(thigh)
    none[..., 0] = 1.0
    return slerp(none, thigh, part), slerp(none, shin, part)


def unhurried(turns: FloatArray, fastest: FloatArray, firm: NDArray[np.bool_]) -> FloatArray:
    """Turns (frames, 4) that change from frame to frame by no more than `fastest`.

    A leg that is stretched or bent to the end of its reach answers millimetres with degrees, in
    one frame. Such a change is spread over the frames around it, at first over those that are not
    `firm` (frames,); where turns change slowly enough they stay as they are.

    fastest  (frames - 1,) radians from each frame to the next
    """
    vectors = to_vector(turns)
    if not (_changes(vectors) > fastest).any():
        return turns
    bound = fastest
    for _ in range(_ROUNDS):
        slow = _slowed(vectors, bound, firm)
        changes = _changes(slow)
        if not (changes > fastest * _SLACK).any():
            break
        # Each axis keeps the bound by itself: it is tightened where several of them need it.
        bound = bound * np.minimum(fastest / np.maximum(changes, 1e-12), 1.0)
    else:
        slow = _slowed(vectors, fastest / np.sqrt(3.0), firm)
    return from_vector(slow.astype(turns.dtype))


def _changes(vectors: FloatArray) -> FloatArray:
    """(frames - 1,) how far vectors (frames, 3) are from one frame to the next."""
    change: FloatArray = np.linalg.norm(np.diff(vectors, axis=0), axis=-1)
    return change


def _slowed(vectors: FloatArray, bound: FloatArray, firm: NDArray[np.bool_]) -> FloatArray:
    """(frames, 3) vectors each of whose axes changes by no more than `bound` (frames - 1,)."""
    along = np.concatenate(((0.0,), np.cumsum(bound)))
    return np.stack([_slowed_axis(values, along, firm) for values in vectors.T], axis=-1)


def _slowed_axis(values: FloatArray, along: FloatArray, firm: NDArray[np.bool_]) -> FloatArray:
    """(frames,) values that change by no more than `along` does, kept at `firm` frames if possible.

    First what is not firm is brought into the cones around what is: then it asks for no change
    there. The rest is half way between the highest such curve under the values and the lowest one
    over them; where the values keep the bound by themselves all of them agree.
    """
    lowest = _over(np.where(firm, values, -np.inf), along)
    highest = _under(np.where(firm, values, np.inf), along)
    inside = np.where(firm, values, np.minimum(np.maximum(values, lowest), highest))
    mean: FloatArray = (_under(inside, along) + _over(inside, along)) / 2.0
    return mean


def _under(values: FloatArray, along: FloatArray) -> FloatArray:
    """min over s of values(s) + |along(t) - along(s)|: the highest such curve under the values.

    McShane's extension (1934), with `along` (frames,) growing as the distance between frames.
    """
    before = np.minimum.accumulate(values - along) + along
    after = np.minimum.accumulate((values + along)[::-1])[::-1] - along
    lowest: FloatArray = np.minimum(before, after)
    return lowest


def _over(values: FloatArray, along: FloatArray) -> FloatArray:
    """max over s of values(s) - |along(t) - along(s)|: the lowest such curve over the values."""
    return -_under(-values, along)


def _knee_side(
    thigh: FloatArray, along: FloatArray, front: FloatArray, weight: FloatArray
) -> FloatArray:
    """Unit vectors at right angles to `along`, from the hip-ankle line to the knee.

    A knee bent backwards by noise is mirrored to the front as far as `weight` says.
    """
    bend = thigh - np.sum(thigh * along, axis=-1, keepdims=True) * along
    ahead = normalized(front - np.sum(front * along, axis=-1, keepdims=True) * along)
    backwards = np.maximum(-np.sum(bend * ahead, axis=-1), 0.0)
    lead = weight * (_FORWARD + 2.0 * backwards) + 1e-6
    return normalized(bend + lead[:, None] * ahead)


def _length(vectors: FloatArray) -> FloatArray:
    length: FloatArray = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return length
