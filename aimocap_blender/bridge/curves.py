# SPDX-License-Identifier: GPL-3.0-or-later
"""F-curves sampled in bulk: many curves at the same frames, in numpy where that is exact.

Baked curves (one key per frame) are read, linear and constant ones interpolated; Bezier between
keys, modifiers and baked samples are left to `FCurve.evaluate`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import AimocapError
from ..motion import euler
from ..motion.rotations import IDENTITY, FloatArray, normalized


class UnreadableMotion(AimocapError):
    """An animation whose values can't be used."""


_BONE_PATH = 'pose.bones["'
_LINEAR = 1
_PREFIX_END = '"]'


@dataclass(frozen=True, eq=False)
class Channels:
    """Sampled values by (data path, array index).

    values  each (frames,) float32
    """

    values: Mapping[tuple[str, int], FloatArray]
    frames: int

    @property
    def paths(self) -> frozenset[str]:
        """The data paths that have a curve."""
        return frozenset(path for path, _ in self.values)

    def vector(self, path: str, default: FloatArray) -> FloatArray:
        """(frames, width) values of a vector property; indices without a curve keep `default`."""
        width = len(default)
        out = np.empty((width, self.frames), dtype=np.float32)
        for index in range(width):
            found = self.values.get((path, index))
            out[index] = default[index] if found is None else found
        return out.T


def sampled_channels(
    curves: Iterable[bpy.types.FCurve], frames: FloatArray, bones: Iterable[str] | None
) -> Channels:
    """The values of curves at scene frames (frames,).

    bones  names whose channels are wanted; None for the object's own channels instead
    """
    reader = _Reader(np.asarray(frames, dtype=np.float64))
    prefixes = (
        None
        if bones is None
        else {f'{_BONE_PATH}{bpy.utils.escape_identifier(b)}"]' for b in bones}
    )
    values = {}
    for curve in curves:
        path = curve.data_path
        if prefixes is None:
            wanted = not path.startswith(_BONE_PATH)
        else:
            wanted = path.startswith(_BONE_PATH) and path[: path.rfind(_PREFIX_END) + 2] in prefixes
        if wanted and not curve.mute:
            found = reader.sample(curve)
            if found is not None:
                values[path, curve.array_index] = found
    return Channels(values, len(frames))


def rotation_of(owner: bpy.types.Object | bpy.types.PoseBone, channels: Channels) -> FloatArray:
    """(frames, 4) basis rotations of an object or a bone, in whatever rotation mode it is."""
    match owner.rotation_mode:
        case "QUATERNION":
            path = owner.path_from_id("rotation_quaternion")
            turn = channels.vector(path, np.array(owner.rotation_quaternion))
            return normalized(turn, np.array(IDENTITY, dtype=turn.dtype))
        case "AXIS_ANGLE":
            path = owner.path_from_id("rotation_axis_angle")
            turn = channels.vector(path, np.array(owner.rotation_axis_angle))
            return euler.from_rotation_vector(turn[:, 1:], turn[:, 0])
        case order:
            path = owner.path_from_id("rotation_euler")
            return euler.from_euler(channels.vector(path, np.array(owner.rotation_euler)), order)


class _Reader:
    """Samples curves at the same frames; remembers the key times of the curve before.

    Baked files have hundreds of curves with the same key times: comparing them is cheaper than
    looking every frame up again.
    """

    def __init__(self, frames: FloatArray) -> None:
        self._frames = frames
        self._times: FloatArray | None = None
        self._rows: NDArray[np.intp] | None = None
        self._is_whole = False

    def sample(self, curve: bpy.types.FCurve) -> FloatArray | None:
        """(frames,) values, or None for a curve without keys."""
        points = curve.keyframe_points
        count = len(points)
        live = any(not modifier.mute for modifier in curve.modifiers)
        if count == 0 or live:
            return self._evaluated(curve) if live or not curve.is_empty else None
        buffer = np.empty(2 * count, dtype=np.float32)
        points.foreach_get("co", buffer)
        times, values = buffer[0::2], buffer[1::2]
        # One sum of squares tells of most buffers that all is well, without an array of flags.
        if not math.isfinite(buffer @ buffer) and not np.isfinite(buffer).all():
            raise UnreadableMotion(
                f"The animation holds keys that are no numbers, in {curve.data_path}.",
                remedy="Export the motion again, or delete that curve.",
            )
        if count == 1 and curve.extrapolation == "CONSTANT":
            return np.full(len(self._frames), values[0], dtype=np.float32)
        rows = self._rows_at(times)
        beyond = self._frames[0] < times[0] or self._frames[-1] > times[-1]
        if rows is not None and (curve.extrapolation == "CONSTANT" or not beyond):
            return values.copy() if self._is_whole else values[rows]
        if curve.extrapolation == "CONSTANT" and self._is_linear(points):
            return np.interp(self._frames, times, values).astype(np.float32)
        return self._evaluated(curve)

    def _rows_at(self, times: FloatArray) -> NDArray[np.intp] | None:
        """The key that stands at each frame; None when some frame lies between keys."""
        if self._times is not None and np.array_equal(times, self._times):
            return self._rows
        nearest = np.clip(np.searchsorted(times, self._frames - 1e-3), 0, len(times) - 1)
        inside = np.clip(self._frames, times[0], times[-1])
        on_key = np.abs(times[nearest] - inside) < 1e-3
        self._times, self._rows = times.copy(), nearest if on_key.all() else None
        self._is_whole = len(times) == len(nearest) and bool((np.diff(nearest) == 1).all())
        return self._rows

    @staticmethod
    def _is_linear(points: bpy.types.FCurveKeyframePoints) -> bool:
        kinds = np.empty(len(points), dtype=np.uint8)
        points.foreach_get("interpolation", kinds)
        return bool((kinds == _LINEAR).all())

    def _evaluated(self, curve: bpy.types.FCurve) -> FloatArray:
        return np.array([curve.evaluate(frame) for frame in self._frames], dtype=np.float32)
