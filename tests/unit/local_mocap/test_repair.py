# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings that cannot be: swapped sides, a reversed body, spikes, gaps, a body without width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scripts.local_service.mocap.landmarks import MIRRORED, Landmark
from scripts.local_service.mocap.repair import LEGS, repaired, steadiest
from scripts.local_service.mocap.track import Track

from .bodies import landmarks_of, seen, waving

OTHER = MIRRORED[:33]


def _track() -> Track:
    return seen(landmarks_of(waving(60)), distance=5.0)


def test_a_clean_track_is_left_alone() -> None:
    track = _track()
    fixed = repaired(track)
    assert fixed.metric == pytest.approx(track.metric)
    assert fixed.pixels == pytest.approx(track.pixels)


def test_a_body_read_the_wrong_way_round_is_turned_back() -> None:
    track = _track()
    metric, pixels = track.metric.copy(), track.pixels.copy()
    for rows in (slice(10, 18), slice(40, 41)):
        metric[rows] = metric[rows][:, OTHER] * (1.0, 1.0, -1.0)
        pixels[rows] = pixels[rows][:, OTHER]
    fixed = repaired(replace(track, metric=metric, pixels=pixels))
    assert np.abs(fixed.metric - track.metric).max() < 0.02
    assert np.abs(fixed.pixels - track.pixels).max() < 2.0


def test_swapped_legs_get_their_names_back() -> None:
    track = _track()
    swap = np.where(LEGS, OTHER, np.arange(33))
    metric, pixels = track.metric.copy(), track.pixels.copy()
    metric[20:27], pixels[20:27] = metric[20:27][:, swap], pixels[20:27][:, swap]
    assert (steadiest(pixels, metric)[20:27] == 1).all()
    fixed = repaired(replace(track, metric=metric, pixels=pixels))
    assert np.abs(fixed.metric - track.metric).max() < 0.02


def test_a_real_turn_of_the_body_is_not_taken_for_a_flip() -> None:
    world = landmarks_of(waving(90))
    angle = np.linspace(0.0, np.pi, 90)
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = world[..., 0].copy(), world[..., 1].copy()
    world[..., 0], world[..., 1] = x * cosine - y * sine, x * sine + y * cosine
    track = seen(world, distance=5.0)
    assert (steadiest(track.pixels, track.metric) == 0).all()


def test_a_landmark_that_leaps_away_for_one_picture_comes_back() -> None:
    track = _track()
    metric = track.metric.copy()
    metric[30, Landmark.LEFT_WRIST] += (0.0, -0.5, 0.3)
    fixed = repaired(replace(track, metric=metric))
    off = fixed.metric[30, Landmark.LEFT_WRIST] - track.metric[30, Landmark.LEFT_WRIST]
    assert np.linalg.norm(off) < 0.05


def test_gaps_are_bridged_in_time_and_ends_are_held() -> None:
    track = _track()
    present = track.present.copy()
    present[:3], present[25:28], present[-2:] = False, False, False
    broken = replace(
        track, present=present, metric=np.where(present[:, None, None], track.metric, 0.0)
    )
    fixed = repaired(broken)
    assert fixed.present.all()
    assert np.abs(fixed.metric[25:28] - track.metric[25:28]).max() < 0.06
    assert fixed.metric[0] == pytest.approx(track.metric[3])


def test_a_body_without_width_is_treated_as_not_seen() -> None:
    track = _track()
    metric = track.metric.copy()
    metric[30] = (metric[30] + metric[30][OTHER] * (1.0, 1.0, -1.0)) / 2.0
    fixed = repaired(replace(track, metric=metric))
    assert np.abs(fixed.metric[30] - track.metric[30]).max() < 0.05


def test_a_track_with_nobody_comes_back_as_it_is() -> None:
    track = replace(_track(), present=np.zeros(60, dtype=bool))
    assert repaired(track) is track
