# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured of a retarget, from two rigs' motions as Blender evaluates them.

Rig independent: a limb goes from its joint's head to the next joint's head, in the world. Contact:
the source's toe under 5 cm over where it stands and under 15 cm/s (mean of five frames), lengths
scaled so that thigh and shin are 0.9 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import bpy
import numpy as np

from aimocap_blender.motion.canonical import Body, Part, Shared
from aimocap_blender.motion.carry import Rested
from aimocap_blender.motion.contacts import CONTACT_HEIGHT, CONTACT_SPEED, LEG, running_mean
from aimocap_blender.motion.mapping.roles import CHAINS, Role, Side, arm, leg
from aimocap_blender.motion.rotations import FloatArray, to_matrix

from .puppets import evaluated_pose

ARMS = frozenset((role, 0) for side in Side for role in arm(side)[1:3])
LEGS = frozenset((role, 0) for side in Side for role in leg(side)[:2])


@dataclass(frozen=True)
class Row:
    """One pair with one setting: degrees, cm and cm/s at leg length 0.9 m, per cent of the leg."""

    source: str
    target: str
    motion: str
    feet_on: bool
    limbs_mean: float
    arms_mean: float
    legs_mean: float
    legs_max: float
    twist_mean: float
    root_per_cent: float
    speed_source: float
    speed_target: float
    height_error: float
    step_over_source: float


@dataclass(frozen=True, eq=False)
class Seen:
    """A rig's evaluated motion by part.

    rows        skeleton bone -> row of its joint
    turned_rows the same for its turn: Rigify's deform bones of a limb share its twist by design,
                the whole of it is on the ORG bone in the same place
    """

    body: Body
    turns: FloatArray
    joints: FloatArray
    rows: dict[int, int]
    turned_rows: dict[int, int]

    def joint(self, bone: int) -> FloatArray:
        return self.joints[:, self.rows[bone]]

    def turn(self, part: Part) -> FloatArray:
        return self.turns[:, self.turned_rows[self.body.bones[part]]]

    def limb(self, part: Part) -> FloatArray | None:
        """(frames, 3) unit vectors; None without a far joint, or one in the same place."""
        far = self.body.next_bone(part)
        if far is None or self.body.direction(part) is None:
            return None
        gap = self.joint(far) - self.joint(self.body.bones[part])
        return gap / np.linalg.norm(gap, axis=-1, keepdims=True)

    def leg_length(self) -> float:
        lengths = []
        for side in Side:
            joints = [self.joint(self.body.bones[role, 0])[0] for role in leg(side)[:3]]
            lengths.append(sum(float(np.linalg.norm(b - a)) for a, b in pairwise(joints)))
        return float(np.mean(lengths))


@dataclass(frozen=True)
class Case:
    """What a row is of."""

    source: str
    target: str
    motion: str
    feet_on: bool


def seen(bodies: list[tuple[Body, bpy.types.Object]], frames: range) -> list[Seen]:
    """The motions of labelled armatures over the frames, as Blender evaluates them."""
    poses = evaluated_pose([item for _, item in bodies], frames)
    return [
        Seen(body, *pose, _rows_of(body, item), _rows_of(body, item, "ORG-"))
        for (body, item), pose in zip(bodies, poses, strict=True)
    ]


def _rows_of(body: Body, item: bpy.types.Object, prefix: str = "") -> dict[int, int]:
    """Where the skeleton's bones stand among the pose bones, or those with `prefix` for "DEF-"."""
    rows = {}
    for bone, name in enumerate(body.skeleton.names):
        other = prefix + name.removeprefix("DEF-")
        there = prefix and name.startswith("DEF-") and other in item.pose.bones
        rows[bone] = item.pose.bones.find(other if there else name)
    return rows


@dataclass(frozen=True, eq=False)
class Played:
    """One retarget as Blender evaluates it: what it is of, both motions, frames per second."""

    case: Case
    theirs: Seen
    ours: Seen
    fps: float


def row(played: Played) -> Row:
    """All measures of one retarget."""
    case, theirs, ours, fps = played.case, played.theirs, played.ours, played.fps
    errors = _limb_errors(theirs, ours)
    speed_source, speed_target, height = _contact(theirs, ours, fps)
    arms = [errors[p].mean() for p in ARMS & errors.keys()]
    legs = [errors[p] for p in LEGS & errors.keys()]
    return Row(
        case.source, case.target, case.motion, case.feet_on,
        float(np.mean([e.mean() for e in errors.values()])),
        float(np.mean(arms)), float(np.mean(legs)), float(np.max(legs)),
        _twist(theirs, ours), _root(theirs, ours), speed_source, speed_target, height,
        _steps(theirs, ours),
    )  # fmt: skip


def _limb_errors(theirs: Seen, ours: Seen) -> dict[Part, FloatArray]:
    """Degrees between limbs by part, for parts both have one to one.

    Feet are left out: the line from ankle to toe lies differently over different soles.
    """
    feet = {(leg(side)[2], 0) for side in Side}
    errors = {}
    for part in theirs.body.bones.keys() & ours.body.bones.keys():
        role = part[0]
        if part in feet or (
            role in CHAINS and len(theirs.body.chain(role)) != len(ours.body.chain(role))
        ):
            continue
        one, other = theirs.limb(part), ours.limb(part)
        if one is not None and other is not None:
            errors[part] = _degrees(one, other)
    return errors


def _twist(theirs: Seen, ours: Seen) -> float:
    """Mean degrees between whole orientations of the limbs of arms and legs, rests made one."""
    shared = Shared.of(theirs.body, ours.body)
    factors = [Rested.of(seen.body, shared).factors for seen in (theirs, ours)]
    found = []
    for part in (ARMS | LEGS) & factors[0].keys() & factors[1].keys():
        one = theirs.turn(part) @ to_matrix(factors[0][part])
        other = ours.turn(part) @ to_matrix(factors[1][part])
        trace = np.einsum("nij,nij->n", one, other)
        found.append(np.degrees(np.arccos(np.clip((trace - 1.0) / 2.0, -1.0, 1.0))))
    return float(np.mean(found))


def _root(theirs: Seen, ours: Seen) -> float:
    """Mean distance between the hips' paths from their first frame on, per cent of the leg."""
    paths = [
        seen.joint(seen.body.bones[Role.HIPS, 0]) / seen.leg_length() for seen in (theirs, ours)
    ]
    apart = (paths[1] - paths[1][0]) - (paths[0] - paths[0][0])
    return float(np.linalg.norm(apart, axis=-1).mean() * 100.0)


def _contact(theirs: Seen, ours: Seen, fps: float) -> tuple[float, float, float]:
    """Toe speeds of both in contact (cm/s) and the mean error of the toe's height (cm).

    The source's floor is where its lower toe comes to, but for single frames. For the height each
    rig's floor is where its own toes stand: the median height of its contacts.
    """
    speeds: list[list[FloatArray]] = [[], []]
    heights: list[list[FloatArray]] = [[], []]
    feet = [_toes(theirs, ours, side) for side in Side]
    floor = np.percentile([toes[0][:, 2] for toes in feet], 2.0)
    for toes in feet:
        steps = [np.linalg.norm(np.diff(toe, axis=0), axis=-1) * fps for toe in toes]
        mean = running_mean(steps[0])
        stands = (toes[0][1:, 2] - floor < CONTACT_HEIGHT) & (mean < CONTACT_SPEED)
        for number in (0, 1):
            speeds[number].append(steps[number][stands])
            heights[number].append(toes[number][1:][stands, 2])
    if not sum(len(one) for one in speeds[0]):
        return float("nan"), float("nan"), float("nan")
    slow, found = (float(np.concatenate(one).mean() * 100.0) for one in speeds)
    planted = [np.concatenate(one) for one in heights]
    apart = (planted[1] - np.median(planted[1])) - (planted[0] - np.median(planted[0]))
    return slow, found, float(np.abs(apart).mean() * 100.0)


def _toes(theirs: Seen, ours: Seen, side: Side) -> tuple[FloatArray, FloatArray]:
    """(frames, 3) of both at leg length 0.9 m: the toes, or the ankles where one has no toe."""
    end = leg(side)[3]
    if any((end, 0) not in seen.body.bones for seen in (theirs, ours)):
        end = leg(side)[2]
    one, other = (s.joint(s.body.bones[end, 0]) * (LEG / s.leg_length()) for s in (theirs, ours))
    return one, other


def _steps(theirs: Seen, ours: Seen) -> float:
    """The most degrees by which a limb's largest step between frames exceeds the source's largest.

    Frame by frame the two differ by nature: other proportions bend the same knee at other times.
    """
    worst = -np.inf
    for part in (ARMS | LEGS) & theirs.body.bones.keys() & ours.body.bones.keys():
        one, other = theirs.limb(part), ours.limb(part)
        if one is not None and other is not None:
            steps = [float(_degrees(limb[1:], limb[:-1]).max()) for limb in (one, other)]
            worst = max(worst, steps[1] - steps[0])
    return worst


def _degrees(one: FloatArray, other: FloatArray) -> FloatArray:
    sine = np.linalg.norm(np.cross(one, other), axis=-1)
    angle: FloatArray = np.degrees(np.arctan2(sine, np.sum(one * other, axis=-1)))
    return angle
