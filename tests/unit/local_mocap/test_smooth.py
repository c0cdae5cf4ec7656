# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter, the even timeline and the banded solver, against what they must equal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scripts.local_service.mocap.banded import path_solved
from scripts.local_service.mocap.smooth import low_pass
from scripts.local_service.mocap.timeline import even, smoothed, working_rate

from .bodies import landmarks_of, seen, waving


def _wave(hertz: float, rate: float = 60.0, seconds: float = 4.0) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def test_slow_movement_passes_in_time_and_fast_noise_does_not() -> None:
    slow, fast = _wave(1.0), _wave(20.0)
    middle = slice(40, -40)
    passed = low_pass(slow + 0.5 * fast, 60.0)
    assert np.abs(passed - slow)[middle].max() < 0.02


def test_the_cutoff_is_where_two_passes_together_have_half_the_power() -> None:
    through = low_pass(_wave(6.0, rate=240.0), 240.0, 6.0)[200:-200]
    assert through.max() == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_a_steady_line_stays_a_line_to_its_ends() -> None:
    line = np.linspace(0.0, 3.0, 50)[:, None] * np.array((1.0, -2.0))
    assert low_pass(line, 30.0) == pytest.approx(line, abs=2e-3)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8])
def test_short_signals_come_back_whole(count: int) -> None:
    signal = np.arange(count, dtype=float)
    assert low_pass(signal, 30.0).shape == (count,)
    assert np.isfinite(low_pass(signal, 30.0)).all()


def test_a_rate_too_low_for_the_cutoff_is_left_alone() -> None:
    signal = _wave(2.0, rate=10.0)
    assert (low_pass(signal, 10.0) == signal).all()


def test_nothing_is_smoothed_across_a_cut() -> None:
    track = replace(seen(landmarks_of(waving(60))), cuts=(30,))
    step = np.where(np.arange(60) < 30, 0.0, 1.0)
    assert smoothed(step, track, 30.0) == pytest.approx(step)


def test_uneven_times_become_even_ones() -> None:
    track = seen(landmarks_of(waving(60)))
    keep = np.sort(np.random.default_rng(3).choice(np.arange(1, 59), 45, replace=False))
    rows = np.concatenate(((0,), keep, (59,)))
    uneven = replace(
        track,
        seconds=track.seconds[rows],
        pixels=track.pixels[rows],
        metric=track.metric[rows],
        visibility=track.visibility[rows],
        present=track.present[rows],
    )
    back = even(uneven, 0.0, 2.0, 30.0)
    assert back.seconds == pytest.approx(track.seconds)
    assert np.abs(back.metric - track.metric).max() < 0.05


def test_the_even_track_is_as_long_as_the_trim() -> None:
    track = seen(landmarks_of(waving(60)))
    part = even(track, 0.5, 1.0, 30.0)
    assert len(part) == 30
    assert part.metric[0] == pytest.approx(track.metric[15])


@pytest.mark.parametrize(
    ("fps", "step", "rate"), [(30, 1, 30), (60, 2, 30), (10, 1, 20), (24, 1, 24), (5, 1, 20)]
)
def test_the_working_rate_is_the_clips_own_or_a_multiple(fps: int, step: int, rate: int) -> None:
    assert working_rate(fps, step) == rate


@pytest.mark.parametrize("count", [2, 3, 4, 40])
def test_the_banded_solver_agrees_with_a_dense_one(count: int) -> None:
    generator = np.random.default_rng(count)
    anchor, tie = generator.uniform(0.01, 1.0, count), generator.uniform(0.0, 1.0, count - 1)
    right = generator.normal(size=(count, 2))
    first, second = np.diff(np.eye(count), axis=0), np.diff(np.eye(count), 2, axis=0)
    dense = np.diag(anchor) + first.T @ np.diag(tie) @ first + 3.0 * second.T @ second
    expected = np.linalg.solve(dense, right)
    assert path_solved(anchor, tie, 3.0, right) == pytest.approx(expected)
