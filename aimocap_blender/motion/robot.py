# SPDX-License-Identifier: GPL-3.0-or-later
"""The Unitree G1 as the service's `robot_motion_json` tells it: checked, and as a stick figure.

World: metres, Z up, the robot faces +X. The joints' order, axes, limits and places are the public
ones of the robot's 29-joint model (Unitree's `g1_29dof` MJCF, BSD-3-Clause). A result with another
number of joints has no names here: only its pelvis is shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import AimocapError
from .figure import Channels
from .rotations import FloatArray, between, conjugate, continuous, from_axis_angle, multiply, rotate
from .skeleton import Motion, Skeleton

PELVIS = "pelvis"
PELVIS_HEIGHT = 0.793
"""Metres of the pelvis over the ground, standing."""
MOST_FRAMES = 1_000_000
_UNIT_SLACK = 1e-3
_NO_ROTATION = 0.1
_LIMIT_SLACK_RADIANS = 1e-3
_SHORTEST_BONE = 0.01
_UP = np.array((0.0, 1.0, 0.0))


class RobotMotionError(AimocapError):
    """A file is no robot motion; the sentence says what is wrong with it."""


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


@dataclass(frozen=True, eq=False)
class RobotMotion:
    """A robot motion that passed its checks.

    fps       samples per second
    places    (frames, 3) of the pelvis
    turns     (frames, 4) of the pelvis, quaternions w x y z of length 1
    angles    (frames, joints) radians
    warnings  whole sentences: what is odd about it
    """

    fps: float
    places: FloatArray
    turns: FloatArray
    angles: FloatArray
    warnings: tuple[str, ...]

    @property
    def frames(self) -> int:
        return len(self.places)

    @property
    def is_labelled(self) -> bool:
        """Whether its joints are the 29 that have names."""
        return bool(self.angles.shape[1] == len(JOINTS))


def parse(content: bytes) -> RobotMotion:
    """The motion of a file's bytes. Errors: RobotMotionError."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _wrong("it is not readable JSON") from error
    if not isinstance(document, dict):
        raise _wrong("it is no JSON object")
    return read(document)


def read(document: Mapping[str, Any]) -> RobotMotion:
    """The motion of a document: shapes, frame count, unit quaternions, joint limits.

    Errors: RobotMotionError for what can't be shown; the rest is a warning.
    """
    robot = document.get("robotType")
    if robot != "unitree_g1":
        raise _wrong("its robotType is not unitree_g1")
    fps: Any = document.get("fps")
    count: Any = document.get("frameCount")
    if not _is_number(fps) or not 0 < fps <= 1000:
        raise _wrong("its fps is no frame rate")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= MOST_FRAMES:
        raise _wrong("its frameCount is no number of frames")
    places = _rows(document, "root_pos", count, 3)
    quaternions = _rows(document, "root_rot_xyzw", count, 4)
    angles = _rows(document, "dof_pos", count, None)
    sizes = np.linalg.norm(quaternions, axis=1)
    if float(sizes.min()) < _NO_ROTATION:
        raise _wrong("root_rot_xyzw holds quaternions without a direction")
    warnings = []
    if float(np.abs(sizes - 1.0).max()) > _UNIT_SLACK:
        warnings.append(
            f"Quaternions of the pelvis are not of length 1 (up to {np.abs(sizes - 1).max():.2g} "
            "off): they were brought to it."
        )
    turns = continuous((quaternions / sizes[:, None])[:, (3, 0, 1, 2)])
    if angles.shape[1] == len(JOINTS):
        warnings += beyond_limits(angles)
    else:
        warnings.append(
            f"It has {angles.shape[1]} joints instead of {len(JOINTS)}: which is which is not "
            "known, so only the pelvis is shown."
        )
    return RobotMotion(float(fps), places, turns, angles, tuple(warnings))


def beyond_limits(angles: FloatArray) -> list[str]:
    """A sentence for every joint that leaves its limits; `angles` (frames, 29) radians."""
    found = []
    for joint, course in zip(JOINTS, angles.T, strict=True):
        over = np.maximum(joint.low - course, course - joint.high)
        worst = int(np.argmax(over))
        if over[worst] > _LIMIT_SLACK_RADIANS:
            found.append(
                f"{joint.name} is {math.degrees(over[worst]):.1f} degrees beyond its limit on "
                f"frame {worst}."
            )
    return found


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
        stick = multiply(turn, _stick(name))
        rest[bone, :3, :3] = np.stack([rotate(stick, axis) for axis in np.eye(3)], axis=-1)
        rest[bone, :3, 3] = place
    return Skeleton(names, parents, rest, lengths)


def channels(motion: RobotMotion) -> Channels:
    """The motion as basis channels of the stick figure's bones."""
    bones = skeleton(labelled=motion.is_labelled)
    rotations = np.tile(np.array(_STRAIGHT), (motion.frames, len(bones.names), 1))
    locations = np.zeros((motion.frames, len(bones.names), 3))
    stick = _stick(PELVIS)
    rotations[:, 0] = multiply(multiply(conjugate(stick), motion.turns), stick)
    standing = np.array((0.0, 0.0, PELVIS_HEIGHT))
    locations[:, 0] = rotate(conjugate(stick), motion.places - standing)
    for bone, joint in enumerate(JOINTS if motion.is_labelled else (), start=1):
        turn = from_axis_angle(np.array(joint.axis), motion.angles[:, bone - 1])
        stick = _stick(joint.name)
        rotations[:, bone] = multiply(multiply(conjugate(stick), turn), stick)
    track = Motion(bones, motion.fps, rotations, locations, np.eye(4))
    return Channels(track, tuple(range(len(bones.names))), (0,))


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


def _stick(name: str) -> FloatArray:
    """The turn from the link's axes to its bone's, whose +Y runs along the stick."""
    end = _end(name)
    return between(_UP, end / np.linalg.norm(end))


def _rows(document: Mapping[str, Any], name: str, count: int, width: int | None) -> FloatArray:
    rows = document.get(name)
    if not isinstance(rows, list) or len(rows) != count:
        raise _wrong(f"{name} does not hold {count} frames")
    wanted = width or (len(rows[0]) if isinstance(rows[0], list) else 0)
    for row in rows:
        if not isinstance(row, list) or len(row) != wanted or not wanted:
            raise _wrong(f"{name} has frames of the wrong length")
        if not all(_is_number(value) for value in row):
            raise _wrong(f"{name} holds something that is no number")
    return np.array(rows, dtype=np.float64)


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number larger than every float
        return False


def _wrong(what: str) -> RobotMotionError:
    return RobotMotionError(
        f"The robot motion can't be shown: {what}.", remedy="Fetch the result again."
    )
