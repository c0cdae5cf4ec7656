# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a target from moving as the keys of its new action say, in sentences for the user.

Constraints and drivers on keyed bones, other NLA tracks, an action that counts only in part. None
of them is changed: they are the user's, and taking them back is one click for who knows of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import bpy

_HARMLESS = frozenset({"LIMIT_SCALE", "COPY_SCALE", "MAINTAIN_VOLUME"})
_TURNS = ("rotation_quaternion", "rotation_euler", "rotation_axis_angle")
_WHOLE = 0.999


def overruled(item: bpy.types.Object, names: Collection[str]) -> tuple[str, ...]:
    """A sentence for everything that moves one of the named bones against its keys."""
    return (*_by_constraints(item, names), *_by_drivers(item, names), *_by_the_object(item))


def _by_constraints(item: bpy.types.Object, names: Collection[str]) -> Iterator[str]:
    for name in names:
        for constraint in item.pose.bones[name].constraints:
            live = not constraint.mute and constraint.influence > 0.0
            if live and constraint.type not in _HARMLESS:
                yield (
                    f'The constraint "{constraint.name}" on "{name}" moves it against its keys: '
                    "mute it to see the whole motion."
                )


def _by_drivers(item: bpy.types.Object, names: Collection[str]) -> Iterator[str]:
    data = item.animation_data
    driven = {curve.data_path for curve in data.drivers if not curve.mute} if data else set()
    if not driven:
        return
    for name in names:
        bone = item.pose.bones[name]
        if any(bone.path_from_id(channel) in driven for channel in _TURNS):
            yield (
                f'A driver on "{name}" turns it against its keys: '
                "mute it in the Drivers Editor to see the whole motion."
            )


def _by_the_object(item: bpy.types.Object) -> Iterator[str]:
    if item.data.pose_position == "REST":
        yield (
            f'"{item.name}" shows its rest position: '
            "choose Pose Position in its data properties to see the motion."
        )
    data = item.animation_data
    if data is None:
        return
    solo = next((track.name for track in data.nla_tracks if track.is_solo), None)
    if solo is not None and data.use_nla:
        yield (
            f'Only the NLA track "{solo}" of "{item.name}" plays: '
            "take its star away to see the motion."
        )
    elif data.nla_tracks and data.use_nla and _is_partial(data):
        yield (
            f'The action of "{item.name}" counts only in part: set its Blending to Replace and its '
            "Influence to 1 in the Nonlinear Animation editor to see the whole motion."
        )


def _is_partial(data: bpy.types.AnimData) -> bool:
    """Whether the action is blended over the NLA tracks below it."""
    return data.action_influence < _WHOLE or data.action_blend_type != "REPLACE"
