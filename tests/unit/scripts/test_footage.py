# SPDX-License-Identifier: GPL-3.0-or-later
"""The video's pictures on the demo's contact sheet: the right moments, the right person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from scripts.common.console import ScriptError

pytest.importorskip("ai_edge_litert", reason="the pose runtime is not in this environment")
from scripts.demonstration.footage import footage

FPS = 20.0
LIGHTER, DARKENED = 5, 3
"""Grey levels from picture to picture, and how many the codec takes away from each."""


def _number(picture: np.ndarray) -> int:
    return round((float(picture.mean()) + DARKENED) / LIGHTER)


@pytest.fixture
def grey_steps(tmp_path: Path) -> Path:
    """Forty empty pictures, each a little lighter than the one before."""
    path = tmp_path / "steps.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (64, 48))
    for number in range(40):
        writer.write(np.full((48, 64, 3), LIGHTER * number, np.uint8))
    writer.release()
    return path


def test_the_pictures_are_those_of_the_moments(grey_steps: Path) -> None:
    found = footage(grey_steps, [0.5, 1.0, 1.5], 0.8)
    assert [_number(picture) for picture in found.whole] == [10, 20, 30]


def test_where_nobody_is_there_are_no_cut_outs(grey_steps: Path) -> None:
    assert footage(grey_steps, [0.0, 1.0], 0.8).close == []


def test_a_clip_that_ends_early_shows_its_last_picture(grey_steps: Path) -> None:
    found = footage(grey_steps, [1.0, 9.0], 0.8)
    assert [_number(picture) for picture in found.whole] == [20, 39]


def test_what_is_no_video_is_said(tmp_path: Path) -> None:
    path = tmp_path / "words.mp4"
    path.write_text("not a video", encoding="utf-8")
    with pytest.raises(ScriptError, match=r"words\.mp4"):
        footage(path, [0.0, 1.0], 0.8)


def test_cut_outs_of_one_size_follow_the_person(shared_file: Callable[[str], Path]) -> None:
    video = shared_file("clips/p2s_cam02_640_30fps_BSD3.mp4")
    found = footage(video, [0.0, 0.5, 1.0], 0.8)
    assert len(found.close) == 3
    assert len({picture.shape for picture in found.close}) == 1
    height, width = found.close[0].shape[:2]
    assert width / height == pytest.approx(0.8, abs=0.02)
    assert height < found.whole[0].shape[0]
