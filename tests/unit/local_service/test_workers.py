# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a video does to the process that decodes it, the service lives and charges nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from . import fake_processor
from .running import PROCESSOR, REPOSITORY, Running, is_gone, worker_processes


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory):
    """A service with tight limits: 3 seconds and 400 MiB for a job."""
    options = ("--time-limit-base", "3", "--time-limit-factor", "0.001")
    limits = (*options, "--memory-limit", str(400 << 20))
    running = Running(tmp_path_factory.mktemp("strict") / "data", *limits)
    yield running
    running.kill()


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("fail", "no_person_found"),
        ("raise", "processing_crashed"),
        ("crash", "processing_crashed"),
        ("exit", "processing_crashed"),
        ("hang", "processing_timeout"),
        ("hang deaf", "processing_timeout"),
        ("eat", "processing_out_of_memory"),
        ("point outside", "processing_failed"),
    ],
)
def test_a_misbehaving_capture_fails_its_job_and_is_refunded(
    strict: Running, how: str, code: str
) -> None:
    before = strict.balance()
    job_id = strict.queued(fake_processor.video(do=how))
    view = strict.ended(job_id)
    assert (view["job"]["status"], view["job"]["errorCode"]) == ("failed", code)
    assert view["job"]["errorMessage"].endswith(".")
    lines = [(line.kind, line.amount) for line in strict.journal() if line.job_id == job_id]
    assert lines == [("reserve", -4), ("refund", 4)]
    assert strict.balance() == before
    assert not worker_processes(strict)
    assert requests.get(f"{strict.url}/health", timeout=10).json()["status"] == "ok"


def test_the_next_job_is_not_disturbed_by_a_crash(strict: Running) -> None:
    crashed = strict.queued(fake_processor.video(do="crash"))
    good = strict.queued()
    assert strict.ended(crashed)["job"]["status"] == "failed"
    assert strict.ended(good)["job"]["status"] == "completed"


def test_a_motion_that_is_no_fbx_is_not_delivered(strict: Running) -> None:
    job_id = strict.queued(fake_processor.video(fbx="<html>"))
    view = strict.ended(job_id)
    assert (view["job"]["status"], view["job"]["errorCode"]) == ("failed", "processing_failed")
    assert strict.result(job_id).json()["data"]["outputs"] == []


def test_what_a_capture_prints_is_no_message(strict: Running) -> None:
    job_id = strict.queued(fake_processor.video(do="babble"))
    assert strict.ended(job_id)["job"]["status"] == "completed"
    log = strict.data / "jobs" / job_id / "worker.log"
    assert "noise on stdout" in log.read_text()


def test_processes_that_a_capture_leaves_behind_are_ended(strict: Running) -> None:
    job_id = strict.queued(fake_processor.video(do="leave a child"))
    assert strict.ended(job_id)["job"]["status"] == "completed"
    child = int((strict.data / "jobs" / job_id / "child").read_text())
    assert is_gone(child)


def test_one_job_is_processed_at_a_time_and_the_oldest_first(
    start: Callable[..., Running],
) -> None:
    service = start()
    jobs = [service.queued(fake_processor.video(pause=0.5)) for _ in range(4)]
    spans = []
    for job_id in jobs:
        events = service.ended(job_id)["events"]
        at = {event["status"]: event["at"] for event in events if event["type"] == "status"}
        spans.append((at["processing"], at["completed"]))
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_more_workers_process_more_jobs_at_once(start: Callable[..., Running]) -> None:
    service = start("--workers", "2")
    jobs = [service.queued(fake_processor.video(pause=2)) for _ in range(2)]
    for job_id in jobs:
        service.until(job_id, {"processing"})
    assert requests.get(f"{service.url}/health", timeout=10).json()["processing"] == 2
    for job_id in jobs:
        assert service.ended(job_id)["job"]["status"] == "completed"


def test_the_key_is_not_in_a_workers_environment(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMOCAP_KEY", "sk-of-the-user")
    service = start()
    job_id = service.queued(fake_processor.video(do="hang"))
    service.until(job_id, {"processing"})
    (worker,) = worker_processes(service)
    environment = Path(f"/proc/{worker}/environ")
    if not environment.exists():
        pytest.skip("this system does not show the environment of a process")
    assert b"sk-of-the-user" not in environment.read_bytes()


def test_a_worker_ends_when_its_parents_pipe_closes(tmp_path: Path) -> None:
    """The way out on systems that cannot end a process with its parent."""
    video = tmp_path / "source.mp4"
    video.write_bytes(fake_processor.video(do="hang"))
    task = {
        "kind": "capture",
        "processor": PROCESSOR,
        "video": str(video),
        "start_seconds": 0.0,
        "end_seconds": 1.0,
        "export_fps": 30,
        "mocap_type": "full_body",
        "folder": str(tmp_path),
        "models": None,
        "memory_limit": 1 << 30,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.local_service.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps(task).encode() + b"\n")
        worker.stdin.flush()
        assert json.loads(worker.stdout.readline())["kind"] == "progress"
        assert worker.poll() is None
        worker.stdin.close()
        try:
            assert worker.wait(timeout=10) == 3
        finally:
            worker.kill()
