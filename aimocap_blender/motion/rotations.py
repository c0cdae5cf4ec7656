# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations as arrays: quaternions (w, x, y, z), 3x3 matrices and what carries one into the other.

Every function is vectorised over leading dimensions: a quaternion array has shape (..., 4), a
matrix array (..., 3, 3), a vector array (..., 3). Quaternions are unit length and active:
`rotate(q, v)` turns the vector, `multiply(a, b)` turns by b first, then by a. Angles are radians.

Results are laid out component by component in memory (all w, then all x, ...) under the shape
(..., 4): arithmetic on whole motions then runs over contiguous rows, several times faster than
over interleaved ones. Constants are cast to the dtype of the arrays they meet, so a motion in
float32 stays in float32.

Formulas: Shoemake, "Quaternions" (1994); Shepperd, "Quaternion from Rotation Matrix" (1978) for
the numerically safe matrix conversion.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

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


def components(array: FloatArray, dtype: DTypeLike | None = None) -> FloatArray:
    """The last axis first: a view (4, ...) of quaternions, (3, ...) of vectors."""
    array = np.asarray(array, dtype=dtype)
    return array.T if array.ndim <= 2 else np.moveaxis(array, -1, 0)  # moveaxis takes its time


def _composed(rows: FloatArray) -> FloatArray:
    """The first axis last: the way back from `components`."""
    return rows.T if rows.ndim <= 2 else np.moveaxis(rows, 0, -1)


def multiply(a: FloatArray, b: FloatArray) -> FloatArray:
    """Hamilton product: the rotation b followed by the rotation a."""
    dtype = _working_dtype(a, b)
    aw, ax, ay, az = components(a, dtype)
    bw, bx, by, bz = components(b, dtype)
    out = np.empty((4, *np.broadcast_shapes(aw.shape, bw.shape)), dtype=dtype)
    out[0] = aw * bw - ax * bx - ay * by - az * bz
    out[1] = aw * bx + ax * bw + ay * bz - az * by
    out[2] = aw * by - ax * bz + ay * bw + az * bx
    out[3] = aw * bz + ax * by - ay * bx + az * bw
    return _composed(out)


def conjugate(q: FloatArray) -> FloatArray:
    """The inverse of unit quaternions."""
    w, x, y, z = components(q)
    out = np.empty((4, *w.shape), dtype=w.dtype)
    out[0], out[1], out[2], out[3] = w, -x, -y, -z
    return _composed(out)


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """The cross product of vectors (..., 3)."""
    dtype = _working_dtype(a, b)
    ax, ay, az = components(a, dtype)
    bx, by, bz = components(b, dtype)
    out = np.empty((3, *np.broadcast_shapes(ax.shape, bx.shape)), dtype=dtype)
    out[0] = ay * bz - az * by
    out[1] = az * bx - ax * bz
    out[2] = ax * by - ay * bx
    return _composed(out)


def rotate(q: FloatArray, v: FloatArray) -> FloatArray:
    """Vectors v turned by q: v + 2 u x (u x v + w v), with u the vector part of q."""
    dtype = _working_dtype(q, v)
    w, x, y, z = components(q, dtype)
    vx, vy, vz = components(v, dtype)
    tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
    out = np.empty((3, *np.broadcast_shapes(w.shape, vx.shape)), dtype=dtype)
    out[0] = vx + w * tx + y * tz - z * ty
    out[1] = vy + w * ty + z * tx - x * tz
    out[2] = vz + w * tz + x * ty - y * tx
    return _composed(out)


def from_axis_angle(axis: FloatArray, angle: FloatArray) -> FloatArray:
    """Rotation by `angle` (...) about the unit vectors `axis` (..., 3)."""
    half = np.asarray(angle) * 0.5
    dtype = _working_dtype(axis, half)
    x, y, z = components(axis, dtype)
    sine = np.sin(half)
    out = np.empty((4, *np.broadcast_shapes(half.shape, x.shape)), dtype=dtype)
    out[0], out[1], out[2], out[3] = np.cos(half), sine * x, sine * y, sine * z
    return _composed(out)


def to_vector(q: FloatArray) -> FloatArray:
    """Rotation vectors (..., 3): the axis times the angle, the shorter way round (0 to pi)."""
    w, x, y, z = components(q)
    sine = np.sqrt(x * x + y * y + z * z)
    angle = 2.0 * np.arctan2(sine, np.abs(w)) * np.where(w < 0.0, -1.0, 1.0).astype(w.dtype)
    part = np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0).astype(w.dtype)
    return _composed(np.stack((part * x, part * y, part * z)))


def from_vector(vectors: FloatArray) -> FloatArray:
    """Quaternions of rotation vectors (..., 3)."""
    angle: FloatArray = np.linalg.norm(vectors, axis=-1)
    return from_axis_angle(normalized(vectors), angle)


def _working_dtype(*arrays: FloatArray) -> DTypeLike:
    """The dtype of the largest array: constants follow the motions they are applied to."""
    largest = max((np.asarray(array) for array in arrays), key=lambda array: array.size)
    return largest.dtype if largest.dtype.kind == "f" else np.dtype(np.float64)


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
    w, x, y, z = components(q)
    out = np.empty((3, 3, *w.shape), dtype=w.dtype)
    out[0, 0], out[0, 1], out[0, 2] = (
        1 - 2 * (y * y + z * z),
        2 * (x * y - w * z),
        2 * (x * z + w * y),
    )
    out[1, 0], out[1, 1], out[1, 2] = (
        2 * (x * y + w * z),
        1 - 2 * (x * x + z * z),
        2 * (y * z - w * x),
    )
    out[2, 0], out[2, 1], out[2, 2] = (
        2 * (x * z - w * y),
        2 * (y * z + w * x),
        1 - 2 * (x * x + y * y),
    )
    return np.moveaxis(out, (0, 1), (-2, -1))


def between(a: FloatArray, b: FloatArray) -> FloatArray:
    """The shortest rotation that turns unit vectors a into unit vectors b.

    Opposite vectors have no shortest one: any axis at right angles to a is taken.
    """
    a, b = np.broadcast_arrays(np.asarray(a), np.asarray(b))
    w = 1.0 + np.sum(a * b, axis=-1)
    helper = np.where(np.abs(a[..., :1]) < 0.9, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)).astype(a.dtype)
    opposite = w <= 1e-6
    axis = np.where(opposite[..., None], cross(a, helper), cross(a, b))
    quaternion = np.concatenate((np.where(opposite, 0.0, w)[..., None], axis), axis=-1)
    return normalized(quaternion.astype(a.dtype))


def continuous(q: FloatArray) -> FloatArray:
    """The same rotations with signs chosen so that no step along axis 0 leaves the hemisphere."""
    q = np.asarray(q)
    if len(q) < 2:
        return q
    flips = np.sum(q[1:] * q[:-1], axis=-1) < 0.0
    sign = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0).astype(q.dtype)
    return np.concatenate((q[:1], q[1:] * sign[..., None]), axis=0)


def angle_between(a: FloatArray, b: FloatArray) -> FloatArray:
    """The angle in radians, 0 to pi, of the rotation that carries a into b."""
    relative = multiply(b, conjugate(a))
    sine = np.linalg.norm(relative[..., 1:], axis=-1)
    angle: FloatArray = 2.0 * np.arctan2(sine, np.abs(relative[..., 0]))
    return angle


def slerp(a: FloatArray, b: FloatArray, t: FloatArray) -> FloatArray:
    """From a (t = 0) to b (t = 1) along the shorter arc, at constant speed (Shoemake 1985).

    Nearly equal rotations are mixed linearly: the sine of their angle is too small to divide by.
    """
    aw, ax, ay, az = components(a)
    bw, bx, by, bz = components(b)
    t = np.asarray(t, dtype=aw.dtype)
    dot = aw * bw + ax * bx + ay * by + az * bz
    sign = np.where(dot < 0.0, -1.0, 1.0).astype(aw.dtype)
    angle = np.arccos(np.minimum(np.abs(dot), 1.0))
    sine = np.sin(angle)
    near = sine < 1e-4
    divisor = np.where(near, 1.0, sine)
    weight_a = np.where(near, 1.0 - t, np.sin((1.0 - t) * angle) / divisor)
    weight_b = np.where(near, t, np.sin(t * angle) / divisor) * sign
    out = np.empty((4, *np.broadcast_shapes(weight_a.shape, aw.shape, bw.shape)), dtype=aw.dtype)
    for row, (one, other) in enumerate(((aw, bw), (ax, bx), (ay, by), (az, bz))):
        out[row] = weight_a * one + weight_b * other
    out /= np.sqrt(np.sum(out * out, axis=0))
    return _composed(out)


def from_axes(first: FloatArray, second: FloatArray) -> FloatArray:
    """(..., 3, 3) right-handed frames: column 0 along `first`, column 2 nearest to `second`.

    `second` need not be at right angles to `first` (Gram-Schmidt), only not parallel to it.
    """
    x = normalized(first)
    z = normalized(second - np.sum(second * x, axis=-1, keepdims=True) * x)
    return np.stack((x, cross(z, x), z), axis=-1)
