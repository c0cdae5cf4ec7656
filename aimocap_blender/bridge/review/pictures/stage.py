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
from .canvas import Canvas, Colour, FloatArray

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


def draw(
    actor: Actor,
    sample: int,
    view: str,
    width: int,
    height: int,
    *,
    marked: str = "",
    surface: tuple[FloatArray, FloatArray] | None = None,
) -> Canvas:
    """A picture of the body at a sample.

    marked   name of the bone in question, "" for none
    surface  places and normals (points, 3) of the skin in its pose, world
    """
    canvas = Canvas(width, height, PAPER)
    axes = _VIEWS[view]
    middle = actor.take.joint((Role.HIPS, 0))[sample] if actor.take.has(Role.HIPS) else np.zeros(3)
    scale = height / (_HEADROOM * actor.height)
    base = height * 0.92

    def project(points: FloatArray) -> FloatArray:
        """(n, 3) world -> (n, 3): x, y in pixels, depth in metres."""
        seen = (np.asarray(points, dtype=np.float64) - middle) @ axes.T
        up = np.asarray(points, dtype=np.float64)[:, 2] - actor.floor
        return np.stack((width / 2 + seen[:, 0] * scale, base - up * scale, seen[:, 2]), axis=-1)

    _draw_floor(canvas, base, scale, float((middle @ axes.T)[0]))
    if surface is not None:
        _draw_surface(canvas, project(surface[0]), surface[1] @ axes.T)
    _draw_bones(canvas, actor.take, sample, project, marked, thin=surface is not None)
    return canvas


def _draw_floor(canvas: Canvas, base: float, scale: float, middle: float) -> None:
    """The ground, with a tick every half metre of the world, by which travel is seen."""
    canvas.fill(0, round(base), canvas.width, canvas.height, FLOOR)
    canvas.line((0, base), (canvas.width, base), EDGE, 1.0)
    first = np.ceil((middle - canvas.width / 2 / scale) / 0.5) * 0.5
    for tick in np.arange(first, middle + canvas.width / 2 / scale, 0.5):
        x = canvas.width / 2 + (tick - middle) * scale
        canvas.line((x, base), (x, base + 5), EDGE, 1.0)


def _draw_surface(canvas: Canvas, points: FloatArray, normals: FloatArray) -> None:
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
    canvas.cloud(points[:, :2], depth, brightness[:, None] * _SKIN, 4)


def _draw_bones(
    canvas: Canvas, take: Take, sample: int, project: Projection, marked: str, *, thin: bool
) -> None:
    body = take.body
    part_of = {bone: part for part, bone in body.bones.items()}
    thickness = 1.4 if thin else 2.6
    spot = None
    for part, bone in body.bones.items():
        here = project(take.pose.positions[sample, bone][None])[0, :2]
        above = body.above(part)
        is_marked = body.skeleton.names[bone] == marked
        if above is not None and part[0] in BODY and _carries_line(part_of[above], part):
            there = project(take.pose.positions[sample, above][None])[0, :2]
            hit = body.skeleton.names[above] == marked
            canvas.line(there, here, MARK if hit else _colour(part), 3.6 if hit else thickness)
        if is_marked:
            spot = here
        if not thin and part[0] in BODY:
            canvas.disc(here, 2.0, _colour(part))
    if spot is not None:
        canvas.ring(spot, 8.0, MARK, 2.2)


def _carries_line(above: Part, part: Part) -> bool:
    """Fingers are left out: at this size they are a blot."""
    return above[0] in BODY and part[0] in BODY


def _colour(part: Part) -> Colour:
    side = part[0].side
    if side is None:
        return BONE_MIDDLE
    return BONE_LEFT if side.value == "left" else BONE_RIGHT
