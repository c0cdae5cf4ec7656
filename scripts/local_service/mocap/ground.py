# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor under a solved motion, and where the body must be for it.

The picture tells little about depth and height, but a foot that stands neither slides nor sinks.
The pelvis is moved so that standing feet rest, as far as the seen path allows, and the lowest sole
of a standing body is on the floor (Z = 0). World: Z up, metres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aimocap_blender.motion import rotations
from aimocap_blender.motion.skeleton import Motion, Pose, Skeleton, forward

from .banded import path_solved
from .skeleton import ANKLE_HEIGHT, HEEL_BACK
from .smooth import low_pass
from .track import FloatArray

PATH_SECONDS = 1.0
"""How long a standing foot may hold the body against the seen path before that wins."""
STIFFNESS = 1.0
HEIGHT_HERTZ = 4.0
HEEL, BALL, TIP = range(3)


@dataclass(frozen=True, eq=False)
class Soles:
    """Points under the feet: (frames, 2 feet, 3 points, 3), heel, ball and tip; left foot first."""

    points: FloatArray

    @property
    def lowest(self) -> FloatArray:
        """(frames, 2) height of each foot's lowest point."""
        return self.points[..., 2].min(-1)

    @property
    def steady(self) -> FloatArray:
        """(frames, 2, 3) the point of each foot that rests longest while it stands: the ball."""
        return self.points[:, :, BALL]


def soles_of(motion: Motion) -> Soles:
    """The soles of a motion on the skeleton that `skeleton.a_pose` makes."""
    skeleton = motion.skeleton
    names = [f"{part}_{side}" for side in "lr" for part in ("foot", "ball")]
    pose = forward(motion, [skeleton.index(name) for name in names])
    feet = []
    for side in "lr":
        foot, ball = skeleton.index(f"foot_{side}"), skeleton.index(f"ball_{side}")
        heel = skeleton.heads[foot].copy()
        heel[1] += HEEL_BACK / ANKLE_HEIGHT * heel[2]
        under = [_carried(pose, skeleton, foot, heel * (1, 1, 0))]
        under.append(_carried(pose, skeleton, foot, skeleton.heads[ball] * (1, 1, 0)))
        under.append(_carried(pose, skeleton, ball, skeleton.tails[ball] * (1, 1, 0)))
        feet.append(np.stack(under, axis=1))
    return Soles(np.stack(feet, axis=1))


def _carried(pose: Pose, skeleton: Skeleton, bone: int, point: FloatArray) -> FloatArray:
    """Where a point, fixed to the bone and given at rest in armature space, is over time."""
    own = (point - skeleton.heads[bone]) @ skeleton.rest[bone, :3, :3]
    return pose.positions[:, bone] + rotations.rotate(pose.orientations[:, bone], own)


def grounded(motion: Motion, stands: NDArray[np.bool_], touches: NDArray[np.bool_]) -> Motion:
    """The motion with its pelvis moved so that feet stand still and on the floor.

    It begins over the origin.

    stands   (frames, 2) which foot stands, left and right
    touches  (frames,) when some foot is on the floor, standing or not
    """
    soles = soles_of(motion)
    shift = np.zeros((motion.frames, 3))
    shift[:, :2] = _held(soles.steady[..., :2], stands, motion.fps)
    shift[:, 2] = _lifted(soles.lowest, stands, touches, motion.fps)
    pelvis = motion.skeleton.index("pelvis")
    locations = motion.locations.copy()
    place = locations[:, pelvis] @ motion.skeleton.rest[pelvis, :3, :3].T + shift
    place[:, :2] -= place[0, :2]
    locations[:, pelvis] = place @ motion.skeleton.rest[pelvis, :3, :3]
    return replace(motion, locations=locations)


def _held(feet: FloatArray, stands: NDArray[np.bool_], fps: float) -> FloatArray:
    """Shift (frames, 2) in the plane that undoes the sliding of standing feet (frames, 2, 2)."""
    count = len(feet)
    if count < 2:
        return np.zeros((count, 2))
    both = (stands[1:] & stands[:-1]).astype(np.float64)
    slides = np.diff(feet, axis=0)
    tie = both.sum(1)
    wanted = -np.sum(slides * both[..., None], axis=1)
    right = np.zeros((count, 2))
    right[1:] += wanted
    right[:-1] -= wanted
    anchor = np.full(count, (1.0 / (PATH_SECONDS * fps)) ** 2)
    return path_solved(anchor, tie, STIFFNESS, right)


def _lifted(
    lowest: FloatArray, stands: NDArray[np.bool_], touches: NDArray[np.bool_], fps: float
) -> FloatArray:
    """Shift (frames,) upwards that puts standing soles on the floor and lets none sink below it."""
    some = stands.any(1)
    depth = np.where(some, np.where(stands, lowest, np.inf).min(1), lowest.min(1))
    known = some | touches
    frames = np.arange(len(lowest))
    lift = low_pass(np.interp(frames, frames[known], -depth[known]), fps, HEIGHT_HERTZ)
    return lift + np.maximum(0.0, -(lowest.min(1) + lift))
