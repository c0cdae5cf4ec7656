# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is seen to a body that stands level: camera, fit, up, knees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scripts.local_service.mocap import camera, fit, knees, level, root
from scripts.local_service.mocap.landmarks import Landmark
from scripts.local_service.mocap.skeleton import USUAL, a_pose, frame, proportions

from .bodies import FPS, at_rest, landmarks_of, moved, seen, turned, waving


def test_a_placed_body_is_where_it_was() -> None:
    track = seen(landmarks_of(waving(20)), distance=3.5)
    points = camera.normalised(track.pixels, track.size)
    place = camera.placed(points, track.metric, np.ones(points.shape[:2]))
    assert place[:, 2] == pytest.approx(3.5, abs=0.02)


def test_rays_through_the_middle_need_no_turn_and_others_point_at_the_body() -> None:
    turns = camera.turn_towards(np.array(((0.0, 0.0), (0.4, -0.2))))
    assert turns[0] == pytest.approx(np.eye(3))
    ray = turns[1] @ np.array((0.0, 0.0, 1.0))
    assert ray[:2] / ray[2] == pytest.approx((0.4, -0.2))


def test_the_fit_meets_the_picture_where_the_metric_landmarks_are_wrong() -> None:
    track = seen(landmarks_of(waving(30)), distance=4.0)
    noise = np.random.default_rng(5).normal(0.0, 0.04, track.metric.shape)
    noisy = replace(track, metric=track.metric + noise)
    body = fit.fitted(noisy)
    truth = track.metric - track.metric[:, (23, 24)].mean(1, keepdims=True)
    found = body.joints - body.joints[:, (23, 24)].mean(1, keepdims=True)
    limbs = [Landmark.LEFT_WRIST, Landmark.RIGHT_WRIST, Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE]
    error = np.linalg.norm(found - truth, axis=-1)[:, limbs].mean()
    before = np.linalg.norm(noise, axis=-1)[:, limbs].mean()
    assert error < 0.75 * before
    seen_again = body.joints[..., :2] / body.joints[..., 2:]
    points = camera.normalised(track.pixels, track.size)
    assert np.median(np.abs(seen_again - points)) * 4.0 < 0.01


def test_bones_keep_one_length_and_both_sides_agree() -> None:
    track = seen(landmarks_of(waving(40)))
    stretched = replace(track, metric=track.metric * np.linspace(0.9, 1.1, 40)[:, None, None])
    body = fit.fitted(stretched)
    for left, right in ((23, 25), (24, 26)), ((11, 13), (12, 14)):
        lengths = [np.linalg.norm(body.joints[:, a] - body.joints[:, b], axis=-1)
                   for a, b in (left, right)]  # fmt: skip
        assert np.std(lengths[0]) < 0.02
        assert np.mean(lengths[0]) == pytest.approx(np.mean(lengths[1]), abs=0.02)


@pytest.mark.parametrize("tilt", [-25.0, 0.0, 15.0, 30.0])
def test_a_tilted_camera_is_levelled_by_the_body_that_stands(tilt: float) -> None:
    track = seen(landmarks_of(at_rest(30)), tilt_degrees=tilt)
    up = level.up_direction(track.metric)
    world = track.metric @ level.to_world(up).T
    trunk = (world[:, (11, 12)].mean(1) - world[:, (23, 24)].mean(1)).mean(0)
    lean = np.degrees(np.arctan2(np.hypot(*trunk[:2]), trunk[2]))
    assert lean < 4.0


def test_levelling_keeps_the_way_the_body_faces() -> None:
    track = seen(landmarks_of(at_rest(10)), tilt_degrees=20.0)
    world = track.metric @ level.to_world(level.up_direction(track.metric)).T
    across = (world[:, Landmark.LEFT_HIP] - world[:, Landmark.RIGHT_HIP]).mean(0)
    assert across / np.linalg.norm(across) == pytest.approx((1.0, 0.0, 0.0), abs=0.02)


@pytest.mark.parametrize("tilt", [-20.0, 0.0, 25.0])
def test_without_feet_the_trunk_tells_most_of_the_tilt(tilt: float) -> None:
    track = seen(landmarks_of(at_rest(20)), tilt_degrees=tilt)
    world = track.metric @ level.to_world(level.up_of_trunk(track.metric)).T
    trunk = (world[:, (11, 12)].mean(1) - world[:, (23, 24)].mean(1)).mean(0)
    lean = np.degrees(np.arctan2(np.hypot(*trunk[:2]), trunk[2]))
    assert lean == pytest.approx(0.3 * abs(tilt), abs=1.0)


def test_a_body_that_sways_tells_less_about_up() -> None:
    steady = landmarks_of(at_rest(40))
    swinging = steady.copy()
    lean = np.radians(35.0) * np.sin(np.arange(40))
    y, z = steady[..., 1], steady[..., 2]
    swinging[..., 1] = y * np.cos(lean)[:, None] - z * np.sin(lean)[:, None]
    swinging[..., 2] = y * np.sin(lean)[:, None] + z * np.cos(lean)[:, None]
    tilts = [
        abs(level.up_direction(seen(body, tilt_degrees=25.0).metric)[2])
        for body in (steady, swinging)
    ]
    assert tilts[1] < 0.6 * tilts[0]


def test_the_centre_of_mass_of_a_standing_body_is_in_its_pelvis() -> None:
    centre = level.centre_of_mass(landmarks_of(at_rest(1)))[0]
    hips = USUAL.leg + 0.043 * USUAL.height
    assert centre[2] == pytest.approx(hips + 0.1, abs=0.08)
    assert centre[0] == pytest.approx(0.0, abs=1e-6)


def test_knees_that_never_straighten_are_straightened_and_kicks_stay() -> None:
    bent = np.where(np.arange(60) < 45, 20.0, 80.0)
    motion = turned(at_rest(60), "thigh_l", (1, 0, 0), bent / 2)
    motion = turned(motion, "calf_l", (1, 0, 0), -bent)
    motion = turned(turned(motion, "thigh_r", (1, 0, 0), 9.0), "calf_r", (1, 0, 0), -18.0)
    joints = landmarks_of(motion)
    done = knees.straightened(joints)
    legs = (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)
    after = np.degrees(knees.bend(done, *legs))
    assert after[:45] == pytest.approx(20.0 - 13.0 * 0.8, abs=1.0)
    assert after[45:] == pytest.approx(80.0 - 13.0 * 0.2, abs=1.0)
    for a, b in ((legs[0], legs[1]), (legs[1], legs[2])):
        lengths = [np.linalg.norm(each[:, b] - each[:, a], axis=-1) for each in (joints, done)]
        assert lengths[1] == pytest.approx(lengths[0])


def test_straight_knees_are_left_alone() -> None:
    joints = landmarks_of(at_rest(20))
    assert knees.straightened(joints) == pytest.approx(joints, abs=1e-3)


def test_distance_is_steadied_along_the_ray() -> None:
    path = np.zeros((90, 3))
    path[:, 1] = 0.15 * np.sin(np.arange(90))
    joints = seen(landmarks_of(moved(at_rest(90), path))).metric + np.array((0.4, 0.2, 4.0))
    joints[..., 2] += path[:, None, 1]
    hips = (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)
    steady = root.steadied(joints, FPS)
    before, after = joints[:, hips].mean(1), steady[:, hips].mean(1)
    assert np.std(after[:, 2]) < 0.2 * np.std(before[:, 2])
    assert after[:, :2] / after[:, 2:] == pytest.approx(before[:, :2] / before[:, 2:])


def test_the_a_pose_stands_on_the_floor_and_is_named_like_a_metahuman() -> None:
    skeleton = a_pose(USUAL)
    wanted = {"root", "pelvis", "neck_01", "neck_02", "head"}
    wanted |= {f"spine_0{number}" for number in range(1, 6)}
    limbs = ("clavicle", "upperarm", "lowerarm", "hand", "thigh", "calf", "foot", "ball")
    wanted |= {f"{part}_{side}" for part in limbs for side in "lr"}
    assert set(skeleton.names) == wanted
    head = skeleton.index("head")
    assert skeleton.tails[head, 2] == pytest.approx(1.70, abs=0.01)
    assert skeleton.heads[skeleton.index("thigh_l"), 0] > 0
    assert 0.0 < skeleton.tails[skeleton.index("ball_l"), 2] < 0.05
    assert (skeleton.parents < np.arange(len(skeleton.names))).all()
    axes = skeleton.rest[:, :3, :3]
    assert np.swapaxes(axes, -1, -2) @ axes == pytest.approx(np.tile(np.eye(3), (26, 1, 1)))
    assert np.linalg.det(axes) == pytest.approx(1.0)


def test_a_childs_or_giants_measure_becomes_a_human_between_150_and_195_cm() -> None:
    world = landmarks_of(at_rest(3))
    for scale, low, high in ((0.5, 1.49, 1.51), (1.0, 1.65, 1.75), (3.0, 1.94, 1.96)):
        lengths = fit.kept_lengths(world * scale)
        assert low < proportions(lengths, world * scale).height < high


def test_a_bone_frame_exists_even_where_bend_and_bone_are_parallel() -> None:
    axes = frame(np.array((0.0, 0.0, 2.0)), np.array((0.0, 0.0, 1.0)))
    assert axes.T @ axes == pytest.approx(np.eye(3))
    assert axes[:, 1] == pytest.approx((0.0, 0.0, 1.0))
