# SPDX-License-Identifier: GPL-3.0-or-later
"""The service as a program of its own, and a client for it that knows no shortcuts."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import requests

from scripts.local_service.journal import Entry
from scripts.local_service.store import Store

from . import fake_processor

REPOSITORY = Path(__file__).resolve().parents[3]
PROCESSOR = "tests.unit.local_service.fake_processor"
TERMINAL = {"completed", "failed", "canceled"}
READY_SECONDS = 30.0


class Running:
    """One service process over the data folder `data`."""

    def __init__(
        self,
        data: Path,
        *options: str,
        stdin: int = subprocess.DEVNULL,
        program: list[str] | None = None,
        patience: float = READY_SECONDS,
    ) -> None:
        self.data = data
        self.process = subprocess.Popen(
            program or command(data, *options),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=data.parent,
            # Notes about running services go beside the data folder, not into the user's own.
            env={
                **os.environ,
                "PYTHONPATH": str(REPOSITORY),
                "XDG_DATA_HOME": str(data.parent / "share"),
            },
            text=True,
        )
        self._log: list[str] = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        timer = threading.Timer(patience, self.process.kill)
        timer.start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        timer.cancel()
        assert line.startswith("ready http://"), (line, self.log)
        self.url = line.removeprefix("ready ").strip()
        self.key = (data / "key").read_text().strip()
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.key}"

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self._log.extend(self.process.stderr)

    @property
    def log(self) -> str:
        return "".join(self._log)

    # Ways to end it.

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=15)
        self._reader.join(5)
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=15)
        self._reader.join(5)
        for stream in (self.process.stdout, self.process.stderr, self.process.stdin):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    # The calls of the contract.

    def create(self, **fields: Any) -> requests.Response:
        body = {"sourceFilename": "clip.mp4", "targetIds": ["default"]} | fields
        body = {name: value for name, value in body.items() if value is not ...}
        return self.session.post(f"{self.url}/api/v1/mocap/jobs", json=body, timeout=20)

    def upload(self, url: str, content: Any) -> requests.Response:
        return requests.put(url, data=content, headers={"Content-Type": "video/mp4"}, timeout=60)

    def complete(self, job_id: str) -> requests.Response:
        address = f"{self.url}/api/v1/mocap/jobs/{job_id}/complete-upload"
        return self.session.post(address, timeout=30)

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.session.get(f"{self.url}/api/v1/mocap/jobs/{job_id}", timeout=20)
        answer.raise_for_status()
        return answer.json()["data"]

    def result(self, job_id: str) -> requests.Response:
        return self.session.get(f"{self.url}/api/v1/mocap/jobs/{job_id}/result", timeout=20)

    # Steps that tests share.

    def uploaded(self, content: bytes | None = None, **fields: Any) -> str:
        """A draft with its video; its id."""
        created = self.create(**fields)
        assert created.status_code == 200, created.text
        made = created.json()["data"]
        content = fake_processor.video() if content is None else content
        answer = self.upload(made["uploadUrl"], content)
        assert answer.status_code == 200, answer.text
        return made["jobId"]

    def queued(self, content: bytes | None = None, **fields: Any) -> str:
        """An admitted job; its id."""
        job_id = self.uploaded(content, **fields)
        answer = self.complete(job_id)
        assert answer.status_code == 200, answer.text
        return job_id

    def ended(self, job_id: str, seconds: float = 30.0) -> dict[str, Any]:
        """The job once it is terminal."""
        return self.until(job_id, TERMINAL, seconds)

    def until(self, job_id: str, statuses: set[str], seconds: float = 30.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            view = self.job(job_id)
            if view["job"]["status"] in statuses:
                return view
            time.sleep(0.05)
        raise AssertionError(f"{job_id} did not become {statuses}: {view}\n{self.log[-3000:]}")

    # What only the owner of the data folder can see.

    def journal(self) -> list[Entry]:
        store = Store(self.data / "jobs.sqlite", time.time)
        try:
            return store.journal()
        finally:
            store.close()

    def balance(self) -> int:
        return sum(entry.amount for entry in self.journal())


def command(data: Path, *options: str) -> list[str]:
    """The command that starts a service with the fake processor."""
    program = [sys.executable, str(REPOSITORY / "scripts" / "local_service")]
    return [*program, "--port", "0", "--data", str(data), "--processor", PROCESSOR, *options]


def code_of(answer: requests.Response) -> str:
    """The error code of an answer; its body is exactly what the contract's readers look for."""
    body = answer.json()
    assert set(body) == {"error"}, body
    assert set(body["error"]) == {"code", "message"}, body
    assert body["error"]["message"].endswith("."), body
    return body["error"]["code"]


def worker_processes(service: Running) -> list[int]:
    """Ids of the worker processes that the service has now."""
    import psutil

    return [child.pid for child in psutil.Process(service.process.pid).children(recursive=True)]


def is_gone(pid: int, seconds: float = 10.0) -> bool:
    """Whether the process ends within a while (a zombie has ended)."""
    import psutil

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False
