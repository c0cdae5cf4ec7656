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

from .landmarks import Landmark as Mark
from .stance import FEET
from .track import FloatArray

CAMERA_UP = np.array((0.0, -1.0, 0.0))
CAMERA_TO_WORLD = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)))
"""Camera axes (x right, y down, z away) to the world's (X right, Y away, Z up)."""
SUPPORT_BLEND = 0.05
"""Metres of height between the feet over which the support passes from one to the other."""
STEADY = np.radians(12.0)
"""Spread of the direction over the clip at which it is believed by half."""
LARGEST_TILT = np.radians(50.0)
TRUNK_SHARE = 0.7
LARGEST_TRUNK_TILT = np.radians(30.0)
# Mass share, the two ends of the segment, how far along its centre of mass is.
SEGMENTS = (
    (0.081, (Mark.LEFT_EAR, Mark.RIGHT_EAR), (Mark.LEFT_EAR, Mark.RIGHT_EAR), 0.0),
    (0.497, (Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER), (Mark.LEFT_HIP, Mark.RIGHT_HIP), 0.5),
    (0.028, (Mark.LEFT_SHOULDER,), (Mark.LEFT_ELBOW,), 0.436),
    (0.028, (Mark.RIGHT_SHOULDER,), (Mark.RIGHT_ELBOW,), 0.436),
    (0.022, (Mark.LEFT_ELBOW,), (Mark.LEFT_WRIST,), 0.682),
    (0.022, (Mark.RIGHT_ELBOW,), (Mark.RIGHT_WRIST,), 0.682),
    (0.100, (Mark.LEFT_HIP,), (Mark.LEFT_KNEE,), 0.433),
    (0.100, (Mark.RIGHT_HIP,), (Mark.RIGHT_KNEE,), 0.433),
    (0.0465, (Mark.LEFT_KNEE,), (Mark.LEFT_ANKLE,), 0.433),
    (0.0465, (Mark.RIGHT_KNEE,), (Mark.RIGHT_ANKLE,), 0.433),
    (0.0145, (Mark.LEFT_HEEL,), (Mark.LEFT_TOE,), 0.5),
    (0.0145, (Mark.RIGHT_HEEL,), (Mark.RIGHT_TOE,), 0.5),
)


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
    return _tilted(tilt / (1.0 + (spread / STEADY) ** 4))


def up_of_trunk(joints: FloatArray) -> FloatArray:
    """The world's up (3,) in camera axes where no foot is seen: most of the trunk's usual lean.

    People in front of a camera sit and stand upright on the whole; what is left of the lean is
    theirs.
    """
    shoulders = joints[:, (Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER)].mean(1)
    trunk = normalized(shoulders - joints[:, (Mark.LEFT_HIP, Mark.RIGHT_HIP)].mean(1))
    lean = np.median(np.arctan2(trunk[:, (0, 2)], -trunk[:, 1:2]), axis=0)
    return _tilted(np.clip(lean * TRUNK_SHARE, -LARGEST_TRUNK_TILT, LARGEST_TRUNK_TILT))


def _tilted(angles: FloatArray) -> FloatArray:
    """The unit vector (3,) leaning by angles (sideways, away) from the camera's own up."""
    sideways, away = np.tan(np.clip(angles, -LARGEST_TILT, LARGEST_TILT))
    return normalized(np.array((sideways, -1.0, away)))


def to_world(up: FloatArray) -> FloatArray:
    """(3, 3) from camera axes to the level world, turned about the vertical as little as can be."""
    levelled = rotations.to_matrix(rotations.between(up, CAMERA_UP))
    return CAMERA_TO_WORLD @ levelled
