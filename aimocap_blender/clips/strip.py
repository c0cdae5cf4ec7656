# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip of the Sequencer as plain data: what the bridge reads, before anything is judged.

Frames are scene frames unless a name says *source*; a handle on the right is exclusive (the first
frame that is no longer shown). Knows neither seconds (see `trim`) nor Blender.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..errors import AimocapError


class ClipError(AimocapError):
    """The strip or its file can't be sent as it is."""


class StripKind(Enum):
    """What the active strip is; the value is how a sentence names it."""

    NONE = "no strip"
    MOVIE = "a movie"
    SOUND = "a sound"
    IMAGE = "an image sequence"
    META = "a meta strip"
    SCENE = "a scene strip"
    CLIP = "a movie clip strip"
    MASK = "a mask strip"
    EFFECT = "an effect strip"
    OTHER = "a strip of another kind"


@dataclass(frozen=True)
class StripFacts:
    """One strip as Blender describes it; nothing in it is interpreted yet.

    name                   of the strip
    kind                   only MOVIE can be sent
    path                   absolute path of the movie file; None when there is none
    file_exists            whether it was there when the strip was read
    scene_fps              scene frames per second (fps / fps_base)
    source_fps             frames per second of the file, 0 when the file could not be read
    adjusting_fps          frames per second "Adjust Playback Rate" reckons with: the file's when
                           the strip was added, which another file chosen later does not change;
                           0 for the file's own
    content_start          scene frame of the first frame of the content
    content_frames         source frames of the content (what the hard trims leave)
    trimmed_start_frames   source frames hard-trimmed away before the content
    trimmed_end_frames     source frames hard-trimmed away after it
    left_handle            first visible scene frame
    right_handle           first scene frame that is no longer visible
    content_end            scene frame after the last frame of the content
    retiming_frames        frames of the retiming keys, in order; () when not retimed
    retimed_frames         source frames from the first retiming key to the last
    is_reversed            "Reverse Frames" is on
    is_mirrored            the picture is flipped left-right or top-bottom
    is_multiview           the strip shows several files as one stereo picture
    has_speed_effect       a Speed Control effect takes this strip as its input
    """

    name: str
    kind: StripKind
    path: Path | None = None
    file_exists: bool = True
    scene_fps: float = 24.0
    source_fps: float = 0.0
    adjusting_fps: float = 0.0
    content_start: float = 1.0
    content_frames: int = 0
    trimmed_start_frames: int = 0
    trimmed_end_frames: int = 0
    left_handle: int = 1
    right_handle: int = 1
    content_end: float = 1.0
    retiming_frames: tuple[float, ...] = ()
    retimed_frames: int = 0
    is_reversed: bool = False
    is_mirrored: bool = False
    is_multiview: bool = False
    has_speed_effect: bool = False
