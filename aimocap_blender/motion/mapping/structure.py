# SPDX-License-Identifier: GPL-3.0-or-later
"""The body without names: mirror plane, the two pairs of limbs, what stands between and above.

Used where names say nothing, or nonsense. Refuses to choose when two pairs of limbs could be the
arms (wings, pigtails): an empty map is better than a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .branches import arm_parts, hand_of, leg_parts, length, main_chain
from .draft import Draft, Evidence
from .labels import Found
from .meanings import Part
from .roles import Side
from .symmetry import Plane, find_plane, leanings, partners
from .view import Array, View

_TRIED_LIMBS = 10
_SHORTEST_LIMB = 0.1
_LOWEST_BODY = 0.25
"""Of the size of the rig: what is lower from feet to shoulders is a face with ears and cheeks."""
_LONGEST_NECK = 0.17
"""Of the leg: a longer last step above the shoulders is the skull, and what it leads to its end."""
_LOWEST_HEAD = 0.1
"""Of the leg: how far the head's joint is at least above the shoulders', where a neck follows."""
_RISING = 0.75
"""Cosine: steps of the neck go up, a jaw goes forward."""
_JOINED = 0.005
"""Of the size of the rig: joints nearer to each other are one joint."""
_RIVAL = 0.85
_STACKED = 0.6


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two mirrored limbs: the chains from their roots to their tips."""

    chain: list[int]
    mirror: list[int]
    reach: float


@dataclass(frozen=True, eq=False)
class _Body:
    legs: tuple[dict[Part, int], dict[Part, int]]
    arms: tuple[dict[Part, int], dict[Part, int]]
    up: Array
    leg: float
    score: float


def body_by_structure(view: View) -> Draft | None:
    """The body that hierarchy and rest pose show, or None. Which side is left is not settled."""
    plane = None if _stacked(view) else find_plane(view)
    if plane is None:
        return None
    leaning = leanings(view, plane)
    mirror = partners(view, plane, leaning)
    pairs = _limb_pairs(view, leaning, mirror)
    body = _best_body(view, plane, pairs)
    if body is None:
        return None
    draft = Draft()
    for index, side in enumerate(Side):
        draft.limbs[side] = {**body.arms[index], **body.legs[index]}
    _find_middle(view, plane.across(view.heads), mirror, body, draft)
    why = "Its place in the tree and in the rest pose says so; its name says nothing."
    for bones in draft.roles().values():
        for bone in bones:
            draft.evidence[bone] = Evidence(Found.GEOMETRY, 0.6, why)
    return draft


def _stacked(view: View) -> bool:
    """Whether most bones share their joint with another: a control rig, layer upon layer."""
    grid = np.round(view.heads / (0.002 * view.size)).astype(np.int64)
    _, counts = np.unique(grid, axis=0, return_counts=True)
    return float(counts[counts > 1].sum()) > _STACKED * len(view)


def _limb_pairs(view: View, leaning: list[int], mirror: list[int]) -> list[_Pair]:
    """Mirrored branches that leave the middle, the longest first."""
    found = []
    for bone, partner in enumerate(mirror):
        if partner in (-1, bone) or leaning[bone] <= 0:
            continue
        parent = view.parent[bone]
        if parent >= 0 and mirror[parent] != parent:
            continue
        chain, other = main_chain(view, bone), main_chain(view, partner)
        reach = length(view, chain)
        if reach > _SHORTEST_LIMB * view.size and len(chain) >= 3:
            found.append(_Pair(chain, _mirror_chain(chain, other, mirror), reach))
    return sorted(found, key=lambda pair: -pair.reach)[:_TRIED_LIMBS]


def _mirror_chain(chain: list[int], other: list[int], mirror: list[int]) -> list[int]:
    """The partner of every bone of a chain, where each has one; else the other side's own chain."""
    mirrored = [mirror[bone] for bone in chain]
    return mirrored if min(mirrored) >= 0 else other


def _best_body(view: View, plane: Plane, pairs: list[_Pair]) -> _Body | None:
    bodies: list[tuple[_Pair, _Body]] = []
    for legs in pairs:
        for arms in pairs:
            body = _as_body(view, plane, legs, arms) if legs is not arms else None
            if body is not None:
                bodies.append((arms, body))
    if not bodies:
        return None
    bodies.sort(key=lambda item: -item[1].score)
    best_arms, best = bodies[0]
    for arms, body in bodies[1:]:
        other_arms = not set(arms.chain) & set(best_arms.chain)
        if other_arms and body.score > _RIVAL * best.score:
            return None
    return best


def _as_body(view: View, plane: Plane, legs: _Pair, arms: _Pair) -> _Body | None:
    """Two pairs of limbs as legs and arms, or None when they cannot be."""
    if view.common([legs.chain[0], legs.mirror[0], arms.chain[0], arms.mirror[0]]) < 0:
        return None
    base = view.heads[[legs.chain[0], legs.mirror[0]]].mean(axis=0)
    top = view.heads[[arms.chain[0], arms.mirror[0]]].mean(axis=0)
    trunk = float(np.linalg.norm(top - base))
    if trunk < 0.05 * view.size:
        return None
    up = (top - base) / trunk
    ends = view.heads[[legs.chain[-1], legs.mirror[-1]]].mean(axis=0)
    depth = float((base - ends) @ up)
    if depth < 0.6 * trunk or depth < 0.55 * legs.reach:
        return None
    if trunk + depth < _LOWEST_BODY * view.size:
        return None
    if not 0.35 <= arms.reach / legs.reach <= 2.2 or len(arms.chain) < 3:
        return None
    across = plane.across(view.heads)
    left_leg, right_leg = (leg_parts(view, c, base, up, across) for c in (legs.chain, legs.mirror))
    left_arm, right_arm = (arm_parts(view, c, across) for c in (arms.chain, arms.mirror))
    if not all((left_leg, right_leg, left_arm, right_arm)):
        return None
    if left_leg.keys() != right_leg.keys() or left_arm.keys() != right_arm.keys():
        return None
    fingers = hand_of(view, arms.chain) is not None
    score = legs.reach + arms.reach + (0.6 * legs.reach if fingers else 0.0)
    return _Body((left_leg, right_leg), (left_arm, right_arm), up, legs.reach, score)


def _find_middle(view: View, across: Array, mirror: list[int], body: _Body, draft: Draft) -> None:
    """Hips where legs and arms part, spine up to where the arms hang, neck and head above."""
    tops = [chain.get(Part.CLAVICLE, chain[Part.UPPER_ARM]) for chain in body.arms]
    thighs = draft.both(Part.THIGH)
    shoulders = view.common([view.parent[top] for top in tops])
    hips = view.common([*thighs, shoulders])
    if hips < 0 or hips == shoulders or mirror[hips] != hips:
        return
    base = view.heads[thighs].mean(axis=0)
    if float(np.linalg.norm(view.heads[hips] - base)) < 0.4 * body.leg:
        draft.hips = hips
        path = [*view.path(hips, shoulders), shoulders]
        draft.spine = [bone for bone in path if mirror[bone] == bone]
    halves = {bone for bone in range(len(view)) if _is_half(view, across, bone)}
    middle = [mirror[bone] == bone and bone not in halves for bone in range(len(view))]
    top = _chain_above(view, middle, body.up, shoulders, draft)
    joints = view.heads[[arm[Part.UPPER_ARM] for arm in body.arms]].mean(axis=0)
    for place, bone in enumerate(top):
        rise = float((view.heads[bone] - joints) @ body.up)
        low = rise < _LOWEST_HEAD * body.leg and place < len(top) - 1
        eyed = bool(halves & set(view.children[bone]))
        if not low and (eyed or _is_head(view, top, place, body.up, body.leg)):
            draft.head, draft.neck = bone, top[:place]
            break
    _neck_with_arms(view, body, draft)


def _neck_with_arms(view: View, body: _Body, draft: Draft) -> None:
    """3ds Max hangs the arms on the neck: a last bone of the spine as high as the shoulders."""
    if draft.head < 0 or draft.neck or len(draft.spine) < 2:
        return
    joints = view.heads[[arm[Part.UPPER_ARM] for arm in body.arms]]
    if float(view.heads[draft.spine[-1]] @ body.up) >= float((joints @ body.up).mean()):
        draft.neck = [draft.spine.pop()]


def _is_half(view: View, across: Array, bone: int) -> bool:
    """Whether a bone is one of two in one place whose branches part: the roots of the eyes."""
    parent, near = view.parent[bone], _JOINED * view.size
    twins = [one for one in view.children[parent] if one != bone] if parent >= 0 else []
    twins = [one for one in twins if view.distance(one, bone) < near]
    lean = float(across[[bone, *view.below(bone)]].sum())
    return any(lean * float(across[[one, *view.below(one)]].sum()) < 0.0 for one in twins)


def _chain_above(
    view: View, middle: list[bool], up: Array, shoulders: int, draft: Draft
) -> list[int]:
    """The bones in the middle plane that lead upwards from where the arms hang."""
    limbs = {bone for side in Side for bone in draft.limbs[side].values()}
    chain = [shoulders]
    while True:
        rising = [
            child
            for child in view.children[chain[-1]]
            if middle[child]
            and float((view.heads[child] - view.heads[chain[-1]]) @ up) > -1e-3 * view.size
            and not limbs & set(view.below(child))
        ]
        if not rising:
            return chain[1:]
        following = max(rising, key=lambda bone: _height(view, up, bone))
        if len(chain) > 1 and view.distance(chain[-1], following) < _JOINED * view.size:
            return chain[1:]
        chain.append(following)


def _height(view: View, up: Array, bone: int) -> float:
    return float(max(view.heads[[bone, *view.below(bone)]] @ up))


def _is_head(view: View, chain: list[int], place: int, up: Array, leg: float) -> bool:
    """Whether a bone of the chain above the shoulders is the head.

    It is the last one, or carries a pair of eyes or ears, or what comes next is a leaf that a
    skull's length separates from it (its end) or that points forward (its jaw, its hair).
    """
    bone = chain[place]
    if place == len(chain) - 1 or _has_mirrored_leaves(view, bone, up):
        return True
    following = chain[place + 1]
    step = view.heads[following] - view.heads[bone]
    size = float(np.linalg.norm(step))
    bent = float(step @ up) < _RISING * size
    return not view.children[following] and (bent or size > _LONGEST_NECK * leg)


def _has_mirrored_leaves(view: View, bone: int, up: Array) -> bool:
    """Two children at one height, side by side: eyes, ears."""
    leaves = [child for child in view.children[bone] if not view.children[child]]
    near = 0.01 * view.size
    for place, a in enumerate(leaves):
        for b in leaves[place + 1 :]:
            apart = view.heads[a] - view.heads[b]
            if abs(float(apart @ up)) < near and float(np.linalg.norm(apart)) > 2.0 * near:
                return True
    return False
