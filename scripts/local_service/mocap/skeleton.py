# SPDX-License-Identifier: GPL-3.0-or-later
"""The MetaHuman-style skeleton in its A-pose, sized to the person who was seen.

Rest, armature space: Z up, metres, the person faces -Y and has its left at +X. A bone's Y axis runs
along it; its Z axis is the way the joint bends or looks (forward: -Y) as far as the bone's own
direction allows, so that limbs and trunk share one rule for twist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aimocap_blender.motion.rotations import normalized
from aimocap_blender.motion.skeleton import Skeleton

from .fit import BONES
from .landmarks import Landmark
from .track import FloatArray

FORWARD = np.array((0.0, -1.0, 0.0))
UP = np.array((0.0, 0.0, 1.0))
SPINE = ("spine_01", "spine_02", "spine_03", "spine_04", "spine_05")
NECK = ("neck_01", "neck_02", "head")
ARM_DROP = np.radians(45.0)
"""How far the arms of the A-pose hang below the horizontal."""
LEAST_HEIGHT, GREATEST_HEIGHT = 1.5, 1.95
MEAN_HEIGHT = 1.70
# Shares of a body 1 m tall (Drillis and Contini 1966, as in Winter's figure 4.1), the thigh and
# the shoulders from the landmarks' joints, which lie lower and further in than the anatomical ones.
# Foot and hand always have their share: the landmarks stop short of tip and knuckles.
ANKLE_HEIGHT, HEEL_BACK = 0.043, 0.035
NECK_SHARE, HEAD_SHARE = 0.065, 0.13
LARGEST_RATIO = 1.25
SHARES = {
    "hips": 0.108,
    "thigh": 0.238,
    "calf": 0.234,
    "foot": 0.118,
    "trunk": 0.290,
    "shoulders": 0.206,
    "upperarm": 0.170,
    "lowerarm": 0.150,
    "hand": 0.060,
}


@dataclass(frozen=True)
class Proportions:
    """Lengths in metres, left and right alike.

    hips and shoulders are the distances between the two joints, trunk runs from the middle of the
    hips to the middle of the shoulders, foot from ankle to tip of the toes, hand to the knuckles.
    """

    hips: float
    thigh: float
    calf: float
    foot: float
    trunk: float
    shoulders: float
    upperarm: float
    lowerarm: float
    hand: float

    @property
    def height(self) -> float:
        """From the floor to the top of the head, standing."""
        seen = SHARES["thigh"] + SHARES["calf"] + SHARES["trunk"]
        return (self.thigh + self.calf + self.trunk) / seen

    @property
    def leg(self) -> float:
        """Thigh plus calf."""
        return self.thigh + self.calf


def proportions(lengths: FloatArray, joints: FloatArray) -> Proportions:
    """Of a fitted body: its bone lengths (`fit.BONES`), and the trunk from joints (n, 33, 3).

    Single lengths far from a human's are drawn to the usual share of the height, and the whole is
    scaled into 1.50 m to 1.95 m: the model knows shapes better than sizes.
    """
    mark = Landmark
    rows = {tuple(pair): row for row, pair in enumerate(BONES.tolist())}
    pairs = {
        "hips": (mark.LEFT_HIP, mark.RIGHT_HIP),
        "thigh": (mark.LEFT_HIP, mark.LEFT_KNEE),
        "calf": (mark.LEFT_KNEE, mark.LEFT_ANKLE),
        "shoulders": (mark.LEFT_SHOULDER, mark.RIGHT_SHOULDER),
        "upperarm": (mark.LEFT_SHOULDER, mark.LEFT_ELBOW),
        "lowerarm": (mark.LEFT_ELBOW, mark.LEFT_WRIST),
    }
    seen = {name: float(lengths[rows[pair]]) for name, pair in pairs.items()}
    shoulders = joints[:, (mark.LEFT_SHOULDER, mark.RIGHT_SHOULDER)].mean(1)
    hips = joints[:, (mark.LEFT_HIP, mark.RIGHT_HIP)].mean(1)
    seen["trunk"] = float(np.median(np.linalg.norm(shoulders - hips, axis=-1)))
    height = float(np.median([seen[name] / SHARES[name] for name in ("thigh", "calf", "trunk")]))
    shares = dict(SHARES)
    for name, length in seen.items():
        usual = SHARES[name]
        shares[name] = float(np.clip(length / height, usual / LARGEST_RATIO, usual * LARGEST_RATIO))
    unit = Proportions(**shares)
    wanted = float(np.clip(unit.height * height, LEAST_HEIGHT, GREATEST_HEIGHT))
    return Proportions(**{name: share * wanted / unit.height for name, share in shares.items()})


USUAL = Proportions(**{name: share * MEAN_HEIGHT for name, share in SHARES.items()})
"""A body of 1.70 m with the usual shares."""


def a_pose(body: Proportions) -> Skeleton:
    """The skeleton of a body at rest: standing in its A-pose with the soles on the floor."""
    rows = _trunk(body)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        rows += _arm(body, side, sign) + _leg(body, side, sign)
    names = tuple(row.name for row in rows)
    rest = np.tile(np.eye(4), (len(rows), 1, 1))
    for matrix, row in zip(rest, rows, strict=True):
        matrix[:3, :3] = frame(row.tail - row.head, row.bend)
        matrix[:3, 3] = row.head
    return Skeleton(
        names=names,
        parents=np.array([names.index(row.parent) if row.parent else -1 for row in rows]),
        rest=rest,
        lengths=np.array([np.linalg.norm(row.tail - row.head) for row in rows]),
    )


def frame(along: FloatArray, bend: FloatArray) -> FloatArray:
    """Axes (..., 3, 3) as columns: Y along the bone, Z towards `bend`, X to complete them."""
    y = normalized(np.asarray(along, dtype=np.float64))
    bend = np.broadcast_to(bend, y.shape)
    z = bend - np.sum(bend * y, axis=-1, keepdims=True) * y
    spare = np.cross(y, np.where(np.abs(y[..., :1]) < 0.9, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    z = normalized(z, fallback=normalized(spare))
    return np.stack((np.cross(y, z), y, z), axis=-1)


@dataclass(frozen=True, eq=False)
class _Bone:
    name: str
    parent: str
    head: FloatArray
    tail: FloatArray
    bend: FloatArray


def _hip_height(body: Proportions) -> float:
    return body.thigh + body.calf + ANKLE_HEIGHT * body.height


def _trunk(body: Proportions) -> list[_Bone]:
    """root, pelvis, spine, neck and head, on the middle line."""
    hips = _hip_height(body)
    neck = hips + body.trunk
    marks = [hips]
    marks += [hips + body.trunk * (index + 1) / (len(SPINE) + 1) for index in range(len(SPINE))]
    marks += [neck, neck + NECK_SHARE * body.height / 2, neck + NECK_SHARE * body.height]
    marks += [neck + (NECK_SHARE + HEAD_SHARE) * body.height]
    names = ("pelvis", *SPINE, *NECK)
    bones = [_Bone("root", "", np.zeros(3), FORWARD * 0.2, UP)]
    for name, parent, low, high in zip(
        names, ("root", *names), marks[:-1], marks[1:], strict=False
    ):
        bones.append(_Bone(name, parent, UP * low, UP * high, FORWARD))
    return bones


def _arm(body: Proportions, side: str, sign: float) -> list[_Bone]:
    out = np.array((sign * np.cos(ARM_DROP), 0.0, -np.sin(ARM_DROP)))
    shoulder = np.array((sign * body.shoulders / 2, 0.0, _hip_height(body) + body.trunk))
    collar = np.array((sign * 0.012 * body.height, 0.0, shoulder[2]))
    marks = [collar, shoulder]
    for length in (body.upperarm, body.lowerarm, body.hand):
        marks.append(marks[-1] + out * length)
    names = [f"{part}_{side}" for part in ("clavicle", "upperarm", "lowerarm", "hand")]
    parents = [SPINE[-1], *names]
    return [
        _Bone(name, parent, head, tail, FORWARD)
        for name, parent, head, tail in zip(names, parents, marks[:-1], marks[1:], strict=False)
    ]


def _leg(body: Proportions, side: str, sign: float) -> list[_Bone]:
    hip = np.array((sign * body.hips / 2, 0.0, _hip_height(body)))
    ankle_height = ANKLE_HEIGHT * body.height
    knee, ankle = hip - UP * body.thigh, hip - UP * (body.thigh + body.calf)
    reach = np.sqrt(max(body.foot**2 - ankle_height**2, (0.05 * body.height) ** 2))
    ball = np.array((ankle[0], -0.68 * reach, 0.25 * ankle_height))
    tip = np.array((ankle[0], -reach, 0.25 * ankle_height))
    names = [f"{part}_{side}" for part in ("thigh", "calf", "foot", "ball")]
    parents = ["pelvis", *names]
    marks = [hip, knee, ankle, ball, tip]
    bends = (FORWARD, FORWARD, UP, UP)
    return [
        _Bone(name, parent, head, tail, bend)
        for name, parent, head, tail, bend in zip(
            names, parents, marks[:-1], marks[1:], bends, strict=False
        )
    ]
