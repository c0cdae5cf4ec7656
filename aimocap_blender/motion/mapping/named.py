# SPDX-License-Identifier: GPL-3.0-or-later
"""The body as the names tell it: limbs by their best chains, then the trunk between them."""

from __future__ import annotations

import numpy as np

from .draft import Draft
from .evidence import Names
from .limbs import Candidate, Candidates, best_limb
from .meanings import ARM_PARTS, LEG_PARTS, Part
from .roles import Side
from .symmetry import Plane, find_plane
from .trunk import find_trunk
from .view import View

_CLEAR = 0.5
"""From this score on a name is clear enough to say that what hangs below is of the same limb."""


def body_by_names(view: View, names: Names) -> Draft:
    """What the names alone lead to; parts nobody names stay empty. Sides are as named.

    Limbs whose names give no side are told apart by where they stand: that grouping is called
    left and right here at random, `sides` puts it right.
    """
    draft = Draft()
    groups = _groups(view, names)
    for parts in (ARM_PARTS, LEG_PARTS):
        for side in Side:
            limb = best_limb(view, parts, _candidates(view, names, parts, groups, side))
            core = [part for part in limb.bones if part in parts[:3]]
            if len(core) < 2:
                continue
            draft.limbs[side].update(limb.bones)
            for part, bone in limb.bones.items():
                draft.evidence[bone] = names.evidence(bone, part, view.names[bone])
    limbs = [bone for side in Side for bone in draft.limbs[side].values()]
    draft.sided = any(names.sides[bone] is not None for bone in limbs)
    find_trunk(view, names, draft)
    return draft


def _candidates(
    view: View, names: Names, parts: tuple[Part, ...], groups: list[Side | None], side: Side
) -> Candidates:
    """The bones of a side that can be parts of a limb; none that hangs on another kind of limb."""
    others = LEG_PARTS if parts is ARM_PARTS else ARM_PARTS
    foreign = [
        bone
        for bone, scores in enumerate(names.parts)
        if scores and scores.keys() <= set(others) and max(scores.values()) >= _CLEAR
    ]
    found: Candidates = {part: [] for part in parts}
    for bone, scores in enumerate(names.parts):
        if groups[bone] is not side or not scores.keys() & set(parts):
            continue
        if any(view.is_above(other, bone) for other in foreign):
            continue
        for part in parts:
            if part in scores:
                found[part].append(Candidate(bone, scores[part]))
    return found


def _groups(view: View, names: Names) -> list[Side | None]:
    """The side of every bone that could be a limb: named, or by where it and its branch stand."""
    limbs = [
        bone
        for bone, scores in enumerate(names.parts)
        if any(part in scores for part in (*ARM_PARTS, *LEG_PARTS))
    ]
    groups = list(names.sides)
    unsided = [bone for bone in limbs if groups[bone] is None]
    if not unsided:
        return groups
    plane = _plane_of_sides(view, names, limbs) or find_plane(view)
    if plane is None:
        return groups
    for bone in unsided:
        across = float(plane.across(view.heads[[bone, *view.below(bone)]]).mean())
        if abs(across) > 0.01 * view.size:
            groups[bone] = Side.LEFT if across > 0.0 else Side.RIGHT
    return groups


def _plane_of_sides(view: View, names: Names, limbs: list[int]) -> Plane | None:
    """The middle plane of the limbs whose names do give a side."""
    points = {
        side: view.heads[[bone for bone in limbs if names.sides[bone] is side]] for side in Side
    }
    if min(len(found) for found in points.values()) < 3:
        return None
    left, right = (points[side].mean(axis=0) for side in Side)
    length = float(np.linalg.norm(left - right))
    if length < 0.02 * view.size:
        return None
    return Plane((left - right) / length, (left + right) / 2.0)
