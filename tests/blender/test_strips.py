# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips as Blender really shows them: numbered movies are rendered and compared with the plan."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import compat, strips
from aimocap_blender.clips import trim
from aimocap_blender.clips.strip import ClipError, StripFacts, StripKind
from tests.blender import movies, snapshot

RATES = {"30": (30, 1.0), "29.97": (30, 1.001), "59.94": (60, 1.001), "23.976": (24, 1.001)}
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""5.2 warns of the old names, which the tests use to set strips up in every version."""


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("movies")
    return {
        name: movies.numbered_movie(folder / f"n{name}.mp4", fps=fps, fps_base=base)
        for name, (fps, base) in RATES.items()
    }


@pytest.fixture
def scene() -> bpy.types.Scene:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    scene.sequence_editor_create()
    movies.fit_picture(scene)
    workspace = bpy.context.window_manager.windows[0].workspace
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene
    return scene


def add(
    path: Path, *, adjusted: bool = True, frame: int = 11, sound: bool = False
) -> bpy.types.Strip:
    before = set(compat.all_strips(bpy.context.scene.sequence_editor))
    with strips.in_sequencer(bpy.context):
        bpy.ops.sequencer.movie_strip_add(
            filepath=str(path),
            frame_start=frame,
            channel=1,
            adjust_playback_rate=adjusted,
            use_framerate=False,
            sound=sound,
            **compat.movie_strip_add_options(),
        )
    after = compat.all_strips(bpy.context.scene.sequence_editor)
    strip = next(s for s in after if s not in before and s.type == "MOVIE")
    bpy.context.scene.sequence_editor.active_strip = strip
    return strip


def assert_plan_is_what_is_seen(scene: bpy.types.Scene, folder: Path) -> trim.ClipPlan:
    """At every visible frame the plan's source frame is the number that is seen, to a frame."""
    plan = trim.plan(strips.active(bpy.context))
    first, last = plan.visible_frames
    looked_at = sorted({first, first + 1, first + 7, (first + last) // 2, last - 1, last})
    seen = movies.numbers_seen(scene, looked_at, folder)
    moments = [min(max(plan.source_seconds(f), 0.0), plan.end_seconds) for f in looked_at]
    expected = [seconds * plan.source_fps for seconds in moments]
    off = [abs(number - source) for number, source in zip(seen, expected, strict=True)]
    assert max(off) <= 1.01, list(zip(looked_at, seen, expected, strict=True))
    return plan


@pytest.mark.parametrize("adjusted", [True, False], ids=["adjusted", "as it is"])
@pytest.mark.parametrize("rate", RATES)
def test_the_plan_is_what_blender_shows(
    scene: bpy.types.Scene, movie: dict[str, Path], tmp_path: Path, rate: str, adjusted: bool
) -> None:
    strip = add(movie[rate], adjusted=adjusted)
    strip.frame_offset_start = 5
    strip.frame_offset_end = 4
    plan = assert_plan_is_what_is_seen(scene, tmp_path)
    fps = Fraction(RATES[rate][0]) / Fraction(str(RATES[rate][1]))
    shown_per_frame = fps / 24 if adjusted else Fraction(1)
    # 60 frames of 23.976 fps in a 24-fps scene are 60 frames adjusted or not: nobody can tell.
    exact = 1e-6 if rate != "23.976" else 2e-3
    assert plan.start_seconds == pytest.approx(float(5 * shown_per_frame / fps), abs=exact)
    assert plan.time_scale == pytest.approx(1.0 if adjusted else float(fps / 24), rel=exact)
    assert plan.first_frame == 16
    assert plan.source_duration_seconds == pytest.approx(float(60 / fps), abs=1e-4)


@pytest.mark.parametrize("adjusted", [True, False], ids=["adjusted", "as it is"])
def test_hard_trims_and_handles_add_up(
    scene: bpy.types.Scene, movie: dict[str, Path], tmp_path: Path, adjusted: bool
) -> None:
    strip = add(movie["30"], adjusted=adjusted)
    strip.animation_offset_start, strip.animation_offset_end = 10, 5
    strip.frame_offset_start = 4
    plan = assert_plan_is_what_is_seen(scene, tmp_path)
    assert plan.start_seconds == pytest.approx((10 + 4 * (1.25 if adjusted else 1)) / 30)
    assert plan.end_seconds == pytest.approx(55 / 30, abs=1 / 30)


@pytest.mark.parametrize(("container", "ending"), [("MKV", "mkv"), ("AVI", "avi")])
def test_other_containers_are_understood_too(
    scene: bpy.types.Scene, tmp_path: Path, container: str, ending: str
) -> None:
    path = movies.numbered_movie(tmp_path / f"n.{ending}", fps=60, container=container)
    add(path, adjusted=False)
    plan = assert_plan_is_what_is_seen(scene, tmp_path)
    assert plan.time_scale == pytest.approx(2.5)


def test_held_frames_beyond_the_content_are_not_sent(
    scene: bpy.types.Scene, movie: dict[str, Path]
) -> None:
    strip = add(movie["30"])
    strip.frame_offset_start, strip.frame_offset_end = -5, -6
    plan = trim.plan(strips.active(bpy.context))
    assert (plan.start_seconds, plan.end_seconds) == (0.0, 2.0)
    assert plan.first_frame == 11
    assert plan.visible_frames == (6, 64)
    assert "held" in plan.notes[0]


@pytest.mark.parametrize("speed", [50.0, 200.0])
@pytest.mark.parametrize("adjusted", [True, False], ids=["adjusted", "as it is"])
def test_a_constant_retiming_is_followed(
    scene: bpy.types.Scene, movie: dict[str, Path], tmp_path: Path, speed: float, adjusted: bool
) -> None:
    strip = add(movie["30"], adjusted=adjusted)
    with strips.in_sequencer(bpy.context):
        strip.select = True
        bpy.ops.sequencer.retiming_segment_speed_set(speed=speed)
    strip.frame_offset_start = 4
    if len(strip.retiming_keys) > 2:  # 4.5 leaves a tail of another speed behind
        with pytest.raises(ClipError, match="retimed by 3 keys"):
            trim.plan(strips.active(bpy.context))
        return
    assert_plan_is_what_is_seen(scene, tmp_path)


def test_both_halves_of_a_cut_retimed_strip_are_right(
    scene: bpy.types.Scene, movie: dict[str, Path], tmp_path: Path
) -> None:
    strip = add(movie["30"], adjusted=False)
    with strips.in_sequencer(bpy.context):
        strip.select = True
        bpy.ops.sequencer.retiming_segment_speed_set(speed=50.0)
    other = strip.split(frame=60, split_method="SOFT")
    left = assert_plan_is_what_is_seen(scene, tmp_path)
    scene.sequence_editor.active_strip = other
    right = assert_plan_is_what_is_seen(scene, tmp_path)
    assert left.end_seconds == pytest.approx(right.start_seconds)


def test_a_scene_rate_changed_later_is_followed(
    scene: bpy.types.Scene, movie: dict[str, Path], tmp_path: Path
) -> None:
    add(movie["29.97"])
    scene.render.fps, scene.render.fps_base = 30, 1.001
    plan = assert_plan_is_what_is_seen(scene, tmp_path)
    assert plan.time_scale == pytest.approx(1.0)
    assert plan.scene_fps == pytest.approx(30 / 1.001)


@pytest.mark.parametrize("adjusted", [True, False], ids=["adjusted", "as it is"])
def test_a_strip_whose_file_was_exchanged_keeps_its_playback_rate(
    scene: bpy.types.Scene, movie: dict[str, Path], tmp_path: Path, adjusted: bool
) -> None:
    strip = add(movie["30"], adjusted=adjusted)
    strip.filepath = str(movie["59.94"])
    plan = assert_plan_is_what_is_seen(scene, tmp_path)
    assert plan.source_fps == pytest.approx(60 / 1.001)
    assert plan.time_scale == pytest.approx((60 / 1.001) / (30 if adjusted else 24))


def test_the_sound_beside_a_movie_stands_for_it(
    scene: bpy.types.Scene, movie: dict[str, Path]
) -> None:
    strip = add(movie["30"])
    editor = scene.sequence_editor
    try:
        sound = compat.top_strips(editor).new_sound("sound", str(movie["30"]), 3, 11)
    except RuntimeError as error:
        pytest.skip(f"this bpy module has no sound: {error}")
    editor.active_strip = sound
    assert strips.active(bpy.context).name == strip.name
    compat.top_strips(editor).remove(strip)
    facts = strips.active(bpy.context)
    assert facts.kind is StripKind.SOUND
    with pytest.raises(ClipError, match="is a sound"):
        trim.plan(facts)


def test_what_is_no_one_trim_is_refused(scene: bpy.types.Scene, movie: dict[str, Path]) -> None:
    strip = add(movie["30"])
    strip.use_reverse_frames = True
    with pytest.raises(ClipError, match="backwards"):
        trim.plan(strips.active(bpy.context))
    strip.use_reverse_frames = False
    top = compat.top_strips(scene.sequence_editor)
    inputs = [p for p in ("seq1", "input1") if p in top.bl_rna.functions["new_effect"].parameters]
    length = (
        {"length": 48}
        if "length" in top.bl_rna.functions["new_effect"].parameters
        else {"frame_end": 59}
    )
    effect = top.new_effect("speed", "SPEED", 4, 11, **length, **{inputs[0]: strip})
    with pytest.raises(ClipError, match="Speed Control"):
        trim.plan(strips.active(bpy.context))
    scene.sequence_editor.active_strip = effect
    with pytest.raises(ClipError, match="effect strip"):
        trim.plan(strips.active(bpy.context))
    meta = top.new_meta("Meta", 6, 1)
    scene.sequence_editor.active_strip = meta
    with pytest.raises(ClipError, match="meta strip"):
        trim.plan(strips.active(bpy.context))


def test_a_missing_movie_is_named(scene: bpy.types.Scene, movie: dict[str, Path]) -> None:
    strip = add(movie["30"])
    strip.filepath = "//gone.mp4"
    facts = strips.active(bpy.context)
    assert not facts.file_exists
    with pytest.raises(ClipError, match=r"gone\.mp4.* is not there"):
        trim.plan(facts)


def test_no_editor_no_strip_and_no_sequencer_scene_are_no_strip() -> None:
    assert strips.active(bpy.context).kind is StripKind.NONE
    workspace = bpy.context.window_manager.windows[0].workspace
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = None
    assert strips.active(bpy.context) == StripFacts(name="", kind=StripKind.NONE)


def test_the_preview_lies_muted_above_and_nothing_else_changes(
    scene: bpy.types.Scene, movie: dict[str, Path], tmp_path: Path
) -> None:
    source = add(movie["30"])
    view = scene.view_settings.view_transform
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    kind = area.ui_type
    before = snapshot.take()
    name = strips.add_preview(bpy.context, movie["59.94"], first_frame=13.4, above=source.name)
    preview = next(s for s in compat.all_strips(scene.sequence_editor) if s.name == name)
    assert preview.mute
    assert not preview.select
    assert preview.channel > source.channel
    assert compat.strip_times(preview).left_handle == 13
    assert preview.frame_final_duration == 24, "natural speed: 1.001 s at 24 fps"
    changed = snapshot.differences(before, snapshot.take())
    assert set(changed) == {"scene/Scene/strips"}
    assert (scene.view_settings.view_transform, area.ui_type) == (view, kind)
