# SPDX-License-Identifier: GPL-3.0-or-later
"""A skeleton's rest pose in one line for people: bones, height, legs, arms, and how the arms stand.

It is what a reviewer compares with the character that was uploaded; programs compare fingerprints.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import numpy as np

from .canonical import Body
from .mapping.roles import Role, Side, arm, leg
from .rotations import FloatArray

_OUT, _DOWN = 20.0, 70.0
"""Degrees that arms hang below level: less is a T-pose, more is arms down, between is an A-pose.
The service asks for an A-pose, which is usually built at about 45 degrees."""


class RestPose(Enum):
    """How the arms stand at rest. The value is what people read."""

    T_POSE = "T-pose"
    A_POSE = "A-pose"
    ARMS_DOWN = "arms down"
    UNKNOWN = "no arms to tell the pose by"


def pose_of(body: Body) -> RestPose:
    """The rest pose by the lines from shoulder to hand, both arms together."""
    hang = [
        np.degrees(np.arcsin(np.clip(-line[2] / length, -1.0, 1.0)))
        for side in Side
        if (line := _line(body, side)) is not None and (length := np.linalg.norm(line)) > 0.0
    ]
    if not hang:
        return RestPose.UNKNOWN
    mean = float(np.mean(hang))
    if mean < _OUT:
        return RestPose.T_POSE
    return RestPose.A_POSE if mean < _DOWN else RestPose.ARMS_DOWN


def summary(body: Body, metres: float) -> str:
    """Like: 59 bones, 1.78 m high, legs 0.86 m, arms 0.52 m, A-pose.

    metres  that one unit of the armature's own space is in the world
    Lengths are of joints: thigh to ankle, shoulder to wrist, lowest to highest bone end.
    """
    parts = [f"{len(body.skeleton.names)} bones", f"{_height(body) * metres:.2f} m high"]
    for name, limbs in (("legs", _lengths(body, leg, 0)), ("arms", _lengths(body, arm, 1))):
        if limbs:
            parts.append(f"{name} {np.mean(limbs) * metres:.2f} m")
    return ", ".join([*parts, pose_of(body).value])


def _line(body: Body, side: Side) -> FloatArray | None:
    """(3,) from shoulder to wrist, canonical space; None where the rig marks neither."""
    upper, hand = (body.bone(role) for role in (arm(side)[1], arm(side)[3]))
    return None if upper is None or hand is None else body.heads[hand] - body.heads[upper]


def _lengths(body: Body, limb: Callable[[Side], tuple[Role, ...]], first: int) -> list[float]:
    """Of both sides, the three joints of `limb` from its part `first` on."""
    found = []
    for side in Side:
        joints = [body.bones.get((role, 0)) for role in limb(side)[first : first + 3]]
        if None not in joints:
            heads = body.heads[np.array(joints, dtype=np.intp)]
            found.append(float(np.linalg.norm(np.diff(heads, axis=0), axis=1).sum()))
    return found


def _height(body: Body) -> float:
    """From the lowest to the highest end of a bone that has a part of the body."""
    bones = list(body.bones.values())
    if not bones:
        return 0.0
    ends = np.concatenate((body.heads[bones], (body.skeleton.tails @ body.axes)[bones]))
    return float(np.ptp(ends[:, 2]))
