# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk full, the folder gone, the clip gone; a network that does not let a byte out."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
from pathlib import Path

import pytest

from aimocap_blender.jobs.desk import TargetHeld
from aimocap_blender.jobs.job import Cause, JobState, ServiceRef
from aimocap_blender.jobs.plan import plan_for
from tests.unit.jobs.driving import Driver, request_for


class _FullDisk:
    """Stands for `os.fsync` on a disk that has no room, until there is."""

    def __init__(self) -> None:
        self.is_full = True
        self._real = os.fsync

    def __call__(self, handle: int) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._real(handle)


def test_a_full_disk_waits_for_room_and_loses_nothing(
    driver: Driver, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    disk = _FullDisk()
    monkeypatch.setattr(os, "fsync", disk)
    driver.service.tell("completed")
    driver.until(lambda: "disk is full" in driver.job(local_id).waiting_reason)
    assert driver.job(local_id).state is JobState.FETCHING
    assert "cannot be written (ENOSPC)" in driver.trouble
    disk.is_full = False
    driver.until_state(local_id, JobState.READY)
    driver.until(lambda: driver.trouble == "")


def test_nothing_is_handed_over_while_its_record_cannot_be_written(
    driver: Driver, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = _FullDisk()
    monkeypatch.setattr(os, "fsync", disk)
    local_id = driver.submit(clip)
    driver.until(lambda: "disk is full" in driver.job(local_id).waiting_reason)
    assert driver.job(local_id).state is JobState.COMPLETING
    assert driver.service.count("complete") == 0
    disk.is_full = False
    driver.until_state(local_id, JobState.READY)
    assert driver.service.count("complete") == 1


def test_a_folder_removed_under_us_is_written_anew(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    driver.settle()
    shutil.rmtree(driver.folder)
    driver.pass_time(10)
    driver.service.tell("completed")
    driver.until_state(local_id, JobState.READY)
    driver.settle()
    driver.restart()
    assert [job.local_id for job in driver.desk.jobs()] == [local_id]
    assert driver.service.count("complete") == 1


def test_a_clip_that_is_gone_is_said_so_and_costs_nothing(driver: Driver, clip: Path) -> None:
    clip.unlink()
    job = driver.until_state(driver.submit(clip), JobState.BROKEN)
    assert job.failure is not None
    assert job.failure.code == "file_missing"
    assert driver.service.seen == []
    plan = plan_for(job)
    assert plan is not None
    assert plan.cause is Cause.THIS_MACHINE


def test_a_result_that_was_deleted_is_not_reused(driver: Driver, clip: Path) -> None:
    first = driver.submit(clip)
    driver.until_state(first, JobState.READY)
    for item in driver.job(first).artifacts:
        item.path.unlink()
    driver.until_state(driver.submit(clip), JobState.READY)
    assert driver.service.admissions == 2


@pytest.mark.parametrize(
    ("proxy", "words"),
    [("http://127.0.0.1:9", "the proxy"), (None, "could not be")],
)
def test_a_dead_proxy_and_an_unknown_name_are_tried_again_and_then_said(
    driver: Driver, clip: Path, monkeypatch: pytest.MonkeyPatch, proxy: str | None, words: str
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if proxy is not None:
        monkeypatch.setenv("https_proxy", proxy)
    service = ServiceRef("other", "https://service.invalid")
    local_id = driver.desk.submit(
        dataclasses.replace(request_for(driver.service, clip), service=service), driver.now
    )
    driver.until(lambda: driver.job(local_id).trouble != "")
    assert words in driver.job(local_id).trouble
    job = driver.until_state(local_id, JobState.BROKEN)
    assert job.admitted is False
    plan = plan_for(job)
    assert plan is not None
    assert plan.cause is Cause.NETWORK


def test_an_avatar_is_held_too_when_default_passes_afterwards(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("failed",)
    avatar = {"target_id": "avatar:9", "target_name": "Knight", "target_version": "3"}
    failed = driver.submit(clip, **avatar)
    driver.until_state(failed, JobState.FAILED)
    driver.submit(clip, **avatar, export_fps=60)
    driver.service.statuses = ("completed",)
    driver.until_state(driver.submit(clip), JobState.READY)
    job = driver.job(failed)
    plan = plan_for(job)
    assert plan is not None
    assert plan.cause is Cause.TARGET_SETUP
    assert "inspect the avatar's setup" in plan.next_step
    with pytest.raises(TargetHeld):
        driver.desk.retry(failed, driver.now)
