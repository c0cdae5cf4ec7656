# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job as a person does it: one click, then the motion is on the character."""

from __future__ import annotations

import time

import bpy

from . import hands, setting
from .stage import FRAME_SECONDS, Missing, Stage, Story, until

JOB_SECONDS = 300.0


def play(stage: Stage, order: dict[str, str]) -> Story:
    """Click the button, watch the job go by itself, look at the result, undo it and redo it."""
    setting.install(order)
    scene = setting.build(order)
    yield 1.0
    yield from hands.open_sidebar(scene.sequencer, "AIMoCap")
    yield 0.5
    stage.shoot("1-ready")
    before = _scene_facts(scene)
    yield from setting.press_capture(scene)
    yield from _watch(stage)
    yield 0.5
    stage.note("unchanged", before == _scene_facts(scene))
    _note_motion(stage, scene)
    bpy.context.scene.frame_set(setting.FIRST_FRAME + setting.CLIP_FRAMES // 2)
    setting.look_at_everything(scene)
    yield 1.0
    stage.shoot("3-applied")
    yield from hands.open_sidebar(scene.view3d, "AIMoCap")
    yield 0.5
    stage.shoot("4-result")
    yield from _undo_and_redo(stage, scene)
    yield from _lay_preview(stage, scene)
    stage.note("modal_at_the_end", setting.modal_operators())


def _watch(stage: Stage) -> Story:
    """Take down every state the job shows and whether the modal timer operator ran in it."""
    states: list[str] = []
    modal: set[str] = set()
    job = setting.the_job()
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        job = setting.the_job()
        if job.state.value not in states:
            states.append(job.state.value)
            stage.note("states", states)
        modal.update(setting.modal_operators())
        if job.state.value == "processing" and "shot" not in stage.notes:
            yield 0.5
            stage.shoot("2-processing")
            stage.note("shot", True)
        if job.state.value == "applied":
            break
        if job.failure is not None or job.waiting_reason:
            raise Missing(f"the job stopped: {job.failure} {job.waiting_reason}")
        yield FRAME_SECONDS
    stage.note("modal", sorted(modal))
    if job.state.value != "applied":
        raise Missing(f"the job was still {job.state.value} after {JOB_SECONDS:.0f} s")


def _scene_facts(scene: setting.Setting) -> dict[str, object]:
    """What applying a result must leave alone."""
    here = bpy.context.scene
    return {
        "rate": (here.render.fps, here.render.fps_base),
        "range": (here.frame_start, here.frame_end, here.frame_current),
        "objects": sorted(one.name for one in bpy.data.objects),
        "scenes": sorted(one.name for one in bpy.data.scenes),
        "selected": sorted(one.name for one in bpy.data.objects if one.select_get()),
        "mode": scene.armature.mode,
    }


def _note_motion(stage: Stage, scene: setting.Setting) -> None:
    action = scene.armature.animation_data.action
    stage.note("frame_range", [float(frame) for frame in action.frame_range])
    stage.note("job_id", action.get("aimocap_job_id", ""))
    stage.note("target_version", scene.armature.get("aimocap_target_version", ""))
    was_at = bpy.context.scene.frame_current
    heights = []
    for frame in range(setting.FIRST_FRAME, setting.FIRST_FRAME + setting.CLIP_FRAMES, 4):
        bpy.context.scene.frame_set(frame)
        posed = scene.armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heights.append((posed.matrix_world @ posed.pose.bones["hand.L"].head).z)
    bpy.context.scene.frame_set(was_at)
    stage.note("hand_travels_metres", max(heights) - min(heights))


def _undo_and_redo(stage: Stage, scene: setting.Setting) -> Story:
    """One Ctrl Z takes the motion away, Ctrl Shift Z brings it back."""
    area = scene.view3d
    yield from hands.press(area, "Z", ctrl=True)
    yield from until(lambda: not _is_animated(scene), "one undo takes the motion away")
    yield from hands.press(area, "Z", ctrl=True, shift=True)
    yield from until(lambda: _is_animated(scene), "redo brings the motion back")
    stage.note("undo_and_redo", True)


def _lay_preview(stage: Stage, scene: setting.Setting) -> Story:
    """The preview as a strip, by the button in the 3D View: which is a 3D View again then."""
    strips = bpy.context.scene.sequence_editor.sequences
    areas = [area.type for area in hands.window().screen.areas]
    yield from hands.click_button(scene.view3d, "aimocap.lay_preview")
    yield from until(lambda: len(strips) == 2, "the preview lies above the strip")
    stage.note("areas_stay", areas == [area.type for area in hands.window().screen.areas])
    stage.note("preview_frames", strips["Preview of jump"].frame_final_duration)
    yield 0.5
    stage.shoot("5-preview")


def _is_animated(scene: setting.Setting) -> bool:
    data = scene.armature.animation_data
    return bool(data and data.action and "aimocap_job_id" in data.action)
