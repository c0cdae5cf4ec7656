# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture to draw on: smooth lines, discs and clouds of points. numpy only.

Pixels are (height, width, 3), 0 to 1, row 0 at the top. Points are (x, y) in pixels from the top
left corner. Shapes are drawn by their distance: half a pixel either side of the edge is blended.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
Colour = tuple[float, float, float]
Point = Sequence[float] | FloatArray


class Canvas:
    """A picture under the pencil."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.pixels: NDArray[np.float32] = np.empty((height, width, 3), dtype=np.float32)
        self.pixels[...] = colour

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    def line(self, start: Point, end: Point, colour: Colour, thickness: float = 1.5) -> None:
        """A line with round ends."""
        a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            return
        radius = 0.5 * thickness
        box = self._box(np.minimum(a, b) - radius - 1.0, np.maximum(a, b) + radius + 1.0)
        if box is None:
            return
        x, y = self._grid(box)
        way = b - a
        length = float(way @ way)
        t = ((x - a[0]) * way[0] + (y - a[1]) * way[1]) / length if length > 1e-9 else 0.0 * (x + y)
        t = np.clip(t, 0.0, 1.0)
        distance = np.hypot(x - a[0] - t * way[0], y - a[1] - t * way[1])
        self._blend(box, np.clip(radius + 0.5 - distance, 0.0, 1.0), colour)

    def path(self, points: Sequence[Point], colour: Colour, thickness: float = 1.5) -> None:
        """Lines from point to point."""
        for start, end in pairwise(points):
            self.line(start, end, colour, thickness)

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        """A filled circle."""
        self.line(centre, centre, colour, 2.0 * radius)

    def ring(self, centre: Point, radius: float, colour: Colour, thickness: float = 2.0) -> None:
        """A circle."""
        c = np.asarray(centre, dtype=np.float64)
        if not np.isfinite(c).all():
            return
        box = self._box(c - radius - thickness, c + radius + thickness)
        if box is None:
            return
        x, y = self._grid(box)
        distance = np.abs(np.hypot(x - c[0], y - c[1]) - radius)
        self._blend(box, np.clip(0.5 * thickness + 0.5 - distance, 0.0, 1.0), colour)

    def cloud(self, points: FloatArray, depth: FloatArray, shade: FloatArray, size: int) -> None:
        """Square dots (points,) of `size` pixels, the nearer over the farther.

        points (n, 2) pixels; depth (n,) larger is farther; shade (n, 3) colours
        """
        order = np.argsort(-depth, kind="stable").astype(np.int32)
        corner = np.floor(points[order] - 0.5 * (size - 1)).astype(np.int32)
        aside, down = np.divmod(np.arange(size * size, dtype=np.int32), size)
        x, y = corner[:, :1] + aside, corner[:, 1:] + down
        inside = (x >= 0) & (y >= 0) & (x < self.width) & (y < self.height)
        # Which dot a pixel shows: of all that are written to one place the last one stays.
        shown = np.full(self.height * self.width, -1, dtype=np.int32)
        shown[(y * self.width + x)[inside]] = np.broadcast_to(order[:, None], x.shape)[inside]
        hit = shown >= 0
        self.pixels.reshape(-1, 3)[hit] = shade[shown[hit]]

    def paste(self, picture: FloatArray, left: int, top: int) -> None:
        """Another picture (height, width, 3) with its corner here; what stands over is cut."""
        height = min(picture.shape[0], self.height - top)
        width = min(picture.shape[1], self.width - left)
        if height > 0 and width > 0:
            self.pixels[top : top + height, left : left + width] = picture[:height, :width]

    def _box(self, low: FloatArray, high: FloatArray) -> tuple[slice, slice] | None:
        left, top = (max(int(v), 0) for v in np.floor(low))
        right = min(int(np.ceil(high[0])) + 1, self.width)
        bottom = min(int(np.ceil(high[1])) + 1, self.height)
        return None if right <= left or bottom <= top else (slice(top, bottom), slice(left, right))

    @staticmethod
    def _grid(box: tuple[slice, slice]) -> tuple[FloatArray, FloatArray]:
        """Pixel middles: x (1, width), y (height, 1)."""
        rows, columns = box
        x = np.arange(columns.start, columns.stop, dtype=np.float64)[None, :]
        y = np.arange(rows.start, rows.stop, dtype=np.float64)[:, None]
        return x, y

    def _blend(self, box: tuple[slice, slice], cover: FloatArray, colour: Colour) -> None:
        part = self.pixels[box]
        part += cover[..., None].astype(np.float32) * (np.array(colour, dtype=np.float32) - part)


def fitted(picture: FloatArray, width: int, height: int, paper: Colour) -> FloatArray:
    """A picture (rows, columns, 3) as large as fits, in the middle of a cell of that size.

    Smaller by averaging over areas, larger by the nearest pixel.
    """
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = _resized(_resized(picture, size[1], 0), size[0], 1)
    cell = np.empty((height, width, 3), dtype=np.float32)
    cell[...] = paper
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = small
    return cell


def window_of_motion(
    pictures: Sequence[FloatArray], width: int, height: int
) -> tuple[slice, slice]:
    """Rows and columns in which pictures of one camera differ: there somebody moves.

    The window has the form of a cell of `width` by `height` where it can, some margin, and at least
    two fifths of the picture's height. Where everything moves (or nothing) it is the whole picture.
    """
    rows, columns = pictures[0].shape[:2]
    whole = slice(0, rows), slice(0, columns)
    if len(pictures) < 3:
        return whole
    thin = max(1, rows // 120)
    change = np.std([picture[::thin, ::thin].mean(axis=-1) for picture in pictures], axis=0)
    change = np.where(change > 3.0 * np.median(change) + 0.02, change, 0.0)
    if change.sum() <= 0.0:
        return whole
    low_x, high_x = (thin * edge for edge in _middle_part(change.sum(axis=0)))
    low_y, high_y = (thin * edge for edge in _middle_part(change.sum(axis=1)))
    tall = max(1.3 * (high_y - low_y), 1.3 * (high_x - low_x) * height / width, 0.4 * rows)
    wide = tall * width / height
    if wide >= columns or tall >= rows:
        tall, wide = min(tall, rows), min(max(wide, 1.3 * (high_x - low_x)), columns)
    top = int(np.clip(0.5 * (low_y + high_y) - 0.5 * tall, 0, rows - tall))
    left = int(np.clip(0.5 * (low_x + high_x) - 0.5 * wide, 0, columns - wide))
    return slice(top, top + int(tall)), slice(left, left + int(wide))


def _middle_part(weights: FloatArray) -> tuple[float, float]:
    """Where the first and the last hundredth of a weight lie."""
    share = np.cumsum(weights) / weights.sum()
    return float(np.searchsorted(share, 0.01)), float(np.searchsorted(share, 0.99))


def _resized(picture: FloatArray, count: int, axis: int) -> FloatArray:
    """One axis at another length: each new pixel is the mean of the old ones under it."""
    edges = np.linspace(0.0, picture.shape[axis], count + 1)
    summed = np.cumsum(np.moveaxis(picture, axis, 0), axis=0, dtype=np.float64)
    summed = np.concatenate((np.zeros_like(summed[:1]), summed))
    low = np.minimum(np.floor(edges).astype(int), picture.shape[axis] - 1)
    at_edges = summed[low] + (summed[low + 1] - summed[low]) * (edges - low)[:, None, None]
    widths = np.diff(edges)[:, None, None]
    return np.moveaxis(np.diff(at_edges, axis=0) / widths, 0, axis).astype(np.float32)
