# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer keys for the same curve: straight lines within a stated bound.

Ramer (1972), Douglas and Peucker (1973), with the error measured along the value axis, since a
key's time is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rotations import FloatArray


def kept_keys(values: FloatArray, slack: float) -> NDArray[np.intp]:
    """Indices of the keys to keep so that lines between them leave no value by more than `slack`.

    values  (frames,) one key per frame
    The first and the last key are kept; a curve that stands still keeps its first only.
    """
    count = len(values)
    if count <= 1 or float(np.ptp(values)) <= slack * 1e-3:
        return np.arange(min(count, 1), dtype=np.intp)
    keep = np.zeros(count, dtype=bool)
    keep[[0, -1]] = True
    values = values.astype(np.float64)
    pending = [(0, count - 1)]
    while pending:
        first, last = pending.pop()
        if last - first < 2:
            continue
        line = np.linspace(values[first], values[last], last - first + 1)
        gaps = np.abs(values[first : last + 1] - line)
        worst = int(np.argmax(gaps))
        if gaps[worst] > slack:
            keep[first + worst] = True
            pending += [(first, first + worst), (first + worst, last)]
    return np.flatnonzero(keep)
