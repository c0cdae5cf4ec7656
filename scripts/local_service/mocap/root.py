# SPDX-License-Identifier: GPL-3.0-or-later
"""The body's path before the floor is known: where it is along the camera's rays, and how far.

Direction comes from the picture and is sharp. Distance comes from how large the body looks and is
not: it is smoothed much harder, along the ray, so that the picture is still met.
Camera axes (x right, y down, z away), metres.
"""

from __future__ import annotations

import numpy as np

from .landmarks import Landmark
from .smooth import low_pass
from .track import FloatArray

DISTANCE_HERTZ = 1.0


def steadied(joints: FloatArray, rate: float) -> FloatArray:
    """Joints (n, 33, 3) with the distance of the body from the camera smoothed."""
    hips = joints[:, (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)].mean(1)
    distance = np.maximum(hips[:, 2], 0.1)
    smooth = np.maximum(low_pass(distance, rate, DISTANCE_HERTZ), 0.1)
    return joints + (hips * (smooth / distance)[:, None] - hips)[:, None]
