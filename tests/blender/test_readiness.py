# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness packet: a real job, refused requests, the review, the clean-up, on one page."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.bridge.publishing import readiness
from aimocap_blender.ops import readiness as readiness_buttons
from aimocap_blender.targets.lock import locked
from tests.blender import staging
from tests.blender.recording_layout import drawn
from tests.fake_service import FakeService, status

SECONDS = 90.0


@pytest.fixture
def scene(scene: bpy.types.Scene, service: FakeService) -> bpy.types.Scene:
    service.statuses = ("queued", "processing", "completed")
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name="walk")
    return scene


def checked(tmp_path: Path, target: str) -> tuple[dict[str, Any], Path]:
    bpy.ops.aimocap.run_readiness(target_id=target, folder=str(tmp_path / "packets"))
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    (folder,) = (tmp_path / "packets").iterdir()
    return json.loads((folder / "packet.json").read_text()), folder


def test_the_packet_tells_every_step_and_stands_alone(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    packet, folder = checked(tmp_path, "default")
    steps = {one["step"]: one for one in packet["findings"]}
    assert list(steps) == [
        "configuration", "create", "upload", "complete", "poll", "download", "version trace",
        "artifact review", "invalid request", "fallback", "clean-up",
    ]  # fmt: skip
    own = [name for name in steps if name not in ("invalid request", "fallback")]
    assert [steps[name]["passed"] for name in own] == [True] * len(own), packet
    assert [name for name, _ in packet["timings"]][:3] == ["create", "upload", "complete"]
    page = (folder / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert "http" not in page.replace(service.base_url, "").replace("https://aimocap.net", "")
    for name in ("report.html", "report.md", "packet.json"):
        content = (folder / name).read_text()
        assert not [secret for secret in service.secrets if secret in content]
        assert str(tmp_path) not in content
    assert not session.current().desk.jobs(), "it cleans up after itself"
    assert scene.aimocap.armature.animation_data is None


def test_without_a_clip_the_button_says_so_instead_of_asking(scene: bpy.types.Scene) -> None:
    bpy.ops.aimocap.remove_acceptance_clip(name="walk")
    told: list[str] = []
    operator = SimpleNamespace(target_id="default", report=lambda _kind, words: told.append(words))
    invoke = readiness_buttons.AIMOCAP_OT_run_readiness.invoke
    assert invoke(operator, bpy.context, None) == {"CANCELLED"}
    assert told == ["The readiness check needs a clip. Add one to the acceptance set."]


def test_a_service_that_takes_nonsense_is_not_ready(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    packet, _ = checked(tmp_path, "default")
    steps = {one["step"]: one for one in packet["findings"]}
    assert not steps["invalid request"]["passed"]
    assert "took it" in steps["invalid request"]["seen"]
    assert packet["ready"] is False
    assert "Not ready: invalid request, fallback failed" in drawn(bpy.types.AIMOCAP_PT_targets).text


def test_a_job_that_fails_is_told_step_by_step(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    service.statuses = ("failed",)
    packet, _ = checked(tmp_path, "default")
    passed = {one["step"]: one["passed"] for one in packet["findings"]}
    assert (passed["complete"], passed["download"], passed["artifact review"]) == (
        True, False, False,
    )  # fmt: skip
    assert passed["clean-up"]


def test_a_draft_fails_its_configuration(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    bpy.ops.aimocap.record_avatar(avatar_id="k7", name="Knight", version="1")
    service.fail_always("create", status(422, error="api_target_unsupported"))
    packet, _ = checked(tmp_path, "avatar:k7")
    steps = {one["step"]: one for one in packet["findings"]}
    assert not steps["configuration"]["passed"]
    assert "draft" in steps["configuration"]["seen"]
    assert "Refused cleanly with the code api_target_unsupported" in steps["fallback"]["seen"]
    assert not steps["fallback"]["passed"], "Default is refused as well here"


def test_an_avatars_fallback_is_tried_with_a_real_job_on_default(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    bpy.ops.aimocap.record_avatar(avatar_id="k7", name="Knight", version="1")
    priced = readiness.price(session.current(), "avatar:k7")
    assert priced.target_ids == ("avatar:k7", "default")
    packet, _ = checked(tmp_path, "avatar:k7")
    assert service.count("complete") == 2
    steps = {one["step"]: one for one in packet["findings"]}
    assert "The same clip on Default: The spot checks say:" in steps["fallback"]["seen"]
    assert "Held against Default's motion: left/right swap" in steps["artifact review"]["seen"]
    assert steps["clean-up"]["passed"], steps["clean-up"]
    assert not [name for name in bpy.data.scenes.keys() if name.startswith("Readiness")]  # noqa: SIM118
    assert [item.name for item in bpy.data.objects if item.type == "ARMATURE"] == ["Rig"]
    assert not bpy.data.actions


def test_the_price_of_a_check_on_the_service_counts_both_jobs(
    addon: str, scene: bpy.types.Scene
) -> None:
    bpy.ops.aimocap.record_avatar(avatar_id="k7", name="Knight", version="1")
    bpy.context.preferences.addons[addon].preferences.service = "AIMOCAP"
    assert readiness.price(session.current(), "avatar:k7").v_credits == 2
    assert readiness.price(session.current(), "default").v_credits == 1


def test_a_check_goes_on_after_a_restart_and_nothing_is_sent_twice(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    service.statuses = ("queued", "processing")
    bpy.ops.aimocap.run_readiness(target_id="default", folder=str(tmp_path / "packets"))
    staging.stop_while_processing()
    service.tell("completed")
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    (folder,) = (tmp_path / "packets").iterdir()
    packet = json.loads((folder / "packet.json").read_text())
    steps = {one["step"]: one["passed"] for one in packet["findings"]}
    assert steps["download"]
    assert steps["artifact review"]
    assert service.count("complete") == 1
    session.close()
    assert session.current().readiness is None, "a check that is over is not begun again"


def test_a_check_whose_job_is_gone_says_what_was_seen(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    service.statuses = ("queued", "processing")
    bpy.ops.aimocap.run_readiness(target_id="default", folder=str(tmp_path / "packets"))
    current = session.current()
    (job,) = current.desk.jobs()
    current.cancel(job.local_id)
    current.forget(job.local_id, with_files=True)
    session.close()
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    (folder,) = (tmp_path / "packets").iterdir()
    packet = json.loads((folder / "packet.json").read_text())
    assert not packet["ready"]
    assert "interrupted" in next(
        one["seen"] for one in packet["findings"] if one["step"] == "lifecycle"
    )


def test_a_damaged_note_of_a_check_ends_it(scene: bpy.types.Scene) -> None:
    current = session.current()
    note = current.places.jobs / "readiness" / "under-way.json"
    note.parent.mkdir(parents=True)
    note.write_text('{"target_id": 3')
    session.close()
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert session.current().readiness is None
    assert not note.exists()


def test_another_blender_has_its_check_to_itself(
    scene: bpy.types.Scene, service: FakeService, tmp_path: Path
) -> None:
    home = session.current().places.jobs / "readiness"
    home.mkdir(parents=True)
    with (
        locked(home / "under-way.lock"),
        pytest.raises(RuntimeError, match="Another Blender"),
    ):
        bpy.ops.aimocap.run_readiness(target_id="default", folder=str(tmp_path / "packets"))
    assert service.count("create") == 0


def test_a_packet_that_cannot_be_written_says_so(scene: bpy.types.Scene, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    bpy.ops.aimocap.run_readiness(target_id="default", folder=str(tmp_path / "taken"))
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    check = session.current().readiness
    assert check is not None
    assert "can't be written" in check.error
    assert "can't be written" in drawn(bpy.types.AIMOCAP_PT_targets).text
