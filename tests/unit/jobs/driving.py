# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk on a simulated clock, with real threads, a real ledger and a real loopback service.

Waits cost no time: when nothing moves, the clock jumps to when the desk says it is due.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aimocap_blender.api.transport import Timeouts
from aimocap_blender.jobs.desk import JobDesk
from aimocap_blender.jobs.job import (
    CaptureRequest,
    Job,
    JobState,
    Moment,
    Placement,
    ServiceRef,
)
from tests.fake_service import FakeService

CLIP_BYTES = b"not really a video, but the wire does not look " * 4000
REAL_SECONDS = 90.0


def request_for(
    service: FakeService, clip: Path, *, kind: str = "aimocap", **changes: object
) -> CaptureRequest:
    """A request for 3.5 seconds of a clip."""
    request = CaptureRequest(
        title="walk_take3",
        service=ServiceRef(kind, service.base_url),  # type: ignore[arg-type]
        clip_path=clip,
        clip_name=clip.name,
        source_duration_seconds=10.0,
        trim_start_seconds=1.0,
        trim_end_seconds=4.5,
        export_fps=30,
        mocap_type="full_body",
        target_id="default",
        target_name="Default",
        target_version=None,
        placement=Placement("Scene", "walk", "Rig", 40.0),
    )
    return dataclasses.replace(request, **changes)  # type: ignore[arg-type]


class Driver:
    """Drives one desk. `wall` and `steady` are the simulated clocks, in seconds."""

    def __init__(
        self, folder: Path, service: FakeService, timeouts: Timeouts | None = None
    ) -> None:
        self.folder = folder
        self.service = service
        self.wall, self.steady = 1_800_000_000.0, 1000.0
        self.key: str | None = service.key
        self.why_not: str | None = None
        self.ready: list[str] = []
        self.trouble = ""
        self.timeouts = timeouts
        self.desk = self._open()

    def _open(self) -> JobDesk:
        desk = JobDesk(
            self.folder,
            key_for=lambda _: self.key,
            may_connect=lambda _: self.why_not,
            jitter=random.Random(7),
            timeouts=self.timeouts,
        )
        desk.resume(self.now)
        return desk

    @property
    def now(self) -> Moment:
        return Moment(self.wall, self.steady)

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def restart(self) -> None:
        """Blender is closed and started again."""
        self.desk.close()
        self.steady = 5.0
        self.desk = self._open()

    def submit(self, clip: Path, **changes: object) -> str:
        return self.desk.submit(request_for(self.service, clip, **changes), self.now)  # type: ignore[arg-type]

    def job(self, local_id: str) -> Job:
        return self.desk.job(local_id)

    def step(self) -> bool:
        """One tick, then on to when something is due; False when nothing ever will be."""
        report = self.desk.tick(self.now, 0.05)
        self.ready += report.ready
        self.trouble = report.trouble
        if report.busy:
            time.sleep(0.001)
            return True
        if report.next_due_seconds is None:
            return False
        self.pass_time(max(report.next_due_seconds, 0.001))
        return True

    def until(self, enough: Callable[[], bool], *, simulated_seconds: float = 4000.0) -> None:
        """Tick until that is so. Fails after real seconds or simulated ones."""
        deadline, last = time.monotonic() + REAL_SECONDS, self.steady + simulated_seconds
        while not enough():
            goes_on = self.step()
            told = [(job.state.value, job.trouble, job.waiting_reason) for job in self.desk.jobs()]
            assert goes_on or enough(), f"nothing is due any more: {told}"
            assert time.monotonic() < deadline, f"it hangs: {told}"
            assert self.steady < last, f"it never comes: {told}"

    def until_state(self, local_id: str, *states: JobState, **limits: float) -> Job:
        self.until(lambda: self.job(local_id).state in states, **limits)  # type: ignore[arg-type]
        return self.job(local_id)

    def settle(self, ticks: int = 30) -> None:
        """Let threads finish what they are at, without time passing."""
        for _ in range(ticks):
            self.desk.tick(self.now, 0.05)
            time.sleep(0.002)


@contextmanager
def driving(
    folder: Path, *, timeouts: Timeouts | None = None, **options: object
) -> Iterator[Driver]:
    """A fresh service and a desk beside it."""
    with FakeService(**options) as service:  # type: ignore[arg-type]
        driver = Driver(folder, service, timeouts)
        try:
            yield driver
        finally:
            driver.desk.close()
