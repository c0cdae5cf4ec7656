# SPDX-License-Identifier: GPL-3.0-or-later
"""Which joint of a limb is which, by where it stands along the limb. No names.

A leg is measured by depth below the hip joints, an arm by length along the chain; joints that
only halve a bone fall away because the knee is near the middle of a leg and the elbow near the
middle of an arm. The shares are those of people in anthropometric tables, with room for toys.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from .meanings import Part
from .view import Array, View

_HIP_DEPTH = 0.12
_ANKLE_DEPTH = 0.72
_KNEE = 0.5
_KNEE_ROOM = 0.2
_SLOPE_COST = 0.4
_HALVED_LEG_COST = 0.05
_TURN_GAIN = 0.15
_NO_WAY = 0.01
_ELBOW = 0.52
_ELBOW_ROOM = 0.12
_LONGEST_HAND = 0.5
"""Of the arm: what may follow the wrist on the way to the tip."""
_HALF_COST = 0.03
_TOE_SHARE = 0.5
_FINGERS = 3


def main_chain(view: View, root: int) -> list[int]:
    """From a bone outwards along the longest way, by length, to its tip."""
    reach = {root: 0.0}
    above: dict[int, int] = {}
    waiting = [root]
    while waiting:
        bone = waiting.pop()
        for child in view.children[bone]:
            reach[child] = reach[bone] + view.distance(bone, child)
            above[child] = bone
            waiting.append(child)
    tip = max(reach, key=lambda bone: reach[bone])
    chain = [tip]
    while chain[-1] != root:
        chain.append(above[chain[-1]])
    return chain[::-1]


def length(view: View, chain: list[int]) -> float:
    """The way along the joints of a chain, in the units of the view."""
    return sum(_steps(view, chain))


def leg_parts(
    view: View, chain: list[int], base: Array, up: Array, across: Array
) -> dict[Part, int]:
    """Thigh, shin, foot and toe on a chain that leads down from the hips; {} when they are not.

    base    point between the hip joints; up  unit vector
    across  (bones,) distance of every bone of the view from the middle plane
    """
    depths = -((view.heads[chain] - base) @ up)
    deepest = float(depths.max())
    if deepest <= 0.0:
        return {}
    along = np.concatenate(([0.0], np.cumsum(_steps(view, chain))))
    best: tuple[float, tuple[int, int, int]] | None = None
    for hip, knee, ankle in combinations(range(len(chain)), 3):
        cost = _leg_cost(depths / deepest, along / deepest, hip, knee, ankle)
        if cost is None:
            continue
        cost += _centred(np.abs(across[chain]), hip, knee)
        cost -= _TURN_GAIN * _turn(view, chain, ankle)
        if best is None or cost < best[0]:
            best = (cost, (hip, knee, ankle))
    if best is None:
        return {}
    hip, knee, ankle = best[1]
    parts = {Part.THIGH: chain[hip], Part.SHIN: chain[knee], Part.FOOT: chain[ankle]}
    toe = _toe(view, chain[ankle:], up)
    return parts | ({Part.TOE: toe} if toe >= 0 else {})


def _steps(view: View, chain: list[int]) -> list[float]:
    return [view.distance(a, b) for a, b in pairwise(chain)]


def _leg_cost(shares: Array, along: Array, hip: int, knee: int, ankle: int) -> float | None:
    """How far three joints are from a leg: 0 is the textbook's, None is none at all.

    What follows the ankle leads forward; what follows a joint in the shin still leads down.
    """
    if shares[hip] > _HIP_DEPTH or shares[ankle] < _ANKLE_DEPTH:
        return None
    leg = float(along[ankle] - along[hip])
    miss = abs(float(along[knee] - along[hip]) / leg - _KNEE) if leg > 0.0 else 1.0
    if miss > _KNEE_ROOM:
        return None
    before = 0.25 * float(along[hip]) / leg
    shin = 1.0 - _steepness(shares, along, ankle - 1, ankle)
    foot = _steepness(shares, along, ankle, len(along) - 1)
    return miss + before + _SLOPE_COST * (shin + foot) + _HALVED_LEG_COST * (ankle - hip - 2)


def _turn(view: View, chain: list[int], place: int) -> float:
    """How sharply a chain turns at a joint: 0 straight on or at its end, 1 by a right angle."""
    if not 0 < place < len(chain) - 1:
        return 0.0
    before, at, after = view.heads[chain[place - 1 : place + 2]]
    into, out = at - before, after - at
    size = float(np.linalg.norm(into) * np.linalg.norm(out))
    if size <= 0.0:
        return 0.0
    return float(np.arccos(np.clip(into @ out / size, 0.0, 1.0))) / (np.pi / 2.0)


def _steepness(shares: Array, along: Array, start: int, end: int) -> float:
    """The slope between two joints: 1 straight down, 0 level (or no way at all)."""
    way = float(along[end] - along[start])
    if way < _NO_WAY:
        return 0.0
    sine = float(np.clip((shares[end] - shares[start]) / way, 0.0, 1.0))
    return float(np.arcsin(sine)) / (np.pi / 2.0)


def _toe(view: View, foot: list[int], up: Array) -> int:
    """The toe on the way from the ankle to the tip: past the middle of the foot, not its end."""
    steps = view.heads[foot] - view.heads[foot[0]]
    ahead = np.linalg.norm(steps - np.outer(steps @ up, up), axis=1)
    farthest = float(ahead.max())
    if farthest < 0.01 * view.size:
        return -1
    return next((b for b, x in zip(foot, ahead, strict=True) if x >= _TOE_SHARE * farthest), -1)


def hand_of(view: View, chain: list[int]) -> int | None:
    """The place on a chain where fingers branch off, or None."""
    found = None
    for place, bone in enumerate(chain):
        fingers = sum(1 for child in view.children[bone] if view.children[child])
        if fingers >= _FINGERS:
            found = place
    return found


def arm_parts(view: View, chain: list[int], across: Array) -> dict[Part, int]:
    """Clavicle, upper arm, forearm and hand on a chain that leads outwards; {} when they are not.

    across  (bones,) distance of every bone of the view from the middle plane
    """
    along = np.concatenate(([0.0], np.cumsum(_steps(view, chain))))
    hand = hand_of(view, chain)
    best: tuple[float, tuple[int, int, int]] | None = None
    for shoulder, elbow, wrist in combinations(range(len(chain)), 3):
        if hand is not None and wrist != hand:
            continue
        cost = _arm_cost(along, np.abs(across[chain]), shoulder, elbow, wrist)
        if cost is not None and (best is None or cost < best[0]):
            best = (cost, (shoulder, elbow, wrist))
    if best is None:
        return {}
    shoulder, elbow, wrist = best[1]
    parts = {Part.UPPER_ARM: chain[shoulder], Part.FOREARM: chain[elbow], Part.HAND: chain[wrist]}
    return parts | ({Part.CLAVICLE: chain[0]} if shoulder > 0 else {})


def _arm_cost(along: Array, outwards: Array, shoulder: int, elbow: int, wrist: int) -> float | None:
    """How far three joints are from an arm: 0 is the textbook's, None is none at all."""
    arm = float(along[wrist] - along[shoulder])
    rest = float(along[-1] - along[wrist])
    before = float(along[shoulder])
    if arm <= 0.0 or rest > _LONGEST_HAND * arm or before > 0.6 * arm:
        return None
    miss = abs(float(along[elbow] - along[shoulder]) / arm - _ELBOW)
    if miss > _ELBOW_ROOM:
        return None
    halves = (wrist - shoulder - 2) + max(0, shoulder - 1)
    return miss + _HALF_COST * halves + _centred(outwards, shoulder, elbow)


def _centred(outwards: Array, near: int, far: int) -> float:
    """What a first joint costs that is much nearer the middle of the body than the next."""
    return 0.5 * max(0.0, 0.35 - float(outwards[near]) / max(float(outwards[far]), 1e-9))
