# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint positions into bone rotations on the A-pose skeleton.

Joints are (n, 33, 3) in the world: Z up, metres, level. Every bone's orientation is built from what
it is anatomically (trunk from hips and shoulders, limbs from their own direction and the plane of
their hinge, feet from the sole, the head from the face), then made relative to its parent. Bone
frames follow `skeleton.frame`: Y along the bone, Z the way it bends or looks.
"""

from __future__ import annotations

import numpy as np

from aimocap_blender.motion import rotations
from aimocap_blender.motion.rotations import normalized
from aimocap_blender.motion.skeleton import Motion, Skeleton

from .landmarks import Landmark as Mark
from .skeleton import FORWARD, SPINE, UP, frame
from .smooth import low_pass
from .track import FloatArray

PELVIS_SHARE = 0.35
"""How much less than the trunk the pelvis leans; the chest leans that much more."""
LARGEST_PELVIS_OFFSET = np.radians(20.0)
COLLAR_LIMIT = np.radians(30.0)
NECK_LIMIT = np.radians(75.0)
WRIST_SWING, WRIST_TWIST = np.radians(50.0), np.radians(80.0)
FOOT_LIMIT = np.radians(60.0)
STRAIGHT, BENT = 0.12, 0.40
"""Sines of the bend between which a hinge's plane goes from unknown to certain."""
HAND_HERTZ, TURN_HERTZ = 3.0, 6.0
FACE_DROP = np.radians(8.0)
"""How far below a level gaze the line from the ears to between eyes and nose points."""
ARMS = {
    side: tuple(
        Mark[f"{name}_{joint}"] for joint in ("SHOULDER", "ELBOW", "WRIST", "INDEX", "PINKY")
    )
    for side, name in (("l", "LEFT"), ("r", "RIGHT"))
}
LEGS = {
    "l": (Mark.LEFT_HIP, Mark.LEFT_KNEE, Mark.LEFT_ANKLE, Mark.LEFT_HEEL, Mark.LEFT_TOE),
    "r": (Mark.RIGHT_HIP, Mark.RIGHT_KNEE, Mark.RIGHT_ANKLE, Mark.RIGHT_HEEL, Mark.RIGHT_TOE),
}


def solved(joints: FloatArray, skeleton: Skeleton, fps: float) -> Motion:
    """The full-body motion: every bone's rotation, the pelvis at the middle of the hips."""
    turns = _Turns(skeleton, len(joints))
    _solve_trunk(turns, joints)
    _solve_head(turns, joints)
    for side in "lr":
        _solve_arm(turns, joints, side, fps)
        _solve_leg(turns, joints, side)
    motion = turns.motion(fps)
    pelvis = skeleton.index("pelvis")
    place = joints[:, (Mark.LEFT_HIP, Mark.RIGHT_HIP)].mean(1) - skeleton.heads[pelvis]
    motion.locations[:, pelvis] = place @ skeleton.rest[pelvis, :3, :3]
    return motion


def solved_upper_body(joints: FloatArray, skeleton: Skeleton, fps: float) -> Motion:
    """Trunk, arms and head only: root, pelvis and legs keep the rest pose, standing.

    The body is turned so that on the whole it faces the way the legs stand, as far as it was
    turned by more than 30 degrees.
    """
    across = joints[:, Mark.LEFT_SHOULDER] - joints[:, Mark.RIGHT_SHOULDER]
    facing = float(np.arctan2(*np.median(normalized(across)[:, (1, 0)], axis=0)))
    turn = -(facing - np.clip(facing, -np.radians(30.0), np.radians(30.0)))
    joints = rotations.rotate(rotations.from_axis_angle(UP, np.array(turn)), joints)
    turns = _Turns(skeleton, len(joints))
    chest = _chest(joints, joints[:, (Mark.LEFT_HIP, Mark.RIGHT_HIP)].mean(1), 0.0)
    turns.spread(("pelvis", *SPINE), np.broadcast_to(turns.rest("pelvis"), chest.shape), chest)
    _solve_head(turns, joints)
    for side in "lr":
        _solve_arm(turns, joints, side, fps)
    return turns.motion(fps)


class _Turns:
    """Global orientations (n, 3, 3) of the bones solved so far; the others follow their parents."""

    def __init__(self, skeleton: Skeleton, frames: int) -> None:
        self._skeleton = skeleton
        self._frames = frames
        self._global: dict[str, FloatArray] = {}

    def rest(self, name: str) -> FloatArray:
        return self._skeleton.rest[self._skeleton.index(name), :3, :3]

    def of(self, name: str) -> FloatArray:
        """(n, 3, 3) orientation of a bone, its own or the one its parent gives it."""
        return self._global[name] if name in self._global else self.inherited(name)

    def set(self, name: str, orientation: FloatArray) -> None:
        self._global[name] = orientation

    def limited(self, name: str, orientation: FloatArray, largest: float) -> FloatArray:
        """The orientation, at most `largest` radians from where the parent would put the bone."""
        start = rotations.from_matrix(self.of(name))
        wanted = rotations.from_matrix(orientation)
        angle = rotations.angle_between(start, wanted)
        share = np.where(angle > largest, largest / np.maximum(angle, 1e-9), 1.0)
        return rotations.to_matrix(rotations.slerp(start, wanted, share))

    def spread(self, names: tuple[str, ...], first: FloatArray, last: FloatArray) -> None:
        """Orientations from the first bone's to the last's in equal steps.

        All bones of the chain have the same rest orientation.
        """
        start, end = rotations.from_matrix(first), rotations.from_matrix(last)
        for step, name in enumerate(names):
            share = np.full(self._frames, step / (len(names) - 1))
            self.set(name, rotations.to_matrix(rotations.slerp(start, end, share)))

    def inherited(self, name: str) -> FloatArray:
        """(n, 3, 3) where a bone without a rotation of its own would be."""
        parent = int(self._skeleton.parents[self._skeleton.index(name)])
        if parent < 0:
            return np.broadcast_to(self.rest(name), (self._frames, 3, 3))
        above = self._skeleton.names[parent]
        return self.of(above) @ self.rest(above).T @ self.rest(name)

    def motion(self, fps: float) -> Motion:
        """Basis rotations, smoothed a last time, no locations."""
        skeleton = self._skeleton
        basis: FloatArray = np.empty((self._frames, len(skeleton.names), 4))
        for bone, name in enumerate(skeleton.names):
            turned = np.swapaxes(self.inherited(name), -1, -2) @ self.of(name)
            basis[:, bone] = rotations.from_matrix(turned)
        basis = normalized(low_pass(rotations.continuous(basis), fps, TURN_HERTZ))
        return Motion(skeleton, fps, basis, np.zeros((*basis.shape[:2], 3)), np.eye(4))


def _upright(across: FloatArray, upwards: FloatArray, firm: float) -> FloatArray:
    """Frames (n, 3, 3) of trunk bones: Y upwards, Z forwards, X to the left.

    `across` runs from right to left. The two are rarely at right angles: with `firm` 1 the frame
    keeps the line across, with 0 the line upwards, between them a share of each.
    """
    left, up = normalized(across), normalized(upwards)
    square = normalized(up - np.sum(up * left, axis=-1, keepdims=True) * left)
    up = normalized(firm * square + (1.0 - firm) * up)
    return frame(up, np.cross(left, up))


def _chest(joints: FloatArray, base: FloatArray, extra: float | FloatArray) -> FloatArray:
    shoulders = joints[:, (Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER)].mean(1)
    across = joints[:, Mark.LEFT_SHOULDER] - joints[:, Mark.RIGHT_SHOULDER]
    trunk = normalized(shoulders - base)
    lean = rotations.between(np.broadcast_to(UP, trunk.shape), trunk)
    more = rotations.from_axis_angle(_axis(lean), np.asarray(extra) * np.ones(len(trunk)))
    return _upright(across, rotations.rotate(more, trunk), 0.5)


def _axis(turns: FloatArray) -> FloatArray:
    return normalized(
        turns[..., 1:], fallback=np.broadcast_to((1.0, 0.0, 0.0), turns[..., 1:].shape)
    )


def _solve_trunk(turns: _Turns, joints: FloatArray) -> None:
    """Pelvis from the hips, chest from the shoulders, the spine between them in equal steps.

    The line from hips to shoulders is the mean of the spine, so what the pelvis leans less the
    chest leans more.
    """
    hips = joints[:, (Mark.LEFT_HIP, Mark.RIGHT_HIP)].mean(1)
    shoulders = joints[:, (Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER)].mean(1)
    trunk = normalized(shoulders - hips)
    lean = rotations.between(np.broadcast_to(UP, trunk.shape), trunk)
    angle = np.arccos(np.clip(trunk[:, 2], -1.0, 1.0))
    offset = np.minimum(angle * PELVIS_SHARE, LARGEST_PELVIS_OFFSET)
    less = rotations.rotate(rotations.from_axis_angle(_axis(lean), -offset), trunk)
    pelvis = _upright(joints[:, Mark.LEFT_HIP] - joints[:, Mark.RIGHT_HIP], less, 1.0)
    turns.spread(("pelvis", *SPINE), pelvis, _chest(joints, hips, offset))


def _solve_head(turns: _Turns, joints: FloatArray) -> None:
    """The head from the ears and the face; the neck halfway between chest and head."""
    ears = joints[:, (Mark.LEFT_EAR, Mark.RIGHT_EAR)]
    face = joints[:, (Mark.LEFT_EYE, Mark.RIGHT_EYE, Mark.NOSE, Mark.NOSE)].mean(1)
    across = normalized(ears[:, 0] - ears[:, 1])
    ahead = face - ears.mean(1)
    ahead = normalized(ahead - np.sum(ahead * across, -1, keepdims=True) * across)
    level = rotations.rotate(
        rotations.from_axis_angle(across, np.full(len(across), -FACE_DROP)), ahead
    )
    head = frame(np.cross(level, across), level)
    chest = turns.of("head")
    head = turns.limited("head", head, NECK_LIMIT)
    start, end = rotations.from_matrix(chest), rotations.from_matrix(head)
    for name, share in (("neck_01", 0.3), ("neck_02", 0.6), ("head", 1.0)):
        part = rotations.slerp(start, end, np.full(len(start), share))
        turns.set(name, rotations.to_matrix(part))


def _hinge(upper: FloatArray, lower: FloatArray, spare: FloatArray, sign: float) -> FloatArray:
    """Where a hinge bends to, (n, 3): from the bend where there is one, else `spare`.

    upper, lower are unit directions of the two bones; sign +1 where the lower bone swings towards
    the frame's Z (elbow), -1 where it swings away from it (knee).
    """
    across = lower - np.sum(lower * upper, axis=-1, keepdims=True) * upper
    sine = np.linalg.norm(across, axis=-1, keepdims=True)
    certain = np.clip((sine - STRAIGHT) / (BENT - STRAIGHT), 0.0, 1.0)
    certain = certain * certain * (3.0 - 2.0 * certain)
    spare = normalized(spare - np.sum(spare * upper, axis=-1, keepdims=True) * upper)
    bend = normalized(across) * sign
    # A knee or elbow that seems to bend the wrong way is noise in depth: trust it less.
    certain = certain * np.clip(np.sum(bend * spare, -1, keepdims=True) + 1.0, 0.0, 1.0)
    return normalized(certain * bend + (1.0 - certain) * spare, fallback=spare)


def _solve_arm(turns: _Turns, joints: FloatArray, side: str, fps: float) -> None:
    """Collar bone towards the shoulder, upper and lower arm in the elbow's plane, hand limited."""
    shoulder, elbow, wrist, index, pinky = (joints[:, mark] for mark in ARMS[side])
    _solve_collar(turns, joints, side, shoulder)
    upper, lower = normalized(elbow - shoulder), normalized(wrist - elbow)
    inherited = turns.of(f"upperarm_{side}")
    swing = rotations.between(inherited[..., 1], upper)
    spare = rotations.rotate(swing, inherited[..., 2])
    bend = _hinge(upper, lower, spare, 1.0)
    turns.set(f"upperarm_{side}", frame(upper, bend))
    hinge = np.cross(upper, bend)
    turns.set(f"lowerarm_{side}", frame(lower, np.cross(hinge, lower)))
    knuckles = (index + pinky) / 2.0
    along = normalized(low_pass(normalized(knuckles - wrist), fps, HAND_HERTZ))
    thumb = low_pass(normalized(index - pinky), fps, HAND_HERTZ)
    turns.set(f"hand_{side}", _limited_hand(turns.of(f"hand_{side}"), along, thumb))


def _solve_collar(turns: _Turns, joints: FloatArray, side: str, shoulder: FloatArray) -> None:
    """Swing the collar bone so that its end comes near the seen shoulder."""
    name = f"clavicle_{side}"
    inherited = turns.of(name)
    middle = joints[:, (Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER)].mean(1)
    swing = rotations.between(inherited[..., 1], normalized(shoulder - middle))
    turned = rotations.to_matrix(swing) @ inherited
    turns.set(name, turns.limited(name, turned, COLLAR_LIMIT))


def _limited_hand(inherited: FloatArray, along: FloatArray, thumb: FloatArray) -> FloatArray:
    """The hand's frame within what a wrist can do, from the frame the lower arm gives it."""
    swing = rotations.between(inherited[..., 1], along)
    angle = 2.0 * np.arccos(np.clip(swing[..., 0], -1.0, 1.0))
    share = np.minimum(1.0, WRIST_SWING / np.maximum(angle, 1e-9))
    swing = rotations.from_axis_angle(_axis(swing), angle * share)
    swung = rotations.to_matrix(swing) @ inherited
    wanted = frame(swung[..., 1], thumb)
    sine = np.sum(np.cross(swung[..., 2], wanted[..., 2]) * swung[..., 1], axis=-1)
    cosine = np.sum(swung[..., 2] * wanted[..., 2], axis=-1)
    twist = np.clip(np.unwrap(np.arctan2(sine, cosine)), -WRIST_TWIST, WRIST_TWIST)
    return rotations.to_matrix(rotations.from_axis_angle(swung[..., 1], twist)) @ swung


def _solve_leg(turns: _Turns, joints: FloatArray, side: str) -> None:
    """Thigh and calf in the knee's plane, the foot along the sole; toes stay straight."""
    hip, knee, ankle, heel, toe = (joints[:, mark] for mark in LEGS[side])
    upper, lower, sole = normalized(knee - hip), normalized(ankle - knee), normalized(toe - heel)
    inherited = turns.of(f"thigh_{side}")
    swing = rotations.between(inherited[..., 1], upper)
    spare = rotations.rotate(swing, inherited[..., 2]) + 0.6 * sole
    bend = _hinge(upper, lower, spare, -1.0)
    turns.set(f"thigh_{side}", frame(upper, bend))
    hinge = np.cross(upper, bend)
    turns.set(f"calf_{side}", frame(lower, np.cross(hinge, lower)))
    # The sole's frame at rest is level and straight ahead; carry its turn to the foot bone.
    rest_sole = frame(FORWARD, UP)
    seen_sole = frame(sole, np.cross(sole, hinge) * -1.0)
    foot = seen_sole @ rest_sole.T @ turns.rest(f"foot_{side}")
    turns.set(f"foot_{side}", turns.limited(f"foot_{side}", foot, FOOT_LIMIT))
