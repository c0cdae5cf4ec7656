# SPDX-License-Identifier: GPL-3.0-or-later
"""The retarget part of the benchmark as a program: needs the bpy module."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="aimocap-bench-"))

import bpy
import numpy as np

from scripts.common.console import say

from . import kit, pictures, quality, real_files, speed
from .measures import Row

LENGTHS = (3_000, 10_000)
QUICK_LENGTHS = (1_000,)


def main() -> int:
    """Measure, show, and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    logging.disable(logging.INFO)
    if arguments.pictures is not None:
        say(f"Drawn into {pictures.make(arguments.pictures)}")
        arguments.json.write_text("{}\n", encoding="utf-8")
        return 0
    speeds = [speed.measure(frames) for frames in (QUICK_LENGTHS if arguments.quick else LENGTHS)]
    _show_speeds(speeds)
    rows = list(quality.rows(quick=arguments.quick))
    _show_rows(rows)
    real = _real_rows(quick=arguments.quick)
    clips = _kit_rows(quick=arguments.quick)
    figures = {
        "blender": bpy.app.version_string,
        "speed": [asdict(one) for one in speeds],
        "quality": [asdict(row) for row in rows],
        "real_files": [asdict(row) for row in real],
        "kit": [asdict(row) for row in clips],
    }
    arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _real_rows(*, quick: bool) -> list[Row]:
    """The rows of files by others; none, and why, where they are not there."""
    if gone := real_files.missing():
        say(f"\nReal files: skipped, not beside this checkout: {', '.join(gone)}")
        return []
    rows = list(real_files.rows(quick=quick))
    _show_rows(rows)
    return rows


def _kit_rows(*, quick: bool) -> list[Row]:
    """The rows of a whole game kit, where it is there; only how many keep each limit is shown."""
    if real_files.missing():
        return []
    rows = list(kit.rows(quick=quick))
    counts = ", ".join(f"{name} {count}" for name, count in kit.kept(rows).items())
    say(f"\nOf {len(rows)} retargets of a game kit onto rigs of people keep the limit: {counts}")
    return rows


def _show_speeds(speeds: list[speed.Speed]) -> None:
    say(f"\nBlender {bpy.app.version_string}: CPU seconds for read, map, solve (feet on), write")
    say(f"frames   bones     ours   memory  {''.join(f'{way:>25}' for way in speed.BAKES)}")
    for one in speeds:
        baked = "".join(f"{_beside(one.bakes.get(way), one.ours):>25}" for way in speed.BAKES)
        say(
            f"{one.frames:6d}  {one.source_bones:3d}>{one.target_bones:<3d} {one.ours:7.2f}"
            f"  {one.memory / 1024**2:4.0f} MiB {baked}"
        )
    for one in speeds:
        parts = ", ".join(f"{stage} {seconds:.3f}" for stage, seconds in one.stages.items())
        say(f"{one.frames:6d}  of which {parts}")


def _beside(seconds: float | None, ours: float) -> str:
    return "-" if seconds is None else f"{seconds:7.1f} ({seconds / ours:4.0f} x)"


def _show_rows(rows: list[Row]) -> None:
    say("\nDegrees against the source; toe speed (source > target) in cm/s, toe height in cm, at")
    say("leg length 0.9 m; root in per cent of the leg; step: degrees over the source's largest")
    say(
        f"{'pair':44} feet {'limbs':>6} {'arms':>6} {'legs':>6} {'max':>6} {'twist':>6} "
        f"{'root':>6} {'toe speed':>13} {'height':>6} {'step':>6}"
    )
    for row in rows:
        say(
            f"{_pair(row)[:44]:44} "
            f"{'on ' if row.feet_on else 'off'}  {row.limbs_mean:6.2f} {row.arms_mean:6.2f} "
            f"{row.legs_mean:6.2f} {row.legs_max:6.1f} {row.twist_mean:6.2f} "
            f"{row.root_per_cent:6.2f} {row.speed_source:5.1f} > {row.speed_target:5.1f} "
            f"{row.height_error:6.2f} {row.step_over_source:6.1f}"
        )
    for feet_on in (False, True):
        chosen = [row for row in rows if row.feet_on is feet_on]
        word = "on" if feet_on else "off"
        say(
            f"all {len(chosen)} with feet {word}: "
            f"limbs {np.mean([r.limbs_mean for r in chosen]):.3f}, "
            f"legs {np.mean([r.legs_mean for r in chosen]):.2f} "
            f"(max {max(r.legs_max for r in chosen):.1f}), "
            f"twist {np.mean([r.twist_mean for r in chosen]):.2f}, "
            f"height {np.nanmean([r.height_error for r in chosen]):.2f} cm"
        )


def _pair(row: Row) -> str:
    return f"{row.source} > {row.target}" + (f", {row.motion}" if row.motion else "")


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Blender 4.2 and 4.5 do not always leave by themselves
