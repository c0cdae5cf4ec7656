# SPDX-License-Identifier: GPL-3.0-or-later
"""Global rotations carried from one rig to another through the canonical pose.

For a bone with rest orientation R (armature space), body axes B (canonical -> armature) and the
turn Q from the rest into the canonical pose (canonical space), the constant K = R^-1 B Q^-1 turns
the bone's world orientation P into that of the canonical body part, O = P K, whatever the rig:
in the canonical pose, facing -Y, O is no turn at all. The target bone gets P' = O K'^-1, so limbs
point where the source's limbs point, and twist about them is that of the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .canonical import UP, Body, Part, Shared, canonical_turns
from .mapping.roles import CHAINS, Role, Side, leg
from .rotations import (
    FloatArray,
    between,
    conjugate,
    from_matrix,
    multiply,
    normalized,
    rotate,
    slerp,
)
from .skeleton import Motion, Pose, rest_quaternions


@dataclass(frozen=True, eq=False)
class Rested:
    """A body with its way into the canonical pose.

    turns    part -> Q, canonical space
    factors  part -> K (see the module)
    soles    feet that are carried by their soles
    """

    body: Body
    turns: Mapping[Part, FloatArray]
    factors: Mapping[Part, FloatArray]
    soles: frozenset[Side]

    @classmethod
    def of(cls, body: Body, shared: Shared) -> Rested:
        turns = canonical_turns(body, shared)
        rest = rest_quaternions(body.skeleton)
        axes = from_matrix(body.axes)
        factors = {
            part: multiply(conjugate(rest[body.bones[part]]), multiply(axes, conjugate(turn)))
            for part, turn in turns.items()
        }
        return cls(body, turns, factors, shared.soles)


@dataclass(frozen=True, eq=False)
class Carry:
    """How one part of the target follows the source.

    low, high   the source's parts it stands between (the same where there is one for it)
    mix         0 at `low`, 1 at `high`
    """

    part: Part
    low: Part
    high: Part
    mix: float


def correspondence(source: Body, target: Body) -> list[Carry]:
    """Which source parts drive which target parts; chains of other lengths share them evenly."""
    carries = []
    for part in target.bones:
        role, place = part
        there = len(source.chain(role))
        if there == 0:
            continue
        here = len(target.chain(role))
        at = place * (there - 1) / (here - 1) if here > 1 else (there - 1) / 2.0
        low = int(np.floor(at + 1e-9))
        high = min(low + 1, there - 1)
        carries.append(Carry(part, (role, low), (role, high), at - low if high > low else 0.0))
    return carries


def carried(
    source: Rested,
    target: Rested,
    pose: Pose,
    carries: list[Carry],
    loose: Mapping[Part, FloatArray],
) -> dict[Part, FloatArray]:
    """World orientations (frames, 4) of the target's bones by part.

    pose   the source's pose in the world, filled for its mapped bones
    loose  `loose_limbs` of the source: parts whose far joint moves by itself
    """
    dtype = pose.orientations.dtype
    from_source = {p: k.astype(dtype) for p, k in source.factors.items()}
    to_target = {p: conjugate(k).astype(dtype) for p, k in target.factors.items()}
    theirs, ours = source.body, target.body
    result = {}
    for carry in carries:
        role = carry.part[0]
        low = pose.orientations[:, theirs.bones[carry.low]]
        uneven = role in CHAINS and len(theirs.chain(role)) != len(ours.chain(role))
        if not uneven and carry.low not in loose:
            factor = multiply(from_source[carry.low], to_target[carry.part])
            result[carry.part] = multiply(low, factor.astype(dtype))
            continue
        one = multiply(low, from_source[carry.low])
        if not uneven:
            one = _aimed_at_joint(theirs, pose, carry.low, loose[carry.low], one)
            result[carry.part] = multiply(one, to_target[carry.part])
            continue
        other = multiply(pose.orientations[:, theirs.bones[carry.high]], from_source[carry.high])
        part_way = slerp(one, other, np.array(carry.mix, dtype=dtype))
        aimed = _aimed_along_chain(theirs, ours, pose, carry.part, part_way)
        result[carry.part] = multiply(aimed, to_target[carry.part])
    return result


def loose_limbs(rested: Rested, motion: Motion) -> dict[Part, FloatArray]:
    """Parts whose far joint is moved against its rest place, and their canonical direction (3,).

    Game animations often key joint offsets other than those of the rest pose: the rotation alone
    does not tell where such a limb points.
    """
    body = rested.body
    tolerance = body.height * 1e-4
    shifted = {
        bone
        for bone in body.skeleton.ancestry(body.bones.values()).tolist()
        if np.abs(motion.locations[:, bone]).max() > tolerance
    }
    found = {}
    for part, bone in body.bones.items():
        direction, far = body.direction(part), body.next_bone(part)
        by_sole = any(part[0] is leg(side)[2] for side in rested.soles)
        if part[0] is Role.HIPS or by_sole or direction is None or far is None:
            continue
        between_them = set(body.skeleton.ancestry([far]).tolist())
        between_them -= set(body.skeleton.ancestry([bone]).tolist())
        if between_them & shifted:
            found[part] = rotate(rested.turns[part], direction)
    return found


def _aimed_at_joint(
    body: Body, pose: Pose, part: Part, direction: FloatArray, orientation: FloatArray
) -> FloatArray:
    """The canonical orientation of a limb, swung so that `direction` meets its far joint."""
    far = body.next_bone(part)
    assert far is not None
    gap = normalized(pose.positions[:, far] - pose.positions[:, body.bones[part]])
    points = rotate(orientation, direction.astype(orientation.dtype))
    return multiply(between(points, gap), orientation)


def _aimed_along_chain(
    source: Body, target: Body, pose: Pose, part: Part, orientation: FloatArray
) -> FloatArray:
    """The canonical orientation of a spine or neck bone, swung onto the source's curve.

    Both chains are measured from 0 to 1 by their rest lengths; the bone's ends are looked up on
    the source's posed chain, and the bone points from one to the other.
    """
    ends = _fractions(target, part[0])
    marks = _fractions(source, part[0])
    if ends is None or marks is None:
        return orientation
    joints = _chain_path(source, pose, part[0])
    if joints is None:
        return orientation
    start, end = (_along(joints, marks, ends[part[1] + step]) for step in (0, 1))
    wanted = normalized(end - start)
    up = rotate(orientation, UP.astype(orientation.dtype))
    return multiply(between(up, wanted), orientation)


def _fractions(body: Body, role: Role) -> FloatArray | None:
    """(bones + 1,) places of a chain's joints from 0 to 1 by rest length, None without an end."""
    count = len(body.chain(role))
    end = body.next_joint((role, count - 1))
    if end is None:
        return None
    joints = np.array([*(body.heads[body.bones[role, i]] for i in range(count)), end])
    lengths = np.linalg.norm(np.diff(joints, axis=0), axis=-1)
    if lengths.sum() <= 0.0:
        return None
    return np.concatenate(((0.0,), np.cumsum(lengths) / lengths.sum()))


def _chain_path(body: Body, pose: Pose, role: Role) -> list[FloatArray] | None:
    """World positions (frames, 3) of a chain's joints and of the joint after it."""
    following = {Role.SPINE: (Role.NECK, Role.HEAD), Role.NECK: (Role.HEAD,)}[role]
    after = next((body.bone(other) for other in following if body.bone(other) is not None), None)
    if after is None:
        return None
    return [pose.positions[:, bone] for bone in (*body.chain(role), after)]


def _along(joints: list[FloatArray], marks: FloatArray, fraction: float) -> FloatArray:
    """(frames, 3) the point at `fraction` of a posed chain."""
    segment = int(np.clip(np.searchsorted(marks, fraction, side="right") - 1, 0, len(marks) - 2))
    span = marks[segment + 1] - marks[segment]
    mix = joints[0].dtype.type(0.0 if span <= 0 else (fraction - marks[segment]) / span)
    return joints[segment] + (joints[segment + 1] - joints[segment]) * mix
