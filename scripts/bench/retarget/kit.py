# SPDX-License-Identifier: GPL-3.0-or-later
"""Every clip of a game kit onto rigs of people, feet on: how many keep each limit.

The kit's figures have hips as wide as their legs are long, feet as long as a shin, and clips of a
second in which they turn about, kick, fall and sit: no person's legs could follow all of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import bpy

from aimocap_blender.bridge import fbx, takes
from scripts.common.console import hushed

from . import real_files
from .measures import Case, Row, row

FILE = "cc0_kaykit_knight.glb"
RIGS = ("Rigify metarig", "Unreal", "HumanIK")
QUICK_CLIPS = 6
LIMITS: dict[str, Callable[[Row], bool]] = {
    "arms": lambda row: row.arms_mean < 0.1,
    "legs, mean": lambda row: row.legs_mean < 2.0,
    "legs, largest": lambda row: row.legs_max < 12.0,
    "twist": lambda row: row.twist_mean < 2.0,
    "root": lambda row: row.root_per_cent < 0.5,
    "toe speed": lambda row: not row.speed_target > 1.15 * row.speed_source + 0.5,
    "height": lambda row: not row.height_error > 0.3,
    "step": lambda row: row.step_over_source <= 2.0,
}
"""What is wanted of a row; a clip without contacts (not a number) keeps the limits of its toes."""


def rows(*, quick: bool) -> Iterator[Row]:
    """Each clip that moves onto each rig."""
    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    with ExitStack() as stack, hushed():
        rigs = {name: real_files.rig(name, stack) for name in RIGS}
        for clip in _clips()[: QUICK_CLIPS if quick else None]:
            with fbx.imported(bpy.context, real_files.FOLDER / FILE, clip=clip) as guests:
                source = guests.armatures[0]
                scene.collection.objects.link(source)
                frames = real_files.frames_of(source)
                if frames is None:
                    continue
                for name, target in rigs.items():
                    case = Case(clip, name, "", feet_on=True)
                    yield row(real_files.played(case, source, target, frames, guests.fps))


def _clips() -> tuple[str, ...]:
    """The names of the kit's clips."""
    with fbx.imported(bpy.context, real_files.FOLDER / FILE) as guests:
        return takes.names(guests.armatures[0])


def kept(rows: list[Row]) -> dict[str, int]:
    """How many rows keep each limit, and all of them."""
    counts = {name: sum(map(limit, rows)) for name, limit in LIMITS.items()}
    return {**counts, "all": sum(all(limit(row) for limit in LIMITS.values()) for row in rows)}
