# SPDX-License-Identifier: GPL-3.0-or-later
"""The trim's arithmetic against Blender's own rule, over many rates, offsets and handles."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from aimocap_blender.clips.price import estimated_v_credits
from aimocap_blender.clips.strip import ClipError, StripFacts, StripKind
from aimocap_blender.clips.trim import ClipPlan, exact_rate, plan

RATES = (
    Fraction(24),
    Fraction(25),
    Fraction(30),
    Fraction(50),
    Fraction(60),
    Fraction(120),
    Fraction(24000, 1001),
    Fraction(30000, 1001),
    Fraction(60000, 1001),
)


def as_blender_tells(rate: Fraction) -> float:
    """A rate as Blender hands it out: a 32-bit float."""
    return float(np.float32(float(rate)))


def strip(
    source: Fraction,
    scene: Fraction,
    frames: int,
    *,
    adjusted: bool = True,
    start: int = 1,
    left: int = 0,
    right: int = 0,
    trims: tuple[int, int] = (0, 0),
) -> StripFacts:
    """A strip as Blender lays it: `left` and `right` frames cut off its ends by the handles."""
    rate = source / scene if adjusted else Fraction(1)
    length = math.floor(frames / rate)
    return StripFacts(
        name="walk",
        kind=StripKind.MOVIE,
        path=Path("/clips/walk.mp4"),
        scene_fps=as_blender_tells(scene),
        source_fps=as_blender_tells(source),
        content_start=float(start),
        content_end=float(start + length),
        content_frames=frames,
        trimmed_start_frames=trims[0],
        trimmed_end_frames=trims[1],
        left_handle=start + left,
        right_handle=start + length - right,
    )


@st.composite
def strips(draw: st.DrawFn) -> tuple[StripFacts, Fraction, Fraction, bool]:
    source, scene = draw(st.sampled_from(RATES)), draw(st.sampled_from(RATES))
    adjusted = draw(st.booleans())
    frames = draw(st.integers(10, 40_000))
    rate = source / scene if adjusted else Fraction(1)
    length = math.floor(frames / rate)
    left = draw(st.integers(-50, max(0, length - 5)))
    right = draw(st.integers(-50, max(0, length - 5 - max(left, 0))))
    trims = (draw(st.integers(0, 500)), draw(st.integers(0, 500)))
    start = draw(st.integers(-1000, 5000))
    facts = strip(
        source, scene, frames, adjusted=adjusted, start=start, left=left, right=right, trims=trims
    )
    return facts, source, scene, adjusted


def is_ambiguous(source: Fraction, scene: Fraction, frames: int) -> bool:
    """Whether the content's length is that of an adjusted strip and of an unadjusted one."""
    return abs(math.floor(frames / (source / scene)) - frames) <= 2


@given(strips())
def test_every_visible_frame_shows_what_blender_shows(
    made: tuple[StripFacts, Fraction, Fraction, bool],
) -> None:
    facts, source, scene, adjusted = made
    rate = source / scene if adjusted else Fraction(1)
    content = facts.content_end - facts.content_start
    assume(
        min(facts.right_handle, facts.content_end) - max(facts.left_handle, facts.content_start)
        >= 2 / rate + 1
    )
    found = plan(facts)
    within = 1.0 if is_ambiguous(source, scene, facts.content_frames) else 1e-6
    for scene_frame in (
        found.first_frame,
        found.first_frame + 1,
        facts.content_start + content - 1,
    ):
        blender = (Fraction(scene_frame) - Fraction(facts.content_start)) * rate
        blender += facts.trimmed_start_frames
        ours = found.source_seconds(scene_frame) * float(source)
        assert ours == pytest.approx(float(blender), abs=within + 1e-6 * abs(float(blender)))


@given(strips())
def test_the_trim_lies_inside_the_file_and_plays_where_it_is_seen(
    made: tuple[StripFacts, Fraction, Fraction, bool],
) -> None:
    facts, source, _scene, _adjusted = made
    try:
        found = plan(facts)
    except ClipError:
        return
    whole = facts.trimmed_start_frames + facts.content_frames + facts.trimmed_end_frames
    assert 0.0 <= found.start_seconds < found.end_seconds
    assert found.end_seconds <= found.source_duration_seconds + 1e-9
    assert found.source_duration_seconds == pytest.approx(float(whole / source), rel=1e-6)
    assert found.first_frame >= facts.left_handle
    assert found.scene_frame(found.start_seconds) == found.first_frame
    assert found.scene_frame(found.end_seconds) <= facts.right_handle + 1e-6
    middle = (found.start_seconds + found.end_seconds) / 2
    assert found.source_seconds(found.scene_frame(middle)) == pytest.approx(middle)


@pytest.mark.parametrize(
    ("source", "scene", "seconds"),
    [
        (Fraction(30000, 1001), Fraction(24), 2.0),
        (Fraction(24000, 1001), Fraction(24), 2.0),
        (Fraction(60000, 1001), Fraction(24), 2.0),
        (Fraction(30), Fraction(30000, 1001), 48 * 1001 / 30000),
    ],
)
def test_48_visible_frames_last_as_long_as_they_do_in_the_scene(
    source: Fraction, scene: Fraction, seconds: float
) -> None:
    facts = strip(source, scene, 3000, start=101, left=24)
    facts = replace(facts, right_handle=facts.left_handle + 48)
    found = plan(facts)
    assert found.seconds == pytest.approx(seconds)
    assert found.start_seconds == pytest.approx(float(24 / scene))
    assert found.first_frame == 125
    assert found.visible_frames == (125, 172)
    assert found.time_scale == pytest.approx(1.0)


def test_an_unadjusted_60_fps_strip_in_a_24_fps_scene_is_slow_motion() -> None:
    found = plan(strip(Fraction(60), Fraction(24), 600, adjusted=False, left=60))
    assert found.start_seconds == pytest.approx(1.0)
    assert found.end_seconds == pytest.approx(10.0)
    assert found.time_scale == pytest.approx(2.5)
    assert found.scene_frame(2.0) == pytest.approx(found.first_frame + 60)


@pytest.mark.parametrize("adjusted", [True, False])
def test_a_retimed_strip_plays_at_the_speed_between_its_keys(adjusted: bool) -> None:
    # Twice as fast: 600 source frames at 30 fps over 240 (adjusted) or 300 frames of 24 fps.
    length = 240 if adjusted else 300
    told = 300  # Blender tells the keys as if the rate were 1
    facts = replace(
        strip(Fraction(30), Fraction(24), 600, adjusted=adjusted),
        content_end=1.0 + length,
        left_handle=1 + length // 2,
        right_handle=1 + length,
        retiming_frames=(1.0, 1.0 + told),
        retimed_frames=600,
    )
    found = plan(facts)
    assert found.start_seconds == pytest.approx(10.0)
    assert found.end_seconds == pytest.approx(20.0)
    assert found.time_scale == pytest.approx(length / 24 / 20)


def test_a_strip_adjusts_by_the_rate_its_first_file_had() -> None:
    facts = replace(strip(Fraction(30), Fraction(24), 600), source_fps=60.0, adjusting_fps=30.0)
    found = plan(facts)
    assert found.seconds == pytest.approx(10.0)
    assert found.time_scale == pytest.approx(2.0)


def test_without_a_frame_count_the_default_playback_rate_is_taken() -> None:
    facts = replace(strip(Fraction(60), Fraction(24), 600), content_frames=0)
    assert plan(facts).time_scale == pytest.approx(1.0)
    retimed = replace(facts, retiming_frames=(1.0, 100.0))
    with pytest.raises(ClipError, match="speed"):
        plan(retimed)


GOOD = strip(Fraction(30), Fraction(24), 300)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (StripFacts(name="", kind=StripKind.NONE), "No movie strip is active"),
        (StripFacts(name="s", kind=StripKind.SOUND), "is a sound"),
        (StripFacts(name="i", kind=StripKind.IMAGE), "is an image sequence"),
        (StripFacts(name="m", kind=StripKind.META), "is a meta strip"),
        (StripFacts(name="x", kind=StripKind.SCENE), "is a scene strip"),
        (replace(GOOD, path=None), "is not there"),
        (replace(GOOD, file_exists=False), r"walk\.mp4.*is not there"),
        (replace(GOOD, source_fps=0.0), "frame rate"),
        (replace(GOOD, is_reversed=True), "plays backwards"),
        (replace(GOOD, has_speed_effect=True), "Speed Control"),
        (replace(GOOD, retiming_frames=(1.0, 40.0, 90.0), retimed_frames=300), "3 keys"),
        (replace(GOOD, is_multiview=True), "stereo"),
        (replace(GOOD, content_end=1.0), "no content"),
        (replace(GOOD, left_handle=500, right_handle=600), "less than 2 frames"),
        (replace(GOOD, right_handle=2), "less than 2 frames"),
    ],
)
def test_what_is_no_single_trim_is_refused_with_a_remedy(facts: StripFacts, words: str) -> None:
    with pytest.raises(ClipError, match=words) as caught:
        plan(facts)
    assert caught.value.remedy.endswith(".")
    assert caught.value.what.endswith(".")


def test_what_the_service_does_not_see_is_said() -> None:
    assert plan(GOOD).notes == ()
    assert "mirrored" in plan(replace(GOOD, is_mirrored=True)).notes[0]
    held = plan(replace(GOOD, left_handle=-9))
    assert "held" in held.notes[0]
    assert held.first_frame == 1.0


@given(st.sampled_from(RATES))
def test_a_rate_survives_blenders_rounding(rate: Fraction) -> None:
    assert exact_rate(as_blender_tells(rate)) == rate
    assert exact_rate(round(float(rate), 4)) == rate


@given(st.floats(0.05, 100_000.0))
def test_any_other_rate_stays_what_it_is(fps: float) -> None:
    assert float(exact_rate(fps)) == pytest.approx(fps, rel=1e-3)


@given(st.integers(0, 100_000))
@example(12)
def test_a_whole_number_of_seconds_costs_that_many(seconds: int) -> None:
    assert estimated_v_credits(seconds) == seconds
    assert estimated_v_credits(seconds + 1e-9) == seconds
    assert estimated_v_credits(seconds + 0.01) == seconds + 1


def test_the_price_of_a_trim_has_no_rounding_noise() -> None:
    facts = strip(Fraction(30000, 1001), Fraction(24), 3000)
    found: ClipPlan = plan(replace(facts, left_handle=8, right_handle=8 + 24 * 12))
    assert estimated_v_credits(found.seconds) == 12
