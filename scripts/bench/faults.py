# SPDX-License-Identifier: GPL-3.0-or-later
"""`scripts/bench.py --faults`: kills, the fault matrix, a full ledger, a 4 GB upload; measured.

Uses the tests' own loopback service and drivers, so that what is measured is what is tested.
Needs requests, pydantic and nothing of Blender. Can be run by itself:
`python -m scripts.bench.faults [--kills 500] [--gigabytes 4] [--quick] [--json FILE]`.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import multiprocessing
import random
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from aimocap_blender.api.lifeline import Lifeline
from aimocap_blender.api.models import NewJob
from aimocap_blender.api.secret import Secret
from aimocap_blender.jobs.job import JobState
from aimocap_blender.jobs.ledger import Ledger
from tests.fake_service import FakeService
from tests.unit.jobs import fault_matrix
from tests.unit.jobs.driving import CLIP_BYTES, Driver
from tests.unit.jobs.kills import Run, run_once

_AT_ONCE = 3
_TICKS = 2000
_VISIBLE_ROWS = 20


@dataclass(frozen=True)
class Kills:
    """`moments` counts the states in which processes were killed ("" before the first record)."""

    runs: int
    kills: int
    lost: int
    sent_twice: int
    charged_twice: int
    wrong_states: int
    left_over: int
    moments: dict[str, int]
    seconds: float


@dataclass(frozen=True)
class Matrix:
    """`differs` counts the lines of the committed table that came out otherwise."""

    cells: int
    differs: int
    charged_twice: int
    seconds: float


@dataclass(frozen=True)
class FullLedger:
    """Milliseconds. `resume`: the ledger is opened and its open jobs are taken up; `list`: the rows
    that can be seen; `whole_list`: every line, jobs that nobody has looked at yet included.
    """

    jobs: int
    open_jobs: int
    resume_ms: float
    whole_list_ms: float
    tick_ms_median: float
    tick_ms_p99: float
    list_ms_median: float
    list_ms_p99: float


@dataclass(frozen=True)
class Upload:
    """`growth_megabytes`: how much the peak of the sending process grew."""

    gigabytes: float
    seconds: float
    growth_megabytes: float


def run_kills(count: int, seed: int = 1) -> Kills:
    """SIGKILL at random moments of a job, resumed until it is done; `count` jobs."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = list(
            pool.map(
                lambda number: run_once(Path(name) / str(number), random.Random(seed + number)),  # noqa: S311
                range(count),
            )
        )
    moments: collections.Counter[str] = collections.Counter()
    for run in runs:
        moments.update(run.moments)
    return Kills(
        runs=count,
        kills=sum(run.kills for run in runs),
        lost=_count(runs, lambda run: run.jobs != 1 or not run.artifacts_whole),
        sent_twice=_count(runs, lambda run: run.completes > 1),
        charged_twice=_count(runs, lambda run: run.admissions > 1),
        wrong_states=_count(runs, lambda run: run.state != "ready"),
        left_over=sum(run.left_over for run in runs),
        moments=dict(moments),
        seconds=time.perf_counter() - started,
    )


def run_matrix() -> Matrix:
    """Every fault at every step, once and for ever, against the committed table."""
    started = time.perf_counter()
    outcomes = fault_matrix.run_all()
    here = fault_matrix.table_of(outcomes).splitlines()
    there = fault_matrix.TABLE.read_text("utf-8").splitlines()
    return Matrix(
        cells=len(outcomes),
        differs=sum(mine != theirs for mine, theirs in zip(here, there, strict=True)),
        charged_twice=sum(outcome.admissions > 1 for outcome in outcomes.values()),
        seconds=time.perf_counter() - started,
    )


def run_full_ledger(jobs: int = 1000, open_jobs: int = 50) -> FullLedger:
    """A long life's ledger, with some jobs being polled: what start, tick and list cost."""
    with FakeService(statuses=("completed",)) as service, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "clip.mp4"
        clip.write_bytes(CLIP_BYTES)
        driver = Driver(folder / "jobs", service)
        local_id = driver.submit(clip)
        model = driver.until_state(local_id, JobState.READY)
        driver.desk.close()
        ledger = Ledger(driver.folder)
        ledger.open()
        ledger.put(
            [
                dataclasses.replace(
                    model,
                    local_id=uuid.uuid4().hex,
                    state=JobState.PROCESSING if number < open_jobs else JobState.APPLIED,
                    remote_id=f"unknown_{number}",
                )
                for number in range(jobs)
            ],
            durable=True,
        )
        ledger.close()
        resumed = _milliseconds(driver.restart)
        ticks, lists = [], []
        for _ in range(_TICKS):
            driver.pass_time(0.05)
            ticks.append(_milliseconds(lambda: driver.desk.tick(driver.now)))
            lists.append(_milliseconds(lambda: _look_at_list(driver)))
            time.sleep(0.001)
        whole = _milliseconds(lambda: driver.desk.views(driver.now))
        driver.desk.close()
    return FullLedger(
        jobs,
        open_jobs,
        resumed,
        whole,
        _share(ticks, 0.5),
        _share(ticks, 0.99),
        _share(lists, 0.5),
        _share(lists, 0.99),
    )


def _look_at_list(driver: Driver) -> None:
    """What a redraw asks for."""
    lines = driver.desk.lines
    lines.look(driver.now)
    lines.moving()
    for local_id in lines.ids[:_VISIBLE_ROWS]:
        lines.find(local_id)


def run_upload(gigabytes: float = 4.0) -> Upload:
    """Send a sparse file of that size from a process of its own, and look at its peak memory."""
    with FakeService() as service, tempfile.TemporaryDirectory() as name:
        clip = Path(name) / "big.mp4"
        with clip.open("wb") as stream:
            stream.truncate(int(gigabytes * 1024**3))
        ours, theirs = multiprocessing.Pipe()
        sender = multiprocessing.get_context("spawn").Process(
            target=_send, args=(theirs, service.base_url, service.key, str(clip))
        )
        sender.start()
        theirs.close()
        seconds, growth = ours.recv()
        sender.join()
    return Upload(gigabytes, seconds, growth)


def _send(told: Connection, base_url: str, key: str, clip: str) -> None:
    from aimocap_blender.api.client import ApiClient
    from aimocap_blender.api.disk import hash_file
    from aimocap_blender.api.upload import upload

    draft = ApiClient(base_url, Secret(key)).create_job(
        NewJob(
            title="big",
            source_filename="big.mp4",
            source_duration_seconds=1.0,
            trim_start_seconds=0.0,
            trim_end_seconds=1.0,
            export_fps=30,
            mocap_type="full_body",
            target_ids=("default",),
        )
    )
    before, started = _peak_megabytes(), time.perf_counter()
    sha256, size = hash_file(Path(clip), lifeline=Lifeline())
    upload(
        draft.upload_url,
        Path(clip),
        expected_sha256=sha256,
        expected_bytes=size,
        lifeline=Lifeline(),
    )
    told.send((time.perf_counter() - started, _peak_megabytes() - before))


def _peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux a child starts with what its parent had before it was replaced.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def _count(runs: list[Run], is_so: collections.abc.Callable[[Run], bool]) -> int:
    return sum(1 for run in runs if is_so(run))


def _milliseconds(act: collections.abc.Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _share(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


def measure(kills: int = 500, gigabytes: float = 4.0) -> dict[str, dict[str, object]]:
    """All of it, by name: for the table on screen and for JSON."""
    return {
        "ledger": dataclasses.asdict(run_full_ledger()),
        "upload": dataclasses.asdict(run_upload(gigabytes)),
        "matrix": dataclasses.asdict(run_matrix()),
        "kills": dataclasses.asdict(run_kills(kills)),
    }


def main() -> int:
    """The command of this part alone."""
    parser = argparse.ArgumentParser(description="Faults, kills, a full ledger, a large upload.")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--gigabytes", type=float, default=4.0)
    parser.add_argument("--quick", action="store_true", help="25 kills and half a gigabyte")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.kills, arguments.gigabytes = 25, 0.5
    results = measure(arguments.kills, arguments.gigabytes)
    for name, figures in results.items():
        print(name)
        for figure, value in figures.items():
            shown = f"{value:.3f}" if isinstance(value, float) else value
            print(f"  {figure:18} {shown}")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2), encoding="utf-8")
    kills = results["kills"]
    bad = ("lost", "sent_twice", "charged_twice", "wrong_states", "left_over")
    return 1 if any(kills[name] for name in bad) or results["matrix"]["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
