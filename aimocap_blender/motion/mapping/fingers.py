# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingers: the chains of a hand, which finger each is, and which of its bones are the joints.

Names say the finger, hierarchy the order, and the place of the first joint whether a chain starts
in the palm. Numbered fingers ("Finger0" or "finger1-1") count from the thumb, or from the index
beside a thumb of its own name; one under the other they are the joints of a mitten.
"""

from __future__ import annotations

from .draft import Draft, Evidence
from .evidence import Names
from .labels import Found
from .lexicon import Atom
from .meanings import Part, finger_of
from .roles import FINGER_NAMES, Role, Side, finger, metacarpal
from .view import View

_PALM_WORDS = frozenset({Atom.METACARPAL, Atom.PALM})


def find_fingers(view: View, names: Names, draft: Draft) -> None:
    """Fills the fingers of both hands by name. The sides must be settled."""
    groups: dict[tuple[Side, str], list[int]] = {}
    numbered: dict[Side, dict[str, list[int]]] = {side: {} for side in Side}
    for bone in range(len(view)):
        side = _side_of(view, names, draft, bone)
        role = names.role(bone)
        if side is None:
            continue
        if role is not None and role[0].side is not None:
            if role[0] not in _LIMB_ROLES:
                actual = role[0].on(side)
                draft.fingers.setdefault(actual, bone)
                draft.evidence[bone] = names.evidence(bone, Part.HAND, view.names[bone])
            continue
        if names.helpers[bone] is not None:
            continue
        found = finger_of(names.readings[bone])
        if found == "finger" and names.readings[bone].numbers:
            numbered[side].setdefault(names.readings[bone].numbers[0][0], []).append(bone)
        elif found is not None and found != "finger":
            groups.setdefault((side, found), []).append(bone)
    _add_numbered(view, groups, numbered)
    for (side, name), bones in groups.items():
        _place(view, names, draft, side, name, bones)


_LIMB_ROLES = frozenset(
    Role(f"{side.value}_{part}")
    for side in Side
    for part in (
        "clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe",
    )
)  # fmt: skip


def _side_of(view: View, names: Names, draft: Draft, bone: int) -> Side | None:
    """The hand a bone belongs to: by its parents, else by its name where nothing hangs on hands."""
    for side in Side:
        hand = draft.limb(side, Part.HAND)
        forearm = draft.limb(side, Part.FOREARM)
        if any(limb >= 0 and view.is_above(limb, bone) for limb in (hand, forearm)):
            return side
    side_named = names.sides[bone]
    if side_named is None:
        return None
    side_named = side_named.other if draft.swapped else side_named
    hand = draft.limb(side_named, Part.HAND)
    if hand < 0:
        return None
    thighs = draft.both(Part.THIGH)
    if any(view.is_above(thigh, bone) for thigh in thighs):
        return None
    return side_named if view.distance(hand, bone) < 0.25 * view.size else None


def _add_numbered(
    view: View,
    groups: dict[tuple[Side, str], list[int]],
    numbered: dict[Side, dict[str, list[int]]],
) -> None:
    """Fingers called by number only: five of them count thumb to little, from 0 or from 1.

    Four beside a thumb of its own name count index to little. Four alone say nothing.
    """
    for side, by_number in numbered.items():
        digits = sorted(by_number)
        first = {"0": 0, "1": 1}.get(digits[0]) if digits else None
        if first is None or len(digits) < 2 or _is_mitten(view, by_number):
            continue
        beside_thumb = (side, "thumb") in groups
        if (len(digits) != 4) if beside_thumb else (first == 1 and len(digits) == 4):
            continue
        fingers = FINGER_NAMES[1:] if beside_thumb else FINGER_NAMES
        for digit in digits:
            place = int(digit) - first
            if place < len(fingers):
                groups.setdefault((side, fingers[place]), []).extend(by_number[digit])


def _is_mitten(view: View, by_number: dict[str, list[int]]) -> bool:
    """Whether the numbers count the joints of one finger: they hang on each other."""
    return any(
        view.is_above(above, bone)
        for number, bones in by_number.items()
        for other, others in by_number.items()
        if number != other
        for bone in bones
        for above in others
    )


def _place(view: View, names: Names, draft: Draft, side: Side, name: str, bones: list[int]) -> None:
    """Gives the bones of one finger their roles: palm first if there is one, then the joints."""
    taken = set(draft.fingers.values())
    chain = [bone for bone in _longest_chain(view, bones) if bone not in taken]
    palm = metacarpal(side, name)
    if chain and palm is not None and _starts_in_palm(view, names, draft, side, chain):
        draft.fingers.setdefault(palm, chain[0])
        _note(view, draft, chain.pop(0))
    roles = finger(side, name)
    for role, bone in zip(roles, chain, strict=False):
        if role in draft.fingers:
            break
        draft.fingers[role] = bone
        _note(view, draft, bone)


def _note(view: View, draft: Draft, bone: int) -> None:
    draft.evidence[bone] = Evidence(
        Found.NAME, 0.85, f"The name {view.names[bone]} says which finger it is."
    )


def _longest_chain(view: View, bones: list[int]) -> list[int]:
    """The bones of one finger from the palm out; strangers and second copies fall away."""
    best: list[int] = []
    for tip in bones:
        chain = [bone for bone in view.chain(tip) if bone in bones]
        if len(chain) > len(best):
            best = chain
    if len(best) > 1 or len(bones) == 1:
        return best
    return []


def _starts_in_palm(view: View, names: Names, draft: Draft, side: Side, chain: list[int]) -> bool:
    """Whether a chain's first bone lies in the palm: by name, or nearer the wrist than it is long.

    A chain of four joints without a tip begins at the wrist; Mixamo's fourth is the tip.
    """
    if names.readings[chain[0]].atoms & _PALM_WORDS:
        return True
    if len(chain) < 4:
        return False
    hand = draft.limb(side, Part.HAND)
    if hand < 0:
        return False
    return view.distance(hand, chain[0]) < view.distance(chain[0], chain[1])
