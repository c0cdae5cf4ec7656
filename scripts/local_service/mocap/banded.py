# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear systems of a path's length, solved in time proportional to it."""

from __future__ import annotations

import numpy as np

from .track import FloatArray


def path_solved(
    anchor: FloatArray, tie: FloatArray, stiffness: float, right: FloatArray
) -> FloatArray:
    """The path r (n, k) for which the gradient of the sum over i of

        (anchor[i] r[i]^2 + tie[i] (r[i+1] - r[i])^2 + stiffness (r[i+1] - 2r[i] + r[i-1])^2) / 2

    equals `right` (n, k). anchor (n,) is positive, tie (n - 1,) not negative.
    The matrix is symmetric with two bands beside the diagonal; it is taken apart as L D L^T.
    """
    count = len(anchor)
    main, near, far = np.array(anchor, dtype=np.float64), np.zeros(count), np.zeros(count)
    main[:-1] += tie
    main[1:] += tie
    near[:-1] -= tie
    if count > 2:
        main[:-2] += stiffness
        main[1:-1] += 4.0 * stiffness
        main[2:] += stiffness
        near[:-2] -= 2.0 * stiffness
        near[1:-1] -= 2.0 * stiffness
        far[:-2] += stiffness
    pivots, first, second = np.zeros(count), np.zeros(count), np.zeros(count)
    result = np.array(right, dtype=np.float64)
    for i in range(count):
        pivots[i] = main[i]
        if i > 0:
            pivots[i] -= first[i - 1] ** 2 * pivots[i - 1]
            result[i] -= first[i - 1] * result[i - 1]
        if i > 1:
            pivots[i] -= second[i - 2] ** 2 * pivots[i - 2]
            result[i] -= second[i - 2] * result[i - 2]
        carried = first[i - 1] * second[i - 1] * pivots[i - 1] if i > 0 else 0.0
        first[i] = (near[i] - carried) / pivots[i]
        second[i] = far[i] / pivots[i]
    result /= pivots[:, None]
    for i in range(count - 2, -1, -1):
        result[i] -= first[i] * result[i + 1]
        if i + 2 < count:
            result[i] -= second[i] * result[i + 2]
    return result
