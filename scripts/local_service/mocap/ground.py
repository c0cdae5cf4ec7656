# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor under a solved motion: which foot stands when, and where the body must be for it.

The picture tells little about depth and height, but a foot that stands neither slides nor sinks.
The pelvis is moved so that standing feet rest, as far as the seen path allows, and the lowest sole
of a standing body is on the floor (Z = 0). World: Z up, metres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aimocap_blender.motion import rotations
from aimocap_blender.motion.contacts import running_mean, spans, speeds
from aimocap_blender.motion.skeleton import Motion, Pose, Skeleton, forward

from .banded import path_solved
from .skeleton import ANKLE_HEIGHT, HEEL_BACK
from .smooth import low_pass
from .track import FloatArray

STANDING_SPEED = 0.45
"""Metres per second under which a sole stands. Higher than for marker capture: noise moves it."""
STANDING_ABOVE = 0.08
"""Metres that a standing sole may be above the lowest place of both within FLOOR_SECONDS."""
FLOOR_SECONDS = 0.8
SHORTEST_SECONDS = 0.12
PATH_SECONDS = 1.0
"""How long a standing foot may hold the body against the seen path before that wins."""
STIFFNESS = 4.0
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


def standing(soles: Soles, fps: float) -> NDArray[np.bool_]:
    """(frames, 2) True while a foot stands: slow, near the lowest place around, for long enough."""
    lowest = soles.lowest
    reach = max(1, round(FLOOR_SECONDS * fps))
    around = np.pad(lowest.min(1), reach, mode="edge")
    floor = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).min(1)
    stands = lowest < floor[:, None] + STANDING_ABOVE
    for foot in range(2):
        stands[:, foot] &= running_mean(speeds(soles.steady[:, foot], fps)) < STANDING_SPEED
        for start, end in spans(stands[:, foot]):
            if end - start < SHORTEST_SECONDS * fps:
                stands[start:end, foot] = False
    return stands


def grounded(motion: Motion) -> Motion:
    """The motion with its pelvis moved so that feet stand still and on the floor."""
    soles = soles_of(motion)
    stands = standing(soles, motion.fps)
    shift = np.zeros((motion.frames, 3))
    shift[:, :2] = _held(soles.steady[..., :2], stands, motion.fps)
    shift[:, 2] = _lifted(soles.lowest, stands, motion.fps)
    pelvis = motion.skeleton.index("pelvis")
    locations = motion.locations.copy()
    locations[:, pelvis] += shift @ motion.skeleton.rest[pelvis, :3, :3]
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


def _lifted(lowest: FloatArray, stands: NDArray[np.bool_], fps: float) -> FloatArray:
    """Shift (frames,) upwards that puts standing soles on the floor and lets none sink below it."""
    some = stands.any(1)
    if not some.any():
        return np.full(len(lowest), -float(lowest.min()))
    depth = -np.where(stands, lowest, np.inf).min(1)
    frames = np.arange(len(lowest))
    lift = low_pass(np.interp(frames, frames[some], depth[some]), fps, HEIGHT_HERTZ)
    return lift + np.maximum(0.0, -(lowest.min(1) + lift))
