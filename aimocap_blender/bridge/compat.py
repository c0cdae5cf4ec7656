# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between Blender 4.2 and 5.2 that this extension meets, and nowhere else."""

# The stubs describe one version of Blender; this module talks to all of them.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

# The Sequencer ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class StripTimes:
    """A strip's times in scene frames, whatever this Blender calls them; right ends exclusive."""

    content_start: float
    content_end: float
    left_handle: int
    right_handle: int


def sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene | None:
    """The scene whose strips the Sequencer shows.

    From 5.0 that is the workspace's own choice, which may be none and may be another scene than
    the one in the 3D View; before, it is the context's scene.
    """
    if bpy.app.version < (5, 0, 0):
        return context.scene
    workspace = getattr(context, "workspace", None)
    return getattr(context, "sequencer_scene", None) or getattr(workspace, "sequencer_scene", None)


def all_strips(editor: bpy.types.SequenceEditor) -> list[bpy.types.Strip]:
    """Every strip, those inside meta strips too (4.2 says `sequences_all`)."""
    found = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    return list(found)


def top_strips(editor: bpy.types.SequenceEditor) -> bpy.types.StripsTopLevel:
    """The collection that makes and removes strips (4.2 says `sequences`)."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def strip_times(strip: bpy.types.Strip) -> StripTimes:
    """A strip's times; 5.2 renames them and deprecates the old names."""
    if hasattr(strip, "content_start"):
        start, left, right = strip.content_start, strip.left_handle, strip.right_handle
        end = right + strip.right_handle_offset
    else:
        start, left, right = strip.frame_start, strip.frame_final_start, strip.frame_final_end
        end = right + strip.frame_offset_end
    return StripTimes(float(start), float(end), int(left), int(right))


def hard_trims(strip: bpy.types.Strip) -> tuple[int, int]:
    """Source frames cut away for good before and after the content."""
    if hasattr(strip, "content_trim_start"):
        return strip.content_trim_start, strip.content_trim_end
    return strip.animation_offset_start, strip.animation_offset_end


def told_source_frames(strip: bpy.types.Strip) -> int | None:
    """Source frames of the content, where Blender tells them.

    4.2 does; in 4.5 `frame_duration` is in scene frames, after the playback rate. Between the two
    it is taken for source frames only where it can't be the other thing.
    """
    if bpy.app.version >= (4, 5, 0):
        return None
    told, times = int(strip.frame_duration), strip_times(strip)
    is_surely_source = told != round(times.content_end - times.content_start)
    return told if bpy.app.version < (4, 3, 0) or is_surely_source else None


def retimed_frames(content_frames: int) -> int:
    """Source frames between the first and the last retiming key of a whole strip.

    Until 4.5 the last key stands on the last frame, from 5.0 on behind it.
    """
    return content_frames if bpy.app.version >= (5, 0, 0) else max(0, content_frames - 1)


def movie_strip_add_options() -> dict[str, Any]:
    """What `sequencer.movie_strip_add` must be told besides: 5.0 and 5.2 crash in a process without
    a window when they may move strips, and 4.x does not know the option.
    """
    return {"move_strips": False} if bpy.app.version >= (5, 0, 0) else {}


def inputs_of(strip: bpy.types.Strip) -> Iterator[bpy.types.Strip]:
    """The strips an effect strip works on."""
    for name in ("input_1", "input_2"):
        found = getattr(strip, name, None)
        if found is not None:
            yield found


# Actions ---------------------------------------------------------------------------------------


def has_slots() -> bool:
    """True from 4.4 on: an action holds one channelbag of F-curves per slot."""
    return hasattr(bpy.types, "ActionSlot")


def active_slot(owner: bpy.types.ID) -> bpy.types.ActionSlot | None:
    """The slot of its action an ID is animated by; None before 4.4 or when none is chosen."""
    data = owner.animation_data
    return getattr(data, "action_slot", None) if data is not None else None


def slot_for(action: bpy.types.Action, owner: bpy.types.ID) -> bpy.types.ActionSlot | None:
    """The slot of `action` that suits `owner`: its own one, else the first of its kind.

    None before 4.4, and when the action has no slot for such data.
    """
    if not has_slots():
        return None
    data = owner.animation_data
    if data is not None and data.action == action and data.action_slot is not None:
        return data.action_slot
    kind = owner.id_type
    return next(
        (slot for slot in action.slots if slot.target_id_type in (kind, "UNSPECIFIED")), None
    )


def curves_of(
    action: bpy.types.Action, slot: bpy.types.ActionSlot | None
) -> list[bpy.types.FCurve]:
    """The F-curves of one slot; before 4.4 all of the action's.

    `strip.channelbag(slot)` is taken because F-curves reached through `channelbags[i]` are five
    times slower to read and write.
    """
    if not has_slots():
        return list(action.fcurves)
    if slot is None:
        return []
    curves = []
    for layer in action.layers:
        for strip in layer.strips:
            bag = strip.channelbag(slot)
            if bag is not None:
                curves += list(bag.fcurves)
    return curves


@dataclass(frozen=True)
class CurveWriter:
    """Where the F-curves of a new action are made."""

    action: bpy.types.Action
    slot: bpy.types.ActionSlot | None
    _bag: object

    def new(self, data_path: str, index: int, group: str) -> bpy.types.FCurve:
        """A new empty F-curve; `group` is the heading the animation editors show it under."""
        if not has_slots():
            return self._bag.fcurves.new(data_path, index=index, action_group=group)
        if bpy.app.version >= (5, 0, 0):
            return self._bag.fcurves.new(data_path, index=index, group_name=group)
        curve = self._bag.fcurves.new(data_path, index=index)
        known = self._bag.groups.get(group)
        curve.group = known if known is not None else self._bag.groups.new(group)
        return curve


def new_action(name: str, owner: bpy.types.ID) -> CurveWriter:
    """A new action for `owner`, not assigned yet, with a slot of its own where there are slots."""
    action = bpy.data.actions.new(name)
    if not has_slots():
        return CurveWriter(action, None, action)
    slot = action.slots.new(id_type=owner.id_type, name=owner.name)
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return CurveWriter(action, slot, strip.channelbag(slot, ensure=True))


def assign_action(
    owner: bpy.types.ID, action: bpy.types.Action | None, slot: bpy.types.ActionSlot | None
) -> None:
    """Animate `owner` by a slot of an action.

    From 4.4 on an action alone may leave the slot empty, and then nothing moves, silently.
    """
    data = owner.animation_data or owner.animation_data_create()
    data.action = action
    if has_slots() and action is not None and slot is not None:
        data.action_slot = slot
