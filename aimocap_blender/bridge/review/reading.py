# SPDX-License-Identifier: GPL-3.0-or-later
"""An armature's motion read a few frames at a time.

Where constraints have a say Blender has to evaluate the rig at every frame, which takes a large rig
some hundredths of a second each: the window must live in between.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import bpy
import numpy as np

from ...motion.rotations import FloatArray
from ...motion.skeleton import Motion, empty_track
from .. import armatures

FRAMES_AT_ONCE = 4
_SAME_PLACE = 1e-7


def motion_in_steps(
    armature: bpy.types.Object,
    frames: FloatArray,
    *,
    at_once: int | None = FRAMES_AT_ONCE,
    **how: Any,
) -> Generator[None, None, Motion]:
    """What `armatures.read_motion` reads, giving way after `at_once` frames, None: after all.

    frames  (frames,) scene frames; `how` is passed on
    """
    step = at_once or max(len(frames), 1)
    parts = []
    for start in range(0, max(len(frames), 1), step):
        part = frames[start : start + step]
        parts.append(armatures.read_motion(armature, frames=part, **how))
        yield
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[Motion]) -> Motion:
    """Pieces of one motion, one behind the other."""
    first, count = parts[0], sum(part.frames for part in parts)
    tracks = []
    for values in ([part.rotations for part in parts], [part.locations for part in parts]):
        track = empty_track(count, *values[0].shape[1:])
        np.concatenate(values, out=track)
        tracks.append(track)
    world = np.concatenate([np.broadcast_to(p.world, (p.frames, 4, 4)) for p in parts])
    if np.abs(world - world[0]).max() < _SAME_PLACE:
        world = world[0]
    return Motion(first.skeleton, first.fps, tracks[0], tracks[1], world)
