# SPDX-License-Identifier: GPL-3.0-or-later
"""A made walk retargeted onto another rig: what the tests of the checks begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.checks.run import compare
from aimocap_blender.motion.checks.take import Comparison
from aimocap_blender.motion.figure import Figure
from aimocap_blender.motion.options import RetargetOptions
from aimocap_blender.motion.skeleton import Motion
from aimocap_blender.motion.solve import solve
from scripts.bench.spot_checks.faults import Good
from scripts.bench.spot_checks.performances import PERFORMANCES, on
from scripts.bench.spot_checks.rigs import Actor, actors


@dataclass(frozen=True, eq=False)
class Staged:
    """A source on its rig, its retarget on another, side by side."""

    source: Actor
    motion: Motion
    target: Actor
    carried: Motion

    @property
    def pair(self) -> Comparison:
        return self.against(self.carried)

    def against(self, motion: Motion, **more: object) -> Comparison:
        """The source beside another motion of the target."""
        return compare((self.source.body, self.motion), (self.target.body, motion), **more)

    @property
    def good(self) -> Good:
        return Good.of(Figure.of(self.target.body, self.target.rest), self.pair)

    @property
    def body(self) -> Body:
        return self.target.body


@cache
def staged(name: str = "walk", source: str = "mixamo", target: str = "ue4_mannequin") -> Staged:
    """A performance on one family's rig, carried over to another's."""
    cast = actors()
    motion = on(cast[source].body, cast[source].world, PERFORMANCES[name]())
    carried = solve(
        cast[source].body, motion, cast[target].body, cast[target].rest, RetargetOptions()
    )
    return Staged(cast[source], motion, cast[target], carried.channels.motion)


def cut(motion: Motion, frames: slice) -> Motion:
    """A part of a motion."""
    return replace(motion, rotations=motion.rotations[frames], locations=motion.locations[frames])
