# SPDX-License-Identifier: GPL-3.0-or-later
"""A robot's motion as the service's `robot_motion_json` tells it: checked, and put on the stick
figure of `g1`.

World: metres, Z up, the robot faces +X. A result with another number of joints than the robot's has
no names here: only its pelvis is shown.
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
from .g1 import JOINTS, PELVIS, PELVIS_HEIGHT, skeleton, stick
from .rotations import FloatArray, conjugate, continuous, from_axis_angle, multiply, rotate
from .skeleton import Motion

MOST_FRAMES = 1_000_000
_UNIT_SLACK = 1e-3
_NO_ROTATION = 0.1
_LIMIT_SLACK_RADIANS = 1e-3


class RobotMotionError(AimocapError):
    """A file is no robot motion; the sentence says what is wrong with it."""


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


def channels(motion: RobotMotion) -> Channels:
    """The motion as basis channels of the stick figure's bones."""
    bones = skeleton(labelled=motion.is_labelled)
    rotations = np.tile((1.0, 0.0, 0.0, 0.0), (motion.frames, len(bones.names), 1))
    locations = np.zeros((motion.frames, len(bones.names), 3))
    along = stick(PELVIS)
    rotations[:, 0] = multiply(multiply(conjugate(along), motion.turns), along)
    standing = np.array((0.0, 0.0, PELVIS_HEIGHT))
    locations[:, 0] = rotate(conjugate(along), motion.places - standing)
    for bone, joint in enumerate(JOINTS if motion.is_labelled else (), start=1):
        turn = from_axis_angle(np.array(joint.axis), motion.angles[:, bone - 1])
        along = stick(joint.name)
        rotations[:, bone] = multiply(multiply(conjugate(along), turn), along)
    track = Motion(bones, motion.fps, rotations, locations, np.eye(4))
    return Channels(track, tuple(range(len(bones.names))), (0,))


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
