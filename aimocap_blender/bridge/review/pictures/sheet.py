# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheet: a column a frame, with the video, the source and the character from two sides.

What each cell shows is drawn here; where they stand is the page's.

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

from ....motion.checks.moments import Moment
from ....motion.skeleton import Motion, pose_matrices
from ... import armatures
from .. import reading
from ..checking import Checked
from ..origins import Footage
from . import gpu_brush, lettering, png, screening, skin, stage
from .canvas import Canvas, FloatArray, fitted, window_of_motion
from .figure import Figure, Painter
from .page import CELL, GREY, WHITE, Page
from .screening import Projector, Request, Screening

_FILM = 600, 360
"""Pixels the film is decoded in: enough for a part of it to fill a cell."""
_NO_PICTURE = 60
"""Height of the video's row when there is none."""
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
        self._page = Page(self._moments, self._rows, [CELL[1]] * len(self._rows))
        self.canvas = Canvas(1, 1, WHITE)

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
        self.canvas = Canvas(*self._page.size, WHITE)
        yield 0.97
        yield from self._page.compose(self.canvas, self._cells, self._title)
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
        wide = min(self._page.columns, _GLANCE_COLUMNS) * self._page.pitch
        shown = [row for row, name in enumerate(self._rows) if name in _TELLING]
        strips = []
        for row in shown:
            left, top = self._page.corner(0, row)
            height = self._page.heights[row]
            strips.append(self.canvas.pixels[top : top + height, left : left + wide])
        return np.concatenate(strips)

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
        self._page.heights[0] = max(
            (_fitted_height(picture) for picture in cut if picture is not None), default=_NO_PICTURE
        )
        for column, picture in enumerate(cut):
            self._cells[column, 0] = self._video_cell(picture)
            yield 0.96

    def _video_cell(self, picture: FloatArray | None) -> FloatArray:
        size = CELL[0], self._page.heights[0]
        if picture is not None:
            return fitted(picture, *size, stage.PAPER)
        cell = Canvas(*size, (0.9, 0.9, 0.9))
        words = "NO PICTURE"
        left = 0.5 * (size[0] - lettering.width(words, 9))
        lettering.write(cell, words, left, size[1] / 2 - 5, 9, GREY)
        return cell.pixels


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
