# SPDX-License-Identifier: GPL-3.0-or-later
"""`python3 scripts/test.py`: every test that this machine can run.

    --tier unit|blender|package|window   one tier, may be repeated; all of them otherwise
    --blender 4.5                        only with that Blender, may be repeated; releases between
                                         the covered ones (4.3, 4.4, 5.1) run when named
    -k EXPRESSION                        only tests that pytest's -k selects

The tiers with the bpy module run once per Blender version, each in an environment of its own, the
blender tier with a process for each file, the unit tier with one for each folder; four processes
run side by side. What tells a story of
jobs and targets runs on the oldest and the newest Blender, on the others when they are named. A
version whose Python is not installed is skipped with a notice. The last line says `N passed,
N failed, N skipped` over everything; the exit code is 0 only when nothing failed and something
passed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from scripts import build
from scripts.common import console, environments, pytest_runs
from scripts.common.places import REPOSITORY
from scripts.common.pytest_runs import Outcome, Run
from scripts.common.requirements import BETWEEN, BLENDERS

TIERS = ("unit", "blender", "package", "window")
VERSIONS = tuple(one.version for one in BLENDERS)
ON_REQUEST = tuple(one.version for one in BETWEEN)
ENVIRONMENTS = {
    "unit": {"": "unit"},
    "blender": {one.version: one.environment for one in (*BLENDERS, *BETWEEN)},
    "package": {one.version: one.bare_environment for one in (*BLENDERS, *BETWEEN)},
    "window": {"": "unit"},
}
# Generous: a hard end for what hangs, not a measure of speed.
TIMEOUT_SECONDS = {"unit": 900.0, "blender": 900.0, "package": 600.0, "window": 1200.0}
# Tests of jobs, targets and verdicts: they touch Blender through what the other files test on every
# version, and take most of the time.
STORIES = frozenset(
    f"test_{name}.py"
    for name in (
        *("acceptance", "diagnosis", "mannequin", "readiness", "rejecting", "robot"),
        *("strip_moved", "targets"),
    )
)
SIDE_BY_SIDE = 4  # much of their time is waiting: for polls, timers and other processes
RESULTS = REPOSITORY / "build" / "tests"
PACKAGES = REPOSITORY / "build" / "package"
SHOWN_LINES = 200  # of a failed run's output


def main() -> int:
    """Plan the runs, run them, show the table and the closing line."""
    arguments = _arguments()
    began = time.monotonic()
    skipped: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="aimocap-tests-", ignore_cleanup_errors=True) as shared:
        runs = _plan(arguments, skipped, Path(shared))
        outcomes = [*_execute(runs), *skipped]
    _show(outcomes, time.monotonic() - began)
    passed = sum(one.passed for one in outcomes)
    failed = sum(one.failed for one in outcomes)
    if passed + failed == 0:
        console.say("No test was run.")
    console.say(f"{passed} passed, {failed} failed, {sum(one.skipped for one in outcomes)} skipped")
    return 0 if passed and not failed else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the tests that this machine can run.")
    parser.add_argument("--tier", action="append", choices=TIERS, help="one tier; repeatable")
    parser.add_argument(
        "--blender",
        action="append",
        choices=(*VERSIONS, *ON_REQUEST),
        metavar="X.Y",
        help=f"one Blender of {', '.join(VERSIONS)}, or, covered by request only, of"
        f" {', '.join(ON_REQUEST)}; repeatable",
    )
    parser.add_argument("-k", dest="expression", default="", help="pytest's -k")
    return parser.parse_args()


def _plan(arguments: argparse.Namespace, skipped: list[Outcome], shared: Path) -> list[Run]:
    """Make what the runs need (environments, the zips) and list them, the longest first.

    What one of them makes and others use lies in `shared`: byte code (compiling what Blender and
    pytest bring takes 2 s a process), the captures of `tests/captures`, a generated rig.
    """
    tiers = arguments.tier or TIERS
    versions = ("", *(arguments.blender or VERSIONS))
    wanted = [
        (tier, version, name)
        for tier in ("window", "package", "unit", "blender")
        for version, name in ENVIRONMENTS[tier].items()
        if tier in tiers and version in versions
    ]
    variables = {
        "PYTHONPYCACHEPREFIX": str(shared / "bytecode"),
        "AIMOCAP_TEST_SHARED": str(shared),
    }
    if {"package", "window"} & set(tiers):
        build.build(PACKAGES)
        environments.python_of("service")  # the local service's; not to be made in a test's time
        variables["AIMOCAP_TEST_PACKAGES"] = str(PACKAGES)
    runs: list[Run] = []
    for tier, version, name in wanted:
        try:
            python = environments.python_of(name)
        except environments.MissingPythonError as error:
            skipped.append(Outcome(f"{tier} {version}", skipped=1, skip_reasons=(str(error),)))
            continue
        timeout = TIMEOUT_SECONDS[tier]
        run = Run(tier, version, python, timeout, arguments.expression, variables)
        whole = bool(arguments.blender) or version in (VERSIONS[0], VERSIONS[-1])
        runs += [replace(run, part=part) for part in _parts(tier, whole=whole)]
    return runs


def _parts(tier: str, *, whole: bool) -> list[str]:
    """What of a tier has a process to itself: a name each, the longest first; "" is everything.

    Each file in Blender: the module was not made for hundreds of files being opened, memory it has
    freed is used again after a while (4.2 crashes in its own code). Each folder of the unit
    tier, so that they run side by side.
    """
    if tier in ("window", "package"):
        return [""]
    folder = REPOSITORY / "tests" / tier
    lengths: Counter[str] = Counter()
    for path in folder.rglob("test_*.py"):
        lengths[path.relative_to(folder).parts[0]] += path.stat().st_size
    return [name for name, _ in lengths.most_common() if whole or name not in STORIES]


def _execute(runs: list[Run]) -> list[Outcome]:
    """Some at a time; each is said when it ends, with everything it said when it failed."""
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        futures = [pool.submit(pytest_runs.execute, run, RESULTS) for run in runs]
        for future in as_completed(futures):
            outcome = future.result()
            outcomes.append(outcome)
            if outcome.failed:
                console.say(f"\n--- {outcome.label}")
                console.say("\n".join(outcome.output.splitlines()[-SHOWN_LINES:]))
            console.say(_line(outcome))
    groups = list(dict.fromkeys(run.group for run in runs))
    group_of = {run.label: run.group for run in runs}
    return [
        pytest_runs.joined(group, [one for one in outcomes if group_of[one.label] == group])
        for group in groups
    ]


def _line(outcome: Outcome) -> str:
    counts = f"{outcome.passed:6} {outcome.failed:6} {outcome.skipped:7}"
    return f"{outcome.label:<28} {counts} {outcome.seconds:7.1f} s  {outcome.trouble}".rstrip()


def _show(outcomes: list[Outcome], seconds: float) -> None:
    console.say(f"\n{'':<28} {'passed':>6} {'failed':>6} {'skipped':>7}")
    for outcome in outcomes:
        console.say(_line(outcome))
    for outcome in outcomes:
        for reason in outcome.skip_reasons:
            console.say(f"skipped in {outcome.label}: {reason}")
    console.say(f"{seconds:.0f} s with {os.cpu_count()} processors\n")


if __name__ == "__main__":
    console.run(main)
