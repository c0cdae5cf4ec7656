# SPDX-License-Identifier: GPL-3.0-or-later
"""The parent's side of a worker process: start it, listen to it, and end it for good.

Whatever the worker does (answer, crash, hang, eat memory, print, fork), `run` comes back with an
Outcome, and neither the process nor one of its children is left.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from .errors import ErrorCode

_ROOT = Path(__file__).resolve().parents[2]
_LOOK_SECONDS = 0.2
_LONGEST_LINE = 1 << 20
_SECRET_VARIABLES = ("AIMOCAP_KEY",)


@dataclass(frozen=True)
class Limits:
    """What one worker process may take: seconds of wall clock, bytes of resident memory."""

    seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Answered:
    """The worker did its task; `content` is its last line."""

    content: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """The worker ended without a product: its own failure, or what we know of its end."""

    code: str
    message: str


@dataclass(frozen=True)
class Stopped:
    """We ended the worker because the service stops."""


Outcome = Answered | Refused | Stopped


def run(
    task: dict[str, Any],
    limits: Limits,
    log: Path,
    stop: threading.Event,
    progress: Callable[[str, float], None] | None = None,
) -> Outcome:
    """Do `task` in a new process; its output is kept in the file `log`."""
    with log.open("ab") as log_file:
        process = _start(log_file)
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=1000)
    reader = threading.Thread(target=_read_lines, args=(process, lines), daemon=True)
    reader.start()
    try:
        message = json.dumps(task | {"memory_limit": limits.memory_bytes}) + "\n"
        try:
            assert process.stdin is not None
            process.stdin.write(message.encode())
            process.stdin.flush()
        except OSError:
            return _ended(process)
        return _listen(process, lines, limits, stop, progress)
    finally:
        _end(process)


def _start(log_file: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {
        name: value for name, value in os.environ.items() if name not in _SECRET_VARIABLES
    }
    paths = [str(_ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log_file,
        cwd=_ROOT,
        env=environment,
        # A group of its own: Ctrl+C in the terminal is for the service, which ends its workers.
        start_new_session=os.name == "posix",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _read_lines(process: subprocess.Popen[bytes], lines: queue.Queue[bytes | None]) -> None:
    assert process.stdout is not None
    try:
        while line := process.stdout.readline(_LONGEST_LINE):
            lines.put(line)
    except (OSError, ValueError):
        pass  # closed by us
    lines.put(None)


def _listen(
    process: subprocess.Popen[bytes],
    lines: queue.Queue[bytes | None],
    limits: Limits,
    stop: threading.Event,
    progress: Callable[[str, float], None] | None,
) -> Outcome:
    deadline = time.monotonic() + limits.seconds
    look_at = 0.0
    while True:
        now = time.monotonic()
        if stop.is_set():
            return Stopped()
        if now >= deadline:
            return Refused(
                ErrorCode.PROCESSING_TIMEOUT,
                f"Processing took longer than {limits.seconds:g} s and was stopped.",
            )
        if now >= look_at:
            if _resident_bytes(process.pid) > limits.memory_bytes:
                return _too_much_memory(limits)
            look_at = now + _LOOK_SECONDS
        try:
            line = lines.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            return _ended(process)
        outcome = _understood(line, limits, progress)
        if outcome is not None:
            return outcome


def _understood(
    line: bytes, limits: Limits, progress: Callable[[str, float], None] | None
) -> Outcome | None:
    """The outcome a line brings, if it is the last one."""
    try:
        content = json.loads(line)
        kind = content["kind"]
        if kind == "progress":
            if progress is not None:
                progress(str(content["stage"])[:100], min(1.0, max(0.0, content["fraction"])))
            return None
        if kind == "failed" and content["code"] == ErrorCode.PROCESSING_OUT_OF_MEMORY:
            return _too_much_memory(limits)
        if kind == "failed":
            return Refused(content["code"][:100], content["message"][:1000])
        return Answered(content)
    except (ValueError, KeyError, TypeError):
        return Refused(ErrorCode.PROCESSING_CRASHED, "The worker process spoke nonsense.")


def _too_much_memory(limits: Limits) -> Refused:
    return Refused(
        ErrorCode.PROCESSING_OUT_OF_MEMORY,
        f"Processing needed more than {limits.memory_bytes // 1024**2} MiB and was stopped.",
    )


def _ended(process: subprocess.Popen[bytes]) -> Outcome:
    """The worker is gone without a last line."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return Refused(ErrorCode.PROCESSING_CRASHED, "The worker process fell silent.")
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    return Refused(ErrorCode.PROCESSING_CRASHED, f"The worker process {how}.")


def _resident_bytes(pid: int) -> int:
    """Resident memory of a process and all its children; 0 when it is gone."""
    total = 0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.Error:
        pass
    return total


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the worker and its children, and close what belonged to it."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        children = []
    if os.name == "posix":
        # Children that outlived the worker are no longer found by parentage, but by their group.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for child in children:
        with suppress(psutil.Error):
            child.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
