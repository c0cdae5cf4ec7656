# SPDX-License-Identifier: GPL-3.0-or-later
"""Anchors, boxes and regions: the arithmetic around the detector, without its network."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.local_service.mocap.detector import (
    INPUT_SIZE,
    Detector,
    anchor_centres,
    merge_overlapping,
    overlap,
)
from scripts.local_service.mocap.regions import Region, region_about


class _Answers:
    """A network that answers every picture with the same raw rows."""

    def __init__(self, logits: np.ndarray, rows: np.ndarray) -> None:
        self._answer = {"Identity_1": logits[:, None], "Identity": rows}

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        assert image.shape == (INPUT_SIZE, INPUT_SIZE, 3)
        return self._answer


def test_there_is_an_anchor_for_every_row_of_the_model() -> None:
    centres = anchor_centres()
    assert centres.shape == (2254, 2)
    assert centres[0] == pytest.approx((4 / 224, 4 / 224))
    assert centres[1] == pytest.approx(centres[0])
    assert centres[-1] == pytest.approx((208 / 224, 208 / 224))


def test_overlap_is_shared_area_over_covered_area() -> None:
    boxes = np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]])
    assert overlap(boxes[0], boxes) == pytest.approx((1.0, 1 / 3, 0.0))


def test_overlapping_boxes_become_their_weighted_mean_and_others_stay() -> None:
    values = np.zeros((3, 12))
    values[0, :4], values[1, :4], values[2, :4] = (0, 0, 2, 2), (0.2, 0, 2.2, 2), (8, 8, 9, 9)
    merged = merge_overlapping(np.array((0.6, 0.9, 0.7)), values)
    assert [score for score, _ in merged] == [0.9, 0.7]
    assert merged[0][1][0] == pytest.approx(0.2 * 0.9 / 1.5)
    assert merged[1][1][:4] == pytest.approx((8, 8, 9, 9))


def test_a_box_in_a_wide_picture_is_where_the_letterbox_put_it() -> None:
    logits, rows = np.full(2254, -50.0, np.float32), np.zeros((2254, 12), np.float32)
    middle = int(np.argmin(np.linalg.norm(anchor_centres() - 0.5, axis=1)))
    logits[middle] = 5.0
    rows[middle, 2:4] = 20.0
    rows[middle, 6:8] = (0.0, -40.0)
    found = Detector(_Answers(logits, rows)).find(np.zeros((224, 448, 3), np.uint8))
    assert len(found) == 1
    centre = anchor_centres()[middle] * 224
    assert found[0].points[0] == pytest.approx(((centre[0]) * 2, (centre[1] - 56) * 2))
    assert found[0].region.size == pytest.approx(2 * 1.25 * 80.0)
    assert found[0].region.turn == pytest.approx(0.0)


def test_a_picture_without_anybody_gives_nobody() -> None:
    logits, rows = np.full(2254, -50.0, np.float32), np.zeros((2254, 12), np.float32)
    assert Detector(_Answers(logits, rows)).find(np.zeros((90, 40, 3), np.uint8)) == []


@pytest.mark.parametrize(("top", "turn"), [((50, 10), 0.0), ((90, 50), 90.0), ((50, 90), -180.0)])
def test_a_region_is_turned_so_that_the_body_stands_upright_in_it(
    top: tuple[int, int], turn: float
) -> None:
    region = region_about(np.array((50.0, 50.0)), np.array(top, dtype=float))
    assert np.degrees(region.turn) == pytest.approx(turn)
    assert region.to_image(np.array((0.5, 0.5 - 0.5 / 1.25))) == pytest.approx(top)


def test_a_cut_out_shows_what_the_region_holds() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[80:84, 200:204] = 255
    region = Region(180.0, 90.0, 100.0, np.radians(30.0))
    cut = region.cut_out(picture, 64)[..., 0]
    y, x = np.unravel_index(np.argmax(cut), cut.shape)
    back = region.to_image((np.array((x, y)) + 0.5) / 64)
    assert back == pytest.approx((202.0, 82.0), abs=2.5)


def test_a_region_that_leaves_the_picture_can_be_cut_out() -> None:
    cut = Region(-40.0, -40.0, 3000.0, 1.0).cut_out(np.full((60, 80, 3), 7, np.uint8), 256)
    assert cut.shape == (256, 256, 3)
    assert cut.max() == 7


def test_a_region_that_is_no_place_is_not_used() -> None:
    assert not Region(float("nan"), 0.0, 100.0, 0.0).usable
    assert not Region(0.0, 0.0, 1.0, 0.0).usable
