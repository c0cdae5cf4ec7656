# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a contact sheet: where its cells stand, and what is written beside them.

Columns are moments, rows the views of each; what is in a cell is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ....motion.checks.check import Verdict
from ....motion.checks.moments import Moment
from .. import findings
from . import lettering, stage
from .canvas import Canvas, FloatArray

CELL = 200, 236
"""Width and height of a cell, pixels; the video's row is as high as its pictures."""
WHITE = (1.0, 1.0, 1.0)
GREY = (0.45, 0.45, 0.45)
_INK = (0.12, 0.12, 0.12)
_MOST_COLUMNS = 8
_GAP = 4
_LEFT = 22
_HEAD = 58
_FOOT = 24
_VERDICT_COLOURS = {
    Verdict.PASS: (0.15, 0.5, 0.25),
    Verdict.LOOK: (0.75, 0.48, 0.0),
    Verdict.FAIL: stage.MARK,
}


@dataclass
class Page:
    """Columns in bands one below the other; `heights` are those of the rows of a band, pixels."""

    moments: tuple[Moment, ...]
    rows: tuple[str, ...]
    heights: list[int]

    @property
    def bands(self) -> int:
        return max(1, -(-len(self.moments) // _MOST_COLUMNS))

    @property
    def columns(self) -> int:
        """As many in every band, the last may have fewer."""
        return -(-len(self.moments) // self.bands)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page, pixels."""
        return _LEFT + _GAP + self.columns * self.pitch, self.bands * self._band_height + _FOOT

    @property
    def pitch(self) -> int:
        """From one column to the next, pixels."""
        return CELL[0] + _GAP

    def corner(self, column: int, row: int) -> tuple[int, int]:
        """Left and top of a cell; `column` counts through all bands."""
        band, place = divmod(column, self.columns)
        left = _LEFT + _GAP + place * self.pitch
        above = sum(self.heights[:row]) + _GAP * row
        return left, band * self._band_height + _HEAD + above

    def compose(
        self, canvas: Canvas, cells: Mapping[tuple[int, int], FloatArray], title: str
    ) -> Iterator[float]:
        """Put the cells, by column and row, onto a canvas of the page's size, with names and
        numbers; gives way after each part.
        """
        for column, moment in enumerate(self.moments):
            for row in range(len(self.rows)):
                canvas.paste(cells[column, row], *self.corner(column, row))
            yield 0.97
            self._write_head(canvas, column, moment)
            yield 0.97
        for band in range(self.bands):
            for row, name in enumerate(self.rows):
                left, top = self.corner(band * self.columns, row)
                strip = Canvas(self.heights[row], _LEFT, WHITE)
                lettering.write(strip, name, 8, 7, 9, GREY)
                canvas.paste(np.rot90(strip.pixels), left - _GAP - _LEFT, top)
            yield 0.98
        lettering.write(canvas, title, _LEFT + _GAP, canvas.height - _FOOT + 8, 9, _INK)

    @property
    def _band_height(self) -> int:
        return _HEAD + sum(self.heights) + _GAP * len(self.heights)

    def _write_head(self, canvas: Canvas, column: int, moment: Moment) -> None:
        """Frame, reason and measure of a moment, above its column."""
        left, top = self.corner(column, 0)
        top -= _HEAD
        room = CELL[0]
        lettering.write(canvas, f"FRAME {moment.frame}", left, top + 8, 11, _INK)
        check = moment.check
        colour = _INK if check is None else _VERDICT_COLOURS[check.verdict]
        lettering.write(canvas, lettering.fitting(moment.why, 9, room), left, top + 25, 9, colour)
        if check is not None:
            number = findings.words(check.finding.value, check.threshold.unit)
            words = f"{number} (from {check.threshold.look:g})"
        elif moment.bone:
            words, colour = moment.bone, GREY
        else:
            return
        lettering.write(canvas, lettering.fitting(words, 9, room), left, top + 40, 9, colour)
