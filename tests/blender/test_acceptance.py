# SPDX-License-Identifier: GPL-3.0-or-later
"""A new avatar from draft to published: its acceptance is run, looked at, judged and remembered."""

from __future__ import annotations

import re
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.bridge.publishing import stage
from aimocap_blender.targets import choices
from aimocap_blender.targets.model import AcceptanceRecord, TargetVersion, Verdict
from tests.blender import staging
from tests.blender.recording_layout import drawn
from tests.fake_service import FakeService

SECONDS = 90.0
KNIGHT = "avatar:k7"


@pytest.fixture
def scene(scene: bpy.types.Scene) -> bpy.types.Scene:
    """Two clips in the set (two trims of one movie), a draft of an avatar, and a character."""
    bpy.ops.aimocap.acceptance_categories(categories="walking, hands")
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name="walk")
    strip = scene.sequence_editor.active_strip
    setattr(strip, "right_handle" if hasattr(strip, "right_handle") else "frame_final_end", 33)
    bpy.ops.aimocap.add_acceptance_clip(category="hands", name="wave")
    bpy.ops.aimocap.record_avatar(avatar_id="k7", name="Knight", version="1")
    return scene


def version(label: str = "1") -> TargetVersion:
    target = session.current().reload_targets().target(KNIGHT)
    assert target is not None
    found = target.version(label)
    assert found is not None
    return found


def run(label: str = "1") -> None:
    assert bpy.ops.aimocap.run_acceptance(target_id=KNIGHT, version=label) == {"FINISHED"}
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)


def verdict_of(clip: str, label: str = "1") -> AcceptanceRecord:
    return [r for r in version(label).acceptance if r.clip_name == clip][-1]


def judge(clip: str, label: str = "1", cause: str = "") -> None:
    if cause:
        bpy.ops.aimocap.reject_acceptance(
            target_id=KNIGHT, version=label, clip=clip, cause=cause, note="arms are crossed"
        )
    else:
        bpy.ops.aimocap.pass_acceptance(
            target_id=KNIGHT, version=label, clip=clip, clean_up="light"
        )


def test_a_draft_becomes_choosable_by_its_acceptance_alone(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    with pytest.raises(RuntimeError, match="draft"):
        bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    run()
    assert service.count("complete") == 2
    assert version().state == "testing"
    for clip in ("walk", "wave"):
        record = verdict_of(clip)
        assert record.verdict is Verdict.PENDING
        assert record.checks in ("pass", "look", "fail")
        assert record.job_id.startswith("mocap_")
        assert record.fingerprint.startswith("skeleton-1:")
        for picture in (record.picture, stage.glance_of(record.picture)):
            assert Path(picture).read_bytes().startswith(b"\x89PNG")
    figures = bpy.data.scenes["Acceptance Knight 1"].objects
    assert {"Knight walk", "Knight wave"} <= {item.name for item in figures}
    assert bpy.data.objects["Knight walk"]["aimocap_target_version"] == "1"
    assert bpy.context.scene == scene, "the user's scene is shown as before"
    assert scene.aimocap.armature.animation_data is None, "and the user's armature is as it was"
    judge("walk")
    assert (verdict_of("walk").preview, verdict_of("walk").clean_up) == ("", "light")
    with pytest.raises(RuntimeError, match="lacks hands"):
        bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    judge("wave")
    bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    scene.aimocap.target = KNIGHT
    assert (
        choices.require(session.current().registry, KNIGHT).fingerprint
        == verdict_of("walk").fingerprint
    )
    action = bpy.data.objects["Knight walk"].animation_data.action
    assert (action["aimocap_verdict"], action["aimocap_verdict_clean_up"]) == ("accepted", "light")
    assert re.fullmatch(
        r"\d+ bones, \d\.\d+ m high, legs \d\.\d+ m, arms \d\.\d+ m, A-pose",
        version().rest_summary,
    ), version().rest_summary
    told = drawn(bpy.types.AIMOCAP_PT_targets).text
    assert "Skeleton: " in told
    assert "Every clip has passed" in told


def test_a_word_on_the_preview_goes_into_the_jobs_record_and_the_acceptance(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    run()
    (job,) = [one for one in session.current().desk.jobs() if one.request.title == "walk"]
    if job.artifact("preview") is None:
        pytest.fail("the service is meant to send previews")
    bpy.ops.aimocap.judge_preview(job_id=job.local_id, verdict="BAD", note="feet slide")
    told = session.current().desk.job(job.local_id)
    assert told.preview_verdict is not None
    assert (told.preview_verdict.good, told.preview_verdict.note) == (False, "feet slide")
    assert told.review is None, "the motion itself is not judged yet"
    figure = bpy.data.objects["Knight walk"]
    for block in (figure, figure.animation_data.action):
        assert block["aimocap_preview_verdict"] == "bad"
    assert bpy.data.objects["Knight wave"]["aimocap_preview_verdict"] == ""
    judge("walk")
    assert (verdict_of("walk").preview, verdict_of("walk").clean_up) == ("bad", "light")
    session.close()
    again = session.current().desk.job(job.local_id)
    assert again.preview_verdict == told.preview_verdict, "it is in the ledger"


def test_only_what_was_rejected_or_changed_is_run_again(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    run()
    judge("walk")
    judge("wave", cause="target setup")
    assert verdict_of("wave").cause == "target setup"
    run()
    assert service.count("complete") == 3
    assert [r.clip_name for r in version().acceptance] == ["walk", "wave", "wave"]
    judge("wave")
    bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    assert choices.require(session.current().registry, KNIGHT).version == "1"


def test_a_new_version_is_compared_with_the_one_before(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    run()
    judge("walk")
    judge("wave")
    bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    bpy.ops.aimocap.bump_version(target_id=KNIGHT, version="2")
    with pytest.raises(TypeError):
        scene.aimocap.target = KNIGHT
    panel = drawn(bpy.types.AIMOCAP_PT_targets)
    assert "Knight, version 2: testing" in panel.text
    assert "Compared with version 1" in panel.text
    assert panel.text.count("before: Passed") == 2
    assert panel.text.count("Not run") == 2
    words = panel.button("aimocap.run_acceptance")[1]
    assert words == "Run Acceptance  (nothing is charged)"
    assert "2 clips to run" in panel.text
    run("2")
    assert service.count("complete") == 4


def test_a_run_goes_on_after_a_restart_and_nothing_is_sent_twice(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    service.statuses = ("queued", "processing")
    assert bpy.ops.aimocap.run_acceptance(target_id=KNIGHT, version="1") == {"FINISHED"}
    staging.stop_while_processing()
    service.tell("completed")
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert [record.checks != "" for record in version().acceptance] == [True, True]
    assert service.count("complete") == 2


def test_a_clip_that_fails_is_rejected_with_its_cause(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    service.statuses = ("failed",)
    service.failing_code = "no_person_detected"
    run()
    record = verdict_of("walk")
    assert record.verdict is Verdict.REJECTED
    assert record.cause == "source video"
    panel = drawn(bpy.types.AIMOCAP_PT_targets)
    assert "Rejected: source video" in panel.text


def test_without_a_clip_for_every_category_nothing_is_run(
    scene: bpy.types.Scene, service: FakeService
) -> None:
    bpy.ops.aimocap.remove_acceptance_clip(name="wave")
    with pytest.raises(RuntimeError, match="no clip for hands"):
        bpy.ops.aimocap.run_acceptance(target_id=KNIGHT, version="1")
    assert service.count("create") == 0


def test_the_run_is_refused_when_a_clip_of_the_set_is_gone(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    registry = session.current().registry
    moved = registry.acceptance_set.clips[0].model_copy(update={"path": str(tmp_path / "gone.mp4")})
    clips = (moved, *registry.acceptance_set.clips[1:])
    changed = registry.acceptance_set.model_copy(update={"clips": clips})
    session.current().change_targets(
        lambda known: known.model_copy(update={"acceptance_set": changed})
    )
    with pytest.raises(RuntimeError, match=r"gone\.mp4"):
        bpy.ops.aimocap.run_acceptance(target_id=KNIGHT, version="1")
    assert service.count("create") == 0
    assert version().state == "draft"
