# SPDX-License-Identifier: GPL-3.0-or-later
"""Published targets in Blender: what comes back is compared with what was accepted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.jobs.job import Decision, Job, JobState
from aimocap_blender.targets import choices
from aimocap_blender.targets import registry as registry_file
from aimocap_blender.targets.changes import take_step
from aimocap_blender.targets.registry import RegistryFile
from aimocap_blender.targets.states import VersionEvent
from tests.blender import people
from tests.blender.recording_layout import drawn
from tests.fake_service import FakeService

SECONDS = 60.0


@pytest.fixture(scope="module")
def other_motion(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same motion on a skeleton with longer arms."""
    path = tmp_path_factory.mktemp("motion") / "other.fbx"
    return people.lifting_arm_fbx(path, seconds=24 / 30, fps=30, arms=1.4).read_bytes()


def publish(version: str = "3") -> None:
    bpy.ops.aimocap.record_avatar(
        avatar_id="k7", name="Knight", version=version, acceptance_note="walks, by Ada"
    )
    bpy.context.scene.aimocap.target = "avatar:k7"


def captured() -> Job:
    """Press the button and follow everything to its end, charged again if need be."""
    assert bpy.ops.aimocap.submit_strip() == {"FINISHED"}
    current = session.current()
    local_id = current.desk.jobs()[0].local_id
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    if current.desk.job(local_id).state is JobState.DUPLICATE:
        bpy.ops.aimocap.decide_job(job_id=local_id, decision=Decision.RUN_AGAIN.name)
        current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    job = current.desk.job(local_id)
    assert job.state is JobState.APPLIED, (job.failure, job.waiting_reason)
    return job


def result_words() -> str:
    bpy.context.view_layer.objects.active = bpy.context.scene.aimocap.armature
    return drawn(bpy.types.AIMOCAP_PT_result_view3d).text


def test_another_skeleton_is_applied_marked_and_sends_the_version_to_testing(
    scene: bpy.types.Scene, service: FakeService, other_motion: bytes
) -> None:
    publish()
    captured()
    accepted = choices.require(session.current().registry, "avatar:k7").fingerprint
    assert accepted.startswith("skeleton-1:")
    assert scene.aimocap.armature["aimocap_skeleton"] == "unknown", "there was none to compare"
    captured()
    assert scene.aimocap.armature["aimocap_skeleton"] == "accepted"
    service.fbx = other_motion
    captured()
    assert scene.aimocap.armature["aimocap_skeleton"] == "changed"
    assert scene.aimocap.armature.animation_data.action["aimocap_skeleton"] == "changed"
    (refusal,) = [
        r for r in choices.refusals(session.current().registry) if r.target.id == "avatar:k7"
    ]
    assert "version 3 is being tested (another skeleton came back" in refusal.reason
    assert "not the accepted one of version 3" in result_words()
    with pytest.raises(RuntimeError, match="published target"):
        bpy.ops.aimocap.submit_strip()


def test_a_version_that_only_the_service_knows_takes_the_target_out_of_use(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    publish()
    service.target_version = "4"
    captured()
    assert scene.aimocap.armature["aimocap_target_version"] == "4"
    (refusal,) = [
        r for r in choices.refusals(session.current().registry) if r.target.id == "avatar:k7"
    ]
    assert "version 4 is being tested (the service delivered it" in refusal.reason
    assert scene.aimocap.armature["aimocap_skeleton"] == "unknown", "none was accepted for 4"
    assert "Version 4 is being tested" in result_words()


def test_the_result_panel_says_when_a_newer_version_is_current(scene: bpy.types.Scene) -> None:
    publish("3")
    captured()
    assert "current" not in result_words()
    publish("4")
    assert "Made with version 3; version 4 is current" in result_words()


def test_a_registry_that_cannot_be_written_does_not_keep_a_motion_away(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    publish()
    current = session.current()
    assert bpy.ops.aimocap.submit_strip() == {"FINISHED"}
    (tmp_path / "targets.json.lock").unlink(missing_ok=True)
    (tmp_path / "targets.json.lock").mkdir()
    current.run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert current.desk.jobs()[0].state is JobState.APPLIED


def test_the_records_are_exported_and_the_usage_is_shown(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    publish()
    job = captured()
    path = tmp_path / "jobs.csv"
    bpy.ops.aimocap.export_jobs(filepath=str(path), content="CSV", target_id="avatar:k7")
    heading, line = path.read_text().splitlines()
    assert heading.startswith("month,job_id,")
    assert str(job.remote_id) in line
    assert ",3,registry," in line
    bpy.ops.aimocap.export_jobs(filepath=str(path), content="JSON", version="9")
    assert '"jobs": []' in path.read_text()
    bpy.ops.aimocap.show_usage()
    panel = drawn(bpy.types.AIMOCAP_PT_targets)
    assert "avatar:k7, version 3: 1 job" in panel.text
    assert "our own account" in panel.text


def test_a_clip_about_hands_warns_before_a_target_that_is_weak_there(
    scene: bpy.types.Scene,
) -> None:
    bpy.ops.aimocap.record_avatar(
        avatar_id="k7", name="Knight", version="3", acceptance_note="walks, by Ada",
        limitations="fingers of the left hand; extreme poses",
    )  # fmt: skip
    scene.aimocap.target = "avatar:k7"
    panel = drawn(bpy.types.AIMOCAP_PT_capture_sequencer)
    assert "fingers of the left hand; extreme poses" in panel.text
    assert "weak at hands" not in panel.text
    scene.aimocap.hands_matter = True
    assert "weak at hands" in drawn(bpy.types.AIMOCAP_PT_capture_sequencer).text
    scene.aimocap.target = "default"
    assert "weak at hands" not in drawn(bpy.types.AIMOCAP_PT_capture_sequencer).text


def test_who_owns_an_avatar_and_which_studio_steps_were_done_is_recorded(
    scene: bpy.types.Scene,
) -> None:
    bpy.ops.aimocap.record_avatar(
        avatar_id="k7", name="Knight", version="3", owner="Studio North",
        studio_steps={"publish", "a_pose"},
    )  # fmt: skip
    bpy.ops.aimocap.show_version(target_id="avatar:k7", version="3")
    panel = drawn(bpy.types.AIMOCAP_PT_targets)
    assert "Source file: Studio North" in panel.text
    assert "Studio: A-pose, publish" in panel.text
    assert "version 3 is a draft" in panel.text


def targets_panel() -> str:
    return drawn(bpy.types.AIMOCAP_PT_targets).text


def test_what_others_change_is_told_in_the_panel_until_it_is_read(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    publish()
    elsewhere = RegistryFile(tmp_path / "targets.json")
    elsewhere.update(
        lambda known: take_step(
            known, "avatar:k7", "3", VersionEvent.REOPEN, now=datetime.now(UTC), person="Ben"
        )
    )
    bpy.ops.aimocap.record_avatar(avatar_id="k7", name="Knight", version="3", owner="North")
    told = targets_panel()
    assert "Changed by others: Knight, version 3: from published to testing, by Ben." in told
    assert "You changed Knight, version 3 at the same time" not in told, "only its owner"
    bpy.ops.aimocap.reload_targets()
    assert "Changed by others" not in targets_panel()


def test_a_damaged_registry_says_so_and_leaves_the_services_own_targets(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    publish()
    (tmp_path / "targets.json").write_text('{"targets": [{"id": 3}]}')
    with pytest.raises(RuntimeError, match="is damaged"):
        bpy.ops.aimocap.reload_targets()
    told = targets_panel()
    assert "is damaged: targets" in told
    assert "only the service's own targets can be chosen" in told
    assert [line[0] for line in session.target_items()] == ["default", "unitree_g1"]


def test_a_missing_registry_and_a_missing_drive_are_told_apart(
    addon: str, scene: bpy.types.Scene, tmp_path: Path
) -> None:
    session.current()
    assert 'There is no "targets.json" yet' in targets_panel()
    preferences = bpy.context.preferences.addons[addon].preferences
    preferences.registry_path = str(tmp_path / "drive" / "team.json")
    session.close()
    session.current()
    assert 'folder "drive" is not there: is its drive connected?' in targets_panel()


def test_a_registry_that_can_only_be_read_says_so(
    scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    # Who runs the tests may be allowed everything: the system is asked through this one function.
    monkeypatch.setattr(registry_file.os, "access", lambda _place, _mode: False)
    bpy.ops.aimocap.reload_targets()
    assert '"targets.json" can only be read here' in targets_panel()


def test_a_slow_drive_is_named_with_its_seconds(scene: bpy.types.Scene) -> None:
    publish()
    session.current().targets.file.reading_seconds = 2.34
    bpy.ops.aimocap.reload_targets()
    assert "lies on a slow drive: reading it took 2.3 s" in targets_panel()
