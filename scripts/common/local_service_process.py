# SPDX-License-Identifier: GPL-3.0-or-later
"""The local service as a child process: started on a free port, gone when its user is."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .console import ScriptError
from .places import REPOSITORY

READY_WORD = "ready "
START_SECONDS = 900.0  # the first start makes an environment and fetches the models
STOP_SECONDS = 20.0
LOG_LINES = 15


@dataclass(frozen=True)
class RunningService:
    """Where it listens and the key it takes."""

    url: str
    key: str = field(repr=False)
    data: Path
    process: subprocess.Popen[str]


@contextmanager
def running_service(
    data: Path, *options: str, python: Path | None = None
) -> Iterator[RunningService]:
    """A local service with its files in `data`; stopped at the end, whatever happens.

    `options` go to the service as they are. Raises ScriptError with the end of its log when it
    does not come up.
    """
    data.mkdir(parents=True, exist_ok=True)
    log = data / "service.log"
    command = [
        str(python or sys.executable), str(REPOSITORY / "scripts" / "local_service"),
        "--port", "0", "--data", str(data), *options,
    ]  # fmt: skip
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            url = _wait_until_ready(process, log)
            key = (data / "key").read_text(encoding="utf-8").strip()
            yield RunningService(url, key, data, process)
        finally:
            _stop(process)


def _wait_until_ready(process: subprocess.Popen[str], log: Path) -> str:
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            if process.poll() is not None:
                raise ScriptError(
                    f"The local service ended with code {process.returncode} before it was "
                    f"ready.\n{_tail(log)}"
                ) from None
            continue
        if line.startswith(READY_WORD):
            return line.removeprefix(READY_WORD).strip()
    raise ScriptError(f"The local service was not ready in time.\n{_tail(log)}")


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Read its output to the end, so that it never waits for a reader."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_LINES:])
