# SPDX-License-Identifier: GPL-3.0-or-later
"""33 landmarks of one person in one image: the model's outputs decoded and refined.

Follows the published graph of the model (MediaPipe, modules/pose_landmark, Apache-2.0). Image
landmarks are pixels (x right, y down); metric ones are metres from the middle of the hips,
aligned with the camera (x right, y down, z away from it).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from .models import Network
from .regions import Region, region_about

INPUT_SIZE = 256
COUNT = 33
POINTS = 39
HEATMAP_REACH = 3
HEATMAP_MINIMUM = 0.5
DISAGREEMENT = 0.15
"""Metres that the trunk's landmarks of two readings may lie apart, on the mean, for a mean."""


class Landmark(IntEnum):
    """The model's order; left and right are the person's own."""

    NOSE = 0
    LEFT_EYE = 2
    RIGHT_EYE = 5
    LEFT_EAR = 7
    RIGHT_EAR = 8
    LEFT_MOUTH = 9
    RIGHT_MOUTH = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_TOE = 31
    RIGHT_TOE = 32


# From the shoulders on, every odd index is a left landmark and the next one its right.
_LIMBS = tuple(index + (1 if index % 2 else -1) for index in range(11, COUNT))
MIRRORED = np.array((0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *_LIMBS, 33, 34, 35, 36, 37, 38))
"""For every point the point of the other side; the six auxiliary points keep their places."""


TRUNK = np.array(
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER, Landmark.LEFT_HIP, Landmark.RIGHT_HIP)
)


@dataclass(frozen=True, eq=False)
class Observation:
    """One person in one image.

    presence    0..1, how sure the model is that a person is in the region
    pixels      (33, 2) image landmarks
    visibility  (33,) 0..1, how sure the model is that the landmark is seen
    metric      (33, 3) metres from the middle of the hips, camera axes
    following   the region in which to look in the next image
    """

    presence: float
    pixels: NDArray[np.float64]
    visibility: NDArray[np.float64]
    metric: NDArray[np.float64]
    following: Region


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function, safe for large values."""
    return 1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0)))


def refined(points: NDArray[np.float64], heatmap: NDArray[np.float32]) -> NDArray[np.float64]:
    """Points (n, 2) in 0..1 moved to the centre of their heatmap's mass where it is certain.

    heatmap (height, width, n) of logits. The mass is taken in a window of seven cells.
    """
    height, width, _ = heatmap.shape
    moved = points.copy()
    for index, (x, y) in enumerate(points):
        column, row = int(x * width), int(y * height)
        if not (0 <= column < width and 0 <= row < height):
            continue
        left, top = max(0, column - HEATMAP_REACH), max(0, row - HEATMAP_REACH)
        window = np.s_[top : row + HEATMAP_REACH + 1, left : column + HEATMAP_REACH + 1, index]
        mass = sigmoid(heatmap[window].astype(np.float64))
        if mass.max() < HEATMAP_MINIMUM:
            continue
        total = mass.sum()
        columns = left + np.arange(mass.shape[1])
        rows = top + np.arange(mass.shape[0])
        moved[index, 0] = (mass.sum(0) @ columns) / (total * width)
        moved[index, 1] = (mass.sum(1) @ rows) / (total * height)
    return moved


@dataclass(frozen=True, eq=False)
class _Reading:
    """The model's answer in the axes of the cut-out: points 0..1, logits, metres, presence."""

    presence: float
    points: NDArray[np.float64]
    visibility: NDArray[np.float64]
    metric: NDArray[np.float64]

    def mirrored(self) -> _Reading:
        points = self.points[MIRRORED] * (-1.0, 1.0) + (1.0, 0.0)
        metric = self.metric[MIRRORED] * (-1.0, 1.0, 1.0)
        return _Reading(self.presence, points, self.visibility[MIRRORED], metric)

    def observation(self, region: Region) -> Observation:
        pixels = region.to_image(self.points)
        metric = self.metric[:COUNT].copy()
        metric[:, :2] = metric[:, :2] @ region.axes.T
        return Observation(
            presence=self.presence,
            pixels=pixels[:COUNT],
            visibility=self.visibility[:COUNT],
            metric=metric,
            following=region_about(pixels[COUNT], pixels[COUNT + 1]),
        )


class LandmarkReader:
    """Reads the landmarks of the person in a region, twice: as it is and mirrored.

    On clips with known joints the mean of both has a tenth less error than one. Where the two take
    the body for facing opposite ways their mean would be a body without width; then the one that
    is more like the picture before is taken alone.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def read(
        self, image: MatLike, region: Region, before: Observation | None = None
    ) -> Observation:
        """Landmarks in an image (height, width, 3), BGR; look at `presence` before using them.

        before  the same person in the picture before this one
        """
        cut = cv2.cvtColor(region.cut_out(image, INPUT_SIZE), cv2.COLOR_BGR2RGB)
        plain = self._reading(cut)
        mirrored = self._reading(cut[:, ::-1]).mirrored()
        if _apart(plain, mirrored) < DISAGREEMENT:
            return _mean(plain, mirrored).observation(region)
        each = (plain.observation(region), mirrored.observation(region))
        if before is None:
            return max(each, key=lambda seen: seen.presence)
        return min(each, key=lambda seen: _changed(seen, before))

    def _reading(self, cut: MatLike) -> _Reading:
        outputs = self._network.run(np.ascontiguousarray(cut, dtype=np.float32) / 255.0)
        table = outputs["Identity"].reshape(POINTS, 5).astype(np.float64)
        return _Reading(
            presence=float(outputs["Identity_1"][0]),
            points=refined(table[:, :2] / INPUT_SIZE, outputs["Identity_3"]),
            visibility=sigmoid(table[:, 3]),
            metric=outputs["Identity_4"].reshape(POINTS, 3).astype(np.float64),
        )


def _mean(a: _Reading, b: _Reading) -> _Reading:
    return _Reading(
        presence=min(a.presence, b.presence),
        points=(a.points + b.points) / 2.0,
        visibility=(a.visibility + b.visibility) / 2.0,
        metric=(a.metric + b.metric) / 2.0,
    )


def _apart(a: _Reading, b: _Reading) -> float:
    """Metres between the hips and shoulders of two readings, on the mean."""
    return float(np.linalg.norm(a.metric[TRUNK] - b.metric[TRUNK], axis=-1).mean())


def _changed(now: Observation, before: Observation) -> float:
    """Metres that the trunk's landmarks moved between two pictures, on the mean."""
    return float(np.linalg.norm(now.metric[TRUNK] - before.metric[TRUNK], axis=-1).mean())
