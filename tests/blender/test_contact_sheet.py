# SPDX-License-Identifier: GPL-3.0-or-later
"""What a contact sheet is made of: the video's frames, shapes on a canvas, the file."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.bridge.review.origins import Footage
from aimocap_blender.bridge.review.pictures import (
    canvas,
    figure,
    film,
    gpu_brush,
    lettering,
    png,
    screening,
)
from tests.blender import movies

FRAMES, FPS = 24, 12
MOMENTS = (0.0, 7 / FPS, 18 / FPS)


@pytest.fixture
def numbers(tmp_path: Path) -> screening.Request:
    """Three moments of a movie whose frames show their numbers."""
    path = movies.numbered_movie(tmp_path / "numbers.mp4", frames=FRAMES, fps=FPS)
    return screening.Request(path, MOMENTS, 200, 200)


@pytest.fixture
def other_blender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`other_blender(code)` puts a program in the place of Blender's own.

    It runs `code`, with the folder of the pictures in `folder` and the script in `script`.
    """

    def put(code: str) -> None:
        program = tmp_path / "blender"
        program.write_text(
            f"#!{sys.executable}\n"
            "import json, os, sys, time, pathlib\n"
            'script = sys.argv[sys.argv.index("--python-expr") + 1]\n'
            'folder = pathlib.Path(json.loads(sys.argv[-1])["folder"])\n'
            f"{code}\n"
        )
        program.chmod(0o755)
        monkeypatch.setattr(bpy.app, "binary_path", str(program))

    yield put
    monkeypatch.undo()


def taken(request: screening.Request, projector: screening.Projector) -> list[int | None]:
    """The numbers of the frames that a projector shows."""
    with projector(request) as show:
        pictures = [show.take() for _ in request.seconds]
    return [None if picture is None else number_in(picture) for picture in pictures]


def number_in(picture: np.ndarray) -> int:
    """The number of a frame of a numbered movie."""
    row = picture[len(picture) // 2, :, 0]
    width = len(row) / movies.BITS
    return sum(1 << bit for bit in range(movies.BITS) if row[int((bit + 0.5) * width)] > 0.5)


def test_the_videos_own_frame_is_shown_at_the_right_moment(tmp_path: Path, addon: str) -> None:
    path = movies.numbered_movie(tmp_path / "numbers.mp4", frames=24, fps=12)
    scenes = len(bpy.data.scenes)
    with film.opened(path, 200, 200) as reel:
        assert reel is not None
        assert reel.fps == pytest.approx(12.0)
        for number in (0, 7, 18):
            picture = reel.at(number / 12.0)
            assert picture is not None
            assert number_in(picture) == number
    assert len(bpy.data.scenes) == scenes


def test_a_file_that_is_no_video_gives_no_film(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no movie at all")
    scenes = len(bpy.data.scenes)
    with film.opened(path, 100, 100) as reel:
        picture = reel.at(0.0) if reel is not None else None
    assert reel is None or picture is not None
    assert len(bpy.data.scenes) == scenes


def test_a_frame_of_the_scene_finds_its_moment_in_a_retimed_file() -> None:
    footage = Footage(Path("x.mp4"), 2.0, 40.0, 25.0, 2.0)
    assert footage.seconds(40) == pytest.approx(2.0)
    assert footage.seconds(90) == pytest.approx(3.0)


def test_a_png_reads_back_as_it_was_drawn(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.random((13, 21, 3))
    path = tmp_path / "x.png"
    path.write_bytes(png.encode(pixels))
    image = bpy.data.images.load(str(path))
    assert tuple(image.size) == (21, 13)
    back = np.array(image.pixels[:]).reshape(13, 21, 4)[::-1, :, :3]
    assert np.abs(back - pixels).max() < 0.005


def test_lines_and_letters_stay_on_the_canvas() -> None:
    paper = canvas.Canvas(40, 30, (1.0, 1.0, 1.0))
    paper.line((-50.0, 10.0), (90.0, 12.0), (0.0, 0.0, 0.0), 3.0)
    paper.disc((500.0, 500.0), 5.0, (0.0, 0.0, 0.0))
    paper.line((float("nan"), 0.0), (3.0, 3.0), (0.0, 0.0, 0.0))
    lettering.write(paper, "Ü~a9", 30.0, 25.0, 9.0, (0.0, 0.0, 0.0))
    assert paper.pixels.shape == (30, 40, 3)
    assert paper.pixels[11, 20].max() < 0.2
    assert np.isfinite(paper.pixels).all()


def test_the_window_of_motion_holds_what_moves() -> None:
    pictures = [np.full((120, 200, 3), 0.4, dtype=np.float32) for _ in range(6)]
    for number, picture in enumerate(pictures):
        picture[60:100, 20 + 4 * number : 30 + 4 * number] = 1.0
    rows, columns = canvas.window_of_motion(pictures, 100, 150)
    assert rows.start <= 60
    assert rows.stop >= 100
    assert columns.start <= 20
    assert columns.stop >= 50
    assert columns.stop - columns.start < 120


def test_the_whole_picture_is_shown_where_nothing_or_everything_moves() -> None:
    rng = np.random.default_rng(2)
    still = [np.full((60, 90, 3), 0.5, dtype=np.float32)] * 4
    noise = [rng.random((60, 90, 3)) for _ in range(4)]
    for pictures in (still, noise, still[:1]):
        rows, columns = canvas.window_of_motion(pictures, 100, 150)
        assert (rows.stop - rows.start, columns.stop - columns.start) == (60, 90)


AS_BLENDER = "exec(script); sys.stdout.flush(); os._exit(0)"


def test_another_blender_shows_the_same_frames(numbers: screening.Request, other_blender) -> None:
    other_blender(AS_BLENDER)
    scenes = len(bpy.data.scenes)
    assert taken(numbers, screening.beside) == [0, 7, 18] == taken(numbers, screening.here)
    assert len(bpy.data.scenes) == scenes


def test_a_screening_beside_tells_when_a_picture_is_there(
    numbers: screening.Request, other_blender
) -> None:
    other_blender(AS_BLENDER)
    with screening.beside(numbers) as show:
        assert not show.is_ready()
        deadline = time.monotonic() + 60.0
        while not show.is_ready() and time.monotonic() < deadline:
            time.sleep(0.02)
        picture = show.take()
    assert picture is not None
    assert number_in(picture) == 0


def test_without_another_blender_this_one_decodes(
    numbers: screening.Request, other_blender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_blender("sys.exit(1)")
    assert taken(numbers, screening.beside) == [0, 7, 18]
    monkeypatch.setattr(bpy.app, "binary_path", str(tmp_path / "nothing"))
    assert taken(numbers, screening.beside) == [0, 7, 18]


def test_a_video_that_fells_another_blender_is_not_tried_in_this_one(
    numbers: screening.Request, other_blender
) -> None:
    other_blender('(folder / "started").touch(); os.abort()')
    assert taken(numbers, screening.beside) == [None, None, None]


def test_another_blender_that_hangs_is_ended(
    numbers: screening.Request, other_blender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "_PATIENCE_SECONDS", 0.5)
    mark = tmp_path / "pid"
    other_blender(
        f"pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n"
        '(folder / "started").touch(); time.sleep(600)'
    )
    assert taken(numbers, screening.beside) == [None, None, None]
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_another_blender_ends_with_its_screening(
    numbers: screening.Request, other_blender, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    other_blender(f"pathlib.Path({str(mark)!r}).write_text(str(os.getpid())); time.sleep(600)")
    with screening.beside(numbers) as show:
        while not mark.is_file() or not mark.read_text():
            assert not show.is_ready()
            time.sleep(0.02)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_another_blender_gets_none_of_our_settings(
    numbers: screening.Request,
    other_blender,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIMOCAP_KEY", "secret-key")
    mark = tmp_path / "environment"
    other_blender(f"pathlib.Path({str(mark)!r}).write_text(repr(os.environ) + repr(sys.argv))")
    taken(numbers, screening.beside)
    words = mark.read_text()
    assert "secret-key" not in words
    assert "--factory-startup" in words


def test_without_a_window_nothing_else_is_started() -> None:
    assert screening.projector() is screening.here
    painter = gpu_brush.painter(16, 16)
    assert isinstance(painter, figure.Pencil)


def test_a_figure_is_drawn_from_the_back_to_the_front() -> None:
    black, red, blue = (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    middle = np.array([[10.0, 10.0], [10.0, 10.0]])
    dots = figure.Dots(middle, np.array([2.0, 1.0]), np.array([black, blue]), 4)
    line = figure.Stroke((0.0, 10.0), (20.0, 10.0), black, 6.0)
    ring = figure.Stroke((10.0, 10.0), (10.0, 10.0), red, 2.0, hollow=7.0)
    pixels = figure.Pencil().paint(figure.Figure(20, 20, (1, 1, 1), [line], dots, [ring]))
    assert tuple(pixels[10, 10]) == blue
    assert tuple(pixels[10, 14]) == black
    assert tuple(pixels[10, 17]) == red
    assert tuple(pixels[2, 2]) == (1.0, 1.0, 1.0)
