# SPDX-License-Identifier: GPL-3.0-or-later
"""How well limbs, feet and root arrive, on every ordered pair of the generated rigs."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from aimocap_blender.bridge import compat
from aimocap_blender.bridge.retarget import retargeting
from aimocap_blender.motion.options import RetargetOptions
from scripts.bench.spot_checks import performances
from scripts.bench.spot_checks.rigs import Actor, actors

from .measures import Case, Played, Row, row, seen
from .puppets import act, puppet


def rows(*, quick: bool) -> Iterator[Row]:
    """Every ordered pair of the rigs, feet off and on."""
    cast = actors()
    names = list(cast)[:3] if quick else list(cast)
    plays = {"walk": performances.curved_walk, "dance": performances.dance}
    for motion_name in ("walk",) if quick else ("walk", "dance"):
        for source in names:
            for target in names:
                if source != target:
                    acting = plays[motion_name]()
                    yield from map(row, pair(cast[source], cast[target], motion_name, acting))


def pair(source: Actor, target: Actor, name: str, acting: performances.Acting) -> Iterator[Played]:
    """One pair, feet off and on."""
    bpy.ops.wm.read_homefile(use_empty=True)
    fps = performances.FPS
    bpy.context.scene.render.fps = round(fps)
    motion = performances.on(source.body, source.world, acting)
    giver = puppet("Source", source.body.skeleton, source.world)
    taker = puppet("Target", target.body.skeleton, target.world)
    act(giver, motion)
    for feet_on in (False, True):
        outcome = retargeting.retarget_onto(
            giver, taker, action_name="bench", start_frame=1.0, scene_fps=fps,
            options=RetargetOptions(feet_on=feet_on),
        )  # fmt: skip
        theirs, ours = seen(
            [(source.body, giver), (target.body, taker)], range(1, motion.frames + 1)
        )
        yield Played(Case(source.name, target.name, name, feet_on), theirs, ours, fps)
        compat.assign_action(taker, None, None)
        bpy.data.actions.remove(outcome.action)
