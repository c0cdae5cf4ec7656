# SPDX-License-Identifier: GPL-3.0-or-later
"""Feet that stand: the target's toes are held where the source's toes stand.

Without correction a target of other proportions has its toe at p(t), and the source's toe path
scaled by the leg lengths is s(t). While a foot stands, the target's toe follows s(t) plus one
constant per contact, the one that costs the leg least (`strain.anchors`); its height over the
floor is the source's. Around a contact the hold eases in and out (`contacts.Grip`), so a swinging
leg is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .canonical import Body, Part, Shared
from .contacts import Grip, grips, in_contact, moving_maximum, planted_height, widened
from .figure import Figure, joint_paths
from .legs import Leg, two_bone, unhurried
from .mapping.roles import Role, Side, leg
from .pelvis import Hold, giving_way
from .rotations import FloatArray, angle_between, conjugate, from_vector, multiply, rotate
from .skeleton import Pose
from .strain import anchors, stiffness

_FASTEST_STEP, _FASTEST_TURN = np.radians(1.9), np.radians(180.0)
"""How much faster than by itself a bone may turn under IK: radians a frame, and a second."""
_LOW = 0.02 / 0.9
"""A toe less than this part of the leg over where it stands may be on the floor."""
_AROUND_SECONDS = 0.3
_SUNKEN = 0.01
"""Toes under the floor by less than this part of the leg are left to the legs."""
_RAISE_SECONDS, _GLITCH_SECONDS = 0.25, 0.04
_UNKNOWN_SOLE = 0.02 / 0.9
"""Height of a toe joint over its sole as a part of the leg, where the rest pose does not say."""


@dataclass(frozen=True, eq=False)
class Stance:
    """What both rigs have to stand on.

    sides         legs with thigh, shin and foot on both rigs
    scale         target leg length through source leg length, world units
    source_leg    thigh plus shin of the source, world units
    source_floor  height of the source's standing toes (or ankles), world units
    target_floor  height at which the target's stand, world units
    ends          per side, the part that stands: the toe where both have one, else the foot
    """

    sides: tuple[Side, ...]
    scale: float
    source_leg: float
    source_floor: float
    target_floor: float
    ends: Mapping[Side, Part]

    @classmethod
    def of(
        cls, source: Body, figure: Figure, pose: Pose, shared: Shared, fps: float
    ) -> Stance | None:
        """The stance of a pair and the floor under the source's motion; None without legs."""
        sides = tuple(
            side
            for side in Side
            if all((r, 0) in b.bones for b in (source, figure.body) for r in leg(side)[:3])
        )
        if not sides:
            return None
        ends = {side: (leg(side)[3 if side in shared.toes else 2], 0) for side in sides}
        source_leg = float(np.mean([_posed_leg(source, pose, side) for side in sides]))
        target_leg = float(np.mean([figure.leg_length(leg(side)[:3]) for side in sides]))
        paths = [pose.positions[:, source.bones[ends[side]]] for side in sides]
        floor = planted_height(paths, fps, source_leg)
        return cls(
            sides, target_leg / source_leg, source_leg, floor,
            _standing_height(figure, list(ends.values()), target_leg), ends,
        )  # fmt: skip


def _posed_leg(body: Body, pose: Pose, side: Side) -> float:
    joints = [pose.positions[0, body.bones[role, 0]].astype(np.float64) for role in leg(side)[:3]]
    return float(sum(np.linalg.norm(b - a) for a, b in pairwise(joints)))


def _standing_height(figure: Figure, ends: list[Part], leg_length: float) -> float:
    """The height at which the target's toes (or ankles) stand: their own over the object's origin.

    At rest, whatever pose the armature happens to be in. A rig that does not rest on its origin
    (BVH hips at zero) tells nothing: a usual sole is taken.
    """
    origin = float(figure.base.place[2])
    heads = figure.body.skeleton.heads[[figure.body.bones[part] for part in ends]]
    over = float(np.mean(rotate(figure.base.turn, heads * figure.base.scale)[:, 2]))
    return origin + (over if -0.02 < over / leg_length < 0.25 else _UNKNOWN_SOLE * leg_length)


@dataclass(frozen=True, eq=False)
class Step:
    """One foot over the whole motion.

    path    (frames, 3) the source's toe, scaled, its floor at the target's floor
    grips   the contacts
    weight  (frames,) 0 to 1, how firmly the foot is held
    """

    path: FloatArray
    grips: list[Grip]
    weight: FloatArray


def find_steps(source: Body, pose: Pose, stance: Stance, fps: float) -> dict[Side, Step]:
    """Contacts of every foot, found in the source's motion."""
    steps = {}
    for side in stance.sides:
        toe = pose.positions[:, source.bones[stance.ends[side]]]
        touching = in_contact(toe, fps, stance.source_leg, stance.source_floor)
        held = grips(widened(touching, fps), fps)
        path = toe * toe.dtype.type(stance.scale)
        path[:, 2] += toe.dtype.type(stance.target_floor - stance.scale * stance.source_floor)
        weight = np.zeros(len(toe))
        for grip in held:
            weight[grip.reach] += grip.weights
        steps[side] = Step(path, held, np.minimum(weight, 1.0))
    return steps


def floor_shift(
    figure: Figure,
    stance: Stance,
    steps: Mapping[Side, Step],
    orientations: Mapping[Part, FloatArray],
    root: FloatArray,
) -> float:
    """How far the whole motion is to be raised so that standing feet stand on the floor.

    The median over all moments in which the source's toe is as low as when it stands, also those
    in which it slides; without any contact the lowest toe comes to the floor.
    """
    gaps, lows = [], []
    for side, step in steps.items():
        end = stance.ends[side]
        toe = joint_paths(figure, orientations, root, [end])[end]
        lows.append(float(np.min(toe[:, 2])))
        if step.grips:
            low = step.path[:, 2] < stance.target_floor + _LOW * stance.source_leg * stance.scale
            gaps.append(step.path[low, 2] - toe[low, 2])
    if gaps:
        return float(np.median(np.concatenate(gaps)))
    return stance.target_floor - min(lows)


def ease_pelvis(
    figure: Figure,
    stance: Stance,
    steps: Mapping[Side, Step],
    orientations: dict[Part, FloatArray],
    root: FloatArray,
    fps: float,
) -> FloatArray:
    """Turn the hips as far as helps standing feet stand; the hips' new path (frames, 3).

    orientations  world orientations by part; that of the hips is changed
    """
    hips: Part = (Role.HIPS, 0)
    holds = []
    for side, step in steps.items():
        thigh, foot, end = (leg(side)[0], 0), (leg(side)[2], 0), stance.ends[side]
        if not step.grips or figure.body.above(thigh) != figure.body.bones[hips]:
            continue
        paths = joint_paths(figure, orientations, root, [thigh, foot, end])
        holds.append(
            Hold(
                paths[thigh] - root,
                step.path - paths[end],
                stiffness(paths[foot] - paths[thigh], figure.leg_length(leg(side)[:3])),
                [grip.stands for grip in step.grips],
                [(grip.reach, grip.weights) for grip in step.grips],
            )
        )
    if not holds:
        return root
    turn, way = giving_way(holds, stance.source_leg * stance.scale, fps)
    orientations[hips] = multiply(from_vector(turn), orientations[hips])
    return root + way


def plant(
    figure: Figure,
    stance: Stance,
    steps: Mapping[Side, Step],
    orientations: Mapping[Part, FloatArray],
    root: FloatArray,
    fronts: Mapping[Part, FloatArray],
    fps: float,
) -> dict[Part, FloatArray]:
    """Orientations of thighs and shins: standing toes stand and no toe is under the floor.

    orientations  world orientations by part; feet keep theirs
    root          (frames, 3) the hips, world
    fronts        (3,) by thigh: the character's front in the thigh's bone axes
    """
    planted = {}
    for side, step in steps.items():
        thigh, shin, foot = ((role, 0) for role in leg(side)[:3])
        end = stance.ends[side]
        paths = joint_paths(figure, orientations, root, [thigh, shin, foot, end])
        toe = paths[end]
        line = paths[foot] - paths[thigh]
        shift = _hold(toe, step, stiffness(line, figure.leg_length(leg(side)[:3])))
        shift[:, 2] = np.maximum(shift[:, 2], stance.target_floor - toe[:, 2])
        front = rotate(orientations[thigh], fronts[thigh].astype(toe.dtype))
        limb = Leg(paths[thigh], paths[shin], paths[foot], front)
        turns = two_bone(limb, paths[foot] + shift, step.weight.astype(toe.dtype))
        for part, turn in zip((thigh, shin), turns, strict=True):
            planted[part] = _turned(orientations[part], turn, step.weight >= 1.0, fps)
    return planted


def sunken(
    figure: Figure,
    stance: Stance,
    steps: Mapping[Side, Step],
    orientations: Mapping[Part, FloatArray],
    root: FloatArray,
    fps: float,
) -> FloatArray | None:
    """(frames,) how far the hips are to be raised where a toe is under the floor all the same.

    None where no leg had to give way. The raise begins before and ends after, without a corner;
    single frames (captures hold some of a T-pose) raise nothing.
    """
    lowest = np.full(len(root), np.inf)
    for side in steps:
        end = stance.ends[side]
        toe = joint_paths(figure, orientations, root, [end])[end]
        lowest = np.minimum(lowest, toe[:, 2])
    leg_length = stance.source_leg * stance.scale
    under = np.maximum(stance.target_floor - lowest, 0.0)
    under = -moving_maximum(-under, max(1, round(_GLITCH_SECONDS * fps)))
    half = round(_RAISE_SECONDS * fps)
    if under.max() <= _SUNKEN * leg_length or half < 1 or len(root) <= 2 * half:
        return None
    envelope = np.pad(moving_maximum(under, half), half, mode="edge")
    window = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(envelope, window / window.sum(), "valid")


def _turned(
    orientation: FloatArray, turn: FloatArray, firm: NDArray[np.bool_], fps: float
) -> FloatArray:
    """Orientations (frames, 4) turned by world turns, which are kept from popping in bone axes.

    From frame to frame the limb may turn as fast as it does by itself at its fastest in the
    moments around, and a little faster. Only where it would turn faster still, IK has to change
    its mind more slowly.
    """
    turned = multiply(turn, orientation)
    own = angle_between(orientation[:-1], orientation[1:])
    around = moving_maximum(own, max(1, round(_AROUND_SECONDS * fps)))
    most = around + min(_FASTEST_STEP, _FASTEST_TURN / fps)
    calm = angle_between(turned[:-1], turned[1:]) <= most
    if calm.all():
        return turned
    inside = multiply(conjugate(orientation), turned)
    fastest = most - own
    changes = angle_between(inside[:-1], inside[1:])
    fastest = np.where(calm, np.maximum(fastest, changes), fastest)
    return multiply(orientation, unhurried(inside, fastest, firm))


def _hold(toe: FloatArray, step: Step, stiff: FloatArray) -> FloatArray:
    """(frames, 3) how far the toe has to be moved: fully while it stands, easing around."""
    away = step.path - toe
    shift = np.zeros_like(toe)
    constants = anchors(away, stiff, [grip.stands for grip in step.grips])
    for constant, grip in zip(constants, step.grips, strict=True):
        shift[grip.reach] += (away[grip.reach] - constant) * grip.weights[:, None].astype(toe.dtype)
    return shift
