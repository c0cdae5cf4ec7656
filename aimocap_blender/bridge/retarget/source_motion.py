# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source plays, from its first key to its last, as the body and motion to retarget from."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np

from ...errors import AimocapError
from ...motion.canonical import Body
from ...motion.mapping.labels import Labelling
from ...motion.skeleton import Motion
from ...motion.standing import on_its_feet
from .. import armatures, object_places

MOST_FRAMES = 200_000
"""Nearly two hours at 30 frames a second; some 1.4 GB while it is solved."""
_STILL_TURN = 1e-5
_STILL_PLACE = 1e-6


class RetargetError(AimocapError):
    """A motion can not be retargeted as things are; nothing has changed."""


def read_source(source: bpy.types.Object, labelling: Labelling, fps: float) -> tuple[Body, Motion]:
    """The source's body and its motion from the first to the last key, both at rest in one pose.

    Its own place is taken out of the world. A rest pose in which nobody stands is replaced by a
    frame of the motion (`motion.standing`).
    """
    span = armatures.key_range(source)
    if span is None:
        data = source.animation_data
        in_strips = data is not None and any(track.strips for track in data.nla_tracks)
        raise RetargetError(
            f'"{source.name}" has no animation' + (" but in NLA strips." if in_strips else "."),
            remedy="Bake the strips into an action (Object > Animation > Bake Action)."
            if in_strips
            else "Choose a file or armature with motion.",
        )
    first, last = span
    if not np.isfinite((first, last)).all():
        raise RetargetError(f'The animation of "{source.name}" has keys at no time.')
    refuse_endless(source.name, last - first)
    if last - first < 1.0:
        raise RetargetError(
            f'The animation of "{source.name}" has a single frame.',
            remedy="Choose a file or armature with motion.",
        )
    frames = first + np.arange(int(np.floor(last - first + 1e-4)) + 1, dtype=np.float64)
    skeleton = labelling.skeleton
    bones = skeleton.ancestry(Body.of(labelling).bones.values()).tolist()
    names = [skeleton.names[bone] for bone in bones]
    motion = armatures.read_motion(source, frames=frames, fps=fps, bones=names, skeleton=skeleton)
    if _is_still(motion, bones):
        raise RetargetError(
            f'Nothing moves in the animation of "{source.name}".',
            remedy="Choose a file or armature with motion.",
        )
    world = motion.world.copy()
    world[..., :3, 3] -= object_places.resting_place(source)
    return on_its_feet(labelling, replace(motion, world=world))


def refuse_endless(name: str, frames: float) -> None:
    """RetargetError for more frames than memory is meant for: mostly one stray key far away."""
    if frames > MOST_FRAMES:
        raise RetargetError(
            f'The animation of "{name}" lasts {frames:.4g} frames; at most {MOST_FRAMES:,} can be '
            "retargeted at once.",
            remedy="Delete stray keys far from the motion, or cut it into parts.",
        )


def _is_still(motion: Motion, bones: list[int]) -> bool:
    """True when neither a bone that counts nor the object moves at all."""
    world = motion.world
    if world.ndim == 3 and np.ptp(world, axis=0).max() > _STILL_PLACE:
        return False
    return not any(
        np.ptp(motion.rotations[:, bone], axis=0).max() > _STILL_TURN
        or np.ptp(motion.locations[:, bone], axis=0).max() > _STILL_PLACE
        for bone in bones
    )
