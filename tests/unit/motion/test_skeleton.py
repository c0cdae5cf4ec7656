# SPDX-License-Identifier: GPL-3.0-or-later
"""Forward kinematics against the slow way: 4x4 matrices, bone by bone, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion.rotations import from_matrix, normalized, to_matrix
from aimocap_blender.motion.skeleton import Motion, Skeleton, forward, pose_matrices


def random_motion(seed: int, *, bones: int = 12, frames: int = 5, hinges: bool = False) -> Motion:
    rng = np.random.default_rng(seed)
    parents = np.array([-1, *(int(rng.integers(-1, b)) for b in range(1, bones))])
    rest = np.tile(np.eye(4), (bones, 1, 1))
    rest[:, :3, :3] = to_matrix(normalized(rng.normal(size=(bones, 4))))
    rest[:, :3, 3] = rng.normal(size=(bones, 3))
    skeleton = Skeleton(
        tuple(f"bone {b}" for b in range(bones)), parents, rest, np.ones(bones),
        rng.random(bones) < 0.4 if hinges else None,
    )  # fmt: skip
    turns = normalized(rng.normal(size=(frames, bones, 4)))
    return Motion(skeleton, 30.0, turns, rng.normal(size=(frames, bones, 3)) * 0.2, np.eye(4))


def slow_pose(motion: Motion) -> np.ndarray:
    """Blender's rule for one bone at a time, in plain 4x4 matrices."""
    skeleton = motion.skeleton
    frames, bones = motion.rotations.shape[:2]
    pose = np.empty((frames, bones, 4, 4))
    for frame in range(frames):
        for bone in range(bones):
            basis = np.eye(4)
            basis[:3, :3] = to_matrix(motion.rotations[frame, bone])
            basis[:3, 3] = motion.locations[frame, bone]
            parent = skeleton.parents[bone]
            if parent < 0:
                pose[frame, bone] = skeleton.rest[bone] @ basis
                continue
            offset = np.linalg.inv(skeleton.rest[parent]) @ skeleton.rest[bone]
            above = pose[frame, parent].copy()
            place = (above @ offset @ basis)[:3, 3]
            if skeleton.hinges is not None and skeleton.hinges[bone]:
                above[:3, :3] = skeleton.rest[parent, :3, :3]
            pose[frame, bone] = above @ offset @ basis
            pose[frame, bone, :3, 3] = place
    return pose


@pytest.mark.parametrize("hinges", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_forward_kinematics_agrees_with_the_slow_way(seed, hinges):
    motion = random_motion(seed, hinges=hinges)
    expected = slow_pose(motion)
    pose = forward(motion)
    assert np.allclose(pose.positions, expected[..., :3, 3], atol=1e-9)
    assert np.allclose(to_matrix(pose.orientations), expected[..., :3, :3], atol=1e-9)
    assert np.allclose(pose_matrices(motion), expected, atol=1e-9)


def test_a_space_carries_and_scales_the_whole_pose():
    motion = random_motion(3)
    space = np.eye(4)
    space[:3, :3] = 0.01 * to_matrix(normalized(np.array((1.0, 2.0, -0.5, 0.3))))
    space[:3, 3] = (4.0, -2.0, 1.0)
    expected = space @ slow_pose(motion)
    pose = forward(motion, space=space)
    assert np.allclose(pose.positions, expected[..., :3, 3], atol=1e-9)
    assert np.allclose(to_matrix(pose.orientations), expected[..., :3, :3] / 0.01, atol=1e-9)


def test_a_space_may_move_from_frame_to_frame():
    motion = random_motion(4)
    spaces = np.tile(np.eye(4), (motion.frames, 1, 1))
    spaces[:, 0, 3] = np.arange(motion.frames)
    pose = forward(motion, space=spaces)
    assert np.allclose(pose.positions - forward(motion).positions, [[[f, 0, 0]] for f in range(5)])


def test_only_the_bones_asked_for_and_their_ancestors_are_needed():
    motion = random_motion(5)
    last = len(motion.skeleton.names) - 1
    assert np.allclose(
        forward(motion, [last]).positions[:, last], forward(motion).positions[:, last]
    )


def test_matrices_and_quaternions_agree_both_ways():
    turns = normalized(np.random.default_rng(0).normal(size=(500, 4)))
    back = from_matrix(to_matrix(turns))
    assert np.allclose(np.abs(np.sum(back * turns, axis=-1)), 1.0)
