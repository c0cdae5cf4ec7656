# SPDX-License-Identifier: GPL-3.0-or-later
"""Labelling a skeleton: the stages in order, and the refusals.

    names -> limbs -> trunk -> structure where names are silent -> sides by geometry -> fingers

A stage may leave a part empty, never guess: an empty part costs the user one click, a wrong one
ruins the motion.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..rotations import FloatArray
from ..skeleton import Skeleton
from . import evidence
from .anatomy import check_humanoid, is_even
from .completion import complete
from .draft import Draft, Evidence
from .evidence import Names
from .fingers import find_fingers
from .hands import fingers_by_place
from .labels import Found, Labelling, Match, NotHumanoid
from .meanings import Part
from .named import body_by_names
from .roles import Role, Side
from .sides import Axes, find_axes, swapped_limbs
from .spares import list_spares
from .structure import body_by_structure
from .view import View

_FEWEST_BONES = 8


def label(
    skeleton: Skeleton, *, world: FloatArray | None = None, only: Collection[str] | None = None
) -> Labelling:
    """Finds the parts of a body in a skeleton.

    world  (4, 4) armature space -> world, or None: needed only where it mirrors
    only   the bones to look at (deform bones, or controls); the others still carry the hierarchy

    Raises NotHumanoid when there is no body in it, saying what is missing.
    """
    view = View(skeleton, world, only)
    _refuse_unusable(view)
    names = evidence.read(view)
    draft, named = _find_body(view, names)
    axes = _settle_sides(view, draft)
    check_humanoid(view, draft)
    if not draft.sided:
        _refuse_unsided(axes)
    if named:
        find_fingers(view, names, draft)
    else:
        fingers_by_place(view, draft)
    family = names.fit.family.title if named and names.fit else ""
    return _as_labelling(skeleton, view, names, draft, axes, family)


def _find_body(view: View, names: Names) -> tuple[Draft, bool]:
    """The body by its names where they make sense, else by its structure; and which of the two."""
    draft = body_by_names(view, names)
    if draft.has_legs() and draft.has_arms() and is_even(view, draft):
        complete(view, names, draft)
        return draft, True
    structure = body_by_structure(view)
    if structure is None:
        return draft, True
    structure.warnings.append(
        "The names of the bones say too little: the body was recognised by its shape."
    )
    return structure, False


def _refuse_unsided(axes: Axes) -> None:
    if not axes.certain:
        raise NotHumanoid(
            "Left cannot be told from right: the names of the bones do not say it, and the rest "
            "pose has neither feet nor bent knees that show where the front is.",
            remedy="Mark the sides in the names of the bones, for example with .L and .R.",
        )


def _refuse_unusable(view: View) -> None:
    if len(view) < _FEWEST_BONES:
        raise NotHumanoid(
            f"The armature has {len(view)} bones: too few for a body with arms and legs.",
            remedy="Choose the armature of a humanoid character.",
        )
    if not np.all(np.isfinite(view.heads)):
        raise NotHumanoid(
            "The rest pose of the armature has bones at no place (not a number).",
            remedy="Repair the rest pose in Edit Mode.",
        )
    if view.size <= 0.0:
        raise NotHumanoid(
            "All bones of the armature stand in one point.",
            remedy="Choose the armature of a humanoid character.",
        )


def _settle_sides(view: View, draft: Draft) -> Axes:
    """Left is where geometry says it is; the names are corrected by it."""
    if float(np.linalg.det(view.linear)) < 0.0:
        draft.warnings.append(
            "The armature object mirrors its bones (negative scale): sides are as they appear."
        )
    axes = find_axes(view, draft)
    wrong = swapped_limbs(view, draft, axes)
    for parts in wrong:
        _swap(draft, parts)
    if wrong and draft.sided:
        draft.swapped = True
        draft.warnings.append(
            "The names call the character's right side left: sides are taken from where the bones "
            "stand."
        )
    return axes


def _swap(draft: Draft, parts: tuple[Part, ...]) -> None:
    """Gives the limbs of one kind to the other side each, and says so where names said else."""
    limbs = {side: {p: b for p, b in draft.limbs[side].items() if p in parts} for side in Side}
    for side in Side:
        kept = {p: b for p, b in draft.limbs[side].items() if p not in parts}
        draft.limbs[side] = kept | limbs[side.other]
        for bone in limbs[side.other].values() if draft.sided else ():
            known = draft.evidence[bone]
            draft.evidence[bone] = Evidence(
                known.found,
                min(known.confidence, 0.8),
                f"{known.why} The rest pose puts it on the {side.value} side.",
            )


def _as_labelling(
    skeleton: Skeleton, view: View, names: Names, draft: Draft, axes: Axes, family: str
) -> Labelling:
    chains: dict[Role, tuple[Match, ...]] = {}
    unknown = Evidence(Found.HIERARCHY, 0.5, "Its place in the body says so.")
    for role, bones in draft.roles().items():
        chains[role] = tuple(
            Match(role, view.names[bone], e.found, e.confidence, e.why, index)
            for index, bone in enumerate(bones)
            for e in (draft.evidence.get(bone, unknown),)
        )
    to_armature = np.linalg.inv(view.linear)
    left, up, front = (_direction(to_armature @ axis) for axis in (axes.left, axes.up, axes.front))
    spares = list_spares(view, names, draft)
    return Labelling(
        skeleton, chains, spares, family, tuple(draft.warnings), left, up, front,
        stands=axes.readable,
    )  # fmt: skip


def _direction(vector: FloatArray) -> tuple[float, float, float]:
    x, y, z = (vector / max(float(np.linalg.norm(vector)), 1e-12)).tolist()
    return (x, y, z)
