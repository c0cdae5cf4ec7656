# SPDX-License-Identifier: GPL-3.0-or-later
"""The motions an imported armature came with, and which of them it plays.

A file may hold many: game characters bring dozens of clips. Importers make an action of each, play
one of them and put the others into muted NLA tracks, which are named after the clip even where the
action's name has more in it (4.2 adds the armature's).
"""

from __future__ import annotations

import bpy

from . import compat


def names(armature: bpy.types.Object) -> tuple[str, ...]:
    """The names of the motions, the one that plays first."""
    data = armature.animation_data
    if data is None:
        return ()
    found = _by_name(data)
    playing = [name for name, action in found.items() if action == data.action]
    return tuple(dict.fromkeys((*playing[:1], *found)))


def play(armature: bpy.types.Object, name: str) -> bool:
    """Have the armature play the motion called `name`; False when it has none of that name."""
    data = armature.animation_data
    action = _by_name(data).get(name) if data is not None else None
    if action is None:
        return False
    compat.assign_action(armature, action, compat.slot_for(action, armature))
    return True


def _by_name(data: bpy.types.AnimData) -> dict[str, bpy.types.Action]:
    """Every action by the name of its track; the active one by its own where no track has it."""
    found = {
        track.name: strip.action
        for track in data.nla_tracks
        for strip in track.strips
        if strip.action is not None
    }
    if data.action is not None and data.action not in found.values():
        found[data.action.name] = data.action
    return found
