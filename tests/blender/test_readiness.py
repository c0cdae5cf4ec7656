# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness packet: a real job, refused requests, the review, the clean-up, on one page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

from aimocap_blender.bridge import session
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
    assert steps["fallback"]["passed"]
    assert "api_target_unsupported" in steps["fallback"]["seen"]
