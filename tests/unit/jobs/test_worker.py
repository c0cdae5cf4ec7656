# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads: they outlive any mistake, come back when cut, and are left behind when they hang."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aimocap_blender.api.secret import Secret
from aimocap_blender.jobs.job import JobState
from aimocap_blender.jobs.messages import (
    Access,
    AskStatus,
    ClipHashed,
    Event,
    Failed,
    HashClip,
    WriteRecord,
)
from aimocap_blender.jobs.worker import Worker
from tests.fake_service import FakeService, stall
from tests.unit.jobs.driving import Driver


@pytest.fixture
def worker() -> Iterator[Worker]:
    one = Worker()
    yield one
    one.close()


def wait_for(worker: Worker, is_it: Callable[[Event], bool], seconds: float = 10.0) -> Event:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        event = worker.take_event()
        if event is None:
            time.sleep(0.002)
        elif is_it(event):
            return event
    raise AssertionError("the event never came")


def test_a_mistake_becomes_an_event_and_the_thread_lives_on(worker: Worker, clip: Path) -> None:
    for ticket in range(1, 6):
        worker.send(HashClip(ticket, "a", None))  # type: ignore[arg-type]
        event = wait_for(worker, lambda event: isinstance(event, Failed))
        assert isinstance(event, Failed)
        assert event.code == "internal_error"
        assert "AttributeError" in event.sentence or "TypeError" in event.sentence
    worker.send(HashClip(9, "a", clip))
    wait_for(worker, lambda event: isinstance(event, ClipHashed))


def test_commands_do_not_show_the_key() -> None:
    command = AskStatus(1, "a", Access("https://h", Secret("sk-topsecret")), "m")
    assert "topsecret" not in repr(command)


def test_a_hanging_thread_is_left_behind_and_replaced(worker: Worker) -> None:
    with FakeService() as service:
        service.fail_always("status", stall(60))
        access = Access(service.base_url, Secret(service.key))
        for ticket in (1, 2):
            worker.send(AskStatus(ticket, "a", access, "m"))
        deadline = time.monotonic() + 10
        while service.count("status") < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        service.heal()
        worker.cut(1, replace=True)
        worker.send(AskStatus(3, "b", access, "m"))
        event = wait_for(worker, lambda event: getattr(event, "ticket", 0) == 3)
        assert isinstance(event, Failed)
        assert event.kind == "NotFound"


def test_closing_is_quick_whatever_is_under_way(clip: Path) -> None:
    with FakeService() as service:
        service.fail_always("status", stall(60))
        worker = Worker()
        access = Access(service.base_url, Secret(service.key))
        for ticket in range(1, 8):
            worker.send(AskStatus(ticket, "a", access, "m"))
        deadline = time.monotonic() + 10
        while service.count("status") < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        before = time.monotonic()
        worker.close()
        assert time.monotonic() - before < 2
        names = [thread.name for thread in threading.enumerate()]
        assert not [name for name in names if name.startswith("aimocap-")]


def test_an_older_record_never_overwrites_a_newer_one(worker: Worker, tmp_path: Path) -> None:
    for version in (3, 1, 2):
        worker.send(WriteRecord("a", tmp_path, version, f"version {version}"))
    worker.close()
    assert (tmp_path / "job.json").read_text() == "version 3"
    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]


def test_a_call_that_hangs_beyond_every_timeout_is_given_up_by_the_desk(
    driver: Driver, clip: Path
) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    driver.service.fail("status", stall(60))
    polls = driver.service.count("status")
    driver.until(lambda: driver.service.count("status") == polls + 1)
    driver.pass_time(200)
    driver.step()
    assert "did not answer in time" in driver.job(local_id).trouble
    driver.service.tell("completed")
    driver.until_state(local_id, JobState.READY)
    assert isinstance(driver.job(local_id).remote_id, str)
