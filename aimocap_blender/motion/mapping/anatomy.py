# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what was found is a human body: the refusals, each with its reason."""

from __future__ import annotations

import numpy as np

from .draft import Draft
from .labels import NotHumanoid
from .meanings import Part
from .roles import Side
from .view import Array, View

_REMEDY = "Choose the armature of a humanoid character."


def check_humanoid(view: View, draft: Draft) -> None:
    """Raises NotHumanoid unless the draft is a body that can be animated like one.

    A body has two legs and two arms; an upper body has two arms and a head. What walks on all
    fours is refused even when its names are those of a human.
    """
    legs, arms = draft.has_legs(), draft.has_arms()
    if not legs and not arms:
        raise NotHumanoid(
            f"No arms and no legs were found among the {len(view)} bones.", remedy=_REMEDY
        )
    if not arms:
        raise NotHumanoid("Two legs were found, but no pair of arms.", remedy=_REMEDY)
    if not legs and (draft.head < 0 or draft.both(Part.THIGH)):
        raise NotHumanoid("Two arms were found, but no pair of legs.", remedy=_REMEDY)
    if not legs:
        draft.warnings.append("The rig has no legs: only the upper body will move.")
    if legs and _on_all_fours(view, draft):
        raise NotHumanoid(
            "The skeleton stands on four legs: its spine lies flat and its arms reach the ground.",
            remedy=_REMEDY,
        )
    if draft.hips < 0 and legs:
        draft.warnings.append("No bone was found for the hips: set it in the bone map.")


def _unit(vector: Array) -> Array:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-12 else np.zeros(3)


def _on_all_fours(view: View, draft: Draft) -> bool:
    """Spine across the legs, front limbs along them and down to the same ground."""
    hind = [draft.chain(side, (Part.THIGH, Part.SHIN, Part.FOOT)) for side in Side]
    fore = draft.both(Part.UPPER_ARM)
    hip = np.mean([view.heads[chain[0]] for chain in hind], axis=0)
    ankle = np.mean([view.heads[chain[-1]] for chain in hind], axis=0)
    shoulder = view.heads[fore].mean(axis=0)
    down = _unit(ankle - hip)
    ground = np.mean([_lowest(view, chain[0], down) for chain in hind], axis=0)
    reach = np.mean([_lowest(view, bone, down) for bone in fore], axis=0)
    leg = float(np.linalg.norm(ground - hip))
    lying = abs(float(_unit(shoulder - hip) @ down)) < 0.6
    standing = float(_unit(reach - shoulder) @ down) > 0.75
    level = abs(float((reach - ground) @ down)) < 0.5 * leg
    return lying and standing and level


def _lowest(view: View, bone: int, down: Array) -> Array:
    """The joint of a limb that is farthest down, whatever it is called."""
    points = view.heads[[bone, *view.below(bone)]]
    lowest: Array = points[np.argmax(points @ down)]
    return lowest


_UNEVEN = 1.25
_LIMB_STEPS = (
    (Part.THIGH, Part.SHIN),
    (Part.SHIN, Part.FOOT),
    (Part.UPPER_ARM, Part.FOREARM),
    (Part.FOREARM, Part.HAND),
)


def is_even(view: View, draft: Draft) -> bool:
    """Whether left and right limbs are equally long, whatever the pose: else names are nonsense."""
    for near, far in _LIMB_STEPS:
        lengths = [
            view.distance(draft.limbs[side][near], draft.limbs[side][far])
            for side in Side
            if {near, far} <= draft.limbs[side].keys()
        ]
        if len(lengths) == 2 and max(lengths) > _UNEVEN * min(lengths):
            return False
    return True
