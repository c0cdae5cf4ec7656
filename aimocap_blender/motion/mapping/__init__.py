# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone is which part of a body, on any humanoid rig. numpy only; knows no Blender."""

from .controls import Controls, Switch, deform_bones, rigify_controls
from .fingerprint import fingerprint, same_skeleton
from .labelling import label
from .labels import Found, Kind, Labelling, Match, NotHumanoid, Spare
from .pairing import BoneMap, Pair, pair
from .roles import Role, Side

__all__ = [
    "BoneMap",
    "Controls",
    "Found",
    "Kind",
    "Labelling",
    "Match",
    "NotHumanoid",
    "Pair",
    "Role",
    "Side",
    "Spare",
    "Switch",
    "deform_bones",
    "fingerprint",
    "label",
    "pair",
    "rigify_controls",
    "same_skeleton",
]
