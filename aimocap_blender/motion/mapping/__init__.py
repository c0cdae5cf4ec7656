# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone is which part of a body, on any humanoid rig. numpy only; knows no Blender."""

from .controls import Controls, Switch, deform_bones, rigify_controls
from .labelling import label
from .labels import Found, Kind, Labelling, Match, NotHumanoid, Place, Spare
from .pairing import BoneMap, Pair, pair
from .roles import Role, Side
from .saved import BoneMapUnreadable, SavedLabels, dump, load, saved_labels

__all__ = [
    "BoneMap",
    "BoneMapUnreadable",
    "Controls",
    "Found",
    "Kind",
    "Labelling",
    "Match",
    "NotHumanoid",
    "Pair",
    "Place",
    "Role",
    "SavedLabels",
    "Side",
    "Spare",
    "Switch",
    "deform_bones",
    "dump",
    "label",
    "load",
    "pair",
    "rigify_controls",
    "saved_labels",
]
