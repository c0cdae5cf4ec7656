# SPDX-License-Identifier: GPL-3.0-or-later
"""Which foot stands when, told from the seen joints, and the sole of a foot that stands laid flat.

Joints are (frames, 33, 3) in the world: X across the picture, Y away from the camera, Z up, metres.
Feet are left, right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aimocap_blender.motion.contacts import running_mean, spans, speeds
from aimocap_blender.motion.rotations import from_axis_angle, normalized, rotate

from .landmarks import Landmark
from .track import FloatArray

FEET = (
    (Landmark.LEFT_ANKLE, Landmark.LEFT_HEEL, Landmark.LEFT_TOE),
    (Landmark.RIGHT_ANKLE, Landmark.RIGHT_HEEL, Landmark.RIGHT_TOE),
)
STANDING_SPEED = 0.40
"""Metres per second under which a foot stands. Higher than for marker capture: noise moves it."""
DEPTH_SHARE = 0.3
"""How much movement towards the camera counts: mostly it is noise."""
STANDING_ABOVE = 0.09
"""Metres that a standing foot may be above the lowest place of both within FLOOR_SECONDS."""
FLOOR_SECONDS = 0.8
SHORTEST_SECONDS = 0.12
FLAT, TIPTOE = np.radians(20.0), np.radians(40.0)
"""Pitch of the sole up to which a standing foot is flat, and from which it is on its toes."""
EASE_SECONDS = 0.12


def lowest_points(joints: FloatArray) -> FloatArray:
    """(frames, 2) height of each foot's lowest landmark."""
    return np.stack([joints[:, marks, 2].min(1) for marks in FEET], axis=1)


def standing(joints: FloatArray, fps: float) -> NDArray[np.bool_]:
    """(frames, 2) True while a foot stands: slow, near the lowest place around, for long enough."""
    lowest = lowest_points(joints)
    floor = _lowest_around(lowest.min(1), fps)
    stands = lowest < floor[:, None] + STANDING_ABOVE
    for foot, marks in enumerate(FEET):
        path = joints[:, marks].mean(1) * (1.0, DEPTH_SHARE, 1.0)
        stands[:, foot] &= running_mean(speeds(path, fps)) < STANDING_SPEED
        for start, end in spans(stands[:, foot]):
            if end - start < SHORTEST_SECONDS * fps:
                stands[start:end, foot] = False
    return stands


def touching(joints: FloatArray, fps: float) -> NDArray[np.bool_]:
    """(frames,) True where some foot is on the floor though none may stand: running, landing.

    Between two flights the lower foot is lowest when it carries the body.
    """
    lowest = lowest_points(joints).min(1)
    return lowest <= _lowest_around(lowest, fps, seconds=0.25) + 1e-9


def flattened(joints: FloatArray, stands: NDArray[np.bool_], fps: float) -> FloatArray:
    """Joints with the soles of standing feet level, unless the foot is on its toes."""
    joints = joints.copy()
    for foot, (ankle, heel, toe) in enumerate(FEET):
        sole = joints[:, toe] - joints[:, heel]
        flat = np.hypot(sole[:, 0], sole[:, 1])
        pitch = np.arctan2(sole[:, 2], np.maximum(flat, 1e-6))
        weight = eased(stands[:, foot].astype(np.float64), fps)
        weight = weight * np.clip((TIPTOE - np.abs(pitch)) / (TIPTOE - FLAT), 0.0, 1.0)
        across = normalized(np.stack((sole[:, 1], -sole[:, 0], np.zeros(len(sole))), axis=-1))
        turn = from_axis_angle(across, -pitch * weight)
        for mark in (heel, toe):
            joints[:, mark] = joints[:, ankle] + rotate(turn, joints[:, mark] - joints[:, ankle])
    return joints


def eased(weights: FloatArray, fps: float) -> FloatArray:
    """Weights (frames,) of 0 and 1 with edges that take a moment."""
    return running_mean(weights, 2 * max(1, round(EASE_SECONDS * fps / 2)) + 1)


def _lowest_around(heights: FloatArray, fps: float, seconds: float = FLOOR_SECONDS) -> FloatArray:
    reach = max(1, round(seconds * fps))
    padded = np.pad(heights, reach, mode="edge")
    lowest: FloatArray = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(1)
    return lowest
