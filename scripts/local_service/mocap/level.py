# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way is up: from camera axes to a level world, though nobody measured the camera.

Landmarks are aligned with the camera, so a tilted camera tilts the actor. But a body that does not
fall has its centre of mass over the foot it stands on, on the whole; the middle of that direction
over the clip is up. Masses: Winter, "Biomechanics and Motor Control of Human Movement", table 4.1.
"""

from __future__ import annotations

import numpy as np

from aimocap_blender.motion import rotations
from aimocap_blender.motion.rotations import normalized

from .landmarks import Landmark as L
from .track import FloatArray

CAMERA_UP = np.array((0.0, -1.0, 0.0))
CAMERA_TO_WORLD = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)))
"""Camera axes (x right, y down, z away) to the world's (X right, Y away, Z up)."""
SUPPORT_BLEND = 0.05
"""Metres of height between the feet over which the support passes from one to the other."""
STEADY = np.radians(12.0)
"""Spread of the direction over the clip at which it is believed by half."""
LARGEST_TILT = np.radians(50.0)
# Mass share, the two ends of the segment, how far along its centre of mass is.
SEGMENTS = (
    (0.081, (L.LEFT_EAR, L.RIGHT_EAR), (L.LEFT_EAR, L.RIGHT_EAR), 0.0),
    (0.497, (L.LEFT_SHOULDER, L.RIGHT_SHOULDER), (L.LEFT_HIP, L.RIGHT_HIP), 0.5),
    (0.028, (L.LEFT_SHOULDER,), (L.LEFT_ELBOW,), 0.436),
    (0.028, (L.RIGHT_SHOULDER,), (L.RIGHT_ELBOW,), 0.436),
    (0.022, (L.LEFT_ELBOW,), (L.LEFT_WRIST,), 0.682),
    (0.022, (L.RIGHT_ELBOW,), (L.RIGHT_WRIST,), 0.682),
    (0.100, (L.LEFT_HIP,), (L.LEFT_KNEE,), 0.433),
    (0.100, (L.RIGHT_HIP,), (L.RIGHT_KNEE,), 0.433),
    (0.0465, (L.LEFT_KNEE,), (L.LEFT_ANKLE,), 0.433),
    (0.0465, (L.RIGHT_KNEE,), (L.RIGHT_ANKLE,), 0.433),
    (0.0145, (L.LEFT_HEEL,), (L.LEFT_TOE,), 0.5),
    (0.0145, (L.RIGHT_HEEL,), (L.RIGHT_TOE,), 0.5),
)
FEET = ((L.LEFT_ANKLE, L.LEFT_HEEL, L.LEFT_TOE), (L.RIGHT_ANKLE, L.RIGHT_HEEL, L.RIGHT_TOE))


def centre_of_mass(joints: FloatArray) -> FloatArray:
    """(n, 3) of joints (n, 33, 3), any axes."""
    total = np.zeros((len(joints), 3))
    for mass, first, second, share in SEGMENTS:
        start, end = joints[:, first].mean(1), joints[:, second].mean(1)
        total += mass * (start + share * (end - start))
    return total / sum(mass for mass, *_ in SEGMENTS)


def up_direction(joints: FloatArray) -> FloatArray:
    """The world's up (3,) in camera axes, from joints (n, 33, 3) in camera axes.

    A clip in which the body's centre swings about, as in running, says little: its tilt counts
    for less, sideways and forwards each by its own spread.
    """
    feet = np.stack([joints[:, marks].mean(1) for marks in FEET], axis=1)
    height = feet @ CAMERA_UP
    weights = np.exp(-(height - height.min(1, keepdims=True)) / SUPPORT_BLEND)
    weights /= weights.sum(1, keepdims=True)
    support = np.sum(feet * weights[..., None], axis=1)
    stance = normalized(centre_of_mass(joints) - support)
    angles = np.arctan2(stance[:, (0, 2)], -stance[:, 1:2])
    tilt = np.median(angles, axis=0)
    spread = np.median(np.abs(angles - tilt), axis=0) * 1.4826
    tilt = np.clip(tilt / (1.0 + (spread / STEADY) ** 4), -LARGEST_TILT, LARGEST_TILT)
    return normalized(np.array((np.tan(tilt[0]), -1.0, np.tan(tilt[1]))))


def to_world(up: FloatArray) -> FloatArray:
    """(3, 3) from camera axes to the level world, with the least possible turn about the vertical."""
    levelled = rotations.to_matrix(rotations.between(up, CAMERA_UP))
    return CAMERA_TO_WORLD @ levelled
