# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills, restarts, repeats and races: no job is lost, none is charged twice."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from . import fake_processor
from .running import REPOSITORY, Running, code_of, command, is_gone, worker_processes


def check_journal(service: Running) -> None:
    """Each admitted job ends, is reserved once and settled once, as its status says."""
    ended = {
        line.job_id: service.ended(line.job_id)["job"]["status"]
        for line in service.journal()
        if line.job_id
    }
    lines = service.journal()
    for job_id, status in ended.items():
        mine = [(line.kind, line.amount) for line in lines if line.job_id == job_id]
        assert mine[0][0] == "reserve"
        price = -mine[0][1]
        assert price > 0
        settled = [("charge", 0)] if status == "completed" else [("refund", price)]
        assert mine[1:] == settled


def hangs(service: Running, job_id: str) -> None:
    """Wait until the capture of a `hang once` video has come to where it hangs."""
    deadline = time.monotonic() + 30
    while not (service.data / "jobs" / job_id / "tried").exists():
        assert time.monotonic() < deadline, service.log
        time.sleep(0.02)


def test_completing_twice_charges_once(service: Running) -> None:
    job_id = service.uploaded()
    first = service.complete(job_id).json()["data"]
    second = service.complete(job_id)
    assert second.status_code == 200
    assert second.json()["data"]["jobId"] == first["jobId"]
    assert service.ended(job_id)["job"]["status"] == "completed"
    third = service.complete(job_id)
    assert (third.status_code, third.json()["data"]["status"]) == (200, "completed")
    kinds = Counter(line.kind for line in service.journal() if line.job_id == job_id)
    assert kinds == {"reserve": 1, "charge": 1}


def test_completing_from_many_sides_at_once_charges_once(service: Running) -> None:
    job_id = service.uploaded()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: service.complete(job_id).status_code, range(12)))
    assert answers == [200] * 12
    assert service.ended(job_id)["job"]["status"] == "completed"
    kinds = Counter(line.kind for line in service.journal() if line.job_id == job_id)
    assert kinds == {"reserve": 1, "charge": 1}


def test_the_last_credit_is_given_once(start: Callable[..., Running]) -> None:
    service = start("--credits", "6")
    jobs = [service.uploaded() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(lambda job_id: service.complete(job_id).status_code, jobs))
    assert codes == [200, 402, 402, 402]
    assert service.balance() == 2
    check_journal(service)


def test_uploading_while_completing_never_mixes_two_videos(service: Running) -> None:
    """What is processed is what was probed, though another upload arrives at the same moment."""
    made = service.create().json()["data"]
    job_id, url = made["jobId"], made["uploadUrl"]
    assert service.upload(url, fake_processor.video(2.0)).status_code == 200
    with ThreadPoolExecutor(2) as pool:
        completing = pool.submit(service.complete, job_id)
        time.sleep(0.02)
        second = pool.submit(service.upload, url, fake_processor.video(3.0))
    assert completing.result().status_code == 200
    taken = 3 if second.result().status_code == 200 else 2
    assert service.ended(job_id)["job"]["status"] == "completed"
    lines = [(line.kind, line.amount) for line in service.journal() if line.job_id == job_id]
    assert lines == [("reserve", -taken), ("charge", 0)]


def test_a_queued_job_goes_on_after_a_restart(start: Callable[..., Running]) -> None:
    service = start()
    running = service.queued(fake_processor.video(do="hang once"))
    waiting = service.queued()
    draft = service.uploaded()
    hangs(service, running)
    assert service.stop() == 0
    service = start()
    for job_id in (running, waiting):
        assert service.ended(job_id)["job"]["status"] == "completed"
    assert service.job(draft)["job"]["status"] == "draft"
    assert service.complete(draft).status_code == 200
    assert service.ended(draft)["job"]["status"] == "completed"
    check_journal(service)


def test_stopping_ends_the_workers_and_does_not_count_as_a_try(
    start: Callable[..., Running],
) -> None:
    job_id = None
    for _ in range(3):
        service = start()
        job_id = job_id or service.queued(fake_processor.video(do="hang"))
        service.until(job_id, {"processing"})
        (worker,) = worker_processes(service)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 5
        assert is_gone(worker)
    assert start().until(job_id, {"processing"})


def test_a_job_is_tried_once_more_after_a_kill(start: Callable[..., Running]) -> None:
    service = start()
    job_id = service.queued(fake_processor.video(do="hang once"))
    hangs(service, job_id)
    (worker,) = worker_processes(service)
    service.kill()
    assert is_gone(worker), "the worker outlived the service"
    service = start()
    assert service.ended(job_id)["job"]["status"] == "completed"
    check_journal(service)


def test_a_deaf_worker_does_not_outlive_the_service_either(start: Callable[..., Running]) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ends a process with its parent")
    service = start()
    job_id = service.queued(fake_processor.video(do="hang deaf"))
    service.until(job_id, {"processing"})
    time.sleep(0.5)
    (worker,) = worker_processes(service)
    service.kill()
    assert is_gone(worker)


def test_a_job_whose_service_was_killed_twice_fails_and_is_refunded(
    start: Callable[..., Running],
) -> None:
    service = start()
    job_id = service.queued(fake_processor.video(do="hang"))
    for _ in range(2):
        service.until(job_id, {"processing"})
        service.kill()
        service = start()
    view = service.ended(job_id)
    assert view["job"]["errorCode"] == "processing_interrupted"
    check_journal(service)


def test_kills_at_random_moments_lose_and_charge_nothing_twice(
    start: Callable[..., Running],
) -> None:
    """Jobs are sent while the service is killed again and again; each client call is repeated
    until it is answered, as a client with a lost answer would."""
    dice = random.Random(6)
    service = start("--workers", "2")
    admitted: list[str] = []
    for _ in range(5):
        killer = threading.Timer(dice.uniform(0.05, 0.8), service.process.kill)
        killer.start()
        try:
            while True:
                admitted.append(service.uploaded(fake_processor.video(dice.choice([1.0, 2.5]))))
                service.complete(admitted[-1])
        except (OSError, AssertionError):
            pass
        killer.join()
        service.kill()
        service = start("--workers", "2")
        for job_id in admitted:
            assert service.job(job_id)
    for job_id in admitted:
        assert service.complete(job_id).status_code in {200, 429}
    for job_id in admitted:
        while service.complete(job_id).status_code == 429:
            time.sleep(0.1)
        status = service.ended(job_id)["job"]
        assert status["status"] == "completed" or (status["errorCode"] == "processing_interrupted")
    assert len(admitted) >= 5
    check_journal(service)


def test_leftovers_of_a_killed_upload_are_removed(start: Callable[..., Running]) -> None:
    service = start()
    job_id = service.uploaded()
    folder = service.data / "jobs" / job_id
    (folder / "incoming-0011223344556677").write_bytes(b"half")
    (folder / "work").mkdir()
    (folder / "work" / "half.fbx").write_bytes(b"half")
    service.stop()
    start()
    assert {path.name for path in folder.iterdir()} == {"source.mp4"}


def test_old_files_go_and_the_record_stays(start: Callable[..., Running]) -> None:
    service = start()
    done, draft = service.queued(), service.uploaded()
    service.ended(done)
    url = service.result(done).json()["data"]["outputs"][0]["fbxUrl"]
    service.stop()
    service = start("--keep-days", "30")
    assert service.complete(draft).status_code == 200
    service.ended(draft)
    service.stop()
    service = start("--keep-days", "0")
    assert not list((service.data / "jobs").iterdir())
    assert service.job(done)["job"]["status"] == "completed"
    old = url.partition("/artifacts")
    answer = requests.get(f"{service.url}{old[1]}{old[2]}", timeout=10)
    assert (answer.status_code, code_of(answer)) == (404, "artifact_missing")


def test_a_second_service_on_the_same_folder_is_refused(start: Callable[..., Running]) -> None:
    service = start()
    second = subprocess.run(
        command(service.data),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=REPOSITORY,
    )
    assert second.returncode == 2
    assert "Another service is using the data folder" in second.stderr
    assert "ready" not in second.stdout
    assert service.create().status_code == 200


def test_it_ends_when_its_stdin_closes(tmp_path: Path) -> None:
    running = Running(tmp_path / "data", "--until-stdin-closes", stdin=subprocess.PIPE)
    try:
        time.sleep(0.3)
        assert running.process.poll() is None
        assert running.process.stdin is not None
        running.process.stdin.close()
        assert running.process.wait(timeout=10) == 0
    finally:
        running.kill()


def test_it_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    running = Running(tmp_path / "data", "--parent-pid", str(parent.pid))
    try:
        time.sleep(0.3)
        assert running.process.poll() is None
        parent.kill()  # and not waited for: a zombie counts as gone
        assert running.process.wait(timeout=10) == 0
    finally:
        parent.kill()
        parent.wait()
        running.kill()
