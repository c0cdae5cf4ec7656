# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws figures off-screen on the graphics card; only where Blender has a window.

Nothing of the user's view is touched: there is a framebuffer of its own, and the pixels are read
back. A stroke is a quad whose fragments know their distance to the line, as `Canvas` reckons it;
dots are quads from the farthest to the nearest.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .canvas import FloatArray
from .figure import Figure, Painter, Pencil, Stroke

_CORNERS = np.array(((0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)), dtype=np.float32)
"""The two triangles of a quad."""

_VERTEX = """
void main() {
  at = corner - vec2(0.5);
  line = segment;
  form = size;
  tint = colour;
  gl_Position = vec4(2.0 * corner.x / pixels.x - 1.0, 1.0 - 2.0 * corner.y / pixels.y, 0.0, 1.0);
}
"""
_FRAGMENT = """
void main() {
  vec2 way = line.zw - line.xy;
  float length2 = dot(way, way);
  float t = length2 > 1e-9 ? clamp(dot(at - line.xy, way) / length2, 0.0, 1.0) : 0.0;
  float gap = abs(distance(at, line.xy + t * way) - form.y);
  paint = vec4(tint, clamp(form.x + 0.5 - gap, 0.0, 1.0));
}
"""

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]


class GpuBrush:
    """A framebuffer of one size and the shader that draws into it."""

    def __init__(self, width: int, height: int) -> None:
        """Errors: SystemError without a GPU, RuntimeError or ValueError when it refuses."""
        import gpu

        self._gpu: Any = gpu
        self._shader = self._compiled()
        self._layout = self._shader.format_calc()
        self._target: Any = gpu.types.GPUOffScreen(width, height, format="RGBA8")
        self._size = width, height

    def paint(self, figure: Figure) -> FloatArray:
        """The picture (height, width, 3) of a figure of this brush's size."""
        gpu, (width, height) = self._gpu, self._size
        kept = gpu.state.blend_get()
        with self._target.bind():
            buffer = gpu.state.active_framebuffer_get()
            buffer.clear(color=(*figure.paper, 1.0))
            gpu.state.blend_set("ALPHA")
            try:
                self._draw(*_of_strokes(figure.under))
                if figure.dots is not None:
                    self._draw(*_of_dots(figure))
                self._draw(*_of_strokes(figure.over))
                read = buffer.read_color(0, 0, width, height, 4, 0, "UBYTE")
            finally:
                gpu.state.blend_set(kept)
        read.dimensions = width * height * 4
        pixels = np.asarray(read, dtype=np.uint8).reshape(height, width, 4)
        return pixels[::-1, :, :3].astype(np.float32) / 255.0

    def close(self) -> None:
        """Give the framebuffer back."""
        self._target.free()

    def _compiled(self) -> Any:
        types = self._gpu.types
        between = types.GPUStageInterfaceInfo("aimocap_stroke")
        between.smooth("VEC2", "at")
        between.smooth("VEC4", "line")
        between.smooth("VEC2", "form")
        between.smooth("VEC3", "tint")
        info = types.GPUShaderCreateInfo()
        info.push_constant("VEC2", "pixels")
        info.vertex_in(0, "VEC2", "corner")
        info.vertex_in(1, "VEC4", "segment")
        info.vertex_in(2, "VEC2", "size")
        info.vertex_in(3, "VEC3", "colour")
        info.vertex_out(between)
        info.fragment_out(0, "VEC4", "paint")
        info.vertex_source(_VERTEX)
        info.fragment_source(_FRAGMENT)
        return self._gpu.shader.create_from_info(info)

    def _draw(self, corners: Floats, segments: Floats, sizes: Floats, colours: Floats) -> None:
        """Quads: corners (n, 6, 2); the same row of the others for all six corners."""
        if not len(corners):
            return
        types = self._gpu.types
        vertices = types.GPUVertBuf(self._layout, 6 * len(corners))
        vertices.attr_fill("corner", np.ascontiguousarray(corners.reshape(-1, 2)))
        for name, rows in (("segment", segments), ("size", sizes), ("colour", colours)):
            vertices.attr_fill(name, np.repeat(rows, 6, axis=0))
        self._shader.bind()
        self._shader.uniform_float("pixels", self._size)
        types.GPUBatch(type="TRIS", buf=vertices).draw(self._shader)


def painter(width: int, height: int) -> Painter:
    """The graphics card where there is a window, else the pencil."""
    if bpy.app.background or not bpy.data.window_managers:
        return Pencil()
    try:
        return GpuBrush(width, height)
    except (SystemError, RuntimeError, ValueError, ImportError):
        logger.info("the GPU draws no pictures here", exc_info=True)
        return Pencil()


def _of_strokes(strokes: Sequence[Stroke]) -> tuple[Floats, Floats, Floats, Floats]:
    """A quad around every stroke with a place, one pixel wider than it."""
    seen = [s for s in strokes if np.isfinite(s.start).all() and np.isfinite(s.end).all()]
    segments = np.array([(*s.start[:2], *s.end[:2]) for s in seen], np.float32).reshape(-1, 4)
    sizes = np.array([(0.5 * s.thickness, s.hollow) for s in seen], np.float32).reshape(-1, 2)
    colours = np.array([s.colour for s in seen], np.float32).reshape(-1, 3)
    ends = segments.reshape(-1, 2, 2) + 0.5
    margin = (sizes.sum(axis=1) + 1.5)[:, None]
    low, high = ends.min(axis=1) - margin, ends.max(axis=1) + margin
    return _quads(low, high), segments, sizes, colours


def _of_dots(figure: Figure) -> tuple[Floats, Floats, Floats, Floats]:
    """A quad for every dot, the farthest first; wide enough a line to be filled everywhere."""
    assert figure.dots is not None
    dots = figure.dots
    order = np.argsort(-dots.depth, kind="stable")
    low = np.floor(dots.places[order] - 0.5 * (dots.size - 1)).astype(np.float32)
    segments = np.concatenate((low, low), axis=1)
    sizes = np.tile(np.array((4.0 * dots.size, 0.0), dtype=np.float32), (len(low), 1))
    return _quads(low, low + dots.size), segments, sizes, dots.colours[order].astype(np.float32)


def _quads(low: FloatArray, high: FloatArray) -> Floats:
    """(n, 6, 2) corners of rectangles."""
    low, high = low[:, None].astype(np.float32), high[:, None].astype(np.float32)
    return np.asarray(low + _CORNERS * (high - low), dtype=np.float32)
