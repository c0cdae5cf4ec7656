# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk full, the folder gone, the clip gone; a network that does not let a byte out."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
from pathlib import Path

import pytest

from aimocap_blender.jobs.answers import NotOpen
from aimocap_blender.jobs.desk import TargetHeld
from aimocap_blender.jobs.job import Cause, Decision, JobAction, JobState, ServiceRef
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


@pytest.mark.parametrize("damage", ["gone", "empty", "other bytes"])
def test_a_result_that_was_lost_is_fetched_again_free(
    driver: Driver, clip: Path, damage: str
) -> None:
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.READY)
    driver.desk.mark_applied(local_id, "Rig", "walk", driver.now)
    fetched = driver.job(local_id).artifact("fbx")
    assert fetched is not None
    whole = fetched.path.read_bytes()
    if damage == "gone":
        fetched.path.unlink()
    else:
        fetched.path.write_bytes(b"" if damage == "empty" else bytes(len(whole)))
    assert JobAction.FETCH_AGAIN in driver.desk.views(driver.now)[0].actions
    driver.ready.clear()
    driver.desk.fetch_again(local_id, driver.now)
    driver.until_state(local_id, JobState.READY)
    assert fetched.path.read_bytes() == whole
    assert driver.job(local_id).artifact("fbx") == fetched
    assert driver.ready == [local_id], "it is imported as it was the first time"
    assert (driver.service.admissions, driver.service.count("create")) == (1, 1)


def test_a_result_that_is_whole_is_not_given_away_for_one_that_may_not_come(
    driver: Driver, clip: Path
) -> None:
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.READY)
    with pytest.raises(NotOpen, match="all there"):
        driver.desk.fetch_again(local_id, driver.now)
    assert driver.job(local_id).state is JobState.READY


def test_only_a_job_with_a_result_can_be_fetched_again(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    assert JobAction.FETCH_AGAIN not in driver.desk.views(driver.now)[0].actions
    with pytest.raises(NotOpen, match="no result"):
        driver.desk.fetch_again(local_id, driver.now)


def test_a_taken_over_result_is_checked_by_its_hash(driver: Driver, clip: Path) -> None:
    first = driver.submit(clip)
    driver.until_state(first, JobState.READY)
    item = driver.job(first).artifacts[0]
    item.path.write_bytes(bytes(item.bytes))  # as long as before: only its hash tells
    second = driver.submit(clip)
    driver.until_state(second, JobState.DUPLICATE)
    driver.desk.decide(second, Decision.REUSE, driver.now)
    driver.until(lambda: driver.job(second).state is not JobState.FETCHING)
    failure = driver.job(second).failure
    assert failure is not None
    assert "damaged" in failure.sentence
    assert driver.job(second).artifacts == ()


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
