# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk in a process of its own that is killed without warning, again and again, until it is done.

The processes come from a fork server that has everything imported, so that hundreds of runs take
minutes; where there is none (Windows), they are started one by one.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.fake_service import FakeService
from tests.unit.jobs.driving import CLIP_BYTES, Driver, request_for

_LIFE_SECONDS = 30.0
_SPAN_SECONDS = 0.03
_MOST_CALLS = 9
"""A kill comes after so many more calls of the victim and up to so many seconds: on a slow machine
as on a fast one, every step is hit."""


class RemoteService:
    """What a driver needs of a service that lives in another process."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url, self.key = base_url, key


def victim(folder: str, base_url: str, key: str, clip: str, submits: bool) -> None:
    """Submit a job, unless one is there, and follow all jobs to their end."""
    driver = Driver(Path(folder), RemoteService(base_url, key))  # type: ignore[arg-type]
    if submits and not driver.desk.jobs():
        driver.desk.submit(request_for(driver.service, Path(clip)), driver.now)
    driver.until(lambda: all(job.state.value == "ready" for job in driver.desk.jobs()))
    driver.desk.close()


@dataclass(frozen=True)
class Run:
    """What came of one job and the kills it went through."""

    kills: int
    moments: tuple[str, ...]
    jobs: int
    state: str
    completes: int
    admissions: int
    artifacts_whole: bool
    left_over: int

    @property
    def is_right(self) -> bool:
        return (
            self.jobs == 1
            and self.state == "ready"
            and self.admissions == 1
            and self.completes == 1
            and self.artifacts_whole
            and self.left_over == 0
        )


def run_once(folder: Path, dice: random.Random) -> Run:
    """One job: killed up to three times at random moments, then let finish."""
    folder.mkdir(parents=True)
    clip = folder / "clip.mp4"
    clip.write_bytes(CLIP_BYTES)
    method = "spawn" if sys.platform == "win32" else "forkserver"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["tests.unit.jobs.kills"])
    jobs = folder / "jobs"
    kills, moments = 0, []
    with FakeService(statuses=("queued", "processing", "completed")) as service:
        arguments = (str(jobs), service.base_url, service.key, str(clip))
        for turn in range(dice.randint(1, 3)):
            process = context.Process(target=victim, args=(*arguments, turn == 0))
            process.start()
            _wait_for_life(service, jobs)
            _wait_for_calls(service, len(service.seen) + dice.randint(0, _MOST_CALLS), process)
            time.sleep(dice.random() * _SPAN_SECONDS)
            if process.is_alive():
                process.kill()
                kills += 1
            process.join()
            moments.append(_moment(jobs))
        last = context.Process(target=victim, args=(*arguments, True))
        last.start()
        last.join(_LIFE_SECONDS)
        if last.is_alive():
            last.kill()
            last.join()
        return _verdict(jobs, service, kills, tuple(moments))


def _wait_for_life(service: FakeService, jobs: Path) -> None:
    """Until the process has come as far as the ledger."""
    deadline = time.monotonic() + _LIFE_SECONDS
    while not (jobs / "ledger.db").exists() and time.monotonic() < deadline:
        time.sleep(0.001)


def _wait_for_calls(service: FakeService, count: int, process: BaseProcess) -> None:
    deadline = time.monotonic() + _LIFE_SECONDS
    while len(service.seen) < count and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.0005)


def _moment(jobs: Path) -> str:
    """The state in the job's own record when it was killed, "" before there was one."""
    for path in jobs.glob("*/job.json"):
        return str(json.loads(path.read_text("utf-8"))["state"]).lower()
    return ""


def _verdict(jobs: Path, service: FakeService, kills: int, moments: tuple[str, ...]) -> Run:
    driver = Driver(jobs, service)
    try:
        found = driver.desk.jobs()
        files = [item for job in found for item in job.artifacts]
        return Run(
            kills=kills,
            moments=moments,
            jobs=len(found),
            state=found[0].state.value if found else "none",
            completes=service.count("complete"),
            admissions=service.admissions,
            artifacts_whole=bool(files)
            and all(item.path.stat().st_size == item.bytes for item in files),
            left_over=len(list(jobs.glob("*/.fetching-*"))),
        )
    finally:
        driver.desk.close()
