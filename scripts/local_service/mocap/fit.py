# SPDX-License-Identifier: GPL-3.0-or-later
"""One body fitted to two witnesses: where landmarks are in the picture, and how they lie in space.

The model's image landmarks are sharp but flat; its metric ones have depth but are soft. Joints are
sought that are seen where the picture shows them, lie like the metric landmarks, and keep one set
of bone lengths, the same on both sides, through the whole clip. Gauss-Newton on all joints of a
frame at once, frames vectorised. Camera axes (x right, y down, z away), metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import camera
from .landmarks import COUNT, MIRRORED, Landmark
from .track import FloatArray, Track

# Distances that a body keeps: limbs, the trunk's quadrangle, feet, hands, face.
BONES = np.array(
    (
        (11, 12), (23, 24), (11, 23), (12, 24), (11, 24), (12, 23),
        (11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28),
        (27, 29), (27, 31), (29, 31), (28, 30), (28, 32), (30, 32),
        (15, 17), (15, 19), (17, 19), (15, 21), (16, 18), (16, 20), (18, 20), (16, 22),
        (7, 8), (0, 7), (0, 8), (2, 5), (0, 2), (0, 5), (2, 7), (5, 8),
    )
)  # fmt: skip
TORSO = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER, Landmark.LEFT_HIP, Landmark.RIGHT_HIP)

# Of thigh plus calf, and how much the share counts beside what was seen (measured on clips with
# known joints: four calibrated cameras and one rendered run). The metric landmarks' feet are less
# than half as long as those seen from the side: what was seen does not count, or a foot that points
# at the camera would point at the floor.
USUAL_SHARES = {
    (11, 13): (0.365, 0.5),
    (13, 15): (0.335, 0.5),
    (23, 25): (0.507, 0.5),
    (25, 27): (0.493, 0.5),
    (11, 12): (0.44, 0.25),
    (27, 29): (0.11, 1.0),
    (27, 31): (0.225, 1.0),
    (29, 31): (0.275, 1.0),
}

PICTURE_SIGMA = 0.012
"""Metres, at the body's distance, that an image landmark is trusted to."""
METRIC_SIGMA = 0.05
"""Metres that a metric landmark is trusted to, after the body is placed."""
LENGTH_SIGMA = 0.01
OUTLIER = 3.0
"""Picture residuals beyond this many sigmas lose weight (Cauchy)."""
ITERATIONS = 6
BATCH = 256
LEAST_VISIBILITY = 0.05


@dataclass(frozen=True, eq=False)
class Body:
    """Joints (n, 33, 3) in camera axes, metres, and the bone lengths (len(BONES),) they keep."""

    joints: FloatArray
    lengths: FloatArray


def fitted(track: Track) -> Body:
    """The body in every row of a track without gaps."""
    points = camera.normalised(track.pixels, track.size)
    turns = camera.turn_towards(points[:, TORSO].mean(1))
    metric = np.einsum("nij,nkj->nki", turns, track.metric)
    weights = np.clip(track.visibility, LEAST_VISIBILITY, 1.0)
    places = camera.placed(points, metric, weights)
    # A body behind or inside the camera comes from nonsense landmarks: keep it at a safe distance.
    places[:, 2] = np.clip(places[:, 2], 0.8, 100.0)
    lengths = kept_lengths(metric)
    joints = np.empty_like(metric)
    for first in range(0, len(metric), BATCH):
        rows = slice(first, first + BATCH)
        problem = _Problem(points[rows], metric[rows], weights[rows], lengths)
        joints[rows] = problem.solved(metric[rows] + places[rows, None])
    return Body(joints, lengths)


def kept_lengths(metric: FloatArray) -> FloatArray:
    """The length of every bone: its median over the frames, the same for left and right.

    Limbs are drawn towards the usual shares of the leg: the model's answer is a mean over what
    could be, so what often points at the camera, arms above all, comes out too short.
    """
    first, second = BONES.T
    lengths = np.median(np.linalg.norm(metric[:, first] - metric[:, second], axis=-1), axis=0)
    rows = {tuple(sorted(pair)): row for row, pair in enumerate(BONES.tolist())}
    other = [rows[tuple(sorted(MIRRORED[list(pair)].tolist()))] for pair in BONES]
    lengths = (lengths + lengths[other]) / 2.0
    leg = lengths[rows[23, 25]] + lengths[rows[25, 27]]
    for pair, (share, pull) in USUAL_SHARES.items():
        for row in (rows[pair], other[rows[pair]]):
            lengths[row] += pull * (share * leg - lengths[row])
    return lengths


def leg_length(lengths: FloatArray) -> float:
    """Thigh plus calf, metres, of kept bone lengths."""
    rows = {tuple(pair): row for row, pair in enumerate(BONES.tolist())}
    thigh, calf = rows[23, 25], rows[25, 27]
    return float(lengths[thigh] + lengths[calf])


class _Problem:
    """The least squares of a batch of frames."""

    def __init__(
        self, points: FloatArray, metric: FloatArray, weights: FloatArray, lengths: FloatArray
    ) -> None:
        self._points = points
        self._metric = metric
        self._weights = weights
        self._lengths = lengths
        self._frames = len(points)

    def solved(self, joints: FloatArray) -> FloatArray:
        for _ in range(ITERATIONS):
            matrix = np.zeros((self._frames, COUNT, 3, COUNT, 3))
            vector = np.zeros((self._frames, COUNT, 3))
            self._add_metric(joints, matrix, vector)
            self._add_picture(joints, matrix, vector)
            self._add_lengths(joints, matrix, vector)
            flat = matrix.reshape(self._frames, COUNT * 3, COUNT * 3)
            step = np.linalg.solve(flat, vector.reshape(self._frames, -1, 1))
            joints = joints + step.reshape(joints.shape)
        return joints

    def _add_metric(self, joints: FloatArray, matrix: NDArray, vector: NDArray) -> None:
        """Joints lie like the metric landmarks, wherever the trunk is."""
        place = (joints - self._metric)[:, TORSO].mean(1, keepdims=True)
        weight = METRIC_SIGMA**-2
        index = np.arange(COUNT)
        matrix[:, index, :, index, :] += weight * np.eye(3)
        vector += weight * (self._metric + place - joints)

    def _add_picture(self, joints: FloatArray, matrix: NDArray, vector: NDArray) -> None:
        """Joints are seen where the picture shows them; far-off ones count for less."""
        depth = np.maximum(joints[..., 2], 0.1)
        sigma = PICTURE_SIGMA / np.median(depth, axis=1)[:, None]
        residual = self._points - joints[..., :2] / depth[..., None]
        off = np.linalg.norm(residual, axis=-1) / sigma
        weight = self._weights / sigma**2 / (1.0 + (off / OUTLIER) ** 2)
        slope = np.zeros((*depth.shape, 2, 3))
        slope[..., 0, 0] = slope[..., 1, 1] = 1.0 / depth
        slope[..., 2] = -joints[..., :2] / depth[..., None] ** 2
        weighted = slope * weight[..., None, None]
        index = np.arange(COUNT)
        # numpy moves the paired index to the front of the selection.
        matrix[:, index, :, index, :] += np.einsum("nkai,nkaj->knij", weighted, slope)
        vector += np.einsum("nkai,nka->nki", weighted, residual)

    def _add_lengths(self, joints: FloatArray, matrix: NDArray, vector: NDArray) -> None:
        """Bones keep their lengths."""
        weight = LENGTH_SIGMA**-2
        for (first, second), length in zip(BONES, self._lengths, strict=True):
            along = joints[:, first] - joints[:, second]
            now = np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-6)
            along = along / now
            pull = weight * (length - now) * along
            block = weight * along[:, :, None] * along[:, None, :]
            matrix[:, first, :, first, :] += block
            matrix[:, second, :, second, :] += block
            matrix[:, first, :, second, :] -= block
            matrix[:, second, :, first, :] -= block
            vector[:, first] += pull
            vector[:, second] -= pull
