# SPDX-License-Identifier: GPL-3.0-or-later
"""Two real processes at one ledger: each follows its own jobs, and one takes over when one dies."""

from __future__ import annotations

import multiprocessing
import sys
import time
from pathlib import Path

import pytest

from aimocap_blender.jobs.job import JobState
from tests.fake_service import FakeService
from tests.unit.jobs.driving import CLIP_BYTES, Driver, request_for
from tests.unit.jobs.kills import RemoteService

EACH = 4


def _follow(folder: str, base_url: str, key: str, clip: str, first: int) -> None:
    """Submit some jobs and follow all that can be followed until those of both are ready."""
    driver = Driver(Path(folder), RemoteService(base_url, key))  # type: ignore[arg-type]
    for number in range(first, first + EACH):
        request = request_for(
            driver.service, Path(clip), trim_start_seconds=number / 10, title=f"take {number}"
        )
        driver.desk.submit(request, driver.now)
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        report = driver.desk.tick(driver.now, 0.05)
        states = [job.state for job in driver.desk.jobs()]
        if states == [JobState.READY] * 2 * EACH:
            break
        driver.pass_time(0.0 if report.busy else 0.2)
        time.sleep(0.001)
    driver.desk.close()


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.6])
def test_when_one_is_killed_the_other_finishes_all_and_nothing_is_charged_twice(
    tmp_path: Path, seconds: float
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(CLIP_BYTES)
    folder = tmp_path / "jobs"
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    with FakeService(statuses=("processing", "processing", "completed")) as service:
        processes = [
            context.Process(
                target=_follow,
                args=(str(folder), service.base_url, service.key, str(clip), first),
            )
            for first in (0, EACH)
        ]
        for process in processes:
            process.start()
        _wait_for_jobs(folder, 2 * EACH)
        time.sleep(seconds)
        processes[0].kill()
        for process in processes:
            process.join(60.0)
        assert processes[1].exitcode == 0
        driver = Driver(folder, service)
        try:
            jobs = driver.desk.jobs()
            assert len(jobs) == 2 * EACH
            assert {job.state for job in jobs} == {JobState.READY}
            assert service.admissions == 2 * EACH
            assert all(job.admissions <= 1 for job in service.jobs.values())
        finally:
            driver.desk.close()


def _wait_for_jobs(folder: Path, count: int) -> None:
    """Until both have submitted theirs: what was never recorded is nobody's to finish."""
    deadline = time.monotonic() + 60.0
    while len(list(folder.glob("*/job.json"))) < count and time.monotonic() < deadline:
        time.sleep(0.005)
