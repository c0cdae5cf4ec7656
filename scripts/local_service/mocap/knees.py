# SPDX-License-Identifier: GPL-3.0-or-later
"""Standing knees made straight.

The model's knee lies on the kneecap, not in the joint, and its depth is pulled forwards: legs that
stand straight come out bent. What the straightest legs of the clip are bent too much is taken off
all of them, least where a knee is truly bent. Joints (frames, 33, 3), metres, any level axes.
"""

from __future__ import annotations

import numpy as np

from aimocap_blender.motion.rotations import normalized

from .landmarks import Landmark as Mark
from .track import FloatArray

LEGS = (
    (Mark.LEFT_HIP, Mark.LEFT_KNEE, (Mark.LEFT_ANKLE, Mark.LEFT_HEEL, Mark.LEFT_TOE)),
    (Mark.RIGHT_HIP, Mark.RIGHT_KNEE, (Mark.RIGHT_ANKLE, Mark.RIGHT_HEEL, Mark.RIGHT_TOE)),
)
STRAIGHTEST = 10.0
"""Percentile of the bend over the clip that counts as the straightest leg."""
STANDING_BEND = np.radians(5.0)
LARGEST_EXCESS = np.radians(22.0)
TRULY_BENT = np.radians(100.0)


def straightened(joints: FloatArray) -> FloatArray:
    """Joints whose legs keep their bone lengths and directions, with the excess bend gone."""
    bends = [bend(joints, hip, knee, foot[0]) for hip, knee, foot in LEGS]
    excess = min(float(np.percentile(each, STRAIGHTEST)) for each in bends) - STANDING_BEND
    excess = float(np.clip(excess, 0.0, LARGEST_EXCESS))
    joints = joints.copy()
    for (hip, knee, foot), now in zip(LEGS, bends, strict=True):
        wanted = now - excess * np.clip(1.0 - now / TRULY_BENT, 0.0, 1.0)
        _bend_to(joints, hip, knee, foot, np.clip(wanted, 0.0, now))
    return joints


def bend(joints: FloatArray, hip: Mark, knee: Mark, ankle: Mark) -> FloatArray:
    """(frames,) angle between thigh and calf, 0 for a straight leg, radians."""
    thigh, calf = normalized(joints[:, knee] - joints[:, hip]), joints[:, ankle] - joints[:, knee]
    return np.arccos(np.clip(np.sum(thigh * normalized(calf), axis=-1), -1.0, 1.0))


def _bend_to(
    joints: FloatArray, hip: Mark, knee: Mark, foot: tuple[Mark, ...], wanted: FloatArray
) -> None:
    """Bend one leg to `wanted` in its own plane; the foot goes along the line from the hip."""
    start, middle, end = joints[:, hip], joints[:, knee].copy(), joints[:, foot[0]].copy()
    line = normalized(end - start)
    thigh = middle - start
    upper = np.linalg.norm(thigh, axis=-1)
    lower = np.linalg.norm(end - middle, axis=-1)
    side = normalized(thigh - np.sum(thigh * line, axis=-1, keepdims=True) * line)
    reach = np.sqrt(upper**2 + lower**2 + 2.0 * upper * lower * np.cos(wanted))
    along = (upper**2 + reach**2 - lower**2) / (2.0 * np.maximum(reach, 1e-6))
    out = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    joints[:, knee] = start + along[:, None] * line + out[:, None] * side
    moved = start + reach[:, None] * line - end
    for mark in foot:
        joints[:, mark] += moved
