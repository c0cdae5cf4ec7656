# SPDX-License-Identifier: GPL-3.0-or-later
"""Avatars on the local service: accepted and published, caught when published again, diagnosed."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from scripts.common.clips import demo_clip
from scripts.common.environments import python_of
from scripts.common.local_service_process import RunningService, running_service
from tests.blender import people

from .conftest import Extension
from .test_main_job import FIRST_FRAME, add_trimmed_strip

pytestmark = pytest.mark.skipif(
    bpy.app.version[:2] != (4, 5), reason="told once; tests/blender covers acceptance on this one"
)

SECONDS = 180.0
KNIGHT, SQUIRE = "avatar:knight", "avatar:squire"
SWAPPED = {
    "left_upper_arm": "upper_arm.R", "left_forearm": "forearm.R", "left_hand": "hand.R",
    "right_upper_arm": "upper_arm.L", "right_forearm": "forearm.L", "right_hand": "hand.L",
}  # fmt: skip
"""A binding with the arms on the wrong sides."""


@pytest.fixture
def service(
    extension: Extension, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningService]:
    """The local service with a motion that lifts the left arm, and two published avatars."""
    motion = people.lifting_arm_fbx(tmp_path / "motion.fbx", seconds=1.5)
    monkeypatch.setenv("AIMOCAP_TEST_MOTION", str(motion))
    data = tmp_path / "service"
    options = ("--processor", "tests.package.story_processor")
    with running_service(data, *options, python=python_of("service")) as running:
        publish(running, "knight", "1")
        publish(running, "squire", "1", binding=SWAPPED)
        monkeypatch.setenv("AIMOCAP_LOCAL_KEY", running.key)
        preferences = bpy.context.preferences.addons[extension.module].preferences
        preferences.service = "LOCAL"
        preferences.local_address = running.url
        preferences.results_folder = str(tmp_path / "results")
        preferences.registry_path = str(tmp_path / "targets.json")
        yield running


@pytest.fixture
def session(extension: Extension, service: RunningService) -> Iterator[Any]:
    """The extension's session: a strip, a character, an acceptance set of two clips."""
    module = importlib.import_module(f"{extension.module}.bridge.session")
    module.close()
    add_trimmed_strip(demo_clip())
    bpy.context.scene.aimocap.armature = people.metarig("Rig")
    bpy.ops.aimocap.acceptance_categories(categories="walking, hands")
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name="walk")
    strip = bpy.context.scene.sequence_editor.active_strip
    setattr(strip, "right_handle" if hasattr(strip, "right_handle") else "frame_final_end", 50)
    bpy.ops.aimocap.add_acceptance_clip(category="hands", name="wave")
    for name in ("knight", "squire"):
        bpy.ops.aimocap.record_avatar(avatar_id=name, name=name.title(), version="1")
    yield module.current()
    module.close()


def publish(
    service: RunningService,
    name: str,
    version: str,
    *,
    arms: float = 1.0,
    binding: dict[str, str] | None = None,
) -> None:
    """What the Studio does: a character with a version, published."""
    folder = service.data / "avatars" / name
    folder.mkdir(parents=True, exist_ok=True)
    people.character_fbx(folder / "character.fbx", arms=arms)
    about = {"version": version, "state": "published", "binding": binding or {}}
    (folder / "avatar.json").write_text(json.dumps(about))


def follow(session: Any) -> None:
    session.run_until_idle(bpy.context, timeout_seconds=SECONDS)


def accept_all(session: Any, target: str) -> None:
    bpy.ops.aimocap.run_acceptance(target_id=target, version="1")
    follow(session)
    for clip in ("walk", "wave"):
        bpy.ops.aimocap.pass_acceptance(target_id=target, version="1", clip=clip)
    bpy.ops.aimocap.step_version(target_id=target, version="1", event="publish")


def production_job(session: Any, target: str) -> Any:
    bpy.context.scene.aimocap.target = target
    bpy.ops.aimocap.submit_strip()
    job = session.desk.jobs()[0]
    follow(session)
    if session.desk.job(job.local_id).state.value == "duplicate":
        bpy.ops.aimocap.decide_job(job_id=job.local_id, decision="RUN_AGAIN")
        follow(session)
    return session.desk.job(job.local_id)


def refusal(session: Any, target: str) -> str:
    package = type(session).__module__.removesuffix(".bridge.session")
    refused = importlib.import_module(f"{package}.targets.choices").refusals(session.registry)
    return next((one.reason for one in refused if one.target.id == target), "")


def test_an_avatar_is_accepted_used_and_caught_when_it_is_published_again(
    session: Any, service: RunningService
) -> None:
    assert "is a draft" in refusal(session, KNIGHT)
    accept_all(session, KNIGHT)
    rig = bpy.context.scene.aimocap.armature
    job = production_job(session, KNIGHT)
    assert job.state.value == "applied", job.failure
    assert (job.target_version_reported, rig["aimocap_target_version"]) == ("1", "1")
    assert rig["aimocap_skeleton"] == "accepted"
    assert people.arm_degrees(rig, FIRST_FRAME + 30, FIRST_FRAME) == pytest.approx(30.0, abs=2.0)

    bpy.ops.aimocap.run_readiness(target_id=KNIGHT, folder=str(service.data / "packets"))
    follow(session)
    packet = session.readiness.packet
    assert packet is not None, session.readiness.error
    assert packet.is_ready, packet.findings

    publish(service, "knight", "1", arms=1.4)
    production_job(session, KNIGHT)
    assert rig["aimocap_skeleton"] == "changed"
    assert "another skeleton came back" in refusal(session, KNIGHT)

    bpy.ops.aimocap.run_acceptance(target_id=KNIGHT, version="1")
    follow(session)
    for clip in ("walk", "wave"):
        bpy.ops.aimocap.pass_acceptance(target_id=KNIGHT, version="1", clip=clip)
    bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    publish(service, "knight", "2", arms=1.4)
    production_job(session, KNIGHT)
    assert rig["aimocap_target_version"] == "2"
    assert "version 2 is being tested (the service delivered it" in refusal(session, KNIGHT)


def test_an_avatar_with_its_arms_on_the_wrong_sides_is_diagnosed_and_held(
    session: Any, service: RunningService
) -> None:
    bpy.ops.aimocap.run_acceptance(target_id=SQUIRE, version="1")
    follow(session)
    double = bpy.data.objects["Squire walk"]
    scene, shown = bpy.data.scenes["Acceptance Squire 1"], bpy.context.window.scene
    bpy.context.window.scene = scene
    lifted = people.arm_degrees(double, 31, 1)
    bpy.context.window.scene = shown
    assert lifted < 3.0, "the left arm of the video does not lift the avatar's left arm"
    bpy.ops.aimocap.reject_acceptance(
        target_id=SQUIRE, version="1", clip="walk", cause="target setup", note="arms are swapped"
    )
    failed = next(job for job in session.desk.jobs() if job.request.title == "walk")
    bpy.ops.aimocap.diagnose_job(job_id=failed.local_id)
    assert session.diagnosing.shown.conclusion is None
    assert [step.track for step in session.diagnosing.shown.steps] == ["default"]

    bpy.ops.aimocap.run_diagnostic(job_id=failed.local_id, track="default")
    default = session.desk.jobs()[0]
    follow(session)
    assert session.diagnosing.shown.conclusion.name == "DIFFERS"
    assert any("left/right swap" in words for words in session.diagnosing.shown.evidence)
    bpy.ops.aimocap.pass_diagnostic(job_id=default.local_id)
    follow(session)
    assert session.diagnosing.shown.conclusion.name == "AVATAR"
    words = "Default passes, avatar fails: inspect the avatar's setup."
    assert f"diagnosis: {words}" in [
        note.words for note in session.desk.job(failed.local_id).history
    ]
    assert session.holds[0].target_version == "1"
    with pytest.raises(RuntimeError, match="on hold"):
        bpy.ops.aimocap.run_acceptance(target_id=SQUIRE, version="1")
    with pytest.raises(RuntimeError, match="with a note"):
        bpy.ops.aimocap.lift_hold(target_id=SQUIRE, version="1", note=" ")
    bpy.ops.aimocap.lift_hold(target_id=SQUIRE, version="1", note="bound anew in the Studio")
    bpy.ops.aimocap.run_acceptance(target_id=SQUIRE, version="1")
    follow(session)
