# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheet: a column a frame, with the video, the source and the character from two sides,
in bands of a few columns that fit a screen.

Made in small steps, so that a window stays alive while it is made: `steps` is a generator to be
run until its time is up, or at one go.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ....motion.checks.check import Verdict
from ....motion.checks.moments import Moment
from ....motion.skeleton import Motion, pose_matrices
from ... import armatures
from .. import findings, reading
from ..checking import Checked
from ..origins import Footage
from . import gpu_brush, lettering, png, screening, skin, stage
from .canvas import Canvas, FloatArray, fitted, window_of_motion
from .figure import Figure, Painter
from .screening import Projector, Request, Screening

CELL = 200, 236
_MOST_COLUMNS = 8
_FILM = 600, 360
"""Pixels the film is decoded in: enough for a part of it to fill a cell."""
_GAP = 4
_LEFT = 22
_HEAD = 58
_FOOT = 24
_NO_PICTURE = 60
"""Height of the video's row when there is none."""
_WHITE = (1.0, 1.0, 1.0)
_INK = (0.12, 0.12, 0.12)
_GREY = (0.45, 0.45, 0.45)
_VERDICT_COLOURS = {
    Verdict.PASS: (0.15, 0.5, 0.25),
    Verdict.LOOK: (0.75, 0.48, 0.0),
    Verdict.FAIL: stage.MARK,
}
ROWS = ("VIDEO", "SOURCE FRONT", "SOURCE SIDE", "CHARACTER FRONT", "CHARACTER SIDE")
_TELLING = ("VIDEO", "CHARACTER FRONT")
_GLANCE_COLUMNS = 4


@dataclass(frozen=True, eq=False)
class _Bodies:
    """What is drawn: both bodies, and the character's skin at every frame, None without one."""

    source: stage.Actor
    target: stage.Actor
    posed: list[tuple[FloatArray, FloatArray] | None]


class Sheet:
    """One sheet in the making. `canvas` is complete when `steps` has come to its end.

    `is_waiting` is True while there is nothing to do but wait for the video's next picture.
    """

    def __init__(
        self,
        checked: Checked,
        footage: Footage | None,
        title: str,
        *,
        projector: Projector = screening.here,
    ) -> None:
        """`projector` decodes the video; the default in this Blender, each picture at one go."""
        self._checked = checked
        self._footage = footage
        self._title = title
        self._projector = projector
        self._moments = checked.moments
        self._png: list[bytes] = []
        self.is_waiting = False
        self._rows = ROWS if footage is not None else ROWS[1:]
        self._cells: dict[tuple[int, int], FloatArray] = {}
        self._layout = _Layout(len(self._moments), [CELL[1]] * len(self._rows))
        self.canvas = Canvas(1, 1, _WHITE)

    def steps(self) -> Generator[float, None, None]:
        """Draw, giving way after each picture with the part that is done, 0 to 1."""
        with ExitStack() as stack:
            video = None
            if self._footage is not None:
                seconds = tuple(self._footage.seconds(moment.frame) for moment in self._moments)
                request = Request(self._footage.path, seconds, *_FILM)
                video = stack.enter_context(self._projector(request))
            yield 0.01
            painter = stack.enter_context(closing(gpu_brush.painter(*CELL)))
            yield 0.02
            bodies = yield from self._bodies()
            yield from self._draw_figures(bodies, painter)
            if video is not None:
                yield from self._show_film(video)
        yield from self._compose()
        for _ in png.steps(self.canvas.pixels, self._png):
            yield 0.99
        yield 1.0

    def finish(self) -> None:
        """All steps at one go."""
        for _ in self.steps():
            pass

    def save(self, path: Path) -> Path:
        """Write the finished sheet as a PNG. Errors: OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(self._png))
        return path

    def glance(self) -> FloatArray:
        """(height, width, 3) of the finished sheet what tells most in a thumbnail: the first
        few columns' video above the character from the front.
        """
        wide = min(self._layout.columns, _GLANCE_COLUMNS) * (CELL[0] + _GAP)
        shown = [row for row, name in enumerate(self._rows) if name in _TELLING]
        strips = []
        for row in shown:
            left, top = self._layout.corner(0, row)
            height = self._layout.heights[row]
            strips.append(self.canvas.pixels[top : top + height, left : left + wide])
        return np.concatenate(strips)

    # What is drawn --------------------------------------------------------------------------

    def _bodies(self) -> Generator[float, None, _Bodies]:
        """The two actors, and the character's skin in every pose that is shown."""
        pair = self._checked.pair
        armature = bpy.data.objects[self._checked.armature_name]
        action = bpy.data.actions[self._checked.action_name]
        skeleton = armatures.read_skeleton(armature)
        surface: skin.Skin | None = None
        for part in skin.sampled(armature, skeleton):
            surface = part
            yield 0.02
        posed: list[tuple[FloatArray, FloatArray] | None] = [None] * len(self._moments)
        if surface is not None:
            frames = np.array([moment.frame for moment in self._moments], dtype=np.float64)
            reads = reading.motion_in_steps(
                armature, frames, at_once=1, fps=pair.fps, action=action, skeleton=skeleton
            )
            motion = yield from _told(reads, 0.02)
            rest = np.array(armature.matrix_world) @ skeleton.rest
            world = motion.world if motion.world.ndim == 3 else motion.world[None]
            poses = world[:, None] @ pose_matrices(motion).astype(np.float64)
            carries = poses @ np.linalg.inv(rest)
            for number in range(len(self._moments)):
                posed[number] = surface.posed(carries[number])
                yield 0.02
        source = stage.Actor.of(pair.source, pair.source_floor - 0.02 * pair.source.size)
        target = stage.Actor.of(
            pair.target, pair.target.ground, surface.places if surface is not None else None
        )
        return _Bodies(source, target, posed)

    def _draw_figures(self, bodies: _Bodies, painter: Painter) -> Generator[float, None, None]:
        for column, moment in enumerate(self._moments):
            figures = self._figures(bodies, column, moment)
            for row, figure in enumerate(figures, start=len(self._rows) - 4):
                self._cells[column, row] = painter.paint(figure)
                yield 0.05 + 0.7 * (column + row / len(self._rows)) / len(self._moments)

    def _figures(self, bodies: _Bodies, column: int, moment: Moment) -> Iterator[Figure]:
        sample = min(max(moment.frame - self._checked.pair.first, 0), self._checked.pair.frames - 1)
        ours = moment.bone if moment.check is not None else ""
        theirs = self._source_bone(ours)
        for view in ("front", "side"):
            yield stage.figure(bodies.source, sample, view, *CELL, marked=theirs)
        for view in ("front", "side"):
            surface = bodies.posed[column]
            yield stage.figure(bodies.target, sample, view, *CELL, marked=ours, surface=surface)

    def _source_bone(self, bone: str) -> str:
        """The source's bone that the target's follows, "" for none."""
        if not bone:
            return ""
        pair = self._checked.pair
        for part, mate in pair.shared:
            if pair.target.name(part) == bone:
                return pair.source.name(mate)
        return ""

    def _show_film(self, video: Screening) -> Generator[float, None, None]:
        """The video's pictures, cut to where somebody moves in them."""
        pictures: list[FloatArray | None] = []
        for column in range(len(self._moments)):
            done = 0.75 + 0.2 * column / len(self._moments)
            self.is_waiting = not video.is_ready()
            while self.is_waiting:
                yield done
                self.is_waiting = not video.is_ready()
            pictures.append(video.take())
            yield done
        seen = [picture for picture in pictures if picture is not None]
        window = window_of_motion(seen, *CELL) if seen else (slice(None), slice(None))
        yield 0.95
        cut = [picture[window] if picture is not None else None for picture in pictures]
        self._layout.heights[0] = max(
            (_fitted_height(picture) for picture in cut if picture is not None), default=_NO_PICTURE
        )
        for column, picture in enumerate(cut):
            self._cells[column, 0] = self._video_cell(picture)
            yield 0.96

    def _video_cell(self, picture: FloatArray | None) -> FloatArray:
        size = CELL[0], self._layout.heights[0]
        if picture is not None:
            return fitted(picture, *size, stage.PAPER)
        cell = Canvas(*size, (0.9, 0.9, 0.9))
        words = "NO PICTURE"
        left = 0.5 * (size[0] - lettering.width(words, 9))
        lettering.write(cell, words, left, size[1] / 2 - 5, 9, _GREY)
        return cell.pixels

    # Where it stands ------------------------------------------------------------------------

    def _compose(self) -> Iterator[float]:
        """Put the cells onto one canvas, with names and numbers."""
        layout = self._layout
        self.canvas = Canvas(*layout.size, _WHITE)
        yield 0.97
        for column, moment in enumerate(self._moments):
            for row in range(len(self._rows)):
                self.canvas.paste(self._cells[column, row], *layout.corner(column, row))
            yield 0.97
            self._write_head(column, moment)
            yield 0.97
        for band in range(layout.bands):
            for row, name in enumerate(self._rows):
                left, top = layout.corner(band * layout.columns, row)
                strip = Canvas(layout.heights[row], _LEFT, _WHITE)
                lettering.write(strip, name, 8, 7, 9, _GREY)
                self.canvas.paste(np.rot90(strip.pixels), left - _GAP - _LEFT, top)
            yield 0.98
        foot = self.canvas.height - _FOOT + 8
        lettering.write(self.canvas, self._title, _LEFT + _GAP, foot, 9, _INK)

    def _write_head(self, column: int, moment: Moment) -> None:
        left, top = self._layout.corner(column, 0)
        top -= _HEAD
        room = CELL[0]
        lettering.write(self.canvas, f"FRAME {moment.frame}", left, top + 8, 11, _INK)
        check = moment.check
        colour = _INK if check is None else _VERDICT_COLOURS[check.verdict]
        words = lettering.fitting(moment.why, 9, room)
        lettering.write(self.canvas, words, left, top + 25, 9, colour)
        if check is not None:
            number = findings.words(check.finding.value, check.threshold.unit)
            words = f"{number} (from {check.threshold.look:g})"
        elif moment.bone:
            words, colour = moment.bone, _GREY
        else:
            return
        words = lettering.fitting(words, 9, room)
        lettering.write(self.canvas, words, left, top + 40, 9, colour)


def _told(steps: Generator[None, None, Motion], done: float) -> Generator[float, None, Motion]:
    """Steps of a reading, as steps of a sheet that is so far."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            motion: Motion = end.value
            return motion
        yield done


def _fitted_height(picture: FloatArray) -> int:
    """How high a picture is when it fills a cell's width or height."""
    return min(CELL[1], round(CELL[0] * picture.shape[0] / picture.shape[1]))


@dataclass
class _Layout:
    """Columns in bands one below the other; `heights` are those of the rows of a band, pixels."""

    moments: int
    heights: list[int]

    @property
    def bands(self) -> int:
        return max(1, -(-self.moments // _MOST_COLUMNS))

    @property
    def columns(self) -> int:
        """As many in every band, the last may have fewer."""
        return -(-self.moments // self.bands)

    @property
    def band_height(self) -> int:
        return _HEAD + sum(self.heights) + _GAP * len(self.heights)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the sheet."""
        width = _LEFT + _GAP + self.columns * (CELL[0] + _GAP)
        return width, self.bands * self.band_height + _FOOT

    def corner(self, column: int, row: int) -> tuple[int, int]:
        """Left and top of a cell; `column` counts through all bands."""
        band, place = divmod(column, self.columns)
        left = _LEFT + _GAP + place * (CELL[0] + _GAP)
        above = sum(self.heights[:row]) + _GAP * row
        return left, band * self.band_height + _HEAD + above
