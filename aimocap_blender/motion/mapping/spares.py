# SPDX-License-Identifier: GPL-3.0-or-later
"""The bones that stay out of the map, each with its reason, before anything runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .draft import Draft
from .evidence import Names
from .labels import Kind, Place, Spare
from .lexicon import Atom
from .meanings import parts_of
from .roles import NEXT, Role, Side
from .view import View

_IN_LINE = 0.94
"""Cosine of 20 degrees: a first half points where its limb points."""
_HALF = (0.5, 2.0)
"""How long a first half may be against the second."""
_QUIET = frozenset({Atom.TWIST, Atom.CONTROL, Atom.OTHER})

_Twins = dict[tuple[str, Side | None, tuple[str, ...]], int]


class _Map:
    """What is mapped: bone -> role, and the first bone of every role."""

    def __init__(self, draft: Draft) -> None:
        self.roles = {bone: role for role, bones in draft.roles().items() for bone in bones}
        self.first = {role: bones[0] for role, bones in draft.roles().items()}

    def above(self, view: View, bone: int) -> int:
        """The nearest mapped bone a bone hangs on, -1 for none."""
        current = view.parent[bone]
        while current >= 0 and current not in self.roles:
            current = view.parent[current]
        return current

    def below(self, view: View, bone: int) -> int:
        """The first mapped bone of the body that hangs on a bone, -1 for none."""
        found = [b for b in self.roles if view.is_above(bone, b)]
        return min(found, key=lambda b: view.depth[b], default=-1)


def list_spares(view: View, names: Names, draft: Draft) -> tuple[Spare, ...]:
    """Every bone of the view that got no role, in the order of the skeleton."""
    mapped = _Map(draft)
    twins: _Twins = {}
    for bone in mapped.roles:
        reading = names.readings[bone]
        twins[(reading.stem, names.sides[bone], reading.numbers)] = bone
    return tuple(
        _spare(view, names, mapped, twins, bone)
        for bone in range(len(view))
        if bone not in mapped.roles
    )


def _spare(view: View, names: Names, mapped: _Map, twins: _Twins, bone: int) -> Spare:
    above, below = mapped.above(view, bone), mapped.below(view, bone)
    owner, place = above, Place.BESIDE
    if above >= 0 and below >= 0:
        before = _is_first_half(view, names, mapped, bone, below)
        owner, place = (below, Place.BEFORE) if before else (above, Place.AFTER)
    kind, why = _reason(view, names, twins, bone, place)
    return Spare(view.names[bone], kind, why, view.names[owner] if owner >= 0 else "", place)


def _is_first_half(view: View, names: Names, mapped: _Map, bone: int, below: int) -> bool:
    """Whether a bone begins the limb that a mapped bone below it goes on with, in one line."""
    reading = names.readings[bone]
    parts = parts_of(replace(reading, atoms=reading.atoms - _QUIET))
    role = mapped.roles[below]
    part = role.value if role.side is None else role.value.split("_", 1)[1]
    end = mapped.first.get(NEXT.get(role, Role.HIPS), -1)
    if part not in {p.value for p in parts} or end < 0 or role not in NEXT:
        return False
    first = view.heads[below] - view.heads[bone]
    second = view.heads[end] - view.heads[below]
    near, far = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    alike = far > 0.0 and _HALF[0] < near / far < _HALF[1]
    return alike and float(first @ second) > _IN_LINE * near * far


def _reason(view: View, names: Names, twins: _Twins, bone: int, place: Place) -> tuple[Kind, str]:
    helper = names.helpers[bone]
    if helper is not None:
        kind, why = helper
        return kind, f"{why[0].upper()}{why[1:]}."
    reading = names.readings[bone]
    twin = twins.get((reading.stem, names.sides[bone], reading.numbers))
    if twin is not None and reading.stem:
        if place is Place.AFTER and view.is_above(twin, bone):
            return Kind.TWIST, f"It is a second half of {view.names[twin]}."
        return Kind.DOUBLED, f"{view.names[twin]} has the same name and is in the map."
    if place is not Place.BESIDE and names.parts[bone]:
        return Kind.TWIST, "It shares a limb with the bone that is in the map."
    if names.parts[bone]:
        return Kind.UNMAPPED, "Another bone fits better."
    return Kind.UNMAPPED, "It is no part of the body that is mapped."
