# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of the one person over time: the arrays that every later step takes and returns.

Knows no video, no model and no skeleton.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Track:
    """Landmarks of one person, one row for each picture that was looked at.

    seconds     (n,) from the first picture of the file, rising
    pixels      (n, 33, 2) image landmarks, x right, y down
    visibility  (n, 33) 0..1
    metric      (n, 33, 3) metres from the middle of the hips, camera axes: x right, y down, z away
    present     (n,) False where nobody was found; the row's numbers mean nothing there
    cuts        rows at which another shot begins
    size        width and height of the pictures
    """

    seconds: FloatArray
    pixels: FloatArray
    visibility: FloatArray
    metric: FloatArray
    present: NDArray[np.bool_]
    cuts: tuple[int, ...]
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def shots(self) -> tuple[slice, ...]:
        """Rows of every shot, first to last."""
        edges = (0, *self.cuts, len(self))
        return tuple(slice(a, b) for a, b in pairwise(edges) if b > a)
