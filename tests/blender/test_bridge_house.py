# SPDX-License-Identifier: GPL-3.0-or-later
"""Consent, places and provenance in the bpy module."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import capture, consent, places, provenance, settings
from aimocap_blender.jobs.job import ServiceRef
from scripts.common.console import hushed
from tests.blender import people

AIMOCAP = ServiceRef("aimocap", "https://aimocap.net")
RECORD = provenance.Provenance(
    job_id="mocap_1", target="default", target_version="unknown", clip_name="歩く.mp4",
    clip_sha256="a" * 64, trim_start_seconds=0.1, trim_end_seconds=2.5, status="completed",
    artifact_url="https://files.example/x.fbx", artifact_sha256="b" * 64,
    skeleton_fingerprint="skeleton-1:0:", skeleton="unknown", export_fps=30,
    capture_type="full_body",
    applied_at="2026-05-04T12:00:00+00:00",
)  # fmt: skip


@pytest.fixture
def online() -> bool:
    """Whether this process was started with online access (tests are not)."""
    return bool(bpy.app.online_access)


def test_a_service_out_there_needs_online_access(online: bool) -> None:
    if online:
        pytest.skip("this Blender was started online")
    reason = consent.why_not_connect(AIMOCAP)
    assert reason is not None
    assert reason.startswith("Online access is off")
    preferences = bpy.context.preferences.system
    if not getattr(bpy.app, "online_access_override", False):
        preferences.use_online_access = True
        try:
            assert consent.why_not_connect(AIMOCAP) is None
        finally:
            preferences.use_online_access = False


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8642", "http://localhost:1", "http://LOCALHOST./", "http://[::1]:80/x",
     "http://127.8.9.1"],
)  # fmt: skip
def test_this_machine_may_always_be_asked(url: str) -> None:
    assert consent.why_not_connect(ServiceRef("local", url)) is None


@pytest.mark.parametrize(
    "url",
    ["http://localhost.example.com", "http://127.0.0.1.example.com", "http://192.168.0.2",
     "http://example.com/127.0.0.1", "http://user@example.com", "http://127.0.0.1@example.com",
     "", "http://[::1", "http://0.0.0.0"],
)  # fmt: skip
def test_no_other_address_passes_for_this_machine(url: str) -> None:
    assert not consent.is_loopback(url)


def test_from_source_files_live_in_the_users_own_folder() -> None:
    found = places.current()
    home = Path(bpy.utils.resource_path("USER"))
    assert home in found.jobs.parents
    assert found.jobs.is_dir()
    assert found.registry.name == "targets.json"


def test_the_users_own_folders_are_taken(tmp_path: Path) -> None:
    chosen = places.current(tmp_path / "a b" / "jobs ü", tmp_path / "team.json")
    assert chosen.jobs == tmp_path / "a b" / "jobs ü"
    assert chosen.jobs.is_dir()
    assert chosen.registry == tmp_path / "team.json"
    assert not chosen.registry.exists()


@pytest.mark.parametrize("path", ["jobs", "//jobs", "\u202e\x01", "./a/b"])
def test_a_path_that_leads_elsewhere_from_every_folder_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(places.PlaceError, match="no whole path"):
        places.current(Path(path), tmp_path / "team.json")
    with pytest.raises(places.PlaceError, match="no whole path"):
        places.current(tmp_path / "jobs", Path(path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    ["garbage", "http://", "ftp://x", "http://[", "http://user:pw@127.0.0.1:1", "http://x.example",
     "https://exa mple.com", "http://127.0.0.1:99999"],
)  # fmt: skip
def test_an_address_that_is_none_is_the_users_to_mend(address: str) -> None:
    typed = settings.Settings(
        ServiceRef("other", address), "key", "", True, True, False, "bone", None, None
    )
    found = capture.service_obstacle(typed)
    assert found is not None
    assert "address can't be used" in found.text
    assert found.remedy is capture.Remedy.OPEN_PREFERENCES


def test_a_folder_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(places.PlaceError, match="can't be used") as caught:
        places.current(tmp_path / "file" / "jobs")
    assert "preferences" in caught.value.remedy
    if os.name != "nt" and os.geteuid() != 0:
        (tmp_path / "closed").mkdir(mode=0o500)
        with pytest.raises(places.PlaceError, match="Permission denied"):
            places.current(tmp_path / "closed" / "jobs")


def test_provenance_survives_a_copy_and_is_read_back() -> None:
    action = bpy.data.actions.new("walk")
    assert provenance.read(action) is None
    provenance.write(action, RECORD)
    assert provenance.read(action) == RECORD
    assert provenance.read(action.copy()) == RECORD
    assert all(name.startswith("aimocap_") for name in action.keys())  # noqa: SIM118


def test_every_field_has_a_name_and_a_description() -> None:
    assert list(provenance.NAMES) == list(provenance.Provenance.__annotations__)
    names = [name for name, _ in provenance.NAMES.values()]
    assert len(set(names)) == len(names)
    assert all(description for _, description in provenance.NAMES.values())


def test_properties_someone_else_changed_are_read_without_an_error() -> None:
    action = bpy.data.actions.new("walk")
    provenance.write(action, RECORD)
    action["aimocap_export_fps"] = "thirty"
    action["aimocap_trim_start_seconds"] = [1, 2]
    del action["aimocap_clip_name"]
    found = provenance.read(action)
    assert found is not None
    assert (found.export_fps, found.trim_start_seconds, found.clip_name) == (0, 0.0, "")


def test_provenance_survives_append_and_gltf_extras(tmp_path: Path) -> None:
    rig = people.metarig("Hero")
    provenance.write(rig, RECORD)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hero.blend"))
    with hushed():
        bpy.ops.export_scene.gltf(filepath=str(tmp_path / "hero.glb"), export_extras=True)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "hero.blend")) as (_there, here):
        here.objects = ["Hero"]
    assert provenance.read(here.objects[0]) == RECORD
    bpy.ops.wm.read_homefile(use_empty=True)
    with hushed():
        bpy.ops.import_scene.gltf(filepath=str(tmp_path / "hero.glb"))
    assert provenance.read(bpy.data.objects["Hero"]) == RECORD
