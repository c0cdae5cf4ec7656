# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Bone Map panel shows: made once when asked for, laid out at every redraw.

Recognising a rig takes up to a fifth of a second, too long for drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...motion.mapping import Found, Kind, Labelling, Role
from ...motion.mapping.roles import BODY, FINGERS
from . import bone_maps

_SURE = 0.75


@dataclass(frozen=True)
class MapRow:
    """One part of the body: its bones, how they were found ("name, 0.9") and why."""

    role: Role
    label: str
    bones: str
    found: str
    why: str
    is_sure: bool


@dataclass(frozen=True)
class MapView:
    """The map of one armature; `armature_uid` tells whether it is still the active one."""

    armature_uid: int
    armature: str
    summary: str
    family: str
    body: tuple[MapRow, ...]
    fingers: tuple[MapRow, ...]
    spares: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def of(armature: bpy.types.Object) -> MapView:
    """Recognise the armature's bones. Errors: `NotHumanoid`."""
    return view(bone_maps.of_armature(armature), armature)


def view(labelling: Labelling, armature: bpy.types.Object) -> MapView:
    """That labelling of that armature, in words."""
    body = tuple(_row(labelling, role) for role in dict.fromkeys(BODY))
    fingers = tuple(_row(labelling, role) for role in FINGERS)
    return MapView(
        armature_uid=armature.session_uid,
        armature=armature.name,
        summary=_summary(body, fingers),
        family=labelling.family,
        body=body,
        fingers=tuple(row for row in fingers if row.bones),
        spares=_spares(labelling),
        warnings=labelling.warnings,
    )


def _row(labelling: Labelling, role: Role) -> MapRow:
    chain = labelling.chains.get(role, ())
    surest = min((match.confidence for match in chain), default=1.0)
    found = chain[0].found if chain else None
    return MapRow(
        role=role,
        label=role.value.replace("_", " ").title(),
        bones=", ".join(match.bone for match in chain),
        found=found.value if found else "",
        why=chain[0].why if chain else "No bone of this rig is recognised as this part.",
        is_sure=found in (Found.USER, Found.PRESET) or (bool(chain) and surest >= _SURE),
    )


def _summary(body: tuple[MapRow, ...], fingers: tuple[MapRow, ...]) -> str:
    """Like "20 of 20 body, 30 of 30 fingers, 2 to confirm"."""
    found = sum(bool(row.bones) for row in body)
    with_fingers = sum(bool(row.bones) for row in fingers)
    unsure = sum(bool(row.bones) and not row.is_sure for row in (*body, *fingers))
    parts = [f"{found} of {len(body)} body", f"{with_fingers} of {len(fingers)} fingers"]
    return ", ".join([*parts, f"{unsure} to confirm"] if unsure else parts)


def _spares(labelling: Labelling) -> tuple[tuple[str, str], ...]:
    """Bones outside the map by kind: ("twist", "a, b, c")."""
    kinds = ((kind, [spare.bone for spare in labelling.spares_of(kind)]) for kind in Kind)
    return tuple((kind.value, ", ".join(bones)) for kind, bones in kinds if bones)
