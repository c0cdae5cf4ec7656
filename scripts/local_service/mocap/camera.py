# SPDX-License-Identifier: GPL-3.0-or-later
"""A pinhole camera of unknown lens: rays, and the place of a body that is known up to its place.

Camera axes: x right, y down, z away, metres. Image points are *normalised*: pixels from the middle
of the picture divided by the focal length, so a point (x, y, z) is seen at (x / z, y / z).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aimocap_blender.motion import rotations

FloatArray = NDArray[np.floating]

FOCAL_SHARE = 1.15
"""Focal length over the picture's longer side: what phones and web cameras have, about 47 degrees
across. Clips carry no lens; a wrong guess scales the depth of the root's path, not the pose."""


def normalised(pixels: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Normalised image points of pixels (..., 2) in a picture of `size` (width, height)."""
    return (pixels - np.array(size) / 2.0) / (FOCAL_SHARE * max(size))


def turn_towards(points: FloatArray) -> FloatArray:
    """Rotations (..., 3, 3) from the axis of the camera to the rays through `points` (..., 2).

    The landmark model sees a cut-out as if the camera looked straight at it; this turns its metric
    landmarks into the real camera's axes.
    """
    rays = np.concatenate((points, np.ones((*points.shape[:-1], 1))), axis=-1)
    axis = np.broadcast_to((0.0, 0.0, 1.0), rays.shape)
    return rotations.to_matrix(rotations.between(axis, rotations.normalized(rays)))


def placed(points: FloatArray, bodies: FloatArray, weights: FloatArray) -> FloatArray:
    """Translations (n, 3) that bring bodies (n, k, 3) in line with image points (n, k, 2).

    Linear least squares of x + X = u (z + Z): every point gives two equations in the translation.
    weights (n, k) are those of the points.
    """
    left = np.zeros((*points.shape[:2], 2, 3))
    left[..., 0, 0] = left[..., 1, 1] = 1.0
    left[..., 2] = -points
    right = points * bodies[..., 2:] - bodies[..., :2]
    weighted = left * weights[..., None, None]
    normal = np.einsum("nkai,nkaj->nij", weighted, left)
    return np.linalg.solve(normal, np.einsum("nkai,nka->ni", weighted, right)[..., None])[..., 0]
