# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws figures off-screen on the graphics card; only where Blender has a window.

Nothing of the user's view is touched: there is a framebuffer of its own, and the pixels are read
back. A stroke is a quad whose fragments know their distance to the line, as `Canvas` reckons it;
dots are points of the graphics card, drawn from the farthest to the nearest.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .canvas import FloatArray
from .figure import Dots, Figure, Painter, Pencil, Stroke

_CORNERS = np.array(((0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)), dtype=np.float32)
"""The two triangles of a quad."""

_VERTEX = """
void main() {
  at = corner - vec2(0.5);
  line = segment;
  form = size;
  tint = colour;
  gl_PointSize = point;
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

_TRIAL = Stroke((0.0, 0.0), (1.0, 1.0), (0.0, 0.0, 0.0), 1.0)

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]


class GpuError(RuntimeError):
    """The graphics card does not do what is asked of it."""


class GpuBrush:
    """A framebuffer of one size and the shader that draws into it."""

    def __init__(self, width: int, height: int) -> None:
        """Errors: SystemError without a GPU, GpuError, RuntimeError, ValueError if it refuses."""
        import gpu

        self._gpu: Any = gpu
        self._target: Any = gpu.types.GPUOffScreen(width, height, format="RGBA8")
        self._size = width, height
        self._shader = self._compiled()
        self._layout = self._shader.format_calc()

    def paint(self, figure: Figure) -> FloatArray:
        """The picture (height, width, 3) of a figure of this brush's size."""
        gpu, (width, height) = self._gpu, self._size
        kept = gpu.state.blend_get()
        with self._target.bind():
            buffer = gpu.state.active_framebuffer_get()
            buffer.clear(color=(*figure.paper, 1.0))
            gpu.state.blend_set("ALPHA")
            try:
                self._draw_strokes(figure.under)
                if figure.dots is not None:
                    self._draw_dots(figure.dots)
                self._draw_strokes(figure.over)
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
        """The one shader: a second one would be compiled for a moment too."""
        between = self._gpu.types.GPUStageInterfaceInfo("aimocap_stroke")
        between.smooth("VEC2", "at")
        between.smooth("VEC4", "line")
        between.smooth("VEC2", "form")
        between.smooth("VEC3", "tint")
        info = self._gpu.types.GPUShaderCreateInfo()
        info.push_constant("VEC2", "pixels")
        info.push_constant("FLOAT", "point")
        info.vertex_in(0, "VEC2", "corner")
        info.vertex_in(1, "VEC4", "segment")
        info.vertex_in(2, "VEC2", "size")
        info.vertex_in(3, "VEC3", "colour")
        info.vertex_out(between)
        info.fragment_out(0, "VEC4", "paint")
        info.vertex_source(_VERTEX)
        info.fragment_source(_FRAGMENT)
        try:
            return self._gpu.shader.create_from_info(info)
        except Exception as error:  # Blender raises just that for a shader it can't compile
            raise GpuError("The shader was not compiled.") from error

    def _draw_strokes(self, strokes: Sequence[Stroke]) -> None:
        """A quad around every stroke with a place, wide enough for its soft edge."""
        seen = [s for s in strokes if np.isfinite(s.start).all() and np.isfinite(s.end).all()]
        if not seen:
            return
        segments = np.array([(*s.start[:2], *s.end[:2]) for s in seen], dtype=np.float32)
        sizes = np.array([(0.5 * s.thickness, s.hollow) for s in seen], dtype=np.float32)
        colours = np.array([s.colour for s in seen], dtype=np.float32)
        ends = segments.reshape(-1, 2, 2) + np.float32(0.5)
        margin = sizes.sum(axis=1)[:, None] + np.float32(1.5)
        low, high = ends.min(axis=1) - margin, ends.max(axis=1) + margin
        corners = low[:, None] + _CORNERS * (high - low)[:, None]
        self._draw(
            "TRIS",
            corner=corners.reshape(-1, 2),
            segment=np.repeat(segments, 6, axis=0),
            size=np.repeat(sizes, 6, axis=0),
            colour=np.repeat(colours, 6, axis=0),
        )

    def _draw_dots(self, dots: Dots) -> None:
        """The farthest first; each covers the same whole pixels as on a `Canvas`."""
        order = np.argsort(-dots.depth, kind="stable")
        corners = np.floor(dots.places[order] - 0.5 * (dots.size - 1))
        middles = (corners + 0.5 * dots.size).astype(np.float32)
        whole = np.array((dots.size, 0.0), dtype=np.float32)  # a line that wide fills its square
        self._gpu.state.program_point_size_set(True)
        self._draw(
            "POINTS",
            dots.size,
            corner=middles,
            segment=np.concatenate((middles, middles), axis=1),
            size=np.broadcast_to(whole, middles.shape),
            colour=dots.colours[order].astype(np.float32),
        )
        self._gpu.state.program_point_size_set(False)

    def _draw(self, kind: str, point: float = 1.0, **attributes: Floats) -> None:
        """Draw vertices with these attributes, a row of each for each vertex."""
        types, shader = self._gpu.types, self._shader
        vertices = types.GPUVertBuf(self._layout, len(attributes["corner"]))
        for name, rows in attributes.items():
            vertices.attr_fill(name, np.ascontiguousarray(rows))
        shader.bind()
        shader.uniform_float("pixels", self._size)
        shader.uniform_float("point", point)
        types.GPUBatch(type=kind, buf=vertices).draw(shader)


def painter(width: int, height: int) -> Painter:
    """The graphics card where there is a window, else the pencil."""
    if bpy.app.background or not bpy.data.window_managers:
        return Pencil()
    try:
        brush = GpuBrush(width, height)
        brush.paint(Figure(width, height, (1.0, 1.0, 1.0), (_TRIAL,), None, ()))
        return brush
    except (SystemError, RuntimeError, ValueError, ImportError):
        logger.info("the GPU draws no pictures here", exc_info=True)
        return Pencil()
