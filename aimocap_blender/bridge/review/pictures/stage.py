# SPDX-License-Identifier: GPL-3.0-or-later
"""One body at one frame, seen from the front or from its left: floor, surface, bones.

The camera stands level and looks along +Y (front) or -X (side), at one scale for a whole sheet, its
middle over the hips. Depth only decides what is in front.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ....motion.canonical import Part
from ....motion.checks.take import Take
from ....motion.mapping.roles import BODY, Role
from .canvas import Colour, FloatArray
from .figure import Dots, Figure, Stroke

PAPER: Colour = (0.95, 0.95, 0.945)
FLOOR: Colour = (0.87, 0.87, 0.86)
EDGE: Colour = (0.6, 0.6, 0.6)
BONE_LEFT: Colour = (0.16, 0.42, 0.78)
BONE_RIGHT: Colour = (0.16, 0.58, 0.36)
BONE_MIDDLE: Colour = (0.35, 0.33, 0.33)
MARK: Colour = (0.90, 0.16, 0.10)
_SKIN = np.array((0.80, 0.76, 0.71))
_HEADROOM = 1.25

Projection = Callable[[FloatArray], FloatArray]

_VIEWS = {
    "front": np.array(((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))),
    "side": np.array(((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (-1.0, 0.0, 0.0))),
}
"""Rows: to the right in the picture, upwards, away from the camera."""


@dataclass(frozen=True, eq=False)
class Actor:
    """A body that is drawn.

    floor   world height of the ground under it
    height  metres from the ground to the top of its head, standing
    """

    take: Take
    floor: float
    height: float

    @classmethod
    def of(cls, take: Take, floor: float, surface: FloatArray | None = None) -> Actor:
        """`surface` (points, 3): the skin at rest, whose top counts where there is one."""
        points = surface if surface is not None else take.rest[list(take.body.bones.values())]
        height = float(np.ptp(points[:, 2])) * (1.0 if surface is not None else 1.12)
        return cls(take, floor, max(height, 1.6 * take.size))


def figure(
    actor: Actor,
    sample: int,
    view: str,
    width: int,
    height: int,
    *,
    marked: str = "",
    surface: tuple[FloatArray, FloatArray] | None = None,
) -> Figure:
    """What is seen of the body at a sample.

    marked   name of the bone in question, "" for none
    surface  places and normals (points, 3) of the skin in its pose, world
    """
    axes = _VIEWS[view]
    middle = actor.take.joint((Role.HIPS, 0))[sample] if actor.take.has(Role.HIPS) else np.zeros(3)
    scale = height / (_HEADROOM * actor.height)
    base = round(height * 0.92)

    def project(points: FloatArray) -> FloatArray:
        """(n, 3) world -> (n, 3): x, y in pixels, depth in metres."""
        seen = (np.asarray(points, dtype=np.float64) - middle) @ axes.T
        up = np.asarray(points, dtype=np.float64)[:, 2] - actor.floor
        return np.stack((width / 2 + seen[:, 0] * scale, base - up * scale, seen[:, 2]), axis=-1)

    ticks = _ticks(width / 2 / scale, float((middle @ axes.T)[0]))
    return Figure(
        width,
        height,
        PAPER,
        under=_floor(width, height, base, width / 2 + ticks * scale),
        dots=_surface(project(surface[0]), surface[1] @ axes.T) if surface is not None else None,
        over=_bones(actor.take, sample, project, marked, thin=surface is not None),
    )


def _ticks(reach: float, middle: float) -> FloatArray:
    """Every half metre of the world within `reach` metres of the middle, from the middle."""
    first = np.ceil((middle - reach) / 0.5) * 0.5
    return np.asarray(np.arange(first, middle + reach, 0.5) - middle)


def _floor(width: int, height: int, base: int, ticks: FloatArray) -> list[Stroke]:
    """The ground, with a tick every half metre of the world, by which travel is seen."""
    below = base + 0.5 * height  # a line as thick as the picture is high, its upper edge the floor
    return [
        Stroke((0.0, below), (width, below), FLOOR, height),
        Stroke((0.0, base), (width, base), EDGE, 1.0),
        *(Stroke((x, base), (x, base + 5), EDGE, 1.0) for x in ticks),
    ]


def _surface(points: FloatArray, normals: FloatArray) -> Dots:
    """Dots lit from the upper left; what faces away goes behind what faces the camera nearby.

    Some files' normals point inwards: then those that face away are taken for the front.
    """
    away = normals[:, 2] > 0.0
    if np.mean(points[away, 2]) < np.mean(points[~away, 2]):
        away = ~away
    light = np.array((-0.45, 0.6, -0.66))
    facing = np.where(normals[:, 2:] > 0.0, -normals, normals)
    brightness = 0.55 + 0.45 * np.clip(facing @ light, 0.0, 1.0)
    depth = points[:, 2] + np.where(away, 0.12 * np.ptp(points[:, 2]), 0.0)
    return Dots(points[:, :2], depth, brightness[:, None] * _SKIN, 4)


def _bones(
    take: Take, sample: int, project: Projection, marked: str, *, thin: bool
) -> list[Stroke]:
    """A line for each limb, a disc at each joint, a ring around the bone in question."""
    body = take.body
    part_of = {bone: part for part, bone in body.bones.items()}
    thickness = 1.4 if thin else 2.6
    strokes: list[Stroke] = []
    ring: list[Stroke] = []
    for part, bone in body.bones.items():
        here = project(take.pose.positions[sample, bone][None])[0, :2]
        above = body.above(part)
        if above is not None and part[0] in BODY and _carries_line(part_of[above], part):
            there = project(take.pose.positions[sample, above][None])[0, :2]
            hit = body.skeleton.names[above] == marked
            colour = MARK if hit else _colour(part)
            strokes.append(Stroke(there, here, colour, 3.6 if hit else thickness))
        if not thin and part[0] in BODY:
            strokes.append(Stroke(here, here, _colour(part), 4.0))
        if body.skeleton.names[bone] == marked:
            ring = [Stroke(here, here, MARK, 2.2, hollow=8.0)]
    return strokes + ring


def _carries_line(above: Part, part: Part) -> bool:
    """Fingers are left out: at this size they are a blot."""
    return above[0] in BODY and part[0] in BODY


def _colour(part: Part) -> Colour:
    side = part[0].side
    if side is None:
        return BONE_MIDDLE
    return BONE_LEFT if side.value == "left" else BONE_RIGHT
