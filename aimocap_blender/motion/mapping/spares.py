# SPDX-License-Identifier: GPL-3.0-or-later
"""The bones that stay out of the map, each with its reason, before anything runs."""

from __future__ import annotations

from .draft import Draft
from .evidence import Names
from .labels import Kind, Spare
from .view import View


def list_spares(view: View, names: Names, draft: Draft) -> tuple[Spare, ...]:
    """Every bone of the view that got no role, in the order of the skeleton."""
    mapped = {bone for bones in draft.roles().values() for bone in bones}
    by_stem = {
        (names.readings[bone].stem, names.sides[bone], names.readings[bone].numbers): bone
        for bone in mapped
    }
    found = []
    for bone, name in enumerate(view.names):
        if bone in mapped:
            continue
        kind, why = _reason(view, names, mapped, by_stem, bone)
        owner = _owner(view, mapped, bone) if kind in (Kind.TWIST, Kind.DOUBLED, Kind.END) else ""
        found.append(Spare(name, kind, why, owner))
    return tuple(found)


def _reason(
    view: View,
    names: Names,
    mapped: set[int],
    by_stem: dict[tuple[str, object, tuple[str, ...]], int],
    bone: int,
) -> tuple[Kind, str]:
    helper = names.helpers[bone]
    if helper is not None:
        kind, why = helper
        return kind, f"{why[0].upper()}{why[1:]}."
    reading = names.readings[bone]
    twin = by_stem.get((reading.stem, names.sides[bone], reading.numbers))
    if twin is not None and reading.stem:
        if _halves(view, twin, bone):
            return Kind.TWIST, f"It is the second half of {view.names[twin]}."
        return Kind.DOUBLED, f"{view.names[twin]} has the same name and is in the map."
    near = _owner(view, mapped, bone)
    if names.parts[bone] and near:
        return Kind.UNMAPPED, f"Another bone fits better; it hangs on {near}."
    return Kind.UNMAPPED, "It is no part of the body that is mapped."


def _halves(view: View, first: int, second: int) -> bool:
    return view.parent[second] == first and bool(view.children[second])


def _owner(view: View, mapped: set[int], bone: int) -> str:
    """The nearest mapped bone above, or ""."""
    current = view.parent[bone]
    while current >= 0 and current not in mapped:
        current = view.parent[current]
    return view.names[current] if current >= 0 else ""
