# SPDX-License-Identifier: GPL-3.0-or-later
"""One person is kept: through a crowd, a loss and a cut."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from scripts.local_service.mocap.detector import Detection
from scripts.local_service.mocap.landmarks import COUNT, Observation
from scripts.local_service.mocap.people import Follower, is_cut
from scripts.local_service.mocap.regions import Region
from scripts.local_service.mocap.video import Frame

Where = Callable[[int], float | None]


class _Stage:
    """A picture's first pixel is its number; people are x positions over time (None: not there)."""

    def __init__(self, *people: tuple[Where, float]) -> None:
        self._people = people

    def _there(self, image: np.ndarray) -> list[tuple[float, float]]:
        number = int(image[0, 0, 0])
        placed = [(where(number), size) for where, size in self._people]
        return [(x, size) for x, size in placed if x is not None]

    def find(self, image: np.ndarray) -> list[Detection]:
        found = []
        for x, size in self._there(image):
            points = np.array(((x, 200.0), (x, 200.0 - size / 2.5), (x, 150.0), (x, 100.0)))
            found.append(Detection(0.9, np.array((x - 5, 100, x + 5, 110.0)), points))
        return found

    def read(
        self, image: np.ndarray, region: Region, before: Observation | None = None
    ) -> Observation:
        """Whoever is nearest to the region's middle and within it, like the real model."""
        there = self._there(image)
        nearest = min(there, key=lambda who: abs(who[0] - region.x), default=None)
        if nearest is None or abs(nearest[0] - region.x) > region.size / 2:
            return _observation(region.x, region.size, presence=0.1)
        return _observation(nearest[0], nearest[1], presence=0.99)


def _observation(x: float, size: float, presence: float) -> Observation:
    return Observation(
        presence=presence,
        pixels=np.full((COUNT, 2), (x, 200.0)),
        visibility=np.ones(COUNT),
        metric=np.zeros((COUNT, 3)),
        following=Region(x, 200.0, size, 0.0),
    )


def _frames(count: int) -> list[Frame]:
    pictures = []
    for number in range(count):
        image = np.zeros((240, 640, 3), np.uint8)
        image[0, 0] = number
        pictures.append(Frame(number / 30.0, image))
    return pictures


def _followed(count: int, *people: tuple[Where, float]) -> tuple[np.ndarray, np.ndarray]:
    stage = _Stage(*people)
    track = Follower(stage, stage).follow(_frames(count), lambda _seconds: None)
    return track.pixels[:, 0, 0], track.present


def test_the_largest_person_is_followed() -> None:
    places, present = _followed(10, (lambda n: 100.0 + n, 150.0), (lambda _: 500.0, 240.0))
    assert present.all()
    assert places == pytest.approx(500.0)


def test_nobody_takes_over_when_the_person_leaves_for_a_moment() -> None:
    gone = range(10, 16)
    places, present = _followed(
        30,
        (lambda n: None if n in gone else 150.0, 200.0),
        (lambda _: 420.0, 190.0),
    )
    assert (~present[10:16]).all()
    assert present[16:].any()
    assert places[present] == pytest.approx(150.0)


def test_a_person_who_walks_through_the_picture_is_kept() -> None:
    places, present = _followed(40, (lambda n: 100.0 + 10 * n, 200.0), (lambda _: 330.0, 120.0))
    kept = places[present]
    assert present.mean() > 0.9
    assert kept[-1] == pytest.approx(490.0)


def test_an_empty_stage_is_searched_without_an_error() -> None:
    _, present = _followed(20)
    assert not present.any()


def test_another_shot_is_a_cut_and_a_change_of_light_is_not() -> None:
    generator = np.random.default_rng(1)
    one, other = generator.uniform(0, 255, (32, 32)), generator.uniform(0, 255, (32, 32))
    assert is_cut(one, other)
    assert not is_cut(one, np.clip(one * 0.7 + 60, 0, 255))
    assert not is_cut(one, one)
