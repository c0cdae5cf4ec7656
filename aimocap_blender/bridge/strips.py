# SPDX-License-Identifier: GPL-3.0-or-later
"""The Sequencer's strips: the active movie as plain facts, and the preview laid above it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import cast

import bpy

from ..clips.movie_header import VideoHeader, read_header
from ..clips.strip import ClipError, StripFacts, StripKind
from . import compat, windows

_KINDS = {
    "MOVIE": StripKind.MOVIE,
    "SOUND": StripKind.SOUND,
    "IMAGE": StripKind.IMAGE,
    "META": StripKind.META,
    "SCENE": StripKind.SCENE,
    "MOVIECLIP": StripKind.CLIP,
    "CLIP": StripKind.CLIP,
    "MASK": StripKind.MASK,
}
_MOST_CHANNELS = 128
_SAME_RATE = 1e-4


def active(context: bpy.types.Context) -> StripFacts:
    """The active strip of the Sequencer as facts; of the kind NONE when there is none.

    A sound strip whose movie lies beside it stands for that movie: Blender adds both and makes
    either one active, depending on its version. Asks the disk for the file's
    state and, when that has changed, for its header: cheap enough for a redraw.
    """
    scene = compat.sequencer_scene(context)
    editor = scene.sequence_editor if scene else None
    strip = active_strip(editor)
    if scene is None or editor is None or strip is None:
        return StripFacts(name="", kind=StripKind.NONE)
    return facts_of(scene, strip)


def active_strip(editor: bpy.types.SequenceEditor | None) -> bpy.types.Strip | None:
    """The active strip, or the movie beside it when the active one is its sound."""
    strip = editor.active_strip if editor else None
    if editor is None or strip is None or strip.type != "SOUND":
        return strip
    return _movie_of_sound(editor, cast("bpy.types.SoundStrip", strip)) or strip


def facts_of(scene: bpy.types.Scene, strip: bpy.types.Strip) -> StripFacts:
    """One strip of a scene as facts."""
    kind = _KINDS.get(strip.type, StripKind.OTHER)
    if kind is StripKind.OTHER and hasattr(strip, "input_1"):
        kind = StripKind.EFFECT
    if kind is StripKind.MOVIE:
        return _movie_facts(scene, cast("bpy.types.MovieStrip", strip))
    times = compat.strip_times(strip)
    return StripFacts(
        name=strip.name, kind=kind, left_handle=times.left_handle, right_handle=times.right_handle
    )


def _movie_facts(scene: bpy.types.Scene, strip: bpy.types.MovieStrip) -> StripFacts:
    times = compat.strip_times(strip)
    path = _absolute(strip)
    trims = compat.hard_trims(strip)
    header = _header(path) if path else None
    source_fps, adjusting_fps = _rates(strip, header)
    frames = _content_frames(strip, header, source_fps, sum(trims))
    return StripFacts(
        name=strip.name,
        kind=StripKind.MOVIE,
        path=path,
        file_exists=path is not None and path.is_file(),
        scene_fps=scene.render.fps / scene.render.fps_base,
        source_fps=source_fps,
        adjusting_fps=adjusting_fps,
        content_start=times.content_start,
        content_frames=frames,
        trimmed_start_frames=trims[0],
        trimmed_end_frames=trims[1],
        left_handle=times.left_handle,
        right_handle=times.right_handle,
        content_end=times.content_end,
        retiming_frames=tuple(float(key.timeline_frame) for key in strip.retiming_keys),
        retimed_frames=compat.retimed_frames(frames),
        is_reversed=strip.use_reverse_frames,
        is_mirrored=strip.use_flip_x or strip.use_flip_y,
        is_multiview=strip.use_multiview,
        has_speed_effect=_has_speed_effect(scene.sequence_editor, strip),
    )


def add_preview(
    context: bpy.types.Context, path: Path, *, first_frame: float, above: str = ""
) -> str:
    """Lay a preview video as a muted strip above the source strip; returns the new strip's name.

    The scene's rate, the selection and the active strip stay as they were. Errors: ClipError when
    the Sequencer shows no scene or the file is not there.
    """
    scene = compat.sequencer_scene(context)
    if scene is None:
        raise ClipError(
            "The Sequencer shows no scene.", remedy="Choose a scene in the Sequencer's header."
        )
    if not path.is_file():
        raise ClipError(f'The preview "{path}" is not there.', remedy="Fetch the result again.")
    editor = scene.sequence_editor or scene.sequence_editor_create()
    was_active = editor.active_strip
    source = next((s for s in compat.all_strips(editor) if s.name == above), None)
    floor = source.channel if source else 0
    channel = min(_MOST_CHANNELS, 1 + max([floor, *(s.channel for s in _top(editor))]))
    strip = _at_its_own_rate(context, editor, path, channel, round(first_frame))
    strip.name = f"Preview of {above}" if above else path.stem
    strip.mute = True
    strip.select = False
    editor.active_strip = was_active
    return strip.name


def _at_its_own_rate(
    context: bpy.types.Context,
    editor: bpy.types.SequenceEditor,
    path: Path,
    channel: int,
    frame: int,
) -> bpy.types.Strip:
    """A new movie strip that plays at natural speed whatever the scene's rate.

    Only the operator can switch "Adjust Playback Rate" on (`new_movie` can't), and it wants a
    Sequencer around it.
    """
    before = {strip.as_pointer() for strip in compat.all_strips(editor)}
    with in_sequencer(context):
        bpy.ops.sequencer.movie_strip_add(
            filepath=str(path),
            frame_start=frame,
            channel=channel,
            replace_sel=False,
            sound=False,
            adjust_playback_rate=True,
            use_framerate=False,
            set_view_transform=False,
            **compat.movie_strip_add_options(),
        )
    return next(s for s in compat.all_strips(editor) if s.as_pointer() not in before)


@contextmanager
def in_sequencer(context: bpy.types.Context) -> Iterator[None]:
    """Have the area at hand be a Sequencer's timeline for a moment.

    Only where none is at hand (a script's context) the context is overridden, which is not safe
    while threads are at work: see `windows.showing`.
    """
    window = windows.at_hand(context)
    if window is None:
        raise ClipError("Blender has no window to add a strip in.", remedy="Open a window.")
    area = context.area or window.screen.areas[0]
    was = area.ui_type
    area.type = "SEQUENCE_EDITOR"
    view = area.spaces.active.view_type
    area.spaces.active.view_type = "SEQUENCER"
    try:
        if area == context.area:
            yield
        else:
            region = next(region for region in area.regions if region.type == "WINDOW")
            with context.temp_override(window=window, area=area, region=region):
                yield
    finally:
        area.spaces.active.view_type = view
        area.ui_type = was


def _top(editor: bpy.types.SequenceEditor) -> list[bpy.types.Strip]:
    """The strips that are not inside a meta strip."""
    return list(compat.top_strips(editor))


def _movie_of_sound(
    editor: bpy.types.SequenceEditor, sound: bpy.types.SoundStrip
) -> bpy.types.Strip | None:
    """The movie strip of the same file whose time overlaps the sound's; the nearest start wins."""
    if sound.sound is None:
        return None
    library = sound.sound.library
    file = Path(os.path.normpath(bpy.path.abspath(sound.sound.filepath, library=library)))
    times = compat.strip_times(sound)
    found = []
    for strip in compat.all_strips(editor):
        if strip.type != "MOVIE" or _absolute(cast("bpy.types.MovieStrip", strip)) != file:
            continue
        its = compat.strip_times(strip)
        if its.left_handle < times.right_handle and times.left_handle < its.right_handle:
            found.append((abs(its.left_handle - times.left_handle), strip.name, strip))
    return min(found, key=lambda entry: entry[:2])[2] if found else None


def _absolute(strip: bpy.types.MovieStrip) -> Path | None:
    """The movie's absolute path; relative ones are relative to the .blend the strip came from."""
    if not strip.filepath:
        return None
    library = strip.id_data.library if strip.id_data else None
    return Path(os.path.normpath(bpy.path.abspath(strip.filepath, library=library))).absolute()


def _rates(strip: bpy.types.MovieStrip, header: VideoHeader | None) -> tuple[float, float]:
    """Frames per second of the file, and those it had when the strip was added.

    `strip.fps` opens the file each time it is asked, 1 to 4 ms of every redraw: while the file's
    header agrees with what was remembered, the file is still that one.
    """
    element = strip.elements[0] if strip.elements else None
    remembered = float(element.orig_fps) if element else 0.0
    mean = header.mean_fps if header else None
    if mean and abs(mean - remembered) < _SAME_RATE * mean:
        return remembered, remembered
    return float(strip.fps), remembered


def _content_frames(
    strip: bpy.types.MovieStrip, header: VideoHeader | None, source_fps: float, hard_trimmed: int
) -> int:
    """Source frames of the content; 0 when neither Blender nor the file's header tells."""
    told = compat.told_source_frames(strip)
    if told is not None:
        return told
    return max(0, round(header.seconds * source_fps) - hard_trimmed) if header else 0


def _header(path: Path) -> VideoHeader | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return _remembered_header(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _remembered_header(path: Path, _modified_ns: int, _size: int) -> VideoHeader | None:
    """The header of one content of a file: drawing asks for it again and again."""
    return read_header(path)


def _has_speed_effect(editor: bpy.types.SequenceEditor | None, strip: bpy.types.Strip) -> bool:
    return editor is not None and any(
        effect.type == "SPEED" and any(of == strip for of in compat.inputs_of(effect))
        for effect in compat.all_strips(editor)
    )
