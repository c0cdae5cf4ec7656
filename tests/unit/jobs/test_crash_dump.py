# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that crashes while it sends: dump, files and command line hold no secret."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.fake_service import FakeService, stall

_PROGRAM = """
import faulthandler, os, sys, traceback
from pathlib import Path
from tests.unit.jobs.driving import Driver, request_for
from tests.unit.jobs.kills import RemoteService

faulthandler.enable(open("crash.txt", "w"), all_threads=True)
folder, base_url = sys.argv[1:]
driver = Driver(Path(folder, "jobs"), RemoteService(base_url, os.environ["AIMOCAP_KEY"]))
driver.desk.submit(request_for(driver.service, Path(folder, "clip.mp4")), driver.now)
while True:
    driver.step()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process otherwise there")
@pytest.mark.parametrize("step", ["upload", "complete", "download"])
def test_a_crash_in_the_middle_leaves_no_secret_behind(tmp_path: Path, step: str) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"frames" * 40_000)
    with FakeService(statuses=("completed",)) as service:
        service.fail_always(step, stall(30.0))  # type: ignore[arg-type]
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(tmp_path), service.base_url],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "AIMOCAP_KEY": service.key},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 30.0
            while not service.count(step) and time.monotonic() < deadline:  # type: ignore[arg-type]
                time.sleep(0.01)
            command = _command_line(process.pid)
            process.send_signal(signal.SIGSEGV)
            told, _ = process.communicate(timeout=30)
        finally:
            process.kill()
        assert service.count(step), told.decode()  # type: ignore[arg-type]
    blobs = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert b"Thread" in (tmp_path / "crash.txt").read_bytes(), "it did crash, and say where"
    for secret in service.secrets:
        assert not any(secret.encode() in blob for blob in [*blobs, told, command]), secret


def _command_line(pid: int) -> bytes:
    """What the process list shows of it."""
    path = Path(f"/proc/{pid}/cmdline")
    if path.exists():
        return path.read_bytes()
    command = ["ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, check=False).stdout
