# SPDX-License-Identifier: GPL-3.0-or-later
"""What one action leaves behind on a rig when another takes its place, and how it is taken back.

Blender lets every channel that the new action does not key stay as the old one left it: a pose
from the middle of a jump, IK/FK switches turned over. So a new action remembers, as one custom
property in JSON, the values of now of all channels that only it or only the one before it keys;
whoever exchanges the two gives those values back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import bpy

from . import compat

_VALUES = "aimocap_unkeyed_values"


def remember(
    owner: bpy.types.Object,
    newer: tuple[bpy.types.Action, bpy.types.ActionSlot | None],
    older: tuple[bpy.types.Action | None, bpy.types.ActionSlot | None],
) -> None:
    """Note on the newer action what `owner` has now in the channels only one of both keys."""
    paths = {path for path, _ in _keyed(*newer) ^ _keyed(*older)}
    values = {path: value for path in sorted(paths) if (value := _value(owner, path)) is not None}
    newer[0][_VALUES] = json.dumps(values, separators=(",", ":"))


def give_back(owner: bpy.types.Object, noted_on: bpy.types.Action) -> None:
    """Give `owner` the noted values back where the action it plays now does not key them."""
    data = owner.animation_data
    playing = data.action if data is not None else None
    keyed = _keyed(playing, compat.slot_for(playing, owner) if playing is not None else None)
    try:
        noted = json.loads(str(noted_on.get(_VALUES, "{}")))
    except ValueError:  # somebody edited the property
        return
    for path, value in noted.items():
        count = len(value) if isinstance(value, list) else 1
        if not all((path, index) in keyed for index in range(count)):
            _set(owner, path, value)


def assign(owner: bpy.types.Object, values: Iterable[tuple[str, Any]]) -> None:
    """Set properties by their data paths, and have Blender evaluate the rig anew."""
    for path, value in values:
        _set(owner, path, value)
    owner.update_tag()
    bpy.context.view_layer.update()


def _keyed(
    action: bpy.types.Action | None, slot: bpy.types.ActionSlot | None
) -> set[tuple[str, int]]:
    if action is None:
        return set()
    return {(curve.data_path, curve.array_index) for curve in compat.curves_of(action, slot)}


def _value(owner: bpy.types.Object, path: str) -> float | list[float] | None:
    """A number or a list of numbers; None for a path that leads nowhere on this rig."""
    try:
        value = owner.path_resolve(path)
    except ValueError:
        return None
    if isinstance(value, int | float):
        return value
    return [float(one) for one in value] if hasattr(value, "__len__") else None


def _set(owner: bpy.types.Object, path: str, value: Any) -> None:
    """One property or custom property; one that is gone is left out."""
    holder, name = _split(path)
    try:
        thing: Any = owner.path_resolve(holder) if holder else owner
        if path.endswith("]"):
            thing[name] = value
        else:
            setattr(thing, name, value)
    except (ValueError, KeyError, AttributeError, TypeError):
        return


def _split(path: str) -> tuple[str, str]:
    """`pose.bones["a"].location` -> (`pose.bones["a"]`, location); `...["IK_FK"]` likewise."""
    if path.endswith('"]'):
        holder, _, name = path[:-2].rpartition('["')
        return holder, bpy.utils.unescape_identifier(name)
    holder, _, name = path.rpartition(".")
    return holder, name
