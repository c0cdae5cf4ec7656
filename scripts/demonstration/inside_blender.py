# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's part inside Blender: what a user does, step by step, through the extension's buttons.

Run as a module with one JSON argument (see `Order`). Ends the process itself: Blender 4.5 hangs
at exit when a class is still registered.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import bpy

from aimocap_blender.bridge import compat, session
from aimocap_blender.jobs.job import Job, JobState
from aimocap_blender.jobs.views import JobView
from scripts.common import console
from scripts.common.places import REPOSITORY

from . import characters, contact_sheet, verdicts

ADDON = "aimocap_blender"
JOB_SECONDS = 3000.0


@dataclass(frozen=True)
class Order:
    """What the launcher asks for. `trim` is in seconds of the video."""

    video: Path
    trim: tuple[float, float] | None
    armature: Path | None
    out: Path
    service_url: str


def main(order: Order) -> int:
    """Scene, strip, button, job, motion, pictures, report."""
    stages: dict[str, float] = {}
    with _timed(stages, "scene"):
        scene = _scene()
        _enable(order)
        strip = _add_strip(scene, order)
        armature = characters.add(order.armature)
        scene.aimocap.armature = armature
        scene.aimocap.target = "default"
    before = (scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end)
    with _timed(stages, "job"):
        job = _run_job()
    unchanged = before == (
        scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end,
    )  # fmt: skip
    with _timed(stages, "pictures"):
        sheet = contact_sheet.make(scene, armature, job.request, order.out / "contact-sheet.png")
    with _timed(stages, "saving"):
        bpy.ops.wm.save_as_mainfile(filepath=str(order.out / "result.blend"), check_existing=False)
    checks = verdicts.of(scene, armature, strip, job, unchanged)
    report = _report(order, scene, armature, job, checks, stages, sheet)
    (order.out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for check in checks:
        console.say(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.seen}")
    return 0


def _scene() -> bpy.types.Scene:
    scene = bpy.context.scene
    assert scene is not None
    return scene


def _enable(order: Order) -> None:
    """Turn the extension on from source and point it at the local service."""
    import addon_utils  # a part of bpy: only there once bpy is imported

    sys.path.insert(0, str(REPOSITORY))
    if addon_utils.enable(ADDON, default_set=True) is None:
        raise console.ScriptError("The extension could not be enabled.")
    preferences = bpy.context.preferences.addons[ADDON].preferences
    preferences.service = "LOCAL"
    preferences.local_address = order.service_url
    preferences.results_folder = str(order.out / "jobs")


def _add_strip(scene: bpy.types.Scene, order: Order) -> bpy.types.Strip:
    """The video as a movie strip, in a scene at the video's rate, cut to the trim."""
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    if hasattr(bpy.context.workspace, "sequencer_scene"):  # 5.0 and later: what the Sequencer shows
        bpy.context.workspace.sequencer_scene = scene
    strip = strips.new_movie(order.video.stem, str(order.video), 1, 1)
    fps = strip.fps
    if fps <= 0:
        raise console.ScriptError(f"Blender can't read {order.video.name} as a movie.")
    scene.render.fps = max(1, round(fps))
    scene.render.fps_base = round(fps) / fps
    strips.remove(strip)
    strip = strips.new_movie(order.video.stem, str(order.video), 1, 1)
    editor.active_strip = strip
    if order.trim:
        start, end = (1 + round(seconds * fps) for seconds in order.trim)
        last = compat.strip_times(strip).right_handle
        if start >= last:
            raise console.ScriptError(f"{order.video.name} ends before the trim begins.")
        renamed = hasattr(strip, "right_handle")  # from 5.2 on
        setattr(strip, "right_handle" if renamed else "frame_final_end", min(end, last))
        setattr(strip, "left_handle" if renamed else "frame_final_start", start)
    times = compat.strip_times(strip)
    scene.frame_start, scene.frame_end = times.left_handle, times.right_handle - 1
    if hasattr(bpy.context.workspace, "sequencer_scene"):  # from 5.0 on: what the Sequencer shows
        bpy.context.workspace.sequencer_scene = scene
    return strip


def _run_job() -> Job:
    """Press the button and follow the job to its end; ScriptError with its sentence otherwise."""
    try:
        bpy.ops.aimocap.submit_strip()
    except RuntimeError as error:
        raise console.ScriptError(str(error).strip()) from error
    current = session.current()
    local_id = current.desk.jobs()[0].local_id
    with console.ProgressBar("Capturing") as bar:

        def show(following: session.Session) -> None:
            view = following.view(local_id)
            if view is not None:
                bar.show(_fraction(view), view.line)

        current.run_until_idle(bpy.context, timeout_seconds=JOB_SECONDS, on_step=show)
        show(current)
    job = current.desk.job(local_id)
    if job.state is not JobState.APPLIED:
        view = current.view(local_id)
        told = f"{view.line}. {view.remedy}" if view else job.state.value
        raise console.ScriptError(
            f"The job did not get onto the armature. {told} {job.waiting_reason}".strip()
        )
    return job


_STARTS = {
    "checking": 0.0, "creating": 0.02, "uploading": 0.04, "completing": 0.1, "queued": 0.12,
    "processing": 0.15, "fetching": 0.9, "ready": 0.97, "applied": 1.0,
}  # fmt: skip


def _fraction(view: JobView) -> float:
    """How far a job is, roughly: the state's share, and within it what is measured."""
    names = list(_STARTS)
    if view.state.value not in _STARTS:
        return 0.0
    begin = _STARTS[view.state.value]
    following = names[names.index(view.state.value) + 1 :]
    end = _STARTS[following[0]] if following else 1.0
    return begin + (end - begin) * (view.progress or 0.0)


def _report(
    order: Order,
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    job: Job,
    checks: list[verdicts.Verdict],
    stages: dict[str, float],
    sheet: list[int],
) -> dict[str, object]:
    """What happened, as plain data; paths relative to the folder."""
    request = job.request
    action = armature.animation_data.action
    began = job.started_wall_seconds
    return {
        "job_id": job.remote_id,
        "video": request.clip_name,
        "video_sha256": job.clip_sha256,
        "target": request.target_id,
        "target_version": job.target_version or "unknown",
        "trim_seconds": [request.trim_start_seconds, request.trim_end_seconds],
        "scene_fps": scene.render.fps / scene.render.fps_base,
        "export_fps": request.export_fps,
        "mocap_type": request.mocap_type,
        "armature": armature.name,
        "action": action.name,
        "frames": [int(frame) for frame in action.frame_range],
        "statuses": [
            {"state": note.state.value, "seconds": round(note.wall_seconds - began, 2),
             "words": note.words}
            for note in job.history
        ],
        "stages_seconds": {name: round(seconds, 2) for name, seconds in stages.items()},
        "artifacts": [
            {"kind": item.kind, "path": os.path.relpath(item.path, order.out),
             "sha256": item.sha256, "bytes": item.bytes}
            for item in job.artifacts
        ],
        "custom_properties": {
            key: value for key, value in action.items() if key.startswith("aimocap_")
        },
        "checks": [check.as_dict() for check in checks],
        "contact_sheet": {"path": "contact-sheet.png", "frames": sheet},
        "blender": bpy.app.version_string,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


@contextmanager
def _timed(into: dict[str, float], name: str) -> Iterator[None]:
    """Note under a name how many seconds the block took."""
    began = time.monotonic()
    yield
    into[name] = time.monotonic() - began


def _order(text: str) -> Order:
    given = json.loads(text)
    return Order(
        video=Path(given["video"]),
        trim=tuple(given["trim"]) if given["trim"] else None,
        armature=Path(given["armature"]) if given["armature"] else None,
        out=Path(given["out"]),
        service_url=given["service_url"],
    )


if __name__ == "__main__":
    try:
        code = main(_order(sys.argv[1]))
    except console.ScriptError as failure:
        print(f"error: {failure}", file=sys.stderr)
        code = 1
    except Exception:  # noqa: BLE001 - the process is left by os._exit: say why
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
