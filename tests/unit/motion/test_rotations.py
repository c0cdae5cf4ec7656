# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations, Euler angles and axis-angle, against answers known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion import euler
from aimocap_blender.motion.rotations import (
    angle_between,
    between,
    continuous,
    from_axis_angle,
    from_vector,
    multiply,
    normalized,
    rotate,
    slerp,
    to_matrix,
    to_vector,
)

RNG = np.random.default_rng(7)
X, Y, Z = np.eye(3)


def test_a_quarter_turn_about_z_takes_x_to_y():
    assert np.allclose(rotate(from_axis_angle(Z, np.array(np.pi / 2)), X), Y)


def test_a_product_turns_by_its_right_factor_first():
    about_x = from_axis_angle(X, np.array(np.pi / 2))
    about_z = from_axis_angle(Z, np.array(np.pi / 2))
    assert np.allclose(rotate(multiply(about_z, about_x), Y), Z)


def test_turning_agrees_with_the_matrix():
    q, v = normalized(RNG.normal(size=(50, 4))), RNG.normal(size=(50, 3))
    assert np.allclose(rotate(q, v), np.einsum("nij,nj->ni", to_matrix(q), v))


def test_float32_motions_stay_float32_beside_constants():
    q = normalized(RNG.normal(size=(9, 4))).astype(np.float32)
    constant = from_axis_angle(X, np.array(0.3))
    assert multiply(constant, q).dtype == np.float32
    assert rotate(q, np.array((1.0, 2.0, 3.0))).dtype == np.float32


def test_rotation_vectors_are_the_axis_times_the_angle_and_lead_back():
    assert np.allclose(to_vector(from_axis_angle(Y, np.array(0.4))), 0.4 * Y)
    assert np.allclose(to_vector(-from_axis_angle(Y, np.array(0.4))), 0.4 * Y)
    assert np.allclose(to_vector(np.array((1.0, 0.0, 0.0, 0.0))), 0.0)
    q = normalized(RNG.normal(size=(50, 4)))
    assert angle_between(from_vector(to_vector(q)), q).max() < 1e-7


def test_the_shortest_turn_between_opposite_vectors_is_half_a_turn():
    assert np.allclose(rotate(between(X, -X), X), -X)
    assert np.allclose(rotate(between(Z, -Z), Z), -Z)


def test_slerp_goes_at_constant_speed_along_the_shorter_arc():
    a, b = from_axis_angle(Z, np.array(0.0)), -from_axis_angle(Z, np.array(1.0))
    for part in (0.0, 0.25, 0.5, 1.0):
        assert np.isclose(angle_between(a, slerp(a, b, np.array(part))), part)


def test_continuous_quaternions_never_change_their_hemisphere():
    angle = np.linspace(0.0, 6.0 * np.pi, 200)
    q = from_axis_angle(Y, angle) * np.where(RNG.random(200) < 0.5, -1.0, 1.0)[:, None]
    smooth = continuous(q)
    assert np.all(np.sum(smooth[1:] * smooth[:-1], axis=-1) > 0.0)
    assert np.allclose(np.abs(np.sum(smooth * q, axis=-1)), 1.0)


@pytest.mark.parametrize("order", euler.ORDERS)
def test_euler_angles_come_back_as_the_same_rotation(order):
    q = normalized(RNG.normal(size=(200, 4)))
    assert angle_between(euler.from_euler(euler.to_euler(q, order), order), q).max() < 1e-6


@pytest.mark.parametrize("order", euler.ORDERS)
def test_euler_orders_turn_about_their_first_axis_first(order):
    first, *_ = ("XYZ".index(letter) for letter in order)
    last = "XYZ".index(order[2])
    angles = np.zeros(3)
    angles[first], angles[last] = 0.3, 0.8
    by_hand = multiply(
        from_axis_angle(np.eye(3)[last], np.array(0.8)),
        from_axis_angle(np.eye(3)[first], np.array(0.3)),
    )
    assert angle_between(euler.from_euler(angles, order), by_hand) < 1e-9


@pytest.mark.parametrize("order", euler.ORDERS)
def test_continuous_euler_angles_pass_the_poles_without_a_jump(order):
    time = np.linspace(0.0, 12.0, 1500)
    path = np.stack((2.8 * np.sin(time), 1.9 * np.sin(0.7 * time), 1.5 * time), axis=-1)
    angles = euler.continuous_euler(euler.from_euler(path, order), order)
    assert np.abs(np.diff(angles, axis=0)).max() < 2.0 * np.abs(np.diff(path, axis=0)).max()
    assert (
        angle_between(euler.from_euler(angles, order), euler.from_euler(path, order)).max() < 1e-6
    )


def test_axis_angle_keeps_its_axis_through_no_rotation_at_all():
    angle = np.linspace(-1.0, 1.0, 41)
    values = euler.to_axis_angle(continuous(from_axis_angle(normalized(X + Z), angle)))
    back = euler.from_rotation_vector(values[:, 1:], values[:, 0])
    assert angle_between(back, from_axis_angle(normalized(X + Z), angle)).max() < 1e-6
    assert np.abs(np.diff(values, axis=0)).max() < 0.06


def test_axis_angle_of_a_motion_without_any_rotation_is_well_defined():
    values = euler.to_axis_angle(np.tile((1.0, 0.0, 0.0, 0.0), (5, 1)))
    assert np.all(np.isfinite(values))
    assert np.allclose(np.linalg.norm(values[:, 1:], axis=-1), 1.0)
