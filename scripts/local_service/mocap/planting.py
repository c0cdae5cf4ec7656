# SPDX-License-Identifier: GPL-3.0-or-later
"""Standing feet held in place: what moving the body could not give them, the legs bend for.

Each time a foot stands, the ball of the foot keeps one place on the floor; thigh and calf follow by
two-bone IK, the foot keeps its orientation. World: Z up, metres.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aimocap_blender.motion.contacts import Grip, grips
from aimocap_blender.motion.legs import Leg, two_bone
from aimocap_blender.motion.rotations import conjugate, continuous, from_matrix, multiply, rotate
from aimocap_blender.motion.skeleton import Motion, Pose, forward, local_rest

from .ground import soles_of
from .track import FloatArray

LARGEST_SHIFT = 0.10
"""Metres that a foot may be held away from where it was seen: beyond, it slides."""
FRONT = np.array((0.0, 0.0, 1.0))
"""The way a knee looks, in the thigh's own axes (`skeleton.frame`)."""


def planted(motion: Motion, stands: NDArray[np.bool_]) -> Motion:
    """The motion with both feet held while they stand; stands (frames, 2), left and right."""
    pose = forward(motion)
    soles = soles_of(motion)
    rotations = motion.rotations.copy()
    for foot, side in enumerate("lr"):
        shift, weight = _shift(
            soles.steady[:, foot], soles.lowest[:, foot], grips(stands[:, foot], motion.fps)
        )
        _bend(motion, pose, rotations, side, shift, weight)
    return replace(motion, rotations=rotations)


def _shift(
    ball: FloatArray, lowest: FloatArray, holds: list[Grip]
) -> tuple[FloatArray, FloatArray]:
    """How far (frames, 3) the foot must go, and how firmly (frames,) it is held."""
    shift, weight = np.zeros_like(ball), np.zeros(len(ball))
    for hold in holds:
        place = np.median(ball[hold.stands, :2], axis=0)
        wanted = np.zeros((len(hold.weights), 3))
        wanted[:, :2] = place - ball[hold.reach, :2]
        wanted[:, 2] = -lowest[hold.reach]
        far = np.linalg.norm(wanted, axis=-1, keepdims=True)
        wanted *= np.minimum(1.0, LARGEST_SHIFT / np.maximum(far, 1e-9))
        shift[hold.reach] += hold.weights[:, None] * wanted
        weight[hold.reach] = np.maximum(weight[hold.reach], hold.weights)
    return shift, weight


def _bend(
    motion: Motion,
    pose: Pose,
    rotations: FloatArray,
    side: str,
    shift: FloatArray,
    weight: FloatArray,
) -> None:
    """Turn one leg's thigh and calf, and the foot back, in the basis `rotations`."""
    skeleton = motion.skeleton
    thigh, calf, foot = (skeleton.index(f"{part}_{side}") for part in ("thigh", "calf", "foot"))
    front = rotate(pose.orientations[:, thigh], FRONT)
    hip, knee, ankle = (pose.positions[:, bone] for bone in (thigh, calf, foot))
    upper, lower = two_bone(Leg(hip, knee, ankle, front), ankle + shift, weight)
    world = {
        int(skeleton.parents[thigh]): pose.orientations[:, skeleton.parents[thigh]],
        thigh: multiply(upper, pose.orientations[:, thigh]),
        calf: multiply(lower, pose.orientations[:, calf]),
        foot: pose.orientations[:, foot],
    }
    rest = from_matrix(local_rest(skeleton)[:, :3, :3])
    for bone in (thigh, calf, foot):
        inherited = multiply(world[int(skeleton.parents[bone])], rest[bone])
        rotations[:, bone] = continuous(multiply(conjugate(inherited), world[bone]))
