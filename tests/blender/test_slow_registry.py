# SPDX-License-Identifier: GPL-3.0-or-later
"""A target registry on a drive that answers slowly or not at all: Blender does not wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import known_targets, session
from aimocap_blender.bridge.known_targets import KnownTargets, StillReading
from aimocap_blender.targets import registry as registry_file
from aimocap_blender.targets.avatars import AvatarEntry, record
from aimocap_blender.targets.document import Registry
from tests.blender import staging
from tests.blender.recording_layout import drawn
from tests.fake_service import FakeService

KNIGHT = "avatar:k7"
A_FRAME = 0.016
SECONDS = 30.0


class SlowDrive:
    """Holds every reading of a registry until it is told to go on."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.readings = 0
        self.threads: set[str] = set()

    def hold(self) -> None:
        self.goes_on.clear()


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDrive]:
    made = SlowDrive()
    read = registry_file.RegistryFile._read_now

    def wait_and_read(file: registry_file.RegistryFile) -> Registry:
        made.readings += 1
        made.threads.add(threading.current_thread().name)
        assert made.goes_on.wait(SECONDS)
        return read(file)

    monkeypatch.setattr(registry_file.RegistryFile, "_read_now", wait_and_read)
    yield made
    made.goes_on.set()


@pytest.fixture
def file(tmp_path: Path) -> registry_file.RegistryFile:
    """The team's file, with one avatar, as another Blender writes it."""
    written = registry_file.RegistryFile(tmp_path / "team.json")
    written.update(with_avatar("k7", "Knight"))
    return written


def with_avatar(avatar_id: str, name: str) -> object:
    entry = AvatarEntry(avatar_id, name, "1", "walks, by Ana", approved_by="Ana")
    return lambda known: record(known, entry, datetime.now(UTC))


def until_taken_in(known: KnownTargets) -> None:
    deadline = time.monotonic() + SECONDS
    while known.remarks and "is being read" in known.remarks[0]:
        known.step(bpy.context)
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_slow_drive_does_not_hold_the_main_thread(
    file: registry_file.RegistryFile, drive: SlowDrive
) -> None:
    drive.hold()
    began = time.monotonic()
    known = KnownTargets(file.path, patience_seconds=A_FRAME)
    known.reload()
    assert time.monotonic() - began < 0.5, "two frames, on a machine with other things to do"
    assert known.registry.target(KNIGHT) is None
    assert known.remarks[0] == '"team.json" is being read: its drive is slow.'
    assert not known.is_read
    assert not known.has_work()
    drive.goes_on.set()
    until_taken_in(known)
    assert known.registry.target(KNIGHT) is not None
    assert KNIGHT in [item[0] for item in known.items]
    assert "MainThread" not in drive.threads


def test_while_a_drive_does_not_answer_it_is_asked_once(
    file: registry_file.RegistryFile, drive: SlowDrive
) -> None:
    drive.hold()
    known = KnownTargets(file.path, patience_seconds=0.0)
    for _ in range(20):
        known.reload()
    deadline = time.monotonic() + SECONDS
    while not drive.readings and time.monotonic() < deadline:
        time.sleep(0.005)
    assert drive.readings == 1


def test_what_was_known_stays_while_a_change_by_others_is_read_and_is_told_then(
    file: registry_file.RegistryFile, drive: SlowDrive
) -> None:
    known = KnownTargets(file.path, patience_seconds=SECONDS)
    file.update(with_avatar("k8", "Squire"))
    drive.hold()
    known._patience_seconds = 0.0
    assert known.reload().target(KNIGHT) is not None
    assert known.registry.target("avatar:k8") is None
    drive.goes_on.set()
    until_taken_in(known)
    assert known.registry.target("avatar:k8") is not None
    assert any("Squire" in sentence for sentence in known.news), known.news


def test_a_file_that_is_damaged_on_a_slow_drive_is_told_when_it_was_read(
    tmp_path: Path, drive: SlowDrive
) -> None:
    path = tmp_path / "team.json"
    path.write_bytes(b'{"targets": ')
    drive.hold()
    known = KnownTargets(path, patience_seconds=0.0)
    assert not known.trouble
    drive.goes_on.set()
    until_taken_in(known)
    assert "is damaged" in known.trouble
    assert path.read_bytes() == b'{"targets": '


def test_nothing_is_written_while_the_file_is_still_being_read(
    file: registry_file.RegistryFile, drive: SlowDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_targets, "_WRITING_SECONDS", 0.05)
    before = file.path.read_bytes()
    drive.hold()
    known = KnownTargets(file.path, patience_seconds=0.0)
    with pytest.raises(StillReading, match="nothing was written"):
        known.change(with_avatar("k8", "Squire"))
    assert file.path.read_bytes() == before
    drive.goes_on.set()
    until_taken_in(known)
    known.change(with_avatar("k8", "Squire"))
    assert known.registry.target("avatar:k8") is not None


def test_nothing_is_spent_on_an_avatar_whose_state_was_read_long_ago(
    scene: bpy.types.Scene,
    file: registry_file.RegistryFile,
    drive: SlowDrive,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    current = session.current()
    known = current.targets = KnownTargets(file.path, patience_seconds=SECONDS)
    file.path.touch()
    drive.hold()
    known._patience_seconds = 0.0
    assert known.for_spending(KNIGHT) is known.registry, "read a moment ago"
    monkeypatch.setattr(known_targets, "_LATELY_SECONDS", 0.0)
    with pytest.raises(StillReading, match="Nothing was sent"):
        known.for_spending(KNIGHT)
    assert known.for_spending("default") is known.registry, "the service's own has no registry"
    for spend in (
        lambda: bpy.ops.aimocap.run_acceptance(target_id=KNIGHT, version="1"),
        lambda: bpy.ops.aimocap.run_readiness(target_id=KNIGHT),
    ):
        with pytest.raises(RuntimeError, match="still being read"):
            spend()
    assert current.desk.jobs() == ()


def test_a_capture_on_default_goes_out_while_the_registry_does_not_answer(
    scene: bpy.types.Scene, file: registry_file.RegistryFile, drive: SlowDrive
) -> None:
    current = session.current()
    drive.hold()
    current.targets = KnownTargets(file.path, patience_seconds=0.0)
    bpy.ops.aimocap.submit_strip()
    assert [job.request.target_id for job in current.desk.jobs()] == ["default"]
    assert "is being read" in drawn(bpy.types.AIMOCAP_PT_targets).text
    current.cancel(current.desk.jobs()[0].local_id)
    current.followers[0] = current.targets
    current.step(bpy.context)
    waits = current.seconds_until_due()
    assert waits is not None
    assert 0.0 < waits <= 1.0, "it is looked again soon"
    drive.goes_on.set()
    deadline = time.monotonic() + SECONDS
    while not current.targets.has_work() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert current.seconds_until_due() == 0.0
    current.step(bpy.context)
    assert current.seconds_until_due() is None
    assert "is being read" not in drawn(bpy.types.AIMOCAP_PT_targets).text


def test_a_readiness_check_that_goes_on_after_a_restart_waits_for_the_registry(
    scene: bpy.types.Scene,
    service: FakeService,
    drive: SlowDrive,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.statuses = ("processing",)
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name="walk")
    bpy.ops.aimocap.record_avatar(avatar_id="k7", name="Knight", version="1")
    bpy.ops.aimocap.run_readiness(target_id=KNIGHT, folder=str(tmp_path / "packets"))
    staging.stop_while_processing()
    service.tell("completed")
    monkeypatch.setattr(known_targets, "_HEADLESS_SECONDS", 0.0)
    drive.hold()
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    check = session.current().readiness
    assert check is not None
    assert not check.error, "the avatar is not gone: nobody has looked yet"
    assert not check.is_over
    drive.goes_on.set()
    until_taken_in(session.current().targets)
    session.current().run_until_idle(bpy.context, timeout_seconds=SECONDS)
    assert check.packet is not None
    assert check.packet.target_name == "Knight"


def test_what_a_reading_did_not_foresee_is_raised_where_it_is_asked_for(
    file: registry_file.RegistryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(_file: registry_file.RegistryFile) -> Registry:
        raise ZeroDivisionError

    monkeypatch.setattr(registry_file.RegistryFile, "load", mistake)
    with pytest.raises(ZeroDivisionError):
        KnownTargets(file.path, patience_seconds=SECONDS)
