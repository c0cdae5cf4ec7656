# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture of the sheet as plain shapes in pixels, and who makes a picture of them.

A figure says what is drawn, a painter draws it: `Pencil` in numpy, `gpu_brush.GpuBrush` on the
graphics card. Both follow the same formulas, so a sheet looks the same whoever drew it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .canvas import Canvas, Colour, FloatArray, Point


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line with round ends, (x, y) in pixels from the top left corner.

    hollow  radius of the ring that is drawn around it, 0 for the line itself
    """

    start: Point
    end: Point
    colour: Colour
    thickness: float
    hollow: float = 0.0


@dataclass(frozen=True, eq=False)
class Dots:
    """Square dots that hide each other.

    places   (dots, 2) pixels
    depth    (dots,) larger is farther
    colours  (dots, 3)
    size     pixels
    """

    places: FloatArray
    depth: FloatArray
    colours: FloatArray
    size: int


@dataclass(frozen=True, eq=False)
class Figure:
    """The shapes of one picture: `under`, then `dots` where there is a surface, then `over`."""

    width: int
    height: int
    paper: Colour
    under: Sequence[Stroke]
    dots: Dots | None
    over: Sequence[Stroke]


class Painter(Protocol):
    """Who draws figures."""

    def paint(self, figure: Figure) -> FloatArray:
        """The picture (height, width, 3), 0 to 1, row 0 at the top."""
        ...

    def close(self) -> None:
        """Let go of what it draws with."""
        ...


class Pencil:
    """Draws in numpy: everywhere, without a window too."""

    def paint(self, figure: Figure) -> FloatArray:
        """The picture (height, width, 3)."""
        canvas = Canvas(figure.width, figure.height, figure.paper)
        _draw(canvas, figure.under)
        if figure.dots is not None:
            dots = figure.dots
            canvas.cloud(dots.places, dots.depth, dots.colours, dots.size)
        _draw(canvas, figure.over)
        return canvas.pixels

    def close(self) -> None:
        """Nothing is held."""


def _draw(canvas: Canvas, strokes: Sequence[Stroke]) -> None:
    for stroke in strokes:
        if stroke.hollow > 0.0:
            canvas.ring(stroke.start, stroke.hollow, stroke.colour, stroke.thickness)
        else:
            canvas.line(stroke.start, stroke.end, stroke.colour, stroke.thickness)
