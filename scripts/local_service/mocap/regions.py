# SPDX-License-Identifier: GPL-3.0-or-later
"""The square region of an image that one person fills, and cutting it out.

A region is turned with the person, so that the landmark model always sees an upright body.
Pixels are x right, y down; angles are radians, positive clockwise on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

MARGIN = 1.25
"""How much wider than the circle of the body the cut-out is, as the model was trained."""


@dataclass(frozen=True)
class Region:
    """A square: centre in pixels, length of a side in pixels, turn in radians."""

    x: float
    y: float
    size: float
    turn: float

    @property
    def axes(self) -> NDArray[np.float64]:
        """(2, 2) matrix whose columns are the region's own x and y directions in the image."""
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        return np.array(((cosine, -sine), (sine, cosine)))

    @property
    def usable(self) -> bool:
        """False for a region that is not finite or smaller than four pixels."""
        return bool(np.isfinite((self.x, self.y, self.size, self.turn)).all() and self.size >= 4.0)

    def to_image(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Image pixels of points (..., 2) given in 0..1 of the region."""
        return (points - 0.5) * self.size @ self.axes.T + np.array((self.x, self.y))

    def cut_out(self, image: MatLike, side: int) -> MatLike:
        """The region as an image of `side` pixels, borders repeated where it leaves the image."""
        # A region far larger than the cut-out is shrunk first: bilinear sampling would alias.
        shrink = max(1, int(self.size / (2 * side)))
        if shrink > 1:
            image = cv2.resize(image, None, fx=1 / shrink, fy=1 / shrink, interpolation=3)
        corners = np.array(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
        source = (self.to_image(corners) / shrink).astype(np.float32)
        target = (corners * side).astype(np.float32)
        matrix = cv2.getAffineTransform(source, target)
        return cv2.warpAffine(
            image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )


def region_about(centre: NDArray[np.float64], top: NDArray[np.float64]) -> Region:
    """The region about the circle through `top` round `centre`, `top` straight above the centre."""
    x, y = (float(value) for value in np.asarray(top) - centre)
    turn = np.pi / 2 - np.arctan2(-y, x)
    turn -= 2 * np.pi * np.floor((turn + np.pi) / (2 * np.pi))
    return Region(float(centre[0]), float(centre[1]), 2 * MARGIN * float(np.hypot(x, y)), turn)
