# SPDX-License-Identifier: GPL-3.0-or-later
"""A rest pose in words: the same for a skeleton however large its units are and however it lies."""

from __future__ import annotations

import re

import numpy as np
import pytest

from aimocap_blender.motion.rest_pose import RestPose, pose_of, summary
from tests.rigs.figure import ADULT

from . import bodies


@pytest.mark.parametrize(
    ("degrees", "pose"),
    [
        (0.0, RestPose.T_POSE), (12.0, RestPose.T_POSE), (35.0, RestPose.A_POSE),
        (50.0, RestPose.A_POSE), (85.0, RestPose.ARMS_DOWN),
    ],
)  # fmt: skip
def test_the_arms_tell_the_rest_pose(degrees: float, pose: RestPose) -> None:
    assert pose_of(bodies.body(bodies.rig(degrees_down=degrees))) is pose


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("lying", [False, True])
def test_lengths_are_metres_of_the_world(scale: float, lying: bool) -> None:
    rig = bodies.rig(degrees_down=45.0, scale=scale, lying=lying)
    metres = float(np.cbrt(np.linalg.det(rig.world[:3, :3])))
    told = summary(bodies.body(rig), metres)
    found = {name: float(metres) for name, metres in re.findall(r"(legs|arms) ([\d.]+) m", told)}
    legs, arms = ADULT.hip_height - ADULT.ankle_height, ADULT.upper_arm + ADULT.forearm
    assert found == pytest.approx({"legs": legs, "arms": arms}, abs=0.02), told
    height = re.search(r"([\d.]+) m high", told)
    assert height is not None
    assert float(height[1]) == pytest.approx(1.7, abs=0.15), told
    assert told.endswith("A-pose")


def test_a_skeleton_without_arms_says_so() -> None:
    whole = bodies.body(bodies.rig())
    armless = type(whole)(
        whole.skeleton,
        {part: bone for part, bone in whole.bones.items() if "arm" not in part[0].value},
        whole.axes,
        whole.heads,
    )
    told = summary(armless, 1.0)
    assert "arms" not in told.replace(RestPose.UNKNOWN.value, "")
    assert told.endswith(RestPose.UNKNOWN.value)
