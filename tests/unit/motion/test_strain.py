# SPDX-License-Identifier: GPL-3.0-or-later
"""What moving its foot costs a leg, held against the turns two-bone IK really makes."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion.legs import Leg, two_bone
from aimocap_blender.motion.rotations import angle_between
from aimocap_blender.motion.strain import anchors, stiffness, weighed

LENGTH = 0.9
NONE = np.array((1.0, 0.0, 0.0, 0.0))


def standing(half_knee_degrees: float) -> Leg:
    """A leg of two equal bones over its ankle, each that far off the line from hip to ankle."""
    angle = np.radians(half_knee_degrees)
    hip = np.array([[0.0, 0.0, LENGTH * np.cos(angle)]])
    knee = np.array([[0.0, -LENGTH / 2.0 * np.sin(angle), LENGTH / 2.0 * np.cos(angle)]])
    return Leg(hip, knee, np.zeros((1, 3)), np.array([[0.0, -1.0, 0.0]]))


def turned(leg: Leg, way: np.ndarray) -> float:
    """Root mean square turn of thigh and shin, radians, that brings the ankle along `way`."""
    turns = two_bone(leg, leg.ankle + way, np.zeros(1))
    return float(np.sqrt(np.mean([angle_between(turn, NONE)[0] ** 2 for turn in turns])))


def cost(leg: Leg, way: np.ndarray) -> float:
    stiff = stiffness(leg.ankle - leg.hip, LENGTH)
    return float(np.sum(way * weighed(way[None], stiff)[0]))


@pytest.mark.parametrize("half_knee_degrees", [12.0, 20.0, 35.0])
def test_the_cost_of_a_way_tells_the_turns_that_ik_makes(half_knee_degrees):
    leg = standing(half_knee_degrees)
    across, along = np.array((0.003, 0.0, 0.0)), np.array((0.0, 0.0, 0.003))
    ratio = turned(leg, along) / turned(leg, across)
    assert np.sqrt(cost(leg, along) / cost(leg, across)) == pytest.approx(ratio, rel=0.04)


def test_a_straight_leg_costs_much_but_not_without_bound():
    line = np.array([[0.0, 0.0, -LENGTH], [0.0, 0.0, -LENGTH * 1.0001], [0.0, 0.0, 0.0]])
    stiff = stiffness(line, LENGTH)
    assert np.isfinite(stiff).all()
    assert np.linalg.norm(stiff[0]) == pytest.approx(np.sqrt(24.0))
    assert np.allclose(stiff[1], stiff[0])
    assert np.allclose(stiff[2], 0.0)


def test_a_bent_leg_is_anchored_at_the_mean_of_what_it_is_asked():
    ways = np.random.default_rng(1).normal(size=(40, 3))
    none = np.zeros_like(ways)
    first, second = anchors(ways, none, [slice(0, 10), slice(15, 40)])
    assert first == pytest.approx((*ways[:10, :2].mean(axis=0), 0.0))
    assert second == pytest.approx((*ways[15:, :2].mean(axis=0), 0.0))


def test_the_anchor_is_the_level_way_of_least_cost():
    rng = np.random.default_rng(7)
    ways, stiff = rng.normal(size=(12, 3)), 2.0 * rng.normal(size=(12, 3))
    (best,) = anchors(ways, stiff, [slice(0, 12)])

    def left(spot: np.ndarray) -> float:
        return float(np.sum((ways - spot) * weighed(ways - spot, stiff)))

    assert best[2] == 0.0
    for step in 1e-3 * np.array(((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0))):
        assert left(best + step) > left(best)


def test_a_stretched_leg_draws_its_foot_nearer():
    # Half of the contact a leg slants forward, straight, and would need 4 cm more than it has.
    ways = np.array([[0.0, -0.04, 0.0]] * 10 + [[0.0, 0.0, 0.0]] * 10)
    stiff = stiffness(np.array([[0.0, -0.45, -0.78]] * 10 + [[0.0, 0.1, -0.7]] * 10), LENGTH)
    (best,) = anchors(ways, stiff, [slice(0, 20)])
    assert -0.04 <= best[1] < -0.03


def test_a_foot_without_contacts_has_no_anchors():
    assert anchors(np.zeros((5, 3)), np.zeros((5, 3)), []).shape == (0, 3)
