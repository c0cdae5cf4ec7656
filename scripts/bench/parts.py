# SPDX-License-Identifier: GPL-3.0-or-later
"""Which parts the benchmark has, where each runs, and how their figures come together.

A part is a module run as `python -m MODULE --json FILE [--quick]`. It prints its tables and writes
its figures to the file; what it measures is its own affair.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common import console, environments
from scripts.common.places import REPOSITORY

TIMEOUT_SECONDS = 3600.0


@dataclass(frozen=True)
class Part:
    """A part of the benchmark.

    module        what is run
    environments  names in `common.requirements`; "{}" stands for a Blender's version
    blenders      the Blenders it is measured with unless others are asked for
    """

    module: str
    environment: str
    blenders: tuple[str, ...] = ("",)
    about: str = ""


PARTS = {
    "job": Part(
        "scripts.bench.main_job", "bpy-{}", ("4.5",), "the main thread while a job runs, and apply"
    ),
    "retarget": Part(
        "scripts.bench.retarget", "bpy-{}", ("4.5", "5.0"), "speed and quality of retargeting"
    ),
    "checks": Part("scripts.bench.spot_checks", "unit", about="sensitivity of the spot checks"),
    "faults": Part("scripts.bench.faults", "unit", about="jobs under kills and faults, at size"),
}


def main() -> int:
    """Run the chosen parts one after the other; 0 when all of them ran."""
    arguments = _arguments()
    chosen = [name for name in PARTS if getattr(arguments, name)] or list(PARTS)
    report: dict[str, Any] = {"machine": platform.machine(), "python": platform.python_version()}
    failed = []
    for name in chosen:
        part = PARTS[name]
        versions = arguments.blender if arguments.blender and part.blenders != ("",) else None
        for version in versions or part.blenders:
            label = f"{name} {version}".strip()
            console.say(f"\n== {label}: {part.about}")
            figures = _run(part, version, _choices(name, arguments))
            if figures is None:
                failed.append(label)
            else:
                report[label] = figures
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        console.say(f"\nWritten to {arguments.json}")
    for label in failed:
        console.say(f"{label} did not run to its end")
    return 1 if failed else 0


def _choices(name: str, arguments: argparse.Namespace) -> list[str]:
    """The arguments that are handed on to a part."""
    chosen = ["--quick"] if arguments.quick else []
    if name == "retarget" and arguments.pictures is not None:
        chosen += ["--pictures", str(arguments.pictures.absolute())]
    return chosen


def _run(part: Part, version: str, choices: list[str]) -> Any | None:
    """The figures of one run; None when the program failed (its words are on the screen)."""
    python = environments.python_of(part.environment.format(version))
    with tempfile.TemporaryDirectory(prefix="aimocap-bench-") as folder:
        path = Path(folder, "figures.json")
        command = [str(python), "-m", part.module, "--json", str(path), *choices]
        done = subprocess.run(command, cwd=REPOSITORY, timeout=TIMEOUT_SECONDS, check=False)
        if done.returncode != 0 or not path.is_file():
            return None
        return json.loads(path.read_text(encoding="utf-8"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench.py", description="Measure.")
    for name, part in PARTS.items():
        parser.add_argument(f"--{name}", action="store_true", help=part.about)
    parser.add_argument("--blender", action="append", metavar="X.Y", help="the Blender to use")
    parser.add_argument("--quick", action="store_true", help="fewer frames and pairs")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="only draw the six pairs (with --retarget)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    return parser.parse_args(sys.argv[1:])
