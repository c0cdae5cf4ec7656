# SPDX-License-Identifier: GPL-3.0-or-later
"""A figure: where the joints of a standing body are, in metres, Z up, facing -Y, left at +X.

The proportions are those of published anthropometry in round numbers; a second set is that of a
game character with a big head and short legs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aimocap_blender.motion.mapping.roles import (
    FINGER_NAMES,
    Role,
    Side,
    arm,
    finger,
    leg,
    metacarpal,
)

Point = NDArray[np.float64]


@dataclass(frozen=True)
class Proportions:
    """Lengths in metres."""

    hip_height: float
    hip_width: float
    thigh: float
    ankle_height: float
    foot: float
    trunk: float
    shoulder_width: float
    upper_arm: float
    forearm: float
    hand: float
    neck: float
    head: float


ADULT = Proportions(0.92, 0.18, 0.42, 0.09, 0.14, 0.47, 0.34, 0.29, 0.26, 0.09, 0.09, 0.20)
SMALL = Proportions(0.42, 0.20, 0.17, 0.07, 0.10, 0.32, 0.36, 0.19, 0.16, 0.06, 0.05, 0.45)


def _side(point: Point, side: Side) -> Point:
    return point * np.array((1.0 if side is Side.LEFT else -1.0, 1.0, 1.0))


def leg_joints(p: Proportions) -> list[Point]:
    """Thigh, shin, foot, toe, end of the toe, left side."""
    x = p.hip_width / 2.0
    knee = p.hip_height - p.thigh
    return [
        np.array((x, 0.0, p.hip_height)),
        np.array((x * 1.05, -0.02 * p.thigh, knee)),
        np.array((x * 1.1, 0.05 * p.thigh, p.ankle_height)),
        np.array((x * 1.2, 0.05 * p.thigh - p.foot, 0.02)),
        np.array((x * 1.2, 0.05 * p.thigh - 1.5 * p.foot, 0.02)),
    ]


def arm_joints(p: Proportions, degrees_down: float) -> list[Point]:
    """Clavicle, upper arm, forearm, hand, knuckles, left side; the elbow bends a little."""
    top = p.hip_height + 0.03 + p.trunk
    down = np.radians(degrees_down)
    along = np.array((np.cos(down), 0.0, -np.sin(down)))
    ahead = np.array((0.0, -1.0, 0.0))
    bent = np.cos(0.12) * along + np.sin(0.12) * ahead
    shoulder = np.array((p.shoulder_width / 2.0, 0.01, top - 0.02))
    elbow = shoulder + p.upper_arm * along
    wrist = elbow + p.forearm * bent
    return [np.array((0.02, 0.0, top - 0.03)), shoulder, elbow, wrist, wrist + p.hand * bent]


def finger_joints(p: Proportions, degrees_down: float) -> dict[str, list[Point]]:
    """Finger -> palm bone, three joints and the tip, left side. The thumb's palm is the wrist."""
    joints = arm_joints(p, degrees_down)
    wrist, along = joints[3], (joints[4] - joints[3]) / p.hand
    ahead = np.array((0.0, -1.0, 0.0))
    ahead -= (ahead @ along) * along
    found = {}
    for place, name in enumerate(FINGER_NAMES[1:]):
        spread = (0.35 - 0.22 * place) * p.hand * ahead
        knuckle = wrist + p.hand * along + spread
        phalanges = [0.0, 0.42, 0.7, 0.92]
        found[name] = [wrist + 0.25 * p.hand * along + 0.6 * spread] + [
            knuckle + share * p.hand * along for share in phalanges
        ]
    lean = 0.75 * along + 0.66 * ahead
    root = wrist + 0.2 * p.hand * along + 0.2 * p.hand * ahead
    found["thumb"] = [wrist] + [root + share * p.hand * lean for share in (0.0, 0.45, 0.8, 1.05)]
    return found


def figure(p: Proportions, degrees_down: float, spine: int, neck: int) -> dict[object, list[Point]]:
    """Role -> joints: chains for spine and neck, [head] or [head, end] for the others."""
    hips = np.array((0.0, 0.0, p.hip_height + 0.03))
    top = hips + np.array((0.0, 0.0, p.trunk))
    skull = top + np.array((0.0, -0.01, p.neck))
    joints: dict[object, list[Point]] = {
        Role.HIPS: [hips],
        Role.SPINE: [hips + (top - hips) * (i + 0.6) / (spine + 0.6) for i in range(spine)],
        Role.NECK: [top + (skull - top) * i / max(neck, 1) for i in range(neck)],
        Role.HEAD: [skull, skull + np.array((0.0, 0.0, p.head))],
    }
    for side in Side:
        for roles, points in (
            (arm(side), arm_joints(p, degrees_down)), (leg(side), leg_joints(p)),
        ):  # fmt: skip
            for i, role in enumerate(roles):
                joints[role] = [_side(points[i], side), _side(points[i + 1], side)]
        for name, points in finger_joints(p, degrees_down).items():
            palm = metacarpal(side, name)
            if palm is not None:
                joints[palm] = [_side(points[0], side), _side(points[1], side)]
            for i, role in enumerate(finger(side, name)):
                joints[role] = [_side(points[i + 1], side), _side(points[i + 2], side)]
    return joints
