# SPDX-License-Identifier: GPL-3.0-or-later
"""Which side is left: up from the trunk, front from the feet, left from the two.

Names are only checked: a rig whose names are swapped, or that faces another way than Blender's
front, is read by where its bones are. Where the rest pose tells nothing (all joints in a line, no
toes) the names are all there is and stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .draft import Draft
from .meanings import ARM_PARTS, LEG_PARTS, Part
from .roles import Side
from .view import Array, View

_READABLE_COSINE = -0.5
"""Legs must point away from the trunk by more than 120 degrees, or up means nothing."""
_CLEAR_FRONT = 0.35
"""Share of a foot's length that must point forward before it says where the front is."""


@dataclass(frozen=True)
class Axes:
    """The character's own directions, unit vectors in the space of the view.

    readable  whether the rest pose stands like a body, so that up means something
    certain   whether left was told by geometry
    """

    left: Array
    up: Array
    front: Array
    readable: bool
    certain: bool


def _unit(vector: Array) -> Array:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-12 else np.zeros(3)


_LIMB_ROOTS = (
    (Part.THIGH, Part.SHIN, Part.FOOT),
    (Part.UPPER_ARM, Part.FOREARM, Part.HAND),
)
_APART = 0.02
"""Of the size of the rig: joints nearer to each other say nothing of sides."""


def _across(view: View, draft: Draft, parts: tuple[Part, ...]) -> Array:
    """From the limb called right to the limb called left, at the first joints that stand apart."""
    for part in parts:
        pair = draft.both(part)
        if len(pair) == 2 and view.distance(*pair) > _APART * view.size:
            step: Array = view.heads[pair[0]] - view.heads[pair[1]]
            return step
    return np.zeros(3)


def trunk_up(view: View, draft: Draft) -> tuple[Array, bool]:
    """Unit vector from the hip joints to the top of the trunk, and whether legs go the other way.

    Without legs or without anything above the hips there is no up: zeros and False.
    """
    thighs = draft.both(Part.THIGH)
    tops = [b for b in (draft.head, *draft.neck[:1]) if b >= 0] or draft.both(Part.UPPER_ARM)
    if not thighs or not tops:
        return np.zeros(3), False
    base = view.heads[thighs].mean(axis=0)
    up = _unit(view.heads[tops].mean(axis=0) - base)
    ends = draft.both(Part.FOOT) or draft.both(Part.SHIN)
    if len(ends) != len(thighs):
        return up, False
    legs = view.heads[ends] - view.heads[thighs]
    return up, all(float(up @ _unit(leg)) < _READABLE_COSINE for leg in legs)


def _front(view: View, draft: Draft, up: Array, across: Array) -> tuple[Array, bool]:
    """Where the toes point, at right angles to up and to the line between the sides."""
    ahead = np.zeros(3)
    clear = []
    for side in Side:
        foot, toe = draft.limb(side, Part.FOOT), draft.limb(side, Part.TOE)
        if foot < 0 or toe < 0:
            continue
        step = view.heads[toe] - view.heads[foot]
        flat = step - (step @ up) * up
        flat -= (flat @ across) * across
        clear.append(np.linalg.norm(flat) > _CLEAR_FRONT * np.linalg.norm(step))
        ahead += flat
    return _unit(ahead), bool(clear) and all(clear) and bool(np.linalg.norm(ahead) > 0)


def _bend_front(view: View, draft: Draft, up: Array, across: Array) -> tuple[Array, bool]:
    """Where the knees bend to and the elbows bend away from, for rigs without toes."""
    ahead = np.zeros(3)
    for parts, sign in (((Part.THIGH, Part.SHIN, Part.FOOT), 1.0), (ARM_PARTS[1:], -1.0)):
        for side in Side:
            joints = draft.chain(side, parts)
            if len(joints) < 3:
                continue
            start, middle, end = view.heads[joints[:3]]
            line = _unit(end - start)
            bow = (middle - start) - ((middle - start) @ line) * line
            ahead += sign * bow / max(float(np.linalg.norm(end - start)), 1e-12)
    flat = ahead - (ahead @ up) * up - (ahead @ across) * across
    return _unit(flat), bool(np.linalg.norm(flat) > 0.1)


def find_axes(view: View, draft: Draft) -> Axes:
    """The directions of a body, its sides as the draft has them unless the feet say otherwise."""
    up, readable = trunk_up(view, draft)
    steps = [_across(view, draft, parts) for parts in _LIMB_ROOTS]
    across = next((step for step in steps if np.any(step)), np.zeros(3))
    across = _unit(across - (across @ up) * up)
    if not np.any(up):
        up = _unit(np.linalg.inv(view.linear).T @ np.array((0.0, 0.0, 1.0)))
    feet, by_feet = _front(view, draft, up, across)
    bend, by_bend = _bend_front(view, draft, up, across)
    front = feet if by_feet else bend
    certain = by_feet or by_bend
    if draft.sided:
        # Names are believed unless the feet speak against them and the knees do not speak for them.
        certain = by_feet and not (by_bend and float(feet @ bend) < 0.0)
    if not (readable and certain and np.any(across)):
        return Axes(across, up, np.cross(across, up), readable, False)
    left = np.cross(up, front)
    return Axes(left, up, front, True, abs(float(left @ across)) > 0.5)


def swapped_limbs(view: View, draft: Draft, axes: Axes) -> list[tuple[Part, ...]]:
    """The kinds of limbs whose left one, as the draft has it, stands on the right."""
    if not axes.certain:
        return []
    return [
        kind
        for kind, roots in zip((LEG_PARTS, ARM_PARTS), _LIMB_ROOTS, strict=True)
        if float(_across(view, draft, roots) @ axes.left) < 0.0
    ]
