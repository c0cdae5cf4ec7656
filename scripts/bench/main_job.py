# SPDX-License-Identifier: GPL-3.0-or-later
"""What the main job costs Blender's main thread: every tick while it runs, and the apply step.

A clip of 64 MB goes to the tests' loopback service and a motion of 300 frames and 65 bones comes
back; the ticks are those the modal operator takes. The apply step is set beside Blender's own
importer on the same file, in the same run. Needs the bpy module.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="aimocap-bench-"))

import bpy
import numpy as np

from aimocap_blender.bridge import fbx, session
from scripts.bench import full_list
from scripts.bench.retarget.puppets import act, puppet
from scripts.bench.retarget.speed import FPS, SOURCE, TARGET, long_walk
from scripts.bench.spot_checks.rigs import actors
from scripts.common.console import hushed, say
from tests.blender.movies import numbered_movie
from tests.fake_service import FakeService

FRAMES = 300
CLIP_BYTES = 64 * 1024 * 1024
ROUNDS = 3
JOB_SECONDS = 120.0


def main() -> int:
    """Run the job, time it, show and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="one round of the apply step")
    arguments = parser.parse_args()
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="aimocap-bench-") as folder:
        figures = _measure(Path(folder), 1 if arguments.quick else ROUNDS)
    say(f"ticks while the job runs   {figures['ticks']}")
    for name in ("tick_ms_median", "tick_ms_p99", "tick_ms_max"):
        say(f"{name:<26} {figures[name]:.2f}")
    for name in ("importer_cpu_seconds", "apply_cpu_seconds", "beyond_importer_cpu_seconds"):
        say(f"{name:<26} {figures[name]:.3f}")
    say(f"with {full_list.JOBS} jobs in the ledger, {full_list.OPEN_JOBS} open")
    for name, value in figures["full_list"].items():
        say(f"{name:<26} {value:.3f}")
    arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _measure(folder: Path, rounds: int) -> dict[str, Any]:
    motion, target = _motion_file(folder / "motion.fbx"), _target()
    with FakeService(fbx=motion.read_bytes(), statuses=("processing", "completed")) as service:
        _add_clip(folder / "clip.mp4")
        _enable(service, folder / "jobs", target)
        ticks = _ticks_of_a_job()
        current = session.current()
        (job,) = current.desk.jobs()
        context = bpy.context
        applying = min(_cpu(lambda: current.apply(context, job.local_id)) for _ in range(rounds))
        importing = min(_cpu(lambda: _import_alone(motion)) for _ in range(rounds))
        session.close()
        _use_folder(folder / "many")
        listing = full_list.measure(folder / "many", service)
    milliseconds = 1000.0 * np.array(ticks)
    return {
        "blender": bpy.app.version_string,
        "ticks": len(ticks),
        "tick_ms_median": float(np.median(milliseconds)),
        "tick_ms_p99": float(np.percentile(milliseconds, 99)),
        "tick_ms_max": float(milliseconds.max()),
        "importer_cpu_seconds": importing,
        "apply_cpu_seconds": applying,
        "beyond_importer_cpu_seconds": applying - importing,
        "full_list": listing,
    }


def _motion_file(path: Path) -> Path:
    """A walk of FRAMES frames on a rig of 65 bones as an FBX file; the rig is removed again."""
    actor = actors()[SOURCE]
    bpy.context.scene.render.fps = round(FPS)
    source = puppet("Source", actor.body.skeleton, actor.world)
    act(source, long_walk(actor, FRAMES), like_importers=True)
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, FRAMES
    with hushed():
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            object_types={"ARMATURE"},
            bake_anim_use_all_actions=False,
            bake_anim_use_nla_strips=False,
            bake_anim_simplify_factor=0.0,
            add_leaf_bones=False,
        )
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


def _target() -> bpy.types.Object:
    actor = actors()[TARGET]
    return puppet("Target", actor.body.skeleton, actor.world)


def _add_clip(path: Path) -> None:
    """A movie of CLIP_BYTES: a short one with a `free` box behind it, which players pass over."""
    numbered_movie(path, frames=60)
    with path.open("ab") as stream:
        stream.write(struct.pack(">I4s", CLIP_BYTES, b"free"))
        stream.write(bytes(CLIP_BYTES - 8))
    scene = bpy.context.scene
    scene.render.fps = round(FPS)
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    editor.active_strip = strips.new_movie("clip", str(path), 1, 1)
    if hasattr(bpy.context.workspace, "sequencer_scene"):  # from 5.0 on
        bpy.context.workspace.sequencer_scene = scene


def _enable(service: FakeService, jobs: Path, target: bpy.types.Object) -> None:
    import addon_utils

    os.environ["AIMOCAP_LOCAL_KEY"] = service.key
    addon_utils.enable("aimocap_blender", default_set=True)
    preferences = bpy.context.preferences.addons["aimocap_blender"].preferences
    preferences.service, preferences.local_address = "LOCAL", service.base_url
    preferences.auto_import = False
    _use_folder(jobs)
    bpy.context.scene.aimocap.armature = target


def _use_folder(jobs: Path) -> None:
    bpy.context.preferences.addons["aimocap_blender"].preferences.results_folder = str(jobs)


def _ticks_of_a_job() -> list[float]:
    """Seconds of every step from the press of the button to the motion on disk."""
    current = session.current()
    bpy.ops.aimocap.submit_strip()  # type: ignore[attr-defined]
    seconds: list[float] = []
    deadline = time.monotonic() + JOB_SECONDS
    while current.desk.jobs()[0].state.value != "ready":
        if time.monotonic() > deadline:
            raise TimeoutError(f"the job is still {current.desk.jobs()[0].state.value}")
        began = time.perf_counter()
        current.step(bpy.context)
        seconds.append(time.perf_counter() - began)
        time.sleep(0.01)
    return seconds


def _import_alone(path: Path) -> None:
    """Blender's own importer, on the same file; what it leaves behind is not cleaned up."""
    with hushed():
        if fbx.has_operator(bpy.ops.wm, "fbx_import"):
            bpy.ops.wm.fbx_import(filepath=str(path))
        else:
            bpy.ops.import_scene.fbx(filepath=str(path))


def _cpu(step: Callable[[], object]) -> float:
    began = time.process_time()
    step()
    return time.process_time() - began


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Blender 4.5 hangs at exit while a class is registered
