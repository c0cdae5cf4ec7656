# SPDX-License-Identifier: GPL-3.0-or-later
"""People in a whole image: the detector's anchors, its boxes decoded, overlaps merged.

Follows the published graph of the model (MediaPipe, modules/pose_detection, Apache-2.0): a single
shot detector with fixed square anchors on grids of strides 8, 16 and 32 (three times), whose boxes
bound the face and whose key points give the hip centre and the radius of the whole body.
Pixels are x right, y down, of the image handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from .models import Network
from .regions import Region, region_about

INPUT_SIZE = 224
GRIDS = ((8, 2), (16, 2), (32, 6))
"""(stride in input pixels, anchors in every cell): layers of one stride share their cells."""
MINIMUM_SCORE = 0.5
MINIMUM_OVERLAP = 0.3
CLIPPED_LOGIT = 100.0


@dataclass(frozen=True, eq=False)
class Detection:
    """One person: score 0..1, face box (left, top, right, bottom), 4 key points (4, 2), pixels."""

    score: float
    box: NDArray[np.float64]
    points: NDArray[np.float64]

    @property
    def region(self) -> Region:
        """The square that holds the whole person, turned so that the body stands upright in it."""
        return region_about(self.points[0], self.points[1])


def anchor_centres() -> NDArray[np.float64]:
    """(2254, 2) centres of the anchors in 0..1, in the order of the model's rows."""
    layers = []
    for stride, each in GRIDS:
        cells = INPUT_SIZE // stride
        axis = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(axis, axis)
        layers.append(np.repeat(np.stack((x.ravel(), y.ravel()), -1), each, axis=0))
    return np.concatenate(layers)


def overlap(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of one box with many (n, 4), each left, top, right, bottom."""
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=1)
    area = np.prod(np.maximum(box[2:] - box[:2], 0.0))
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0), axis=1)
    union = area + areas - shared
    return np.where(union > 0.0, shared / np.where(union > 0.0, union, 1.0), 0.0)


def merge_overlapping(
    scores: NDArray[np.float64], values: NDArray[np.float64]
) -> list[tuple[float, NDArray[np.float64]]]:
    """Weighted non-maximum suppression: rows that overlap the best one become their mean.

    values (n, 12): box and key points. Every mean is weighted by the scores and keeps the score
    of its best row; the best one comes first.
    """
    order = np.argsort(-scores, kind="stable")
    merged = []
    while len(order):
        best = order[0]
        close = overlap(values[best, :4], values[order, :4]) > MINIMUM_OVERLAP
        close[0] = True
        group = order[close]
        merged.append((float(scores[best]), np.average(values[group], 0, scores[group])))
        order = order[~close]
    return merged


class Detector:
    """Finds people in images of any size."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._centres = anchor_centres()

    def find(self, image: MatLike) -> list[Detection]:
        """People in an image (height, width, 3) in BGR, the most certain first."""
        height, width = image.shape[:2]
        scale = INPUT_SIZE / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = (INPUT_SIZE - size[0]) // 2, (INPUT_SIZE - size[1]) // 2
        canvas = np.full((INPUT_SIZE, INPUT_SIZE, 3), -1.0, dtype=np.float32)
        # INTER_AREA: plain bilinear shrinking of a large picture aliases and loses small people.
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        inside = np.s_[top : top + size[1], left : left + size[0]]
        canvas[inside] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.float32) / 127.5 - 1.0
        outputs = self._network.run(canvas)
        scores, values = self._decoded(outputs["Identity_1"][:, 0], outputs["Identity"])
        offset = np.tile((left, top), 6)
        factor = np.tile((width / size[0], height / size[1]), 6)
        found = []
        for score, row in merge_overlapping(scores, values):
            pixels = (row - offset) * factor
            found.append(Detection(score, pixels[:4], pixels[4:].reshape(4, 2)))
        return found

    def _decoded(
        self, logits: NDArray[np.float32], raw: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scores (n,) and boxes with key points (n, 12), input pixels, of the certain anchors."""
        clipped = np.clip(logits.astype(np.float64), -CLIPPED_LOGIT, CLIPPED_LOGIT)
        scores = 1.0 / (1.0 + np.exp(-clipped))
        certain = scores >= MINIMUM_SCORE
        centres = self._centres[certain] * INPUT_SIZE
        rows = raw[certain].astype(np.float64)
        middle, half = centres + rows[:, :2], rows[:, 2:4] / 2.0
        points = np.tile(centres, 4) + rows[:, 4:]
        return scores[certain], np.concatenate((middle - half, middle + half, points), axis=1)
