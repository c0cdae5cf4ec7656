# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may choose about a retarget. Plain frozen data; knows no Blender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RootOn = Literal["bone", "object"]


@dataclass(frozen=True)
class ErrorBound:
    """How far a reduced curve may leave the full one: degrees for turns, millimetres for places."""

    degrees: float = 0.1
    millimetres: float = 0.5


@dataclass(frozen=True)
class RetargetOptions:
    """The choices of one retarget.

    feet_on     keep planted feet planted by leg IK, soles on the floor
    in_place    take the way through the room out of the hips
    root        who travels: the hips bone, or the armature object across the floor
    upper_body  torso, arms and head only; legs, hips and root stay as they are
    reduce      remove keys a straight line can stand for, within this bound; None keeps every frame
    """

    feet_on: bool = True
    in_place: bool = False
    root: RootOn = "bone"
    upper_body: bool = False
    reduce: ErrorBound | None = None
