# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingers without names: five chains of a hand, the one that leaves the others is the thumb."""

from __future__ import annotations

import numpy as np

from .branches import main_chain
from .draft import Draft, Evidence
from .labels import Found
from .meanings import Part
from .roles import FINGER_JOINTS, FINGER_NAMES, Side, finger, metacarpal
from .view import Array, View

_CLEAR_THUMB = 0.5
_LEAST_GAP = 0.4
"""Of the mean distance of neighbouring knuckles: nearer ones are in no clear order."""
_LEAN = 0.1
"""One minus the cosine to the other fingers by which a thumb leans away, about 25 degrees."""


def fingers_by_place(view: View, draft: Draft) -> None:
    """Fills both hands where each has five fingers of three joints; else leaves them empty."""
    for side in Side:
        hand = draft.limb(side, Part.HAND)
        chains = [main_chain(view, child) for child in view.children[hand]] if hand >= 0 else []
        chains = [chain for chain in chains if len(chain) >= FINGER_JOINTS]
        if len(chains) != len(FINGER_NAMES):
            continue
        ordered = _thumb_to_little(view, hand, chains)
        for name, chain in zip(FINGER_NAMES, ordered, strict=True) if ordered else ():
            _fill(view, draft, side, name, hand, chain)


def _thumb_to_little(view: View, hand: int, chains: list[list[int]]) -> list[list[int]] | None:
    """The chains in anatomical order, or None when no chain is clearly the thumb."""
    along = np.array([_direction(view, chain) for chain in chains])
    lean = [1.0 - float(_unit(np.delete(along, i, 0).sum(0)) @ d) for i, d in enumerate(along)]
    away = np.array([view.distance(hand, chain[-FINGER_JOINTS]) for chain in chains])
    near = 1.0 - away / max(float(np.median(away)), 1e-12)
    signs = np.array(lean) / _LEAN + 2.0 * near
    order = np.argsort(signs)
    thumb = int(order[-1])
    if signs[thumb] - signs[order[-2]] < _CLEAR_THUMB:
        return None
    others = [i for i in range(len(chains)) if i != thumb]
    knuckles = view.heads[[chains[i][-FINGER_JOINTS] for i in others]]
    spread = knuckles - knuckles.mean(axis=0)
    axis: Array = np.linalg.svd(spread)[2][0]
    root = view.heads[chains[thumb][0]] - knuckles.mean(axis=0)
    if float(root @ axis) < 0.0:
        axis = -axis
    ranked = sorted(zip((spread @ axis).tolist(), others, strict=True), reverse=True)
    gaps = -np.diff([place for place, _ in ranked])
    if float(gaps.min()) < _LEAST_GAP * float(gaps.mean()):
        return None
    return [chains[thumb], *(chains[i] for _, i in ranked)]


def _direction(view: View, chain: list[int]) -> Array:
    return _unit(view.heads[chain[-1]] - view.heads[chain[-FINGER_JOINTS]])


def _unit(vector: Array) -> Array:
    size = float(np.linalg.norm(vector))
    return vector / size if size > 1e-12 else vector


def _fill(view: View, draft: Draft, side: Side, name: str, hand: int, chain: list[int]) -> None:
    evidence = Evidence(Found.GEOMETRY, 0.6, "Its place among the five fingers says so.")
    joints = list(chain)
    palm = metacarpal(side, name)
    inside = view.distance(hand, joints[0]) < view.distance(joints[0], joints[1])
    if palm is not None and len(joints) > FINGER_JOINTS and inside:
        draft.fingers[palm] = joints[0]
        draft.evidence[joints.pop(0)] = evidence
    for role, bone in zip(finger(side, name), joints, strict=False):
        draft.fingers[role] = bone
        draft.evidence[bone] = evidence
