# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the body against each other: hands that should meet, limbs that should not.

Both are asked of the source first: what the actor did is no fault.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..canonical import Part
from ..mapping.roles import Role, Side, arm, leg
from ..rotations import FloatArray
from .check import Curve, Finding
from .take import Comparison, Take

_ARM = 0.55
"""Upper arm plus forearm in metres at which reaches are compared."""
_NEAR = 0.20
"""Metres at that arm: hands this close to something are taken to touch or to aim at it."""

_RADII = {
    "torso": 0.12,
    "head": 0.09,
    "forearm": 0.04,
    "thigh": 0.07,
    "shin": 0.05,
}
"""Half the widths of body segments in metres at leg length 0.9: an adult's, rounded down, since
only limbs that are plainly inside each other are to be told."""

_Capsule = tuple[Part, Part, float]


def reach(pair: Comparison) -> Finding:
    """Centimetres by which a hand misses what the source's hand is at: other hand, head or hips.

    Distances are compared at one arm length, so that a longer arm may hold its hand farther out.
    """
    if not (pair.source.arm_length and pair.target.arm_length):
        return Finding.nothing("no arms to tell it")
    worst = Finding(0.0, curve=np.zeros(pair.frames))
    total = np.zeros(pair.frames)
    hands = [arm(side)[3] for side in Side if pair.both(arm(side)[3])]
    goals = [(hand, goal) for hand in hands for goal in (Role.HEAD, Role.HIPS) if pair.both(goal)]
    if len(hands) == 2:
        goals.append((hands[0], hands[1]))
    if pair.upper_body:
        goals = [(hand, goal) for hand, goal in goals if goal is not Role.HIPS]
    for hand, goal in goals:
        theirs = _gap(pair.source, hand, goal)
        ours = _gap(pair.target, hand, goal)
        near = theirs * _ARM < _NEAR
        miss = np.where(near, 100.0 * np.abs(ours - theirs) * _ARM, 0.0)
        total = np.maximum(total, miss)
        sample = int(np.argmax(miss))
        if miss[sample] > worst.value:
            note = f"{hand.value} to {goal.value}".replace("_", " ")
            worst = Finding(float(miss[sample]), sample, pair.target.name((hand, 0)), None, note)
    return Finding(worst.value, worst.sample, worst.bone, total, worst.note)


def _gap(take: Take, one: Role, other: Role) -> Curve:
    gap = take.joint((one, 0)).astype(np.float64) - take.joint((other, 0))
    return np.asarray(np.linalg.norm(gap, axis=-1) / take.arm_length)


def self_intersection(pair: Comparison) -> Finding:
    """Centimetres two limbs are inside each other more than the source's are.

    Limbs are capsules of human width; the distance of two segments is Ericson's ("Real-Time
    Collision Detection", 2005, 5.1.9).
    """
    worst = Finding(0.0, curve=np.zeros(pair.frames))
    total = np.zeros(pair.frames)
    for first, second in _capsule_pairs(pair):
        depths = [
            np.maximum(first[2] + second[2] - _capsule_gap(take, first, second), 0.0)
            for take in (pair.target, pair.source)
        ]
        more = 100.0 * np.maximum(depths[0] - depths[1], 0.0)
        total = np.maximum(total, more)
        sample = int(np.argmax(more))
        if more[sample] > worst.value:
            note = f"{first[0][0].value} and {second[0][0].value}".replace("_", " ")
            worst = Finding(float(more[sample]), sample, pair.target.name(first[0]), None, note)
    return Finding(worst.value, worst.sample, worst.bone, total, worst.note)


def _capsule_pairs(pair: Comparison) -> Iterator[tuple[_Capsule, _Capsule]]:
    """The pairs of limbs that can meet and are no neighbours."""
    found: dict[str, _Capsule] = {}

    def add(name: str, near: Role, far: Role, radius: str) -> None:
        if pair.both(near, far):
            found[name] = ((near, 0), (far, 0), _RADII[radius])

    add("torso", Role.HIPS, Role.NECK if pair.both(Role.NECK) else Role.HEAD, "torso")
    for side in Side:
        _, _, fore, hand = arm(side)
        thigh, shin, foot, _ = leg(side)
        add(f"{side.value} forearm", fore, hand, "forearm")
        if not pair.upper_body:
            add(f"{side.value} thigh", thigh, shin, "thigh")
            add(f"{side.value} shin", shin, foot, "shin")
    wanted = [("left forearm", "right forearm"), ("left shin", "right shin")]
    for one, other in (("left", "right"), ("right", "left")):
        wanted += [(f"{one} forearm", "torso"), (f"{one} shin", f"{other} thigh")]
        wanted += [(f"{one} forearm", f"{one} thigh"), (f"{one} forearm", f"{other} thigh")]
    for first, second in wanted:
        if first in found and second in found:
            yield found[first], found[second]


def _capsule_gap(take: Take, one: _Capsule, other: _Capsule) -> Curve:
    """(frames,) metres at the common size between the axes of two capsules."""
    ends = [take.joint(part) for part in (one[0], one[1], other[0], other[1])]
    return segment_gap(*ends) / take.size


def segment_gap(p1: FloatArray, q1: FloatArray, p2: FloatArray, q2: FloatArray) -> Curve:
    """(frames,) shortest distance between the segments p1-q1 and p2-q2, each end (frames, 3)."""
    d1, d2, r = ((b - a).astype(np.float64) for a, b in ((p1, q1), (p2, q2), (p2, p1)))
    a, e = (np.maximum(np.einsum("ij,ij->i", d, d), 1e-12) for d in (d1, d2))
    b, c, f = (np.einsum("ij,ij->i", u, v) for u, v in ((d1, d2), (d1, r), (d2, r)))
    span = a * e - b * b
    s = np.where(span > 1e-9 * a * e, (b * f - c * e) / np.maximum(span, 1e-12), 0.0)
    s = np.clip(s, 0.0, 1.0)
    t = (b * s + f) / e
    s = np.where(
        t < 0.0, np.clip(-c / a, 0.0, 1.0), np.where(t > 1.0, np.clip((b - c) / a, 0.0, 1.0), s)
    )
    t = np.clip(t, 0.0, 1.0)
    apart = r + d1 * s[:, None] - d2 * t[:, None]
    return np.asarray(np.linalg.norm(apart, axis=-1))
