# SPDX-License-Identifier: GPL-3.0-or-later
"""The Unitree G1: its joints, their limits, and the stick figure they make.

World: metres, Z up, the robot faces +X. The joints' order, axes, limits and places are the public
ones of the robot's 29-joint model (Unitree's `g1_29dof` MJCF, BSD-3-Clause).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rotations import FloatArray, between, multiply, rotate
from .skeleton import Skeleton

PELVIS = "pelvis"
PELVIS_HEIGHT = 0.793
"""Metres of the pelvis over the ground, standing."""
_SHORTEST_BONE = 0.01
_UP = np.array((0.0, 1.0, 0.0))


@dataclass(frozen=True)
class Joint:
    """One joint: where it sits in its parent's frame (metres, quaternion w x y z), how it turns.

    low, high  limits in radians
    """

    name: str
    parent: str
    place: tuple[float, float, float]
    turn: tuple[float, float, float, float]
    axis: tuple[float, float, float]
    low: float
    high: float


_X, _Y, _Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_STRAIGHT = (1.0, 0.0, 0.0, 0.0)


def _leg(side: str, s: float) -> tuple[Joint, ...]:
    roll = (-0.5236, 2.9671) if s > 0 else (-2.9671, 0.5236)
    tilt = (0.996179, 0.0, -0.0873386, 0.0)
    back = (0.996179, 0.0, 0.0873386, 0.0)
    n = f"{side}_"
    return (
        Joint(
            f"{n}hip_pitch", PELVIS, (0.0, s * 0.064452, -0.1027), _STRAIGHT, _Y, -2.5307, 2.8798
        ),
        Joint(f"{n}hip_roll", f"{n}hip_pitch", (0.0, s * 0.052, -0.030465), tilt, _X, *roll),
        Joint(
            f"{n}hip_yaw", f"{n}hip_roll", (0.025001, 0.0, -0.12412), _STRAIGHT, _Z, -2.7576, 2.7576
        ),
        Joint(
            f"{n}knee",
            f"{n}hip_yaw",
            (-0.078273, s * 0.0021489, -0.17734),
            back,
            _Y,
            -0.087267,
            2.8798,
        ),
        Joint(
            f"{n}ankle_pitch",
            f"{n}knee",
            (0.0, s * -9.4445e-05, -0.30001),
            _STRAIGHT,
            _Y,
            -0.87267,
            0.5236,
        ),
        Joint(
            f"{n}ankle_roll",
            f"{n}ankle_pitch",
            (0.0, 0.0, -0.017558),
            _STRAIGHT,
            _X,
            -0.2618,
            0.2618,
        ),
    )


def _arm(side: str, s: float) -> tuple[Joint, ...]:
    roll = (-1.5882, 2.2515) if s > 0 else (-2.2515, 1.5882)
    lean = (0.990264, s * 0.139201, 1.38722e-05, s * -9.86868e-05)
    back = (0.990268, s * -0.139172, 0.0, 0.0)
    n = f"{side}_"
    return (
        Joint(
            f"{n}shoulder_pitch",
            "waist_pitch",
            (0.0039563, s * 0.10022, 0.23778),
            lean,
            _Y,
            -3.0892,
            2.6704,
        ),
        Joint(
            f"{n}shoulder_roll", f"{n}shoulder_pitch", (0.0, s * 0.038, -0.013831), back, _X, *roll
        ),
        Joint(
            f"{n}shoulder_yaw",
            f"{n}shoulder_roll",
            (0.0, s * 0.00624, -0.1032),
            _STRAIGHT,
            _Z,
            -2.618,
            2.618,
        ),
        Joint(
            f"{n}elbow",
            f"{n}shoulder_yaw",
            (0.015783, 0.0, -0.080518),
            _STRAIGHT,
            _Y,
            -1.0472,
            2.0944,
        ),
        Joint(
            f"{n}wrist_roll",
            f"{n}elbow",
            (0.1, s * 0.00188791, -0.01),
            _STRAIGHT,
            _X,
            -1.97222,
            1.97222,
        ),
        Joint(
            f"{n}wrist_pitch", f"{n}wrist_roll", (0.038, 0.0, 0.0), _STRAIGHT, _Y, -1.61443, 1.61443
        ),
        Joint(
            f"{n}wrist_yaw", f"{n}wrist_pitch", (0.046, 0.0, 0.0), _STRAIGHT, _Z, -1.61443, 1.61443
        ),
    )


JOINTS: tuple[Joint, ...] = (
    *_leg("left", 1.0),
    *_leg("right", -1.0),
    Joint("waist_yaw", PELVIS, (0.0, 0.0, 0.0), _STRAIGHT, _Z, -2.618, 2.618),
    Joint("waist_roll", "waist_yaw", (-0.0039635, 0.0, 0.035), _STRAIGHT, _X, -0.52, 0.52),
    Joint("waist_pitch", "waist_roll", (0.0, 0.0, 0.019), _STRAIGHT, _Y, -0.52, 0.52),
    *_arm("left", 1.0),
    *_arm("right", -1.0),
)
"""All 29, in the order of `dof_pos`; a parent comes before its children."""

_ENDS = {
    PELVIS: (0.0, 0.0, -0.1027),
    "waist_yaw": (-0.0039635, 0.0, 0.035),
    "waist_pitch": (0.0, 0.0, 0.42),
    **{f"{side}_ankle_roll": (0.12, 0.0, -0.03) for side in ("left", "right")},
    **{f"{side}_wrist_yaw": (0.1, 0.0, 0.0) for side in ("left", "right")},
}
"""Where a stick ends that has no one child to end at: between the hips, the head, toes, hands."""


def skeleton(*, labelled: bool = True) -> Skeleton:
    """The stick figure at rest (all angles 0), pelvis first; each bone ends at its next joint."""
    joints = JOINTS if labelled else ()
    names = (PELVIS, *(joint.name for joint in joints))
    parents = np.array([-1, *(names.index(joint.parent) for joint in joints)], dtype=np.intp)
    frames = _link_frames()
    rest, lengths = np.tile(np.eye(4), (len(names), 1, 1)), np.zeros(len(names))
    for bone, name in enumerate(names):
        turn, place = frames[name]
        end = rotate(turn, _end(name))
        lengths[bone] = max(float(np.linalg.norm(end)), _SHORTEST_BONE)
        along = multiply(turn, stick(name))
        rest[bone, :3, :3] = np.stack([rotate(along, axis) for axis in np.eye(3)], axis=-1)
        rest[bone, :3, 3] = place
    return Skeleton(names, parents, rest, lengths)


def _link_frames() -> dict[str, tuple[FloatArray, FloatArray]]:
    """Every link's turn and place in the world, standing with all angles 0."""
    frames = {PELVIS: (np.array(_STRAIGHT), np.array((0.0, 0.0, PELVIS_HEIGHT)))}
    for joint in JOINTS:
        turn, place = frames[joint.parent]
        own = np.array(joint.turn) / np.linalg.norm(joint.turn)
        frames[joint.name] = (multiply(turn, own), place + rotate(turn, np.array(joint.place)))
    return frames


def _end(name: str) -> FloatArray:
    """Where the stick of that link ends, in the link's own frame."""
    if name in _ENDS:
        return np.array(_ENDS[name])
    return np.array(next(joint.place for joint in JOINTS if joint.parent == name))


def stick(name: str) -> FloatArray:
    """The turn from the link's axes to its bone's, whose +Y runs along the stick."""
    end = _end(name)
    return between(_UP, end / np.linalg.norm(end))
