# SPDX-License-Identifier: GPL-3.0-or-later
"""One pytest process: started with a clean environment, ended in time, counted from its report.

The JUnit file is the only source of numbers. A process that is stopped, crashes or writes no
report counts as one failure more than what it reported: silence is never success.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from .places import REPOSITORY

NO_TESTS_COLLECTED = 5  # pytest's exit code
ENDING_SECONDS = 10  # between asking a process to stop and killing it


@dataclass(frozen=True)
class Run:
    """What to run: a tier, the Blender it is for ("" when none) and the interpreter to use.

    `part` is one file or folder of the tier's tests; "" stands for all of them in one process.
    """

    tier: str
    blender: str
    python: Path
    timeout_seconds: float
    expression: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    part: str = ""

    @property
    def group(self) -> str:
        """The row of the table it is counted in: "blender 4.5"."""
        return f"{self.tier} {self.blender}".strip()

    @property
    def label(self) -> str:
        """The group, and the noun of the part: "blender 4.5 strips"."""
        noun = Path(self.part).stem.removeprefix("test_").replace("_", "-")
        return f"{self.group} {noun}".strip()

    @property
    def tests(self) -> str:
        """The path pytest is given."""
        return f"tests/{self.tier}/{self.part}".rstrip("/")


@dataclass(frozen=True)
class Outcome:
    """What came of a run: counts, what failed and why tests were skipped, and the whole output.

    trouble  why the process as a whole failed, "" when it did not
    """

    label: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    trouble: str = ""
    skip_reasons: tuple[str, ...] = ()
    output: str = ""

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.skipped


def joined(label: str, parts: Sequence[Outcome]) -> Outcome:
    """Several outcomes as one: counts and seconds added, every trouble and reason kept."""
    return Outcome(
        label,
        passed=sum(part.passed for part in parts),
        failed=sum(part.failed for part in parts),
        skipped=sum(part.skipped for part in parts),
        seconds=sum(part.seconds for part in parts),
        trouble="; ".join(f"{part.label}: {part.trouble}" for part in parts if part.trouble),
        skip_reasons=tuple(dict.fromkeys(reason for part in parts for reason in part.skip_reasons)),
        output="\n".join(part.output for part in parts),
    )


def execute(run: Run, results: Path) -> Outcome:
    """Run one tier's tests to the end or to the timeout; `results` receives report and output."""
    results.mkdir(parents=True, exist_ok=True)
    stem = run.label.replace(" ", "-")
    report, log = results / f"{stem}.xml", results / f"{stem}.log"
    report.unlink(missing_ok=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="aimocap-test-", ignore_cleanup_errors=True) as place,
        log.open("wb") as output,
    ):
        process = _start(run, report, Path(place), output)
        timed_out = _wait(process, run.timeout_seconds)
    seconds = time.monotonic() - began
    trouble = _trouble(run, process.returncode, timed_out, report.is_file())
    return _outcome(run, report, log, seconds, trouble)


def _start(run: Run, report: Path, place: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [str(run.python), "-m", "pytest", run.tests, "-q", "--color=no"]
    command += [
        f"--junit-xml={report}",
        f"--basetemp={place / 'pytest'}",
        "-o",
        "cache_dir=" + str(place),
    ]
    command += ["--durations=15", "--durations-min=2"]
    if run.expression:
        command += ["-k", run.expression]
    variables = {
        **os.environ,
        "PYTHONFAULTHANDLER": "1",
        "PYTHONUNBUFFERED": "1",
        "BLENDER_USER_RESOURCES": str(place / "blender"),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place)),
        **run.variables,
    }
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        variables.pop(name, None)
    (place / "blender").mkdir()
    return subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], timeout_seconds: float) -> bool:
    """Wait for the end; past the timeout stop it and whatever it started. True when stopped."""
    try:
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return True
    except BaseException:
        _end(process)
        raise
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        process.wait()
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, sign)
        try:
            process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _trouble(run: Run, code: int, timed_out: bool, reported: bool) -> str:
    """Why the process as a whole failed, "" when its report says everything."""
    if timed_out:
        return f"stopped after {run.timeout_seconds:.0f} s"
    if code < 0:
        return f"ended by signal {-code}"
    if not reported:
        return f"ended with code {code} and no report"
    if code == NO_TESTS_COLLECTED:
        return "" if run.expression else "no test was found"
    if code not in (0, 1):
        return f"ended with code {code}"
    return ""


def _outcome(run: Run, report: Path, log: Path, seconds: float, trouble: str) -> Outcome:
    output = log.read_text("utf-8", errors="replace")
    total = failed = skipped = 0
    reasons: list[str] = []
    if report.is_file():
        try:
            tree = ElementTree.parse(report)  # noqa: S314 - written by our own process
        except ElementTree.ParseError:
            trouble = trouble or "its report is not whole"
        else:
            for suite in tree.iter("testsuite"):
                total += int(suite.get("tests", 0))
                failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped += int(suite.get("skipped", 0))
            reasons = [one.get("message", "") for one in tree.iter("skipped")]
    return Outcome(
        run.label,
        passed=max(total - failed - skipped, 0),
        failed=failed + bool(trouble),
        skipped=skipped,
        seconds=seconds,
        trouble=trouble,
        skip_reasons=tuple(dict.fromkeys(reasons)),
        output=output,
    )
