# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between Blender 4.2 and 5.2 that this extension meets, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    if hasattr(bpy.types.WorkSpace, "sequencer_scene") or bpy.app.version >= (5, 0, 0):
        workspace = getattr(context, "workspace", None)
        chosen = getattr(context, "sequencer_scene", None) or getattr(
            workspace, "sequencer_scene", None
        )
        return chosen
    return context.scene


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

    4.2 and 4.3 do; from 4.4 on `frame_duration` is in scene frames, after the playback rate.
    """
    return int(strip.frame_duration) if bpy.app.version < (4, 4, 0) else None


def inputs_of(strip: bpy.types.Strip) -> Iterator[bpy.types.Strip]:
    """The strips an effect strip works on."""
    for name in ("input_1", "input_2"):
        found = getattr(strip, name, None)
        if found is not None:
            yield found
