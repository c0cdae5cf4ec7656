# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job through the buttons, without a window, against a service that can misbehave."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session, versions
from aimocap_blender.jobs.job import Decision, Job, JobState
from aimocap_blender.jobs.ledger import Ledger
from tests.blender import people
from tests.blender.recording_layout import drawn
from tests.fake_service import FakeService, lost_answer, status

SECONDS = 60.0


def submit() -> Job:
    """Press the button and follow everything to its end."""
    assert bpy.ops.aimocap.submit_strip() == {"FINISHED"}
    current = session.current()
    local_id = current.desk.jobs()[0].local_id
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    return current.desk.job(local_id)


def job_now(local_id: str) -> Job:
    return session.current().desk.job(local_id)


def test_one_press_puts_the_motion_on_the_armature(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    job = submit()
    assert job.state is JobState.APPLIED, (job.failure, job.waiting_reason)
    assert job.request.trim_start_seconds == pytest.approx(12 / 30, abs=1e-6)
    assert job.request.trim_seconds == pytest.approx(24 / 30, abs=1e-6)
    rig = scene.aimocap.armature
    action = rig.animation_data.action
    assert tuple(action.frame_range) == (11.0, 35.0)
    assert action["aimocap_job_id"] == rig["aimocap_job_id"] == job.remote_id
    assert action["aimocap_target_version"] == "unknown"
    assert service.count("complete") == 1
    assert not service.leaks


def test_the_version_comes_from_the_result_when_it_tells_one(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    service.target_version = "7"
    submit()
    assert scene.aimocap.armature["aimocap_target_version"] == "7"


def test_without_auto_import_the_job_waits_and_the_button_imports_it(
    addon: str, scene: bpy.types.Scene
) -> None:
    bpy.context.preferences.addons[addon].preferences.auto_import = False
    job = submit()
    assert job.state is JobState.READY
    assert scene.aimocap.armature.animation_data is None
    assert bpy.ops.aimocap.apply_result(job_id=job.local_id) == {"FINISHED"}
    assert job_now(job.local_id).state is JobState.APPLIED


def test_a_motion_whose_file_was_lost_is_fetched_again_by_a_button_and_imported(
    addon: str, scene: bpy.types.Scene, service: FakeService
) -> None:
    bpy.context.preferences.addons[addon].preferences.auto_import = False
    bpy.ops.aimocap.submit_strip()
    current = session.current()
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    (job,) = current.desk.jobs()
    motion = job.artifact("fbx")
    assert motion is not None
    motion.path.write_bytes(b"")
    with pytest.raises(RuntimeError, match="Fetch Again in the job list"):
        bpy.ops.aimocap.apply_result(job_id=job.local_id)
    panel = drawn(bpy.types.AIMOCAP_PT_jobs_view3d)
    assert panel.button("aimocap.fetch_again")[1] == "Fetch Again"
    bpy.ops.aimocap.fetch_again(job_id=job.local_id)
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    bpy.ops.aimocap.apply_result(job_id=job.local_id)
    assert current.desk.job(job.local_id).state is JobState.APPLIED
    assert service.admissions == 1


def test_an_armature_in_edit_mode_makes_the_job_wait_and_leaving_it_imports(
    scene: bpy.types.Scene,
) -> None:
    bpy.context.view_layer.objects.active = scene.aimocap.armature
    bpy.ops.object.mode_set(mode="EDIT")
    job = submit()
    assert job.state is JobState.READY
    assert "Edit Mode" in job.waiting_reason
    bpy.ops.object.mode_set(mode="OBJECT")
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert job_now(job.local_id).state is JobState.APPLIED


def test_renaming_the_armature_while_the_job_runs_does_no_harm(scene: bpy.types.Scene) -> None:
    assert bpy.ops.aimocap.submit_strip() == {"FINISHED"}
    scene.aimocap.armature.name = "Renamed"
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert bpy.data.objects["Renamed"].animation_data.action is not None


def test_an_armature_that_is_gone_makes_the_job_wait_for_another(scene: bpy.types.Scene) -> None:
    assert bpy.ops.aimocap.submit_strip() == {"FINISHED"}
    bpy.data.objects.remove(scene.aimocap.armature)
    other = people.metarig("Other")
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    job = session.current().desk.jobs()[0]
    assert job.state is JobState.READY
    assert "gone" in job.waiting_reason
    assert bpy.ops.aimocap.apply_result(job_id=job.local_id, armature="Other") == {"FINISHED"}
    assert other["aimocap_job_id"] == job.remote_id


def test_an_identical_request_is_not_sent_twice(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    submit()
    second = submit()
    assert second.state is JobState.DUPLICATE
    assert service.count("complete") == 1
    bpy.ops.aimocap.decide_job(job_id=second.local_id, decision=Decision.REUSE.name)
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert service.count("complete") == 1


def test_a_restart_goes_on_where_the_job_was(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    service.tell("queued", "processing")
    assert bpy.ops.aimocap.submit_strip() == {"FINISHED"}
    current = session.current()
    for _ in range(400):
        current.step(bpy.context)
        if current.desk.jobs()[0].state is JobState.PROCESSING:
            break
        time.sleep(0.02)
    session.close()
    service.tell("completed")
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert session.current().desk.jobs()[0].state is JobState.APPLIED
    assert service.count("complete") == 1


def test_a_refused_target_offers_default_in_words_and_does_nothing(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    service.fail("create", status(400, error="api_target_unsupported"))
    job = submit()
    assert job.state is JobState.REJECTED
    view = session.current().view(job.local_id)
    assert view is not None
    assert Decision.USE_DEFAULT not in [decision for decision, _ in view.decisions]
    assert service.count("create") == 1


def test_a_lost_answer_never_leads_to_a_second_charge(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    service.fail("complete", lost_answer())
    job = submit()
    assert job.state is JobState.APPLIED
    assert service.admissions == 1


def test_without_a_strip_the_button_says_so(scene: bpy.types.Scene) -> None:
    scene.sequence_editor_clear()
    with pytest.raises(RuntimeError, match="movie strip"):
        bpy.ops.aimocap.submit_strip()


def test_without_a_key_the_button_says_so_and_leads_to_the_preferences(
    scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIMOCAP_LOCAL_KEY")
    assert not bpy.ops.aimocap.submit_strip.poll()
    panel = drawn(bpy.types.AIMOCAP_PT_capture_sequencer)
    assert "No API key" in panel.text
    assert panel.button("aimocap.open_preferences")


def test_without_online_access_nothing_is_sent_to_another_machine(
    addon: str, scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMOCAP_KEY", "sk-not-a-real-one")
    bpy.context.preferences.addons[addon].preferences.service = "AIMOCAP"
    assert not bpy.app.online_access
    assert not bpy.ops.aimocap.submit_strip.poll()
    panel = drawn(bpy.types.AIMOCAP_PT_capture_sequencer)
    assert "Online access is off" in panel.text
    assert panel.button("aimocap.allow_online")


def test_the_panel_shows_strip_trim_price_and_target(scene: bpy.types.Scene) -> None:
    panel = drawn(bpy.types.AIMOCAP_PT_capture_sequencer)
    assert "walk take 3" in panel.text
    assert "0.8 s" in panel.text
    assert "frames 11-34" in panel.text
    assert "30 fps" in panel.text
    assert panel.button("aimocap.submit_strip")[1] == "Capture Motion  (about 1 v-credit)"
    assert {"target", "mocap_type", "export_fps", "armature"} <= set(panel.properties)


def test_the_job_list_and_the_result_show_where_the_motion_came_from(
    scene: bpy.types.Scene,
) -> None:
    job = submit()
    shown = bpy.context.window_manager.aimocap
    assert [row.name for row in shown.rows] == [job.local_id]
    jobs = drawn(bpy.types.AIMOCAP_PT_jobs_view3d)
    assert jobs.lists == ["AIMOCAP_UL_jobs"]
    assert job.remote_id is not None
    assert job.remote_id in jobs.text
    assert jobs.button("aimocap.forget_job")[2].job_id == job.local_id
    bpy.context.view_layer.objects.active = scene.aimocap.armature
    result = drawn(bpy.types.AIMOCAP_PT_result_view3d)
    assert "version unknown" in result.text
    assert "frames 11-35" in result.text


def test_the_preferences_can_be_drawn_with_every_service(
    addon: str, scene: bpy.types.Scene
) -> None:
    preferences = bpy.context.preferences.addons[addon].preferences
    session.current()
    for service_kind in ("AIMOCAP", "LOCAL", "OTHER"):
        preferences.service = service_kind
        layout = _drawn_preferences(preferences)
        assert "Unitree G1" in layout.text
        assert layout.button("aimocap.test_connection")


def test_an_avatar_becomes_choosable_with_a_version_and_a_note_and_not_before(
    scene: bpy.types.Scene,
) -> None:
    bpy.ops.aimocap.record_avatar(avatar_id="k7", name="Knight", version="3")
    with pytest.raises(TypeError):
        scene.aimocap.target = "avatar:k7"
    bpy.ops.aimocap.record_avatar(
        avatar_id="k7", name="Knight", version="3", acceptance_note="walks and turns, by Ada"
    )
    scene.aimocap.target = "avatar:k7"
    job = submit()
    assert job.request.target_version == "3"
    assert scene.aimocap.armature["aimocap_target_version"] == "3"


def test_the_chosen_target_stays_when_others_come_and_go(scene: bpy.types.Scene) -> None:
    for avatar in ("a", "b"):
        bpy.ops.aimocap.record_avatar(avatar_id=avatar, version="1", acceptance_note="seen")
    scene.aimocap.target = "avatar:b"
    bpy.ops.aimocap.remove_target(target_id="avatar:a")
    assert scene.aimocap.target == "avatar:b"


def test_a_robot_motion_is_kept_and_nothing_is_put_on_the_armature(
    scene: bpy.types.Scene,
) -> None:
    scene.aimocap.target = "unitree_g1"
    job = submit()
    assert job.state is JobState.KEPT
    assert job.artifact("motion_json") is not None
    assert scene.aimocap.armature.animation_data is None


def test_the_key_is_in_no_file_of_the_job(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    submit()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "results" / "scene.blend"), compress=False)
    session.close()
    for path in (tmp_path / "results").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in service.secrets:
                assert secret.encode() not in content, path.name


def _drawn_preferences(preferences: bpy.types.AddonPreferences):  # type: ignore[no-untyped-def]
    """The preferences' draw with a recording layout; RNA allows no other `layout` on themselves."""
    from tests.blender.recording_layout import RecordingLayout

    layout = RecordingLayout()
    kind = type(preferences)

    class Stand:
        bl_rna = preferences.bl_rna

        def __getattr__(self, name: str) -> object:
            found = getattr(kind, name, None)
            if callable(found):
                return found.__get__(self)
            return getattr(preferences, name)

    stand = Stand()
    stand.layout = layout  # type: ignore[attr-defined]
    kind.draw(stand, bpy.context)
    return layout


def test_a_clean_up_shows_what_it_removes_and_keeps_what_was_not_imported(
    addon: str, scene: bpy.types.Scene, tmp_path: Path
) -> None:
    applied = submit()
    bpy.context.preferences.addons[addon].preferences.auto_import = False
    scene.aimocap.export_fps = "60"
    waiting = submit()
    assert waiting.state is JobState.READY
    current = session.current()
    assert current.clean_up_plan(30).local_ids == ()
    plan = current.clean_up_plan(0)
    assert plan.local_ids == (applied.local_id,)
    assert plan.bytes > 0
    assert bpy.ops.aimocap.clean_up(older_than_days=0) == {"FINISHED"}
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert [job.local_id for job in current.desk.jobs()] == [waiting.local_id]
    motion = waiting.artifact("fbx")
    assert motion is not None
    assert motion.path.is_file()


def test_the_copied_report_names_versions_and_no_secret(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    job = submit()
    report = session.current().desk.report(job.local_id, versions.at_work())
    assert bpy.app.version_string in report
    assert versions.at_work()["AIMoCap"] in report
    assert job.remote_id is not None
    assert job.remote_id in report
    assert not [secret for secret in service.secrets if secret in report]


def test_a_folder_that_cannot_be_used_is_said_and_found_again_when_it_can(
    addon: str, scene: bpy.types.Scene, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    preferences = bpy.context.preferences.addons[addon].preferences
    preferences.results_folder = str(blocked)
    session.close()
    with pytest.raises(RuntimeError, match="can't be used"):
        bpy.ops.aimocap.submit_strip()
    panel = drawn(bpy.types.AIMOCAP_PT_jobs_view3d)
    assert "can't be used" in panel.text
    blocked.unlink()
    assert submit().state is JobState.APPLIED
    assert session.opening_trouble() == ""


def _rows() -> list[str]:
    return [row.name for row in bpy.context.window_manager.aimocap.rows]


def test_the_rows_are_the_jobs_newest_first_and_the_selected_one_stays_selected(
    scene: bpy.types.Scene,
) -> None:
    shown = bpy.context.window_manager.aimocap
    first = submit()
    scene.aimocap.export_fps = "60"
    second = submit()
    assert _rows() == [second.local_id, first.local_id]
    shown.row = 1
    scene.aimocap.export_fps = "24"
    third = submit()
    assert shown.rows[shown.row].name == third.local_id, "what was begun is unfolded"
    shown.row = _rows().index(first.local_id)
    bpy.ops.aimocap.forget_job(job_id=second.local_id, with_files=True)
    assert _rows() == [third.local_id, first.local_id]
    assert shown.rows[shown.row].name == first.local_id


def test_the_rows_are_there_again_after_another_file_was_opened(scene: bpy.types.Scene) -> None:
    job = submit()
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.window_manager.aimocap.rows.clear()
    session.current().file_loaded()
    assert _rows() == [job.local_id]


def test_a_motion_is_not_put_on_an_armature_of_the_same_name_in_another_file(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    service.statuses = ("processing",)
    bpy.ops.aimocap.submit_strip()
    current = session.current()
    (job,) = current.desk.jobs()
    while current.desk.job(job.local_id).state is not JobState.PROCESSING:
        current.step(bpy.context)
    bpy.ops.wm.read_homefile(use_empty=True)
    session.file_loaded()
    other = people.metarig("Rig")
    service.tell("completed")
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    found = current.desk.job(job.local_id)
    assert found.state is JobState.READY
    assert "open its .blend file" in found.waiting_reason
    assert other.animation_data is None
    bpy.ops.aimocap.apply_result(job_id=job.local_id, armature="Rig")
    assert other.animation_data.action is not None, "but on request it is"


def test_a_job_forgotten_elsewhere_while_it_waits_is_let_go(
    addon: str, scene: bpy.types.Scene, tmp_path: Path
) -> None:
    bpy.context.view_layer.objects.active = scene.aimocap.armature
    bpy.ops.object.mode_set(mode="EDIT")
    job = submit()
    assert "Edit Mode" in job.waiting_reason
    other = Ledger(session.current().places.jobs)
    other.open()
    other.forget([job.local_id])
    other.close()
    current = session.current()
    current.desk.tick(replace(session.moment(), steady_seconds=time.monotonic() + 5.0))
    bpy.ops.object.mode_set(mode="OBJECT")
    current.step(bpy.context)
    assert current.desk.find(job.local_id) is None
    assert current.seconds_until_due() is None
