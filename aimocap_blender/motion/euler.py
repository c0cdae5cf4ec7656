# SPDX-License-Identifier: GPL-3.0-or-later
"""Euler angles in Blender's six orders, and axis-angle, to and from quaternions.

An order such as "XYZ" turns about X first, then Y, then Z, all about fixed axes: R = Rz Ry Rx.
Angles are radians, arrays (..., 3) hold them as x, y, z whatever the order.

Formula: Shoemake, "Euler Angle Conversion", Graphics Gems IV (1994), Tait-Bryan cases.
"""

from __future__ import annotations

import numpy as np

from .rotations import FloatArray, from_axis_angle, multiply, normalized, to_matrix

ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


def from_euler(angles: FloatArray, order: str) -> FloatArray:
    """Quaternions (..., 4) of Euler angles (..., 3)."""
    axes = np.eye(3, dtype=angles.dtype)
    turns = [from_axis_angle(axes[i], angles[..., i]) for i in ("XYZ".index(c) for c in order)]
    return multiply(turns[2], multiply(turns[1], turns[0]))


def to_euler(q: FloatArray, order: str) -> FloatArray:
    """Euler angles (..., 3) with the middle angle in -90 to 90 degrees."""
    i, j, k = ("XYZ".index(c) for c in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = to_matrix(q)
    out = np.empty((*q.shape[:-1], 3), dtype=q.dtype)
    # R = Rk Rj Ri: with s the order's parity, R[k, i] = -s sin(j), and the other two angles share
    # cos(j) with R[k, j], R[k, k] and R[j, i], R[i, i].
    out[..., j] = np.arcsin(np.clip(-sign * m[..., k, i], -1.0, 1.0))
    out[..., i] = np.arctan2(sign * m[..., k, j], m[..., k, k])
    out[..., k] = np.arctan2(sign * m[..., j, i], m[..., i, i])
    return out


def continuous_euler(q: FloatArray, order: str) -> FloatArray:
    """Euler angles (frames, 3) of quaternions (frames, 4) without jumps.

    Every rotation has two sets of angles, (a, b, c) and (a + 180, 180 - b, c + 180), each up to
    whole turns. Between them the nearer to the frame before is taken: whether a frame changes set
    depends on its neighbour only, so the choice is a running parity.
    """
    first = to_euler(q.astype(np.float64), order)
    if len(first) == 0:
        return first
    middle = "XYZ".index(order[1])
    second = first + np.pi
    second[..., middle] = np.pi - first[..., middle]
    stay = np.abs(_wrapped(first[1:] - first[:-1])).sum(axis=-1)
    change = np.abs(_wrapped(second[1:] - first[:-1])).sum(axis=-1)
    flipped = np.concatenate(((False,), np.cumsum(change < stay) % 2 == 1))
    return np.unwrap(np.where(flipped[:, None], second, first), axis=0)


def from_rotation_vector(axis: FloatArray, angle: FloatArray) -> FloatArray:
    """Quaternions of an angle (...) about axes (..., 3) of any length; no axis, no rotation."""
    unit = normalized(axis)
    return from_axis_angle(unit, np.where(np.abs(unit).sum(axis=-1) > 0.5, angle, 0.0))


def to_axis_angle(q: FloatArray) -> FloatArray:
    """(frames, 4) angle and unit axis x, y, z of continuous quaternions, the angle continuous.

    Where there is no rotation the axis is the last one known.
    """
    q = np.asarray(q, dtype=np.float64)
    vector = q[..., 1:]
    length = np.linalg.norm(vector, axis=-1)
    known = np.maximum.accumulate(np.where(length > 1e-6, np.arange(len(q)), -1))
    first = int(np.argmax(length > 1e-6))
    axis = normalized(vector[np.where(known >= 0, known, first)], np.array((0.0, 1.0, 0.0)))
    # Through no rotation the vector part turns round: the axis stays, the angle changes its sign.
    turned = np.cumsum(np.sum(axis[1:] * axis[:-1], axis=-1) < 0.0) % 2 == 1
    axis[1:] *= np.where(turned, -1.0, 1.0)[:, None]
    signed = np.sum(vector * axis, axis=-1)
    angle = np.unwrap(2.0 * np.arctan2(signed, q[..., 0]))
    return np.concatenate((angle[:, None], axis), axis=-1)


def _wrapped(angle: FloatArray) -> FloatArray:
    """Angles brought into -180 to 180 degrees."""
    return (angle + np.pi) % (2.0 * np.pi) - np.pi
