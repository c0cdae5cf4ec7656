# SPDX-License-Identifier: GPL-3.0-or-later
"""Zero-phase low-pass filters for evenly sampled signals.

A second-order Butterworth filter, run forwards and then backwards, so that nothing arrives late
(Winter, "Biomechanics and Motor Control of Human Movement", 2.2.4.4: the cutoff is raised so that
the two passes together have it).
"""

from __future__ import annotations

import numpy as np

from .track import FloatArray

BODY_HERTZ = 6.0
_TWO_PASSES = (np.sqrt(2.0) - 1.0) ** 0.25


def low_pass(signal: FloatArray, rate: float, hertz: float = BODY_HERTZ) -> FloatArray:
    """The signal (n, ...) sampled at `rate` Hz without what is faster than `hertz`.

    Ends are continued by reflection through the end point, so a steady start stays steady.
    Signals that are too short for the filter, or hold nothing that fast, come back as they are.
    """
    count = len(signal)
    corner = hertz / _TWO_PASSES
    if count < 4 or corner >= 0.45 * rate:
        return np.array(signal, dtype=np.float64)
    reach = min(count - 1, int(np.ceil(3.0 * rate / hertz)))
    flat = np.asarray(signal, dtype=np.float64).reshape(count, -1)
    before = 2.0 * flat[0] - flat[reach:0:-1]
    after = 2.0 * flat[-1] - flat[-2 : -reach - 2 : -1]
    padded = np.concatenate((before, flat, after))
    forwards = _filtered(padded, rate, corner)
    both = _filtered(forwards[::-1], rate, corner)[::-1]
    return both[reach : reach + count].reshape(np.shape(signal))


def _filtered(signal: FloatArray, rate: float, hertz: float) -> FloatArray:
    """One pass of the second-order Butterworth filter over signals (n, k), started at rest."""
    tangent = np.tan(np.pi * hertz / rate)
    scale = 1.0 / (1.0 + np.sqrt(2.0) * tangent + tangent**2)
    gain = tangent**2 * scale
    first = 2.0 * (tangent**2 - 1.0) * scale
    second = (1.0 - np.sqrt(2.0) * tangent + tangent**2) * scale
    result = np.empty_like(signal)
    x1 = x2 = y1 = y2 = signal[0]
    for row, x in enumerate(signal):
        y = gain * (x + 2.0 * x1 + x2) - first * y1 - second * y2
        result[row] = y
        x2, x1, y2, y1 = x1, x, y1, y
    return result
