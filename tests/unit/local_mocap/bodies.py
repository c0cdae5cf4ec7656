# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies whose joints are known: landmarks of a motion on the A-pose skeleton, and a camera.

World: Z up, metres. Landmarks are (frames, 33, 3) in the model's order.
"""

from __future__ import annotations

import numpy as np

from aimocap_blender.motion import rotations
from aimocap_blender.motion.skeleton import Motion, Skeleton, forward
from scripts.local_service.mocap.landmarks import COUNT, Landmark
from scripts.local_service.mocap.level import CAMERA_TO_WORLD
from scripts.local_service.mocap.skeleton import USUAL, a_pose
from scripts.local_service.mocap.track import FloatArray, Track

FPS = 30.0
SIZE = (1280, 720)
FOCAL_SHARE = 1.15


def at_rest(frames: int, skeleton: Skeleton | None = None) -> Motion:
    skeleton = skeleton or a_pose(USUAL)
    turns = np.zeros((frames, len(skeleton.names), 4))
    turns[..., 0] = 1.0
    return Motion(skeleton, FPS, turns, np.zeros((*turns.shape[:2], 3)), np.eye(4))


def turned(motion: Motion, bone: str, axis: tuple[float, float, float], degrees: object) -> Motion:
    """The motion with one bone turned about an axis of its own, by degrees per frame."""
    angle = np.radians(np.broadcast_to(np.asarray(degrees, dtype=float), (motion.frames,)))
    turn = rotations.from_axis_angle(np.array(axis, dtype=float), angle)
    turns = motion.rotations.copy()
    index = motion.skeleton.index(bone)
    turns[:, index] = rotations.multiply(turns[:, index], turn)
    return Motion(motion.skeleton, motion.fps, turns, motion.locations, motion.world)


def moved(motion: Motion, path: FloatArray) -> Motion:
    """The motion with the pelvis moved by `path` (frames, 3), world."""
    pelvis = motion.skeleton.index("pelvis")
    places = motion.locations.copy()
    places[:, pelvis] += path @ motion.skeleton.rest[pelvis, :3, :3]
    return Motion(motion.skeleton, motion.fps, motion.rotations, places, motion.world)


def landmarks_of(motion: Motion) -> FloatArray:
    skeleton, pose = motion.skeleton, forward(motion)
    found = np.zeros((motion.frames, COUNT, 3))

    def point(bone: str, own: tuple[float, float, float]) -> FloatArray:
        index = skeleton.index(bone)
        offset = rotations.rotate(pose.orientations[:, index], np.array(own))
        return pose.positions[:, index] + offset

    for side, name in (("l", "LEFT"), ("r", "RIGHT")):
        for bone, mark in (("upperarm", "SHOULDER"), ("lowerarm", "ELBOW"), ("hand", "WRIST"),
                           ("thigh", "HIP"), ("calf", "KNEE"), ("foot", "ANKLE")):  # fmt: skip
            found[:, Landmark[f"{name}_{mark}"]] = point(f"{bone}_{side}", (0, 0, 0))
        hand = float(skeleton.lengths[skeleton.index(f"hand_{side}")])
        for mark, thumbwards in (("INDEX", 0.03), ("PINKY", -0.03), ("THUMB", 0.04)):
            found[:, Landmark[f"{name}_{mark}"]] = point(f"hand_{side}", (0, hand, thumbwards))
        for mark, forwards in (("HEEL", -0.05), ("TOE", 0.2)):
            found[:, Landmark[f"{name}_{mark}"]] = _under(motion, pose, side, forwards)
        outwards = 1.0 if side == "l" else -1.0
        for mark, place in (("EAR", (0.07, 0.06, 0.0)), ("EYE", (0.03, 0.07, 0.09)),
                            ("MOUTH", (0.02, 0.0, 0.09))):  # fmt: skip
            own = (outwards * place[0], place[1], place[2])
            found[:, Landmark[f"{name}_{mark}"]] = point("head", own)
    found[:, Landmark.NOSE] = point("head", (0.0, 0.03, 0.11))
    for eye, inner, outer in ((Landmark.LEFT_EYE, 1, 3), (Landmark.RIGHT_EYE, 4, 6)):
        found[:, inner] = found[:, outer] = found[:, eye]
    return found


def _under(motion: Motion, pose: object, side: str, forwards: float) -> FloatArray:
    """A point on the floor under the foot at rest, `forwards` of the ankle, over time."""
    skeleton, foot = motion.skeleton, motion.skeleton.index(f"foot_{side}")
    point = skeleton.heads[foot] * (1, 1, 0) - np.array((0.0, forwards, 0.0))
    own = (point - skeleton.heads[foot]) @ skeleton.rest[foot, :3, :3]
    return pose.positions[:, foot] + rotations.rotate(pose.orientations[:, foot], own)


def seen(world: FloatArray, distance: float = 4.0, tilt_degrees: float = 0.0) -> Track:
    """The track of a perfect model: a camera at hip height, tilted down by `tilt_degrees`."""
    camera = (world - np.array((0.0, 0.0, 0.9))) @ CAMERA_TO_WORLD + np.array((0, 0, distance))
    tilt = rotations.from_axis_angle(np.array((1.0, 0.0, 0.0)), np.array(np.radians(tilt_degrees)))
    camera = rotations.rotate(tilt, camera)
    pixels = camera[..., :2] / camera[..., 2:] * FOCAL_SHARE * max(SIZE) + np.array(SIZE) / 2
    hips = camera[:, (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)].mean(1, keepdims=True)
    count = len(world)
    return Track(
        seconds=np.arange(count) / FPS,
        pixels=pixels,
        visibility=np.ones((count, COUNT)),
        metric=camera - hips,
        present=np.ones(count, dtype=bool),
        cuts=(),
        size=SIZE,
    )


def waving(frames: int = 60) -> Motion:
    """Both arms wave, the right knee lifts, the head turns: nothing symmetric, nothing still."""
    wave = np.sin(np.arange(frames) / frames * 4 * np.pi)
    motion = at_rest(frames)
    motion = turned(motion, "upperarm_l", (0, 0, 1), 40 * wave)
    motion = turned(motion, "lowerarm_l", (1, 0, 0), 50 + 30 * wave)
    motion = turned(motion, "lowerarm_r", (1, 0, 0), 40 - 20 * wave)
    motion = turned(motion, "thigh_r", (1, 0, 0), 35 + 25 * wave)
    motion = turned(motion, "calf_r", (1, 0, 0), -50 - 30 * wave)
    return turned(motion, "head", (0, 1, 0), 25 * wave)
