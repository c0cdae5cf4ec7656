# SPDX-License-Identifier: GPL-3.0-or-later
"""Which scene frame shows which moment of the source."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion.reduce import kept_keys
from aimocap_blender.motion.rotations import angle_between, from_axis_angle
from aimocap_blender.motion.sampling import resampled, scene_frames
from aimocap_blender.motion.skeleton import Motion, Skeleton, still


def one_bone(frames: int, fps: float) -> Motion:
    """A bone that turns by one radian a second and moves by two units a second."""
    skeleton = Skeleton(("bone",), np.array([-1]), np.eye(4)[None], np.ones(1))
    motion = still(skeleton, frames, fps, np.eye(4))
    time = np.arange(frames) / fps
    motion.rotations[:, 0] = from_axis_angle(np.array((0.0, 0.0, 1.0)), time)
    motion.locations[:, 0, 0] = 2.0 * time
    return motion


@pytest.mark.parametrize(("source", "scene"), [(30.0, 24.0), (120.0, 24.0), (24.0, 60.0)])
def test_every_frame_shows_the_source_at_its_own_moment(source, scene):
    motion = one_bone(int(source) + 1, source)
    frames, seconds = scene_frames(10.0, scene, (0.0, 1.0), 1.0)
    result = resampled(motion, seconds, scene)
    assert frames[0] == 10.0
    assert frames[-1] == 10.0 + scene
    expected = (frames - 10.0) / scene
    assert np.allclose(result.locations[:, 0, 0], 2.0 * expected, atol=1e-6)
    turns = from_axis_angle(np.array((0.0, 0.0, 1.0)), expected)
    assert angle_between(result.rotations[:, 0], turns).max() < 1e-4


def test_a_start_between_frames_puts_keys_on_whole_frames():
    frames, seconds = scene_frames(100.4, 25.0, (2.0, 4.0), 1.0)
    assert frames[0] == 101.0
    assert np.isclose(seconds[0], 2.0 + 0.6 / 25.0)
    assert frames[-1] == 150.0


def test_a_retimed_strip_lasts_longer_in_the_scene():
    frames, seconds = scene_frames(1.0, 30.0, (0.0, 1.0), 2.0)
    assert len(frames) == 61
    assert np.isclose(seconds[-1], 1.0)


def test_broadcast_rates_neither_lose_nor_add_a_frame():
    fps = 30000.0 / 1001.0
    frames, _ = scene_frames(1.0, fps, (0.0, 299 / fps), 1.0)
    assert len(frames) == 300


def test_the_same_samples_are_handed_on_untouched():
    motion = one_bone(31, 30.0)
    _, seconds = scene_frames(0.0, 30.0, (0.0, 1.0), 1.0)
    assert resampled(motion, seconds, 30.0).rotations is motion.rotations


@pytest.mark.parametrize("slack", [0.001, 0.01, 0.2])
def test_reduced_keys_leave_no_value_by_more_than_the_bound(slack):
    values = np.cumsum(np.random.default_rng(3).normal(size=400)) * 0.05
    keep = kept_keys(values, slack)
    line = np.interp(np.arange(400), keep, values[keep])
    assert np.abs(line - values).max() <= slack
    assert keep[0] == 0
    assert keep[-1] == 399


def test_a_straight_line_needs_two_keys_and_a_constant_one():
    assert kept_keys(np.linspace(0.0, 5.0, 100), 1e-6).tolist() == [0, 99]
    assert kept_keys(np.full(100, 3.0), 1e-6).tolist() == [0]
