# SPDX-License-Identifier: GPL-3.0-or-later
"""The landmark model's outputs decoded: heatmaps, mirrored readings and how they are joined."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.local_service.mocap.landmarks import (
    MIRRORED,
    POINTS,
    Landmark,
    LandmarkReader,
    refined,
)
from scripts.local_service.mocap.regions import Region

REGION = Region(128.0, 128.0, 256.0, 0.0)


def _answer(offset: float, width: float) -> dict[str, np.ndarray]:
    """Raw outputs: all points at x 100 + offset, shoulders and hips `width` metres apart."""
    table = np.zeros((POINTS, 5), np.float32)
    table[:, 0], table[:, 1], table[:, 3] = 100.0 + offset, 60.0, 9.0
    table[33, :2], table[34, :2] = (128, 128), (128, 40)
    metric = np.zeros((POINTS, 3), np.float32)
    for left, right in ((11, 12), (23, 24)):
        metric[left, 0], metric[right, 0] = width / 2, -width / 2
    return {
        "Identity": table.ravel(),
        "Identity_1": np.array((0.98,), np.float32),
        "Identity_3": np.full((64, 64, POINTS), -9.0, np.float32),
        "Identity_4": metric.ravel(),
    }


class _Network:
    """One answer for a picture that is bright on its left, another for its mirror image."""

    def __init__(self, plain: dict[str, np.ndarray], mirrored: dict[str, np.ndarray]) -> None:
        self._answers = (plain, mirrored)

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        return self._answers[0 if image[:, :20].mean() > image[:, -20:].mean() else 1]


def _picture() -> np.ndarray:
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:, :40] = 200
    return picture


def test_every_landmark_has_its_other_side_and_the_nose_is_its_own() -> None:
    assert (MIRRORED[MIRRORED] == np.arange(POINTS)).all()
    for mark in Landmark:
        other = Landmark(int(MIRRORED[mark]))
        swapped = mark.name.replace("LEFT", "?").replace("RIGHT", "LEFT").replace("?", "RIGHT")
        assert other.name == swapped


def test_a_point_moves_to_the_middle_of_its_heat() -> None:
    heat = np.full((64, 64, 1), -20.0, np.float32)
    heat[32, 20:22, 0] = 8.0
    assert refined(np.array(((19.5 / 64, 31.5 / 64),)), heat)[0] == pytest.approx(
        (20.5 / 64, 32 / 64), abs=1e-3
    )


def test_a_point_without_heat_or_outside_stays() -> None:
    heat = np.full((64, 64, 2), -20.0, np.float32)
    points = np.array(((0.3, 0.4), (1.7, -0.2)))
    assert (refined(points, heat) == points).all()


def test_the_mirrored_reading_is_turned_back_before_the_mean_is_taken() -> None:
    # Mirrored, a left shoulder at x = 100 of 256 comes back as a right shoulder at x = 156.
    reader = LandmarkReader(_Network(_answer(0.0, 0.3), _answer(10.0, 0.3)))
    seen = reader.read(_picture(), REGION)
    assert seen.pixels[0] == pytest.approx(((100 + (256 - 110)) / 2, 60.0))
    width = seen.metric[Landmark.LEFT_SHOULDER, 0] - seen.metric[Landmark.RIGHT_SHOULDER, 0]
    assert width == pytest.approx(0.3)


def test_opposite_readings_are_not_averaged_but_decided_by_the_picture_before() -> None:
    toward, away = _answer(0.0, 0.4), _answer(0.0, -0.4)
    before = LandmarkReader(_Network(toward, toward)).read(_picture(), REGION)
    for plain, mirrored in ((toward, away), (away, toward)):
        seen = LandmarkReader(_Network(plain, mirrored)).read(_picture(), REGION, before)
        width = seen.metric[Landmark.LEFT_SHOULDER, 0] - seen.metric[Landmark.RIGHT_SHOULDER, 0]
        assert width == pytest.approx(0.4)


def test_metric_landmarks_turn_with_the_region() -> None:
    turned = Region(128.0, 128.0, 256.0, np.radians(90.0))
    reader = LandmarkReader(_Network(_answer(0.0, 0.3), _answer(0.0, 0.3)))
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:40] = 200
    seen = reader.read(picture, turned)
    across = seen.metric[Landmark.LEFT_SHOULDER] - seen.metric[Landmark.RIGHT_SHOULDER]
    assert across == pytest.approx((0.0, 0.3, 0.0), abs=1e-6)
