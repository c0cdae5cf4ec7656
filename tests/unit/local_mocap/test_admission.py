# SPDX-License-Identifier: GPL-3.0-or-later
"""What a clip must show, and what is said when it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scripts.local_service.mocap.admission import admit
from scripts.local_service.mocap.failures import CaptureFailure
from scripts.local_service.mocap.landmarks import Landmark

from .bodies import landmarks_of, seen, waving


def test_a_whole_person_is_admitted_without_notes() -> None:
    assert admit(seen(landmarks_of(waving(20))), "full_body") == ()


def test_nobody_is_refused() -> None:
    track = replace(seen(landmarks_of(waving(20))), present=np.zeros(20, dtype=bool))
    with pytest.raises(CaptureFailure, match="Nobody was found") as failure:
        admit(track, "full_body")
    assert failure.value.code == "no_person_detected"


def test_a_person_in_few_pictures_is_refused() -> None:
    track = replace(seen(landmarks_of(waving(20))), present=np.arange(20) < 4)
    with pytest.raises(CaptureFailure, match="20%") as failure:
        admit(track, "full_body")
    assert failure.value.code == "no_person_detected"


@pytest.mark.parametrize("hidden", ["invisible", "outside"])
def test_legs_that_are_not_seen_refuse_a_full_body_but_not_an_upper_body(hidden: str) -> None:
    track = seen(landmarks_of(waving(20)))
    pixels, visibility = track.pixels.copy(), track.visibility.copy()
    if hidden == "outside":
        pixels[:, Landmark.LEFT_KNEE :, 1] += 2000.0
    else:
        visibility[:, Landmark.LEFT_KNEE :] = 0.1
    track = replace(track, pixels=pixels, visibility=visibility)
    with pytest.raises(CaptureFailure) as failure:
        admit(track, "full_body")
    assert failure.value.code == "person_not_fully_visible"
    assert admit(track, "upper_body") == ()


def test_arms_that_are_not_seen_refuse_an_upper_body() -> None:
    track = seen(landmarks_of(waving(20)))
    visibility = track.visibility.copy()
    visibility[:, Landmark.LEFT_ELBOW : Landmark.LEFT_HIP] = 0.0
    with pytest.raises(CaptureFailure, match="arms") as failure:
        admit(replace(track, visibility=visibility), "upper_body")
    assert failure.value.code == "person_not_fully_visible"


def test_a_side_view_that_hides_one_half_is_whole() -> None:
    track = seen(landmarks_of(waving(20)))
    visibility = track.visibility.copy()
    visibility[:, 11::2] = 0.1
    assert admit(replace(track, visibility=visibility), "full_body") == ()


def test_two_pictures_are_too_few() -> None:
    with pytest.raises(CaptureFailure) as failure:
        admit(seen(landmarks_of(waving(2))), "full_body")
    assert failure.value.code == "clip_too_short"


def test_gaps_and_cuts_are_told() -> None:
    track = replace(seen(landmarks_of(waving(20))), present=np.arange(20) != 7, cuts=(12,))
    notes = admit(track, "full_body")
    assert len(notes) == 2
    assert "gaps" in notes[0]
    assert "cut" in notes[1]
