# SPDX-License-Identifier: GPL-3.0-or-later
"""`python3 scripts/check.py`: everything that can be said about the code without running it.

Format and lint (ruff), layers (import-linter), types (mypy), and what the texts may not hold:
see `scripts/common/texts.py`. Every step runs, also after a failure; the exit code is 0 only when
all passed. `--fix` lets ruff repair what it can first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from scripts.common import console, environments, texts
from scripts.common.places import REPOSITORY

STEP_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Finding:
    """What a step found: nothing to complain about, or its complaints as text."""

    passed: bool
    text: str = ""


def main() -> int:
    """Run every step, then show the complaints of those that failed."""
    parser = argparse.ArgumentParser(description="Format, lint, layers, types and texts.")
    parser.add_argument("--fix", action="store_true", help="let ruff format and repair first")
    arguments = parser.parse_args()
    tools = environments.python_of("lint").parent
    if arguments.fix:
        _tool(tools, "ruff", "check", "--fix", "--quiet", ".")
        _tool(tools, "ruff", "format", "--quiet", ".")
    steps: dict[str, Callable[[], Finding]] = {
        "format": lambda: _tool(tools, "ruff", "format", "--check", "."),
        "lint": lambda: _tool(tools, "ruff", "check", "."),
        "layers": lambda: _tool(tools, "lint-imports", "--no-cache"),
        "types": lambda: _tool(tools, "mypy"),
        "texts": _texts,
    }
    failures = {
        name: found for name, step in steps.items() if not (found := _timed(name, step)).passed
    }
    for name, found in failures.items():
        console.say(f"\n--- {name}\n{found.text}")
    console.say(f"\n{len(steps) - len(failures)} of {len(steps)} checks passed")
    return 1 if failures else 0


def _timed(name: str, step: Callable[[], Finding]) -> Finding:
    began = time.monotonic()
    found = step()
    verdict = "ok" if found.passed else "FAILED"
    console.say(f"{name:<8} {verdict:<7} {time.monotonic() - began:5.1f} s")
    return found


def _tool(tools: Path, name: str, *arguments: str) -> Finding:
    """Run a program of the lint environment in the repository."""
    try:
        done = subprocess.run(
            [str(tools / name), *arguments],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding(False, f"{name} was stopped after {STEP_TIMEOUT_SECONDS} s.")
    return Finding(done.returncode == 0, done.stdout.strip())


def _texts() -> Finding:
    complaints = texts.complaints(texts.repository_files())
    return Finding(not complaints, "\n".join(complaints))


if __name__ == "__main__":
    console.run(main)
