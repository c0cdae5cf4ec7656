# SPDX-License-Identifier: GPL-3.0-or-later
"""A known pose comes back from its joints, and stands on the floor."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion.rotations import angle_between
from aimocap_blender.motion.skeleton import Motion, forward
from scripts.local_service.mocap import capturing, ground, planting, solve, stance
from scripts.local_service.mocap.landmarks import Landmark
from scripts.local_service.mocap.level import CAMERA_TO_WORLD
from scripts.local_service.mocap.skeleton import USUAL, a_pose
from scripts.local_service.mocap.solve import WRIST_SWING, WRIST_TWIST

from .bodies import FPS, at_rest, landmarks_of, moved, seen, turned, waving

LIMBS = tuple(
    f"{part}_{side}" for side in "lr" for part in ("upperarm", "lowerarm", "thigh", "calf", "foot")
)


def _apart(one: Motion, other: Motion) -> dict[str, float]:
    """Largest angle in degrees between the bones' orientations of two motions."""
    angles = angle_between(forward(one).orientations, forward(other).orientations)
    return dict(zip(one.skeleton.names, np.degrees(angles.max(0)), strict=True))


def test_the_rest_pose_comes_back_as_the_rest_pose() -> None:
    motion = at_rest(5)
    apart = _apart(solve.solved(landmarks_of(motion), motion.skeleton, FPS), motion)
    assert max(apart[name] for name in (*LIMBS, "pelvis", "spine_03", "spine_05")) < 0.5
    assert apart["head"] < 5.0


def test_a_known_motion_comes_back_bone_by_bone() -> None:
    motion = waving(60)
    found = solve.solved(landmarks_of(motion), motion.skeleton, FPS)
    apart = _apart(found, motion)
    assert max(apart[name] for name in LIMBS) < 1.5
    assert apart["head"] < 5.0
    off = np.linalg.norm(forward(found).positions - forward(motion).positions, axis=-1)
    assert off.max() < 0.02


@pytest.mark.parametrize("degrees", [0.0, 90.0, 180.0, 270.0])
def test_a_body_may_face_any_way(degrees: float) -> None:
    motion = turned(waving(40), "pelvis", (0, 1, 0), degrees)
    apart = _apart(solve.solved(landmarks_of(motion), motion.skeleton, FPS), motion)
    assert max(apart[name] for name in (*LIMBS, "pelvis", "spine_05")) < 1.5


def test_a_bent_and_twisted_trunk_is_spread_over_the_spine() -> None:
    motion = at_rest(30)
    for number in range(1, 6):
        motion = turned(motion, f"spine_0{number}", (0, 1, 0), 6.0)
    found = solve.solved(landmarks_of(motion), motion.skeleton, FPS)
    apart = _apart(found, motion)
    assert apart["spine_05"] < 3.0
    steps = [
        np.degrees(2 * np.arccos(np.clip(np.abs(found.rotations[0, index, 0]), 0, 1)))
        for index in (found.skeleton.index(f"spine_0{number}") for number in range(1, 6))
    ]
    assert np.ptp(steps) < 1.0
    assert np.mean(steps) == pytest.approx(6.0, abs=0.6)


def test_leaning_forward_bends_pelvis_and_spine() -> None:
    motion = turned(at_rest(10), "pelvis", (1, 0, 0), 25.0)
    for number in range(1, 6):
        motion = turned(motion, f"spine_0{number}", (1, 0, 0), 6.0)
    for side in "lr":
        motion = turned(motion, f"thigh_{side}", (1, 0, 0), 25.0)
    found = solve.solved(landmarks_of(motion), motion.skeleton, FPS)
    wanted, pose = forward(motion), forward(found)
    for bone in ("neck_01", "upperarm_l", "foot_r"):
        index = motion.skeleton.index(bone)
        assert pose.positions[0, index] == pytest.approx(wanted.positions[0, index], abs=0.05)


def test_a_hand_goes_no_further_than_a_wrist_allows() -> None:
    joints = landmarks_of(at_rest(40))
    for mark in (Landmark.LEFT_INDEX, Landmark.LEFT_PINKY):
        joints[:, mark] = joints[:, Landmark.LEFT_WRIST] * 2 - joints[:, mark]
    found = solve.solved(joints, a_pose(USUAL), FPS)
    turn = found.rotations[:, found.skeleton.index("hand_l")]
    degrees = np.degrees(2 * np.arccos(np.clip(np.abs(turn[:, 0]), 0.0, 1.0)))
    assert degrees.max() <= np.degrees(WRIST_SWING + WRIST_TWIST) + 1.0


def test_an_arm_through_straight_does_not_spin() -> None:
    bend = 25.0 * np.sin(np.arange(90) / 90 * 2 * np.pi) + 20.0
    motion = turned(at_rest(90), "lowerarm_l", (1, 0, 0), bend)
    found = solve.solved(landmarks_of(motion), motion.skeleton, FPS)
    turns = found.rotations[:, found.skeleton.index("upperarm_l")]
    steps = np.degrees(angle_between(turns[1:], turns[:-1]))
    assert steps.max() < 8.0


def test_the_upper_body_moves_on_legs_that_stand_at_rest() -> None:
    motion = moved(turned(waving(50), "pelvis", (0, 1, 0), 10.0), np.full((50, 3), 0.7))
    found = solve.solved_upper_body(landmarks_of(motion), motion.skeleton, FPS)
    still = ["root", "pelvis"]
    still += [f"{part}_{side}" for part in ("thigh", "calf", "foot", "ball") for side in "lr"]
    for bone in still:
        turn = found.rotations[:, found.skeleton.index(bone)]
        assert np.abs(turn[:, 0]).min() > 1.0 - 1e-9, bone
    assert not found.locations.any()
    arm = found.rotations[:, found.skeleton.index("lowerarm_l")]
    assert np.degrees(angle_between(arm, arm[:1])).max() > 25.0


def test_an_upper_body_seen_from_the_side_faces_the_way_its_legs_stand() -> None:
    motion = turned(at_rest(10), "pelvis", (0, 1, 0), 80.0)
    found = solve.solved_upper_body(landmarks_of(motion), motion.skeleton, FPS)
    chest = forward(found).orientations[0, found.skeleton.index("spine_05")]
    rest = forward(at_rest(1)).orientations[0, found.skeleton.index("spine_05")]
    assert np.degrees(angle_between(chest, rest)) == pytest.approx(30.0, abs=1.0)


def _stepping() -> tuple[Motion, np.ndarray]:
    """Two seconds in which the left foot stands while the right knee lifts, then a jump."""
    frames = 90
    lift = np.zeros(frames)
    lift[20:40] = np.sin(np.linspace(0, np.pi, 20))
    motion = turned(at_rest(frames), "thigh_r", (1, 0, 0), 60 * lift)
    motion = turned(motion, "calf_r", (1, 0, 0), -70 * lift)
    path = np.zeros((frames, 3))
    path[60:75, 2] = 0.3 * np.sin(np.linspace(0, np.pi, 15))
    return moved(motion, path), path


def test_feet_are_known_to_stand_or_not() -> None:
    motion, _ = _stepping()
    stands = stance.standing(landmarks_of(motion), FPS)
    assert stands[5:16].all()
    assert stands[24:36, 0].all()
    assert not stands[24:36, 1].any()
    assert not stands[62:73].any()


def test_a_body_that_floats_and_drifts_is_put_on_the_floor_and_its_jump_kept() -> None:
    motion, path = _stepping()
    drift = np.zeros((motion.frames, 3))
    drift[:, 0] = 0.0015 * np.arange(motion.frames)
    drift[:, 2] = 0.4 + 0.05 * np.sin(np.arange(motion.frames) / 30)
    floating = moved(motion, drift)
    joints = landmarks_of(floating)
    stands, touches = stance.standing(joints, FPS), stance.touching(joints, FPS)
    done = planting.planted(ground.grounded(floating, stands, touches), stands)
    soles = ground.soles_of(done)
    assert soles.lowest.min() > -0.01
    assert np.abs(soles.lowest[stands]).max() < 0.02
    left = soles.steady[:, 0]
    both = stands[1:, 0] & stands[:-1, 0]
    assert (np.linalg.norm(np.diff(left, axis=0), axis=-1)[both] * FPS).mean() < 0.03
    assert soles.lowest.min(1)[62:73].max() == pytest.approx(path[:, 2].max(), abs=0.06)


def test_a_motion_begins_over_the_origin() -> None:
    motion = moved(waving(30), np.full((30, 3), 2.5))
    joints = landmarks_of(motion)
    done = ground.grounded(motion, stance.standing(joints, FPS), stance.touching(joints, FPS))
    pelvis = forward(done).positions[0, done.skeleton.index("pelvis")]
    assert pelvis[:2] == pytest.approx((0.0, 0.0), abs=1e-6)


def test_soles_that_stand_are_laid_flat_and_tiptoes_stay() -> None:
    motion = turned(at_rest(40), "foot_l", (1, 0, 0), 12.0)
    motion = turned(motion, "foot_r", (1, 0, 0), -55.0)
    joints = landmarks_of(motion)
    done = stance.flattened(joints, np.ones((40, 2), dtype=bool), FPS)
    for heel, toe, flat in (
        (Landmark.LEFT_HEEL, Landmark.LEFT_TOE, True),
        (Landmark.RIGHT_HEEL, Landmark.RIGHT_TOE, False),
    ):
        before, after = ((each[:, toe] - each[:, heel])[20] for each in (joints, done))
        assert abs(after[2]) < 0.01 if flat else after[2] == pytest.approx(before[2])


def test_the_whole_way_from_perfect_landmarks_gives_the_pose_back() -> None:
    motion = waving(90)
    track = seen(landmarks_of(motion), distance=4.5, tilt_degrees=12.0)
    _, found = capturing.solve_track(track, 0.0, 3.0, FPS, "full_body")
    wanted, pose = forward(motion), forward(found)
    for bone in ("upperarm_l", "lowerarm_l", "upperarm_r", "lowerarm_r", "thigh_r", "calf_r"):
        index = motion.skeleton.index(bone)
        ways = [each.positions[:, index + 1] - each.positions[:, index] for each in (wanted, pose)]
        unit = [way / np.linalg.norm(way, axis=-1, keepdims=True) for way in ways]
        angle = np.degrees(np.arccos(np.clip(np.sum(unit[0] * unit[1], axis=-1), -1, 1)))
        # A body that does not balance is levelled as if it did: some degrees are not its own.
        assert angle.mean() < 15.0, bone


def test_the_same_landmarks_give_the_same_motion() -> None:
    track = seen(landmarks_of(waving(40)))
    one, other = (capturing.solve_track(track, 0.0, 1.3, FPS, "full_body")[1] for _ in range(2))
    assert (one.rotations == other.rotations).all()
    assert (one.locations == other.locations).all()


def test_a_world_is_right_handed() -> None:
    assert np.linalg.det(CAMERA_TO_WORLD) == pytest.approx(1.0)
