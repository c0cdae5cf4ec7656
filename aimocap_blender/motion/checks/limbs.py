# SPDX-License-Identifier: GPL-3.0-or-later
"""Limbs against the source's: where they point, how they are twisted, which way they bend, whose
side they are on.

Limb direction is the measure of most retargeting papers (joint head to next joint head, world
space); it needs no rest pose and no bone axes. Twist needs the canonical pose of `canonical`.
"""

from __future__ import annotations

import numpy as np

from ..canonical import DOWN, FRONT, LEFT, UP, Part
from ..contacts import running_mean
from ..mapping.roles import UPPER_BODY, Role, Side, arm, leg
from ..rotations import FloatArray, between, conjugate, multiply, normalized, rotate
from . import angles
from .check import Curve, Finding
from .take import Comparison, Take

LEGS = frozenset(role for side in Side for role in leg(side))
_LASTING_SECONDS = 0.5
_ENOUGH_BEND = 12.0
"""Degrees: a straighter elbow or knee has no side to bend to."""


def limb_direction(pair: Comparison) -> Finding:
    """Degrees between a limb of the target and the same limb of the source, mean of half a second.

    Torso, arms and fingers; shorter faults are steps (see `steps`).
    Hands and the head have no joint at their far end: their canonical axis is compared.
    """
    curves = {
        part: angles.between(*both) for part, both in pair.directions.items() if part[0] not in LEGS
    }
    for side, axis in ((Side.LEFT, LEFT), (Side.RIGHT, -LEFT)):
        curves |= _axis_errors(pair, (arm(side)[3], 0), axis)
    curves |= _axis_errors(pair, (Role.HEAD, 0), UP)
    return angles.worst_of(pair.target.body, _lasting(pair, curves))


def leg_direction(pair: Comparison) -> Finding:
    """The same for thighs, shins and feet: planting the feet may turn them a few degrees.

    A foot may follow the source's line from ankle to toe or its sole (the canonical axis): ankles
    stand at different heights over their soles, so the two differ. The nearer one counts.
    """
    if pair.upper_body:
        return Finding.nothing("the legs were left out")
    curves = {}
    for side in Side:
        thigh, shin, foot, _ = leg(side)
        for part in ((thigh, 0), (shin, 0)):
            if part in pair.directions:
                curves[part] = angles.between(*pair.directions[part])
        for part, curve in _axis_errors(pair, (foot, 0), FRONT).items():
            line = pair.directions.get(part)
            curves[part] = curve if line is None else np.minimum(curve, angles.between(*line))
    return angles.worst_of(pair.target.body, _lasting(pair, curves))


def _lasting(pair: Comparison, curves: dict[Part, Curve]) -> dict[Part, Curve]:
    frames = min(2 * round(0.5 * _LASTING_SECONDS * pair.fps) + 1, pair.frames)
    return {part: np.asarray(running_mean(c, frames), float) for part, c in curves.items()}


def _axis_errors(pair: Comparison, part: Part, axis: FloatArray) -> dict[Part, Curve]:
    if not pair.both(part[0]):
        return {}
    ours, theirs = (_axis(take, part, axis) for take in (pair.target, pair.source))
    return {part: angles.between(ours, theirs)}


def _axis(take: Take, part: Part, axis: FloatArray) -> FloatArray:
    turn = take.orientation(part)
    return rotate(turn, axis.astype(turn.dtype))


def _twist_axis(role: Role) -> FloatArray | None:
    """The canonical direction of a body part; None for clavicles, toes and fingers."""
    if role in (Role.HIPS, Role.SPINE, Role.NECK, Role.HEAD):
        return UP
    for side, out in ((Side.LEFT, LEFT), (Side.RIGHT, -LEFT)):
        if role in arm(side)[1:]:
            return out
        if role in leg(side)[:2]:
            return DOWN
        if role is leg(side)[2]:
            return FRONT
    return None


def limb_twist(pair: Comparison) -> Finding:
    """Degrees by which a limb is turned about its own length against the source's."""
    curves = {}
    for part, mate in pair.turning:
        axis = _twist_axis(part[0])
        if axis is None or (pair.upper_body and part[0] not in UPPER_BODY):
            continue
        ours, theirs = pair.target.orientation(part), pair.source.orientation(mate)
        curves[part] = angles.twist(theirs, ours, axis)
    return angles.worst_of(pair.target.body, curves)


def joint_limits(pair: Comparison) -> Finding:
    """Degrees by which an elbow or a knee bends the wrong way and the source's does not.

    A hinge bends wrong when it bends to the other side than the source's (both bent enough to have
    a side), or past straight against the body's build: forearms fold forwards, shins backwards.
    """
    curves: dict[Part, Curve] = {}
    for side in Side:
        out = LEFT if side is Side.LEFT else -LEFT
        upper, fore = arm(side)[1:3]
        thigh, shin = leg(side)[:2]
        hinges = [(upper, fore, out, FRONT)]
        if not pair.upper_body:
            hinges.append((thigh, shin, DOWN, -FRONT))
        for near, far, along, fold in hinges:
            if (near, 0) in pair.directions and (far, 0) in pair.directions:
                curves[far, 0] = _bent_wrong(pair, (near, 0), (far, 0), along, fold)
    return angles.worst_of(pair.target.body, curves)


def _bent_wrong(
    pair: Comparison, near: Part, far: Part, along: FloatArray, fold: FloatArray
) -> Curve:
    frames = [take.orientation(near) for take in (pair.target, pair.source)]
    if pair.shares_twist:
        # The mapped bone of several does not tell how the limb is turned: as the source's then.
        swing = between(*reversed(pair.directions[near]))
        frames[0] = multiply(swing.astype(frames[1].dtype), frames[1])
    ours, theirs = (
        rotate(conjugate(frame), direction.astype(frame.dtype)).astype(np.float64)
        for frame, direction in zip(frames, pair.directions[far], strict=True)
    )
    bends = [
        angles.between(inside, np.broadcast_to(along, inside.shape)) for inside in (ours, theirs)
    ]
    sides = [inside - (inside @ along)[:, None] * along for inside in (ours, theirs)]
    other_side = np.sum(normalized(sides[0]) * normalized(sides[1]), axis=-1) < -0.2
    reversed_bend = np.where(other_side & (np.minimum(*bends) > _ENOUGH_BEND), bends[0], 0.0)
    past = [np.degrees(np.arcsin(np.clip(-(v @ fold), 0.0, 1.0))) for v in (ours, theirs)]
    return np.asarray(np.maximum(reversed_bend, np.maximum(past[0] - past[1], 0.0)))


def side_swap(pair: Comparison) -> Finding:
    """Degrees by which a limb follows the source's other side better than its own, on average.

    Three ways of going wrong are tried: the other limb's directions as they are, its directions
    mirrored in the body, its rotations put on this side.
    """
    rows: dict[Part, Curve] = {}
    for side in Side:
        for limb in (arm(side)[1:3], leg(side)[:2]):
            if limb[0] in LEGS and pair.upper_body:
                continue
            parts = [(role, 0) for role in limb]
            mates = [(role.mirrored, 0) for role in limb]
            if all(part in pair.directions for part in (*parts, *mates)):
                rows[parts[0]] = _swapped_gain(pair, parts, mates)
    if not rows:
        return Finding.nothing("no pair of limbs")
    means = {part: float(np.mean(curve)) for part, curve in rows.items()}
    worst = max(means, key=lambda part: means[part])
    value, sample = max(means[worst], 0.0), int(np.argmax(rows[worst]))
    curve = np.maximum(rows[worst], 0.0)
    return Finding(value, sample, pair.target.name(worst) if value > 0.0 else "", curve)


def _swapped_gain(pair: Comparison, parts: list[Part], mates: list[Part]) -> Curve:
    """(frames,) own error less the best explanation by the other side, degrees."""
    own = sum(angles.between(*pair.directions[part]) for part in parts) / len(parts)
    across = lateral(pair.source)
    out = LEFT if parts[0][0].side is Side.LEFT else -LEFT
    axis = DOWN if parts[0][0] in LEGS else out
    guesses = []
    for kind in range(3):
        errors = np.zeros(pair.frames)
        for part, mate in zip(parts, mates, strict=True):
            ours, theirs = pair.directions[part][0], pair.directions[mate][1]
            if kind == 1:
                theirs = theirs - 2.0 * np.sum(theirs * across, axis=-1, keepdims=True) * across
            elif kind == 2:
                theirs = _axis(pair.source, mate, axis)
            errors += angles.between(ours, theirs)
        guesses.append(errors / len(parts))
    best = min(guesses, key=lambda errors: float(np.mean(errors)))
    return np.asarray(own - best)


def lateral(take: Take) -> FloatArray:
    """(frames, 3) level unit vector to the character's left, from hip and shoulder joints."""
    across = np.zeros((take.frames, 3))
    for left in (leg(Side.LEFT)[0], arm(Side.LEFT)[1]):
        if take.has(left, left.mirrored):
            gap = take.joint((left, 0)) - take.joint((left.mirrored, 0))
            across += normalized(gap.astype(np.float64))
    across[:, 2] = 0.0
    return normalized(across)
