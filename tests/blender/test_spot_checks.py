# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewer's way in Blender: check, jump, mark, picture, accept, reject; file or job."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.bridge import armatures, compat, provenance
from aimocap_blender.bridge.applying import apply_result, record_of
from aimocap_blender.bridge.retarget import retargeting, sources
from aimocap_blender.bridge.review import (
    checking,
    files,
    findings,
    looking,
    many,
    reading,
    verdicts,
)
from aimocap_blender.bridge.review.pictures.sheet import Sheet
from aimocap_blender.bridge.review.screen import spot_check_view
from aimocap_blender.errors import AimocapError
from aimocap_blender.motion.checks.check import Measure, Verdict
from aimocap_blender.motion.checks.run import exhausted
from aimocap_blender.motion.options import RetargetOptions
from tests.blender import people

LIFTING = people.ARM


@pytest.fixture
def hero(tmp_path: Path, addon: str) -> bpy.types.Object:
    """A metarig with an action of its own and, over it, the lifting arm from a file."""
    path = people.lifting_arm_fbx(tmp_path / "lift.fbx")
    rig = people.metarig("Hero")
    rig.animation_data_create().action = bpy.data.actions.new("Before")
    rig.pose.bones["spine"].keyframe_insert("location", frame=1)
    retargeting.retarget_file(bpy.context, path, rig, start_frame=11)
    return rig


def spoil(rig: bpy.types.Object, bone: str, first: int, last: int, degrees: float) -> None:
    """Turn a bone of the active action by so much between two frames."""
    action = rig.animation_data.action
    half = np.radians(degrees) / 2.0
    turn = np.array((np.cos(half), np.sin(half), 0.0, 0.0))
    curves = {
        curve.array_index: curve
        for curve in compat.curves_of(action, compat.slot_for(action, rig))
        if curve.data_path == f'pose.bones["{bone}"].rotation_quaternion'
    }
    for number, point in enumerate(curves[0].keyframe_points):
        if first <= point.co[0] <= last:
            w, x, y, z = (curves[axis].keyframe_points[number].co[1] for axis in range(4))
            product = (
                w * turn[0] - x * turn[1], w * turn[1] + x * turn[0],
                y * turn[0] + z * turn[1], z * turn[0] - y * turn[1],
            )  # fmt: skip
            for axis in range(4):
                curves[axis].keyframe_points[number].co[1] = product[axis]


def test_a_good_retarget_passes_and_says_so_on_the_action(hero: bpy.types.Object) -> None:
    checked = checking.check_action(hero)
    assert checked.report.overall is Verdict.PASS
    found = findings.read(hero.animation_data.action)
    assert found is not None
    assert found == checked.findings
    assert found.first_frame == 11
    assert len(found.rows) == len(Measure)


def test_checking_changes_nothing_but_the_findings(hero: bpy.types.Object) -> None:
    bpy.context.scene.frame_set(17)
    counts = {
        kind: len(getattr(bpy.data, kind)) for kind in ("objects", "actions", "scenes", "meshes")
    }
    fps = bpy.context.scene.render.fps
    before = set(hero.animation_data.action.keys())
    checking.check_action(hero)
    assert counts == {kind: len(getattr(bpy.data, kind)) for kind in counts}
    assert (bpy.context.scene.frame_current, bpy.context.scene.render.fps) == (17, fps)
    assert set(hero.animation_data.action.keys()) - before == {findings.PROPERTY}


def test_a_spoilt_arm_is_found_with_its_bone_and_frame(hero: bpy.types.Object) -> None:
    spoil(hero, LIFTING, 25, 45, 40.0)
    checked = checking.check_action(hero)
    found = checked.report.check(Measure.LIMB_DIRECTION)
    assert found.verdict is Verdict.FAIL
    assert found.finding.bone == LIFTING
    assert 25 <= found.frame <= 45


def test_keys_moved_by_hand_are_a_time_offset_in_frames(hero: bpy.types.Object) -> None:
    checking.check_action(hero)
    action = hero.animation_data.action
    for curve in compat.curves_of(action, compat.slot_for(action, hero)):
        for point in curve.keyframe_points:
            point.co[0] += 4.0
        curve.update()
    checked = checking.check_action(hero)
    found = checked.report.check(Measure.TIME_OFFSET)
    assert found.finding.value == pytest.approx(4.0, abs=0.3)
    assert found.finding.note == "late"


def test_a_motion_from_an_armature_of_the_scene_can_be_checked(tmp_path: Path, addon: str) -> None:
    source = people.metarig("Source")
    bone = source.pose.bones[LIFTING]
    bone.rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (40, 1.0)):
        bone.rotation_euler = (angle, 0.0, 0.0)
        bone.keyframe_insert("rotation_euler", frame=frame)
    target = people.metarig("Target")
    retargeting.retarget_armature(bpy.context, source, target)
    assert checking.check_action(target).report.overall is Verdict.PASS
    bpy.data.objects.remove(source)
    with pytest.raises(AimocapError, match="is gone"):
        checking.check_action(target)


def test_a_moved_motion_file_is_named_and_can_be_shown_the_way_to(
    hero: bpy.types.Object, tmp_path: Path
) -> None:
    record = sources.read(hero.animation_data.action)
    assert record is not None
    moved = Path(record.motion).rename(tmp_path / "elsewhere.fbx")
    with pytest.raises(AimocapError, match=r"lift\.fbx.*not at"):
        checking.check_action(hero)
    assert checking.check_action(hero, file=moved).report.overall is Verdict.PASS


def test_an_action_made_by_hand_is_refused_with_a_sentence(addon: str) -> None:
    rig = people.metarig("Own")
    rig.animation_data_create().action = bpy.data.actions.new("Mine")
    assert "not made by a retarget" in (checking.obstacle(rig) or "")
    with pytest.raises(AimocapError, match="not made by a retarget"):
        checking.check_action(rig)


def test_the_panel_tells_the_worst_first_and_a_click_goes_there(hero: bpy.types.Object) -> None:
    spoil(hero, LIFTING, 25, 45, 40.0)
    bpy.ops.aimocap.check_motion()
    view = spot_check_view(bpy.context)
    assert view is not None
    assert view.state == "fail"
    assert re.fullmatch(r"Failed \d+ of 24 checks", view.summary)
    line = next(line for line in view.lines if line.measure == "limb_direction")
    bpy.ops.aimocap.show_check(measure=line.measure)
    assert bpy.context.scene.frame_current == line.frame
    assert hero.data.bones.active.name == LIFTING


def test_next_and_previous_go_round_the_frames_to_look_at(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.check_motion()
    found = findings.read(hero.animation_data.action)
    assert found is not None
    bpy.context.scene.frame_set(0)
    visited = []
    for _ in found.spots:
        bpy.ops.aimocap.look_at_next()
        visited.append(bpy.context.scene.frame_current)
    assert visited == [spot.frame for spot in found.spots]
    bpy.ops.aimocap.look_at_next(backwards=True)
    assert bpy.context.scene.frame_current == visited[-2]


def test_markers_come_and_go_and_the_users_own_stay(hero: bpy.types.Object) -> None:
    scene = bpy.context.scene
    scene.timeline_markers.new("mine", frame=20)
    bpy.ops.aimocap.check_motion()
    bpy.ops.aimocap.mark_frames()
    assert looking.is_marked(scene)
    assert len(scene.timeline_markers) > 2
    bpy.ops.aimocap.mark_frames()
    assert [marker.name for marker in scene.timeline_markers] == ["mine"]


def test_accepting_keeps_who_when_what_and_the_limits(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.check_motion()
    bpy.ops.aimocap.accept_motion(clean_up="LIGHT", note="wrist a little stiff")
    action = hero.animation_data.action
    word = verdicts.read(action)
    assert word is not None
    assert word.accepted
    assert (word.clean_up, word.note) == ("light", "wrist a little stiff")
    assert word.person
    assert datetime.fromisoformat(word.at).tzinfo == UTC
    limits = json.loads(action["aimocap_verdict_thresholds"])
    assert limits["foot_slide"][0] < limits["foot_slide"][1]
    assert set(json.loads(action["aimocap_verdict_checks"])) == {m.value for m in Measure}


def test_rejecting_brings_the_action_before_back_and_keeps_the_verdict(
    hero: bpy.types.Object,
) -> None:
    bpy.ops.aimocap.check_motion()
    rejected = hero.animation_data.action
    bpy.ops.aimocap.reject_motion(cause="BONE_MAP", note="fingers")
    assert hero.animation_data.action.name == "Before"
    word = verdicts.read(rejected)
    assert word is not None
    assert not word.accepted
    assert word.cause == "bone map"
    assert rejected.use_fake_user
    bpy.ops.aimocap.compare_previous()
    assert hero.animation_data.action == rejected


def test_the_armature_tells_the_verdict_too_until_another_motion_comes_onto_it(
    hero: bpy.types.Object, tmp_path: Path
) -> None:
    bpy.ops.aimocap.check_motion()
    judged = hero.animation_data.action
    bpy.ops.aimocap.accept_motion(clean_up="LIGHT", note="wrist")
    assert verdicts.read(hero) == verdicts.read(judged)
    assert hero["aimocap_verdict_action"] == judged.name
    assert hero["aimocap_verdict_checks"] == judged["aimocap_verdict_checks"]
    bpy.ops.aimocap.retarget_fbx(filepath=str(tmp_path / "lift.fbx"))
    assert hero.animation_data.action != judged
    left = [name for name in hero.keys() if name.startswith("aimocap_verdict")]  # noqa: SIM118
    assert left == []
    assert verdicts.read(judged) is not None


def test_after_a_reject_the_armature_tells_what_was_rejected(hero: bpy.types.Object) -> None:
    bpy.ops.aimocap.check_motion()
    rejected = hero.animation_data.action
    bpy.ops.aimocap.reject_motion(cause="BONE_MAP", note="fingers")
    assert hero["aimocap_verdict"] == "rejected"
    assert hero["aimocap_verdict_action"] == rejected.name


def test_without_a_check_there_is_no_verdict(hero: bpy.types.Object) -> None:
    with pytest.raises(AimocapError, match="not checked"):
        verdicts.accept(hero, verdicts.CleanUp.NONE)
    assert verdicts.read(hero.animation_data.action) is None


def test_every_cause_leads_to_a_next_step() -> None:
    assert set(verdicts.NEXT_STEPS) == set(verdicts.Cause)


def test_the_contact_sheet_and_the_report_are_files_and_an_image(hero: bpy.types.Object) -> None:
    spoil(hero, LIFTING, 25, 45, 40.0)
    scenes, images = len(bpy.data.scenes), len(bpy.data.images)
    bpy.ops.aimocap.make_contact_sheet()
    action = hero.animation_data.action
    sheet, report = (
        Path(action[name]) for name in ("aimocap_contact_sheet", "aimocap_check_report")
    )
    assert sheet.read_bytes().startswith(b"\x89PNG")
    page = report.read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "Limb direction" in page
    assert not re.search(r"(src|href)=['\"](?!data:)", page)
    assert (len(bpy.data.scenes), len(bpy.data.images)) == (scenes, images + 1)
    bpy.ops.aimocap.reject_motion(cause="OTHER", note="<script>alert(1)</script>")
    page = report.read_text(encoding="utf-8")
    assert "rejected" in page
    assert "<script>" not in page


def test_the_bone_in_question_is_marked_in_red(hero: bpy.types.Object) -> None:
    spoil(hero, LIFTING, 25, 45, 40.0)
    sheet = Sheet(checking.check_action(hero), None, "spoilt")
    sheet.finish()
    red = (sheet.canvas.pixels[..., 0] > 0.8) & (sheet.canvas.pixels[..., 1] < 0.3)
    assert np.count_nonzero(red) > 200


def test_each_step_of_the_sheet_tells_how_far_it_is(hero: bpy.types.Object) -> None:
    sheet = Sheet(checking.check_action(hero), None, "steps")
    told = list(sheet.steps())
    assert told[-1] == 1.0
    assert len(told) > 4 * len(findings.read(hero.animation_data.action).spots)


def test_a_jobs_motion_is_checked_with_its_skeleton_and_its_papers_lie_beside_it(
    tmp_path: Path, addon: str
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    rig = people.metarig("Hero")
    job = people.job_for(people.lifting_arm_fbx(folder / "motion.fbx"), rig.name, first_frame=40.0)
    apply_result(bpy.context, job, rig, RetargetOptions())
    action = rig.animation_data.action
    checked = checking.check_action(rig)
    assert checked.report.first == 40
    assert checked.report.overall is Verdict.PASS
    motion = job.artifact("fbx")
    assert motion is not None
    record = record_of(job, motion, "x", datetime.now(UTC), same_skeleton=False)
    provenance.write(action, record)
    changed = checking.check_action(rig)
    assert changed.report.check(Measure.SKELETON).verdict is Verdict.LOOK


def test_many_motions_make_a_table_with_a_row_each(hero: bpy.types.Object, tmp_path: Path) -> None:
    record = sources.read(hero.animation_data.action)
    assert record is not None
    other = people.metarig("Other")
    retargeting.retarget_file(bpy.context, Path(record.motion), other, start_frame=1)
    spoil(other, LIFTING, 10, 40, 40.0)
    other.animation_data.action.name = "spoilt"
    rows = many.check_many(many.checkable())
    assert {row.action: row.overall for row in rows} == {"lift": "pass", "spoilt": "fail"}
    table = list(csv.DictReader(io.StringIO(many.to_csv(rows))))
    assert [row["Overall"] for row in table] == [row.overall for row in rows]
    assert float(table[0]["Foot slide (cm)"]) < 2.0
    page = many.to_html(rows)
    assert page.count("<tr>") == 3
    bpy.ops.aimocap.check_all(filepath=str(tmp_path / "table.html"))
    assert (tmp_path / "table.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_motion_that_can_not_be_checked_is_a_row_with_the_reason(hero: bpy.types.Object) -> None:
    record = sources.read(hero.animation_data.action)
    assert record is not None
    Path(record.motion).unlink()
    (row,) = many.check_many(many.checkable())
    assert row.overall == "not checked"
    assert "lift.fbx" in row.trouble


def test_findings_that_are_not_ours_are_taken_for_none(hero: bpy.types.Object) -> None:
    action = hero.animation_data.action
    for text in ("", "{", "[]", '{"version": 99}', '{"version": 1, "rows": 3}'):
        action[findings.PROPERTY] = text
        assert findings.read(action) is None


def test_names_become_file_names() -> None:
    action = bpy.data.actions.new('walk: "take/3" é')
    assert re.fullmatch(r"[\w.-]+", files.stem_of(action))


def test_an_unchanged_motion_file_is_not_imported_twice(
    hero: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking.check_action(hero)
    imports = []
    monkeypatch.setattr(checking.fbx, "imported", lambda *_: imports.append(1))
    first = checking.check_action(hero)
    assert not imports
    assert first.report.overall is Verdict.PASS


def test_a_motion_read_in_steps_is_the_motion_read_at_once(hero: bpy.types.Object) -> None:
    hero.pose.bones["hand.L"].constraints.new("COPY_ROTATION").target = hero
    hero.pose.bones["hand.L"].constraints[0].subtarget = "head" if "head" in hero.pose.bones else ""
    frames = np.arange(11.0, 24.0)
    whole = armatures.read_motion(hero, frames=frames, fps=24.0)
    parts = exhausted(reading.motion_in_steps(hero, frames, at_once=5, fps=24.0))
    assert parts.frames == whole.frames == 13
    assert np.abs(parts.rotations - whole.rotations).max() < 1e-6
    assert np.abs(parts.locations - whole.locations).max() < 1e-6
    assert parts.world.shape == whole.world.shape
