# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every step, once and for ever: what becomes of the job, as a table.

The table beside this file is what came out when it was last read by a person; the test runs it
again. `python -m tests.unit.jobs.fault_matrix` prints it.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aimocap_blender.api.transport import Timeouts
from aimocap_blender.jobs.job import OPEN_STATES, JobState
from tests.fake_service import (
    Fault,
    captive_portal,
    corrupted,
    cut,
    drip,
    garbage,
    lost_answer,
    packed,
    redirect,
    stall,
    status,
    truncated,
    wrong_length,
)
from tests.fake_service.server import Step
from tests.unit.jobs.driving import CLIP_BYTES, Driver, driving

TABLE = Path(__file__).with_name("fault_matrix.md")
WATCHED_SECONDS = 900.0
IMPATIENT = Timeouts(connect=2.0, read=0.4, total=0.8)
"""For the faults that are waits. The others have all the time in the world: no flaky cells."""

STEPS: tuple[Step, ...] = ("create", "upload", "complete", "status", "result", "download")
FAULTS: dict[str, Fault] = {
    "cut before": cut(),
    "answer lost": lost_answer(),
    "stalled": stall(2.0),
    "stalled after acting": stall(2.0, after_acting=True),
    "dripping": drip(0.02),
    "captive portal": captive_portal(),
    "cut JSON": garbage(b'{"data": {"jobId": "mo'),
    "deep JSON": garbage(b"[" * 100_000),
    "gzip bomb": packed(64),
    "400 unknown code": status(400, error="something_new"),
    "401": status(401, error="invalid_api_key"),
    "403": status(403),
    "404": status(404),
    "413": status(413),
    "429": status(429),
    "429 Retry-After": status(429, retry_after=40),
    "500": status(500),
    "503 Retry-After": status(503, retry_after=40),
    "500 after acting": status(500, after_acting=True),
    "redirect elsewhere": redirect("{other}/storage/elsewhere"),
    "redirect in circles": redirect("{self}", 307),
    "redirect to http": redirect("http://203.0.113.7/x", 307),
    "longer than told": wrong_length(+7),
    "truncated": truncated(40),
    "corrupted": corrupted(),
}


@dataclass(frozen=True)
class Outcome:
    """What became of a job, and what the service saw of it."""

    state: JobState
    code: str
    charge: str
    trouble: str
    creates: int
    uploads: int
    completes: int
    admissions: int
    leaks: int

    def words(self) -> str:
        """One cell of the table."""
        if self.state is JobState.READY:
            text = "ready"
        elif self.state in OPEN_STATES:
            text = f"{self.state.value}, goes on"
        else:
            text = f"{self.state.value}: {self.code}; {self.charge}"
        extra = [
            f"{count} {name}"
            for count, name in (
                (self.creates, "creates"),
                (self.uploads, "uploads"),
                (self.completes, "completes"),
            )
            if count > 1
        ]
        many = self.state is not JobState.READY and self.state in OPEN_STATES
        return text if many or not extra else f"{text} ({', '.join(extra)})"


def run_cell(folder: Path, step: Step, fault: Fault, *, always: bool) -> Outcome:
    """One job with that fault."""
    folder.mkdir(parents=True)
    clip = folder / "clip.mp4"
    clip.write_bytes(CLIP_BYTES)
    timeouts = IMPATIENT if fault.kind in ("stall", "drip") else None
    with driving(folder / "jobs", timeouts=timeouts) as driver:
        if always:
            driver.service.fail_always(step, fault)
        else:
            driver.service.fail(step, fault)
        local_id = driver.submit(clip)
        _watch(driver, local_id)
        job = driver.job(local_id)
        service = driver.service
        return Outcome(
            state=job.state,
            code=job.failure.code if job.failure else "",
            charge=job.failure.charge.name.lower().replace("_", " ") if job.failure else "",
            trouble=job.trouble or job.waiting_reason,
            creates=service.count("create"),
            uploads=service.count("upload"),
            completes=service.count("complete"),
            admissions=service.admissions,
            leaks=len(service.leaks),
        )


def _watch(driver: Driver, local_id: str) -> None:
    """Until the job stands still, or has been tried for a quarter of a simulated hour."""
    end = driver.steady + WATCHED_SECONDS
    driver.until(
        lambda: driver.job(local_id).state not in OPEN_STATES or driver.steady > end,
        simulated_seconds=2 * WATCHED_SECONDS,
    )


def run_all() -> dict[tuple[str, Step, bool], Outcome]:
    """Every cell; many at a time, since they mostly wait."""
    cells = list(itertools.product(FAULTS, STEPS, (False, True)))
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(8) as pool:
        outcomes = pool.map(
            lambda cell: run_cell(
                Path(name) / str(cells.index(cell)), cell[1], FAULTS[cell[0]], always=cell[2]
            ),
            cells,
        )
        return dict(zip(cells, outcomes, strict=True))


def table_of(outcomes: dict[tuple[str, Step, bool], Outcome]) -> str:
    """The committed table: a row per fault, a column per step; first once, then for ever."""
    lines = ["<!-- Made by tests/unit/jobs/fault_matrix.py; the test runs it again. -->", ""]
    for always, title in ((False, "Once"), (True, "For ever (a quarter of an hour is watched)")):
        lines += [f"## {title}", "", f"| fault | {' | '.join(STEPS)} |"]
        lines.append("|---|" + "---|" * len(STEPS))
        lines += [
            f"| {label} | "
            + " | ".join(outcomes[label, step, always].words() for step in STEPS)
            + " |"
            for label in FAULTS
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    text = table_of(run_all())
    if sys.argv[1:] == ["--write"]:
        TABLE.write_text(text, encoding="utf-8")
    print(text)
