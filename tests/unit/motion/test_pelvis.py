# SPDX-License-Identifier: GPL-3.0-or-later
"""The pelvis that gives way to standing feet, and hardly does where it has no lever."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion.pelvis import _GIVE, Hold, giving_way
from aimocap_blender.motion.rotations import from_vector, rotate

FPS = 30.0
FRAMES = 60


def standing(half_width: float, yaw_degrees: float = 10.0) -> tuple[list[Hold], np.ndarray]:
    """Both feet planted where a pelvis without any yaw would have them, and the yaw (frames,).

    The pelvis swings about the vertical; its legs keep their directions, so the toes swing with it.
    """
    yaw = np.radians(yaw_degrees) * np.sin(np.linspace(0.0, 4.0 * np.pi, FRAMES))
    turn = from_vector(yaw[:, None] * np.array((0.0, 0.0, 1.0)))
    whole = slice(0, FRAMES)
    holds = []
    for side in (1.0, -1.0):
        rest = np.array((side * half_width, 0.0, 0.0))
        lever = rotate(turn, np.tile(rest, (FRAMES, 1)))
        bent = np.zeros((FRAMES, 3))
        holds.append(Hold(lever, rest - lever, bent, [whole], [(whole, np.ones(FRAMES))]))
    return holds, yaw


def left_over(holds: list[Hold], turn: np.ndarray, way: np.ndarray) -> float:
    """How far the feet are still asked to move, root mean square, beyond spots of their choice."""
    off = [hold.away - np.cross(turn, hold.lever) - way for hold in holds]
    return float(np.sqrt(np.mean([(one - one.mean(axis=0)) ** 2 for one in off])))


def test_a_wide_pelvis_takes_back_the_turn_that_would_drag_the_feet():
    holds, yaw = standing(0.4)
    turn, way = giving_way(holds, 0.9, FPS)
    none = np.zeros((FRAMES, 3))
    assert left_over(holds, turn, way) < 0.25 * left_over(holds, none, none)
    assert np.corrcoef(turn[:, 2], yaw)[0, 1] < -0.99
    assert np.abs(turn[:, :2]).max() < np.radians(1.0)


def test_a_pelvis_without_a_lever_hardly_turns():
    holds, _ = standing(0.02, 40.0)
    turn, _ = giving_way(holds, 0.9, FPS)
    assert np.degrees(np.linalg.norm(turn, axis=-1)).max() < 40.0 / 7.0


def test_what_nobody_asks_for_is_not_given():
    holds, _ = standing(0.4, 0.0)
    turn, way = giving_way(holds, 0.9, FPS)
    assert np.abs(turn).max() < 1e-9
    assert np.abs(way).max() < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_the_hips_keep_to_their_path_whatever_the_feet_ask(seed):
    rng = np.random.default_rng(seed)
    holds, _ = standing(0.1)
    ask = np.cumsum(rng.normal(0.0, 0.05, (FRAMES, 3)), axis=0)
    holds = [Hold(h.lever, h.away + ask, h.stiff, h.stands, h.reaches) for h in holds]
    turn, way = giving_way(holds, 0.9, FPS)
    assert np.linalg.norm(way - way[0], axis=-1).mean() < 0.005 * 0.9
    assert np.degrees(np.linalg.norm(turn, axis=-1)).max() <= 25.0 + 1e-6


def test_the_turn_begins_and_ends_without_a_corner():
    holds, _ = standing(0.4, 8.0)
    stands = slice(20, 40)
    reach = slice(17, 43)
    ease = np.concatenate(((0.2, 0.5, 0.8), np.ones(20), (0.8, 0.5, 0.2)))
    holds = [Hold(h.lever, h.away, h.stiff, [stands], [(reach, ease)]) for h in holds]
    turn, _ = giving_way(holds, 0.9, FPS)
    assert np.abs(turn[[0, -1]]).max() < np.radians(0.05)
    assert np.degrees(np.abs(np.diff(turn, axis=0)).max()) < 2.0


def rolled(stiff: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is given to a left foot asked up and forward alike in the middle of its contact."""
    lever = np.tile((0.1, 0.0, -0.1), (FRAMES, 1))
    away = np.zeros((FRAMES, 3))
    away[:, 1:] = 0.05 * np.sin(np.linspace(0.0, np.pi, FRAMES))[:, None]
    whole = slice(0, FRAMES)
    return giving_way([Hold(lever, away, stiff, [whole], [(whole, np.ones(FRAMES))])], 0.9, FPS)


def test_the_pelvis_keeps_the_length_of_a_straight_leg_before_all_else():
    def height_given(stiff: np.ndarray) -> float:
        turn, way = rolled(stiff)
        given = np.cross(turn, (0.1, 0.0, -0.1)) + way
        return float(given[FRAMES // 2, 2] - given[0, 2])

    straight = np.tile((0.0, 0.0, -np.sqrt(24.0)), (FRAMES, 1))
    assert height_given(straight) > 1.3 * height_given(np.zeros((FRAMES, 3)))


@pytest.mark.parametrize("seed", range(6))
def test_the_turn_costs_hardly_more_than_the_least_a_slow_solver_finds(seed):
    # Asks this small and slow are neither bounded nor smoothed away. Between two frames of one
    # contact the spot a foot has chosen drops out.
    rng = np.random.default_rng(seed)
    levers = [np.array((side * 0.4, 0.05, -0.02)) for side in (1.0, -1.0)]
    stiff, asks = rng.normal(0.0, 1.5, (2, 3)), rng.normal(0.0, 0.002, (2, 3))
    ease = np.sin(np.linspace(0.0, np.pi, 600))
    whole = slice(0, 600)
    holds = [
        Hold(np.tile(lever, (600, 1)), np.outer(ease, ask), np.tile(k, (600, 1)), [whole], reaches)
        for lever, ask, k in zip(levers, asks, stiff, strict=True)
        for reaches in ([(whole, np.ones(600))],)
    ]
    turn, way = giving_way(holds, 0.9, FPS)
    rows, right = [_GIVE * 0.9 * np.eye(3)], [np.zeros(3)]
    for lever, ask, k in zip(levers, asks, stiff, strict=True):
        left = ask * (ease[300] - ease[60]) - (way[300] - way[60])
        for metric in (np.eye(3), k[None]):
            rows.append(metric @ -np.cross(lever, np.eye(3)).T)
            right.append(metric @ left)
    matrix, asked = np.concatenate(rows), np.concatenate(right)
    best = np.linalg.lstsq(matrix, asked, rcond=None)[0]
    found, least, nothing = (
        float(np.sum((matrix @ d - asked) ** 2)) for d in (turn[300] - turn[60], best, 0.0 * best)
    )
    assert least < 0.8 * nothing
    assert found - least < 0.1 * (nothing - least)
