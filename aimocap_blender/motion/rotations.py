# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations as arrays: quaternions (w, x, y, z), 3x3 matrices and what carries one into the other.

Every function is vectorised over leading dimensions: a quaternion array has shape (..., 4), a
matrix array (..., 3, 3), a vector array (..., 3). Quaternions are unit length and active:
`rotate(q, v)` turns the vector, `multiply(a, b)` turns by b first, then by a. Angles are radians.

Formulas: Shoemake, "Quaternions" (1994); Shepperd, "Quaternion from Rotation Matrix" (1978) for
the numerically safe matrix conversion.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating]

IDENTITY = (1.0, 0.0, 0.0, 0.0)


def normalized(vectors: FloatArray, fallback: FloatArray | None = None) -> FloatArray:
    """Vectors of length one along the last axis; zero-length ones become `fallback` (or stay 0)."""
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    safe = np.where(norm > 1e-12, norm, 1.0)
    unit = vectors / safe
    if fallback is None:
        return np.where(norm > 1e-12, unit, 0.0)
    return np.where(norm > 1e-12, unit, fallback)


def multiply(a: FloatArray, b: FloatArray) -> FloatArray:
    """Hamilton product: the rotation b followed by the rotation a."""
    aw, ax, ay, az = np.moveaxis(np.asarray(a), -1, 0)
    bw, bx, by, bz = np.moveaxis(np.asarray(b), -1, 0)
    return np.stack(
        (
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ),
        axis=-1,
    )


def conjugate(q: FloatArray) -> FloatArray:
    """The inverse of unit quaternions."""
    return np.asarray(q) * np.array((1.0, -1.0, -1.0, -1.0), dtype=np.asarray(q).dtype)


def rotate(q: FloatArray, v: FloatArray) -> FloatArray:
    """Vectors v turned by q: v + 2 u x (u x v + w v), with u the vector part of q."""
    q, v = np.asarray(q), np.asarray(v)
    u = q[..., 1:]
    t = 2.0 * np.cross(u, v)
    return v + q[..., :1] * t + np.cross(u, t)


def from_axis_angle(axis: FloatArray, angle: FloatArray) -> FloatArray:
    """Rotation by `angle` (...) about the unit vectors `axis` (..., 3)."""
    half = np.asarray(angle)[..., None] * 0.5
    axis = np.asarray(axis)
    w = np.broadcast_to(np.cos(half), (*np.broadcast_shapes(half.shape[:-1], axis.shape[:-1]), 1))
    return np.concatenate((w, np.sin(half) * axis), axis=-1)


def from_matrix(m: FloatArray) -> FloatArray:
    """Quaternions of rotation matrices (..., 3, 3), the largest component first (Shepperd)."""
    m = np.asarray(m)
    d0, d1, d2 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    squared = np.stack((1 + d0 + d1 + d2, 1 + d0 - d1 - d2, 1 - d0 + d1 - d2, 1 - d0 - d1 + d2), -1)
    best = np.argmax(squared, axis=-1)
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    rows = np.stack(
        (
            np.stack((squared[..., 0], a, b, c), -1),
            np.stack((a, squared[..., 1], d, e), -1),
            np.stack((b, d, squared[..., 2], f), -1),
            np.stack((c, e, f, squared[..., 3]), -1),
        ),
        axis=-2,
    )
    chosen = np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :]
    return normalized(chosen)


def to_matrix(q: FloatArray) -> FloatArray:
    """Rotation matrices (..., 3, 3) of unit quaternions."""
    w, x, y, z = np.moveaxis(np.asarray(q), -1, 0)
    return np.stack(
        (
            np.stack((1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)), -1),
            np.stack((2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)), -1),
            np.stack((2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)), -1),
        ),
        axis=-2,
    )


def between(a: FloatArray, b: FloatArray) -> FloatArray:
    """The shortest rotation that turns unit vectors a into unit vectors b.

    Opposite vectors have no shortest one: any axis at right angles to a is taken.
    """
    a, b = np.broadcast_arrays(np.asarray(a), np.asarray(b))
    w = 1.0 + np.sum(a * b, axis=-1, keepdims=True)
    axis = np.cross(a, b)
    helper = np.where(np.abs(a[..., :1]) < 0.9, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    opposite = np.concatenate((np.zeros_like(w), np.cross(a, helper)), -1)
    return normalized(np.where(w > 1e-9, np.concatenate((w, axis), -1), opposite))


def continuous(q: FloatArray) -> FloatArray:
    """The same rotations with signs chosen so that no step along axis 0 leaves the hemisphere."""
    q = np.asarray(q)
    if len(q) < 2:
        return q
    flips = np.sum(q[1:] * q[:-1], axis=-1) < 0.0
    sign = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0)
    return np.concatenate((q[:1], q[1:] * sign[..., None]), axis=0)


def angle_between(a: FloatArray, b: FloatArray) -> FloatArray:
    """The angle in radians, 0 to pi, of the rotation that carries a into b."""
    relative = multiply(b, conjugate(a))
    return 2.0 * np.arctan2(np.linalg.norm(relative[..., 1:], axis=-1), np.abs(relative[..., 0]))
