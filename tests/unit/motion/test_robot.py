# SPDX-License-Identifier: GPL-3.0-or-later
"""Robot motions: checked before they are shown, and joints where the robot's model has them."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion import g1, robot
from aimocap_blender.motion.skeleton import forward

NAMES = [joint.name for joint in g1.JOINTS]


def document(frames: int = 3, joints: int = 29, **changes: Any) -> dict[str, Any]:
    made = {
        "version": 1, "robotType": "unitree_g1", "fps": 30, "frameCount": frames,
        "root_pos": [[0.0, 0.0, 0.793]] * frames, "root_rot_xyzw": [[0.0, 0.0, 0.0, 1.0]] * frames,
        "dof_pos": [[0.0] * joints] * frames,
    }  # fmt: skip
    return made | changes


def joint_places(**angles: float) -> dict[str, np.ndarray]:
    """World places of all joints with some angles (radians) set."""
    row = [angles.get(name, 0.0) for name in NAMES]
    motion = robot.read(document(1, dof_pos=[row]))
    track = robot.channels(motion).motion
    return dict(zip(track.skeleton.names, forward(track).positions[0], strict=True))


def test_the_order_is_the_public_one() -> None:
    assert len(g1.JOINTS) == 29
    assert NAMES[:6] == [
        "left_hip_pitch", "left_hip_roll", "left_hip_yaw", "left_knee", "left_ankle_pitch",
        "left_ankle_roll",
    ]  # fmt: skip
    assert NAMES[12:15] == ["waist_yaw", "waist_roll", "waist_pitch"]
    assert NAMES[15:19] == [
        "left_shoulder_pitch", "left_shoulder_roll", "left_shoulder_yaw", "left_elbow",
    ]  # fmt: skip


def test_standing_it_has_its_size_and_its_sides() -> None:
    places = joint_places()
    assert places["pelvis"] == pytest.approx((0.0, 0.0, 0.793))
    ankle = places["left_ankle_roll"]
    # Public: the ankle's roll joint stands a few centimetres over the ground.
    assert 0.02 < ankle[2] < 0.06
    assert ankle[1] == pytest.approx(-places["right_ankle_roll"][1], abs=1e-6)
    assert ankle[1] > 0.1, "left is +Y"
    assert places["left_shoulder_pitch"][2] == pytest.approx(0.793 + 0.035 + 0.019 + 0.23778)


def test_a_knee_bends_about_its_axis_by_its_angle() -> None:
    straight, bent = joint_places(), joint_places(left_knee=math.pi / 2)
    for name in ("left_knee", "left_hip_yaw", "right_ankle_roll"):
        assert bent[name] == pytest.approx(straight[name], abs=1e-9)
    before = straight["left_ankle_pitch"] - straight["left_knee"]
    after = bent["left_ankle_pitch"] - bent["left_knee"]
    assert np.linalg.norm(after) == pytest.approx(0.30001, abs=1e-6)
    assert float(before @ after) == pytest.approx(0.0, abs=1e-3)
    assert after[0] < -0.29, "the shin goes back, as the axis is +Y and the robot faces +X"


def test_the_pelvis_turns_and_travels_as_told() -> None:
    quarter = [0.0, 0.0, math.sin(math.pi / 4), math.cos(math.pi / 4)]
    motion = robot.read(document(1, root_pos=[[1.0, 2.0, 0.7]], root_rot_xyzw=[quarter]))
    track = robot.channels(motion).motion
    places = dict(zip(track.skeleton.names, forward(track).positions[0], strict=True))
    assert places["pelvis"] == pytest.approx((1.0, 2.0, 0.7))
    hip = joint_places()["left_hip_pitch"] - (0.0, 0.0, 0.793)
    assert places["left_hip_pitch"] == pytest.approx((1.0 - hip[1], 2.0 + hip[0], 0.7 + hip[2]))


def test_a_joint_beyond_its_limit_is_named_with_its_frame() -> None:
    rows = [[0.0] * 29 for _ in range(3)]
    rows[2][NAMES.index("right_knee")] = 2.8798 + math.radians(10)
    (warning,) = robot.read(document(dof_pos=rows)).warnings
    assert warning == "right_knee is 10.0 degrees beyond its limit on frame 2."


def test_quaternions_are_brought_to_length_one_and_that_is_told() -> None:
    motion = robot.read(document(root_rot_xyzw=[[0.0, 0.0, 0.0, 2.0]] * 3))
    assert np.linalg.norm(motion.turns, axis=1) == pytest.approx(1.0)
    assert "not of length 1" in motion.warnings[0]


def test_other_numbers_of_joints_show_the_pelvis_only() -> None:
    motion = robot.read(document(joints=23))
    assert not motion.is_labelled
    assert robot.channels(motion).motion.skeleton.names == ("pelvis",)
    assert "23 joints instead of 29" in motion.warnings[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"robotType": "h1"}, "robotType"),
        ({"fps": 0}, "fps"),
        ({"fps": True}, "fps"),
        ({"frameCount": 4}, "root_pos does not hold 4 frames"),
        ({"frameCount": 10**9}, "frameCount"),
        ({"root_pos": [[0.0, 0.0]] * 3}, "root_pos has frames of the wrong length"),
        ({"root_rot_xyzw": [[0.0] * 4] * 3}, "without a direction"),
        ({"dof_pos": [[0.0] * 29, [0.0] * 28, [0.0] * 29]}, "dof_pos has frames of the wrong"),
        ({"dof_pos": [[], [], []]}, "dof_pos has frames of the wrong"),
        ({"dof_pos": [[math.inf] * 29] * 3}, "no number"),
        ({"root_pos": [[10**400, 0, 0]] * 3}, "no number"),
    ],
)
def test_what_cannot_be_shown_says_why(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(robot.RobotMotionError, match=words):
        robot.read(document(**changes))


_LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.sampled_from(list(document())), _VALUES)
def test_no_result_is_too_odd(name: str, value: Any) -> None:
    odd = document() | {name: value}
    try:
        motion = robot.parse(json.dumps(odd).encode())
    except robot.RobotMotionError:
        return
    assert np.isfinite(robot.channels(motion).motion.rotations).all()


@given(st.binary(max_size=60))
def test_no_file_is_too_odd(content: bytes) -> None:
    with pytest.raises(robot.RobotMotionError):
        robot.parse(content)
