# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones between and after named ones whose own names say nothing.

Only where both sides have one, alike, and nothing else could be meant: a clavicle that alone
carries an arm, a hand that alone ends a forearm, a foot that alone ends a shin.
"""

from __future__ import annotations

from .draft import Draft, Evidence
from .evidence import Names
from .labels import Found
from .meanings import Part
from .roles import Side
from .view import View

_UNEVEN = 1.25
_ENDS = ((Part.FOREARM, Part.HAND), (Part.SHIN, Part.FOOT))


def complete(view: View, names: Names, draft: Draft) -> None:
    """Fills clavicles, hands and feet that no name gave."""
    if not draft.both(Part.CLAVICLE):
        found = [_carrier(view, names, draft, arm) for arm in draft.both(Part.UPPER_ARM)]
        if len(set(found)) == 2:
            _fill(view, draft, Part.CLAVICLE, Part.UPPER_ARM, found, "It alone carries the arm.")
    for near, part in _ENDS:
        if not draft.both(part):
            found = [_only_child(view, names, bone) for bone in draft.both(near)]
            _fill(view, draft, part, near, found, f"It alone ends the {near.value}.")


def _carrier(view: View, names: Names, draft: Draft, arm: int) -> int:
    """The unnamed bone an upper arm hangs on, if it hangs on the spine or neck itself; else -1."""
    parent = view.parent[arm]
    if parent < 0 or not names.silent(parent):
        return -1
    trunk = {*draft.spine, *draft.neck}
    return parent if view.parent[parent] in trunk and parent not in trunk else -1


def _only_child(view: View, names: Names, bone: int) -> int:
    """The one unnamed child of a bone that is no helper; -1 for none or several."""
    silent = [child for child in view.children[bone] if names.silent(child)]
    return silent[0] if len(silent) == 1 else -1


def _fill(view: View, draft: Draft, part: Part, near: Part, found: list[int], why: str) -> None:
    if len(found) != 2 or min(found) < 0 or set(found) & set(draft.evidence):
        return
    lengths = [
        view.distance(bone, other) for bone, other in zip(draft.both(near), found, strict=True)
    ]
    if max(lengths) > _UNEVEN * min(lengths):
        return
    for side, bone in zip(Side, found, strict=True):
        draft.limbs[side][part] = bone
        draft.evidence[bone] = Evidence(Found.HIERARCHY, 0.6, why)
