# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that are animated by controls: from where deform bones should be to what is keyed.

The solve works on the deform bones. Each of them is carried by one control, rigidly: turned by
the same rotation. What a control really hangs on may differ from its parent in the rig (mechanism
bones copy other controls), so controls come with a hierarchy of their own.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .canonical import Part
from .figure import Channels, Figure, to_channels
from .mapping.roles import Role
from .rotations import FloatArray, conjugate, multiply, rotate
from .skeleton import Motion, Skeleton, at_rest, rest_quaternions

CARRIER: Part = (Role.HIPS, 1)
"""The control that carries the whole body and takes the way through the room."""


@dataclass(frozen=True, eq=False)
class Controls:
    """The controls of a rig.

    skeleton  controls only; `parents` are the controls they really follow, `rest` as in the rig
    bones     part -> control, and `CARRIER`
    held      one frame: what controls outside the map hold, and the armature object's place
    """

    skeleton: Skeleton
    bones: Mapping[Part, int]
    held: Motion

    @property
    def carrier(self) -> Part:
        """The control that goes through the room."""
        return CARRIER if CARRIER in self.bones else (Role.HIPS, 0)

    def keyed(self, parts: Container[Part]) -> dict[Part, Part]:
        """Which controls are keyed when those deform bones are solved, and what each follows.

        The carrier turns with the hips; where they stay (upper body), so does it.
        """
        follows = {part: (Role.HIPS, 0) if part == CARRIER else part for part in self.bones}
        return {part: solved for part, solved in follows.items() if solved in parts}


def control_channels(
    controls: Controls,
    figure: Figure,
    orientations: Mapping[Part, FloatArray],
    root: FloatArray | None,
    fps: float,
    base_place: FloatArray | None = None,
) -> Channels:
    """Channels of the controls that bring the deform bones of `figure` where they should be.

    orientations  world orientations of the deform bones by part
    root          (frames, 3) where the hips should be, world; None: the carrier stays
    """
    body = replace(figure.body, skeleton=controls.skeleton, bones=controls.bones)
    turns = _control_turns(controls, figure, orientations)
    moved = [controls.bones[controls.carrier]] if root is not None else []
    # What will be keyed is at rest here, as the deform bones of `figure` are.
    held = at_rest(controls.held, [controls.bones[part] for part in turns], moved)
    own = Figure.of(body, held)
    places: dict[Part, FloatArray] = {}
    if root is not None:
        places[controls.carrier] = root - _carrier_to_hips(controls, own, figure, turns)
    return to_channels(own, turns, places, fps, base_place)


def _control_turns(
    controls: Controls, figure: Figure, orientations: Mapping[Part, FloatArray]
) -> dict[Part, FloatArray]:
    """World orientations of the controls: those of the deform bones but for the rests."""
    deform = rest_quaternions(figure.body.skeleton)
    control = rest_quaternions(controls.skeleton)
    turns = {}
    for part, follows in controls.keyed(orientations).items():
        gap = multiply(conjugate(deform[figure.body.bones[follows]]), control[controls.bones[part]])
        wanted = orientations[follows]
        turns[part] = multiply(wanted, gap.astype(wanted.dtype))
    return turns


def _carrier_to_hips(
    controls: Controls,
    own: Figure,
    figure: Figure,
    turns: Mapping[Part, FloatArray],
) -> FloatArray:
    """(frames, 3) from the carrier's head to the hips joint, world, as the controls are turned.

    Walks from the control of the hips up to the carrier, adding what every step carries.
    """
    hips = (Role.HIPS, 0)
    by_bone = {bone: part for part, bone in controls.bones.items()}
    bone = controls.bones[hips]
    joint = figure.pose.positions[0, figure.body.bones[hips]]
    way = np.zeros((len(turns[hips]), 3), dtype=turns[hips].dtype)
    while True:
        gap = joint - own.pose.positions[0, bone]
        inside = rotate(conjugate(own.pose.orientations[0, bone]), gap)
        part = by_bone.get(bone)
        turn = turns.get(part) if part is not None else None
        if turn is None:
            turn = own.pose.orientations[0, bone]
        way = way + rotate(turn, inside.astype(way.dtype))
        if part == controls.carrier or controls.skeleton.parents[bone] < 0:
            return way
        joint = own.pose.positions[0, bone]
        bone = int(controls.skeleton.parents[bone])
