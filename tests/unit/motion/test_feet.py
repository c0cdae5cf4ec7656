# SPDX-License-Identifier: GPL-3.0-or-later
"""Contacts and the IK that keeps them."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion.contacts import (
    grips,
    in_contact,
    moving_maximum,
    planted_height,
    running_mean,
    spans,
    speeds,
    widened,
)
from aimocap_blender.motion.feet import Stance, Step, sunken
from aimocap_blender.motion.figure import Figure
from aimocap_blender.motion.legs import MOST_TURN, Leg, two_bone, unhurried
from aimocap_blender.motion.mapping.roles import Role, Side, leg
from aimocap_blender.motion.rotations import angle_between, from_vector, rotate, to_vector

from . import bodies

FPS = 30.0


def stepping_toe(floor: float = 0.0) -> np.ndarray:
    """Stands one second, swings half a metre in half a second, stands another second."""
    swing = np.linspace(0.0, 1.0, 15, endpoint=False)
    ahead = np.concatenate((np.zeros(30), 0.5 * swing, np.full(30, 0.5)))
    high = np.concatenate((np.zeros(30), 0.2 * np.sin(np.pi * swing), np.zeros(30)))
    return np.stack((np.zeros(75), -ahead, high + floor), axis=-1)


@pytest.mark.parametrize("floor", [0.0, -0.83, 12.0])
def test_contacts_are_found_whatever_height_the_floor_is_at(floor):
    toe = stepping_toe(floor)
    planted = planted_height([toe], FPS, 0.9)
    assert planted == pytest.approx(floor, abs=0.003)
    found = in_contact(toe, FPS, 0.9, planted)
    assert found[:27].all()
    assert found[49:].all()
    assert not found[32:44].any()


def test_a_toe_that_rests_high_up_is_no_floor():
    # Half a second on the floor and always on the move, up a step, a second dangling from a chair.
    time = np.arange(15) / FPS
    sliding = np.stack((np.zeros(15), -2.0 * time, np.zeros(15)), axis=-1)
    rising = np.linspace(sliding[-1], (0.0, -1.2, 0.9), 12)
    dangling = np.tile((0.0, -1.2, 0.9), (30, 1))
    toe = np.concatenate((sliding, rising, dangling))
    planted = planted_height([toe, toe], FPS, 0.9)
    assert planted == pytest.approx(0.0, abs=0.01)
    assert not in_contact(toe, FPS, 0.9, planted)[16:].any()


def test_one_frame_of_a_deep_toe_is_no_floor():
    toe = stepping_toe()
    toe[3, 2] = -0.4
    assert planted_height([toe, toe], FPS, 0.9) == pytest.approx(0.0, abs=0.003)


def test_contacts_do_not_depend_on_the_size_of_the_actor():
    small, large = stepping_toe(), 100.0 * stepping_toe()
    assert np.array_equal(in_contact(small, FPS, 0.9, 0.0), in_contact(large, FPS, 90.0, 0.0))


def test_two_blends_that_share_a_gap_sum_to_one():
    contact = np.array([True] * 10 + [False] * 4 + [True] * 10)
    total = np.zeros(len(contact))
    for grip in grips(contact, FPS):
        total[grip.reach] += grip.weights
    assert np.allclose(total, 1.0)


def test_blends_rise_and_fall_without_a_corner():
    contact = np.zeros(120, dtype=bool)
    contact[50:70] = True
    (grip,) = grips(contact, 120.0)
    weight = np.zeros(120)
    weight[grip.reach] = grip.weights
    assert weight[50:70].min() == 1.0
    assert np.abs(np.diff(weight, 2)).max() < 0.06
    assert weight[30] == 0.0


def test_short_gaps_are_closed_and_ends_widened():
    contact = np.array([False] * 5 + [True] * 5 + [False] * 2 + [True] * 5 + [False] * 20)
    assert spans(widened(contact, FPS)) == [(4, 18)]


def test_the_mean_of_speeds_is_shorter_at_the_ends_not_lower():
    assert np.allclose(running_mean(np.ones(9)), 1.0)
    assert np.allclose(speeds(np.outer(np.arange(5.0), (0.0, 3.0, 4.0)), 2.0), 10.0)


def random_legs(count: int = 300) -> Leg:
    rng = np.random.default_rng(2)
    hip = rng.normal(size=(count, 3))
    front = np.tile((0.0, -1.0, 0.0), (count, 1))
    knee = hip + 0.45 * unit(np.stack((rng.normal(0, 0.1, count), -rng.uniform(0.3, 0.8, count),
                                       -np.ones(count)), axis=-1))  # fmt: skip
    ankle = knee + 0.42 * unit(np.stack((rng.normal(0, 0.1, count), rng.uniform(0.3, 0.8, count),
                                         -np.ones(count)), axis=-1))  # fmt: skip
    return Leg(hip, knee, ankle, front)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def after(leg: Leg, turns: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    knee = leg.hip + rotate(turns[0], leg.knee - leg.hip)
    return knee, knee + rotate(turns[1], leg.ankle - leg.knee)


def test_the_ankle_comes_to_a_goal_in_reach():
    leg = random_legs()
    goal = leg.ankle + np.random.default_rng(4).normal(0.0, 0.01, leg.ankle.shape)
    goal[:, 2] += 0.01
    _, ankle = after(leg, two_bone(leg, goal, np.ones(len(goal))))
    assert np.linalg.norm(ankle - goal, axis=-1).max() < 1e-6


def test_a_goal_at_the_ankle_leaves_the_leg_as_it_is():
    leg = random_legs()
    turns = two_bone(leg, leg.ankle, np.zeros(len(leg.ankle)))
    none = np.array((1.0, 0.0, 0.0, 0.0))
    assert max(angle_between(turn, none).max() for turn in turns) < 1e-4


def test_the_knee_keeps_its_side():
    leg = random_legs()
    goal = leg.ankle + np.array((0.0, 0.03, 0.02))
    knee, ankle = after(leg, two_bone(leg, goal, np.ones(len(goal))))
    line = unit(ankle - leg.hip)
    bend = (knee - leg.hip) - np.sum((knee - leg.hip) * line, axis=-1, keepdims=True) * line
    assert np.all(np.sum(bend * leg.front, axis=-1) > 0.0)


def test_no_bone_is_turned_farther_than_the_bound():
    leg = random_legs()
    far = leg.ankle + np.random.default_rng(5).normal(0.0, 0.6, leg.ankle.shape)
    turns = two_bone(leg, far, np.ones(len(far)))
    none = np.array((1.0, 0.0, 0.0, 0.0))
    assert max(angle_between(turn, none).max() for turn in turns) <= MOST_TURN + 1e-9


def test_a_straight_leg_bends_to_its_own_front():
    hip, knee, ankle = (np.array([[0.0, 0.0, z]]) for z in (0.9, 0.45, 0.0))
    leg = Leg(hip, knee, ankle, np.array([[0.0, -1.0, 0.0]]))
    lifted = np.array([[0.0, 0.0, 0.004]])
    knee_after, _ = after(leg, two_bone(leg, lifted, np.ones(1)))
    assert knee_after[0, 1] < -0.01
    assert abs(knee_after[0, 0]) < 1e-6


def popping_turns(frames: int = 60) -> np.ndarray:
    """A knee that opens by 10 degrees in one frame, and a slow sway about another axis."""
    vectors = np.zeros((frames, 3))
    vectors[30:, 0] = np.radians(10.0)
    vectors[:, 1] = np.radians(3.0) * np.sin(np.arange(frames) / 20.0)
    return from_vector(vectors)


def evenly(turns: np.ndarray, degrees: float) -> np.ndarray:
    return np.full(len(turns) - 1, np.radians(degrees))


def test_a_pop_is_spread_over_the_frames_around_it():
    turns = popping_turns()
    slow = unhurried(turns, evenly(turns, 2.0), np.zeros(len(turns), dtype=bool))
    assert np.degrees(angle_between(turns[1:], turns[:-1])).max() > 9.0
    assert np.degrees(angle_between(slow[1:], slow[:-1])).max() < 2.01
    assert np.degrees(angle_between(slow, turns))[[0, 15, 45, 59]].max() < 1e-6


def test_a_pop_beside_a_standing_foot_is_spread_over_the_swing():
    turns = popping_turns()
    firm = np.arange(len(turns)) >= 30
    slow = unhurried(turns, evenly(turns, 2.0), firm)
    assert np.degrees(angle_between(slow[1:], slow[:-1])).max() < 2.01
    assert np.degrees(angle_between(slow, turns))[firm].max() < 1e-6
    assert np.degrees(angle_between(slow, turns))[29] > 7.0


def test_where_the_limb_is_fast_itself_a_change_may_be_as_fast():
    turns = popping_turns()
    fastest = evenly(turns, 2.0)
    fastest[28:31] = np.radians(8.0)
    slow = unhurried(turns, fastest, np.zeros(len(turns), dtype=bool))
    steps = angle_between(slow[1:], slow[:-1])
    assert (steps <= fastest + 1e-6).all()
    assert np.degrees(steps[28:31]).max() > 3.0


def test_a_pop_about_one_axis_is_spread_by_the_whole_bound():
    vectors = np.zeros((60, 3))
    vectors[30:, 0] = np.radians(10.0)
    turns = from_vector(vectors)
    slow = unhurried(turns, evenly(turns, 2.0), np.zeros(60, dtype=bool))
    changed = np.flatnonzero(np.degrees(angle_between(slow, turns)) > 1e-4)
    assert len(changed) <= 9
    assert np.degrees(angle_between(slow[1:], slow[:-1])).max() < 2.01


@pytest.mark.parametrize("seed", range(5))
def test_changes_about_any_axes_keep_the_bound(seed):
    rng = np.random.default_rng(seed)
    turns = from_vector(np.radians(6.0) * rng.normal(size=(80, 3)))
    fastest = np.radians(rng.uniform(0.5, 3.0, 79))
    slow = unhurried(turns, fastest, rng.uniform(size=80) < 0.5)
    changes = np.linalg.norm(np.diff(to_vector(slow), axis=0), axis=-1)
    assert (changes <= fastest * 1.001 + 1e-9).all()


def test_turns_that_take_their_time_stay_as_they_are():
    turns = popping_turns()[:30]
    assert unhurried(turns, evenly(turns, 2.0), np.zeros(30, dtype=bool)) is turns
    one = popping_turns(1)
    assert unhurried(one, evenly(one, 2.0), np.zeros(1, dtype=bool)) is one


@pytest.mark.parametrize("half", [1, 3, 7])
def test_a_moving_maximum_looks_both_ways_and_ends_at_the_ends(half):
    values = np.random.default_rng(half).normal(size=50)
    slow = [values[max(0, n - half) : n + half + 1].max() for n in range(50)]
    assert np.array_equal(moving_maximum(values, half), slow)


def sinking(raised: np.ndarray) -> np.ndarray | None:
    """What is asked of still hips whose toes are 5 cm under the floor but for `raised`."""
    rig = bodies.rig()
    one = bodies.body(rig)
    figure = Figure.of(one, bodies.rest(rig))
    frames = len(raised)
    turns = {
        part: np.tile(figure.pose.orientations[0, bone], (frames, 1))
        for part, bone in one.bones.items()
    }
    root = np.tile(figure.pose.positions[0, one.bones[Role.HIPS, 0]], (frames, 1))
    root[:, 2] += raised
    ends = {side: (leg(side)[3], 0) for side in Side}
    toe = float(figure.pose.positions[0, one.bones[ends[Side.LEFT]], 2])
    stance = Stance(tuple(Side), 1.0, 0.83, toe, toe + 0.05, ends)
    steps = {side: Step(np.zeros((frames, 3)), [], np.zeros(frames)) for side in Side}
    return sunken(figure, stance, steps, turns, root, FPS)


def test_hips_are_raised_where_no_leg_can_keep_the_toes_over_the_floor():
    raised = np.where((np.arange(90) > 40) & (np.arange(90) < 60), 0.0, 0.1)
    more = sinking(raised)
    assert more is not None
    assert more[45:56].min() > 0.049
    assert np.abs(more[[0, 15, 80, 89]]).max() < 1e-6
    assert np.abs(np.diff(more)).max() < 0.01


def test_one_frame_of_a_t_pose_raises_nothing():
    raised = np.full(90, 0.1)
    raised[30] = 0.0
    raised[0] = 0.0
    asked = sinking(raised)
    assert asked is None
    assert sinking(np.full(90, 0.1)) is None
