# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewer's way: check, see what failed, go there, mark, make the sheet, reject, accept."""

from __future__ import annotations

import importlib
import math
import time

import bmesh
import bpy
import numpy as np
from mathutils import Matrix

from . import hands, setting
from .stage import FRAME_SECONDS, Stage, Story, until

ARM = "upper_arm.L"
TICK_SECONDS = 0.005


def play(stage: Stage, order: dict[str, str]) -> Story:
    """A good motion, then the same with a spoilt arm."""
    setting.install(order)
    scene = setting.build(order)
    _dress(scene.armature)
    yield from hands.open_sidebar(scene.view3d, "AIMoCap")
    _submit(scene)
    yield from until(lambda: _state() == "applied", "the motion is applied", seconds=120.0)
    _activate(scene)
    _take_others_away("AIMOCAP_PT_spot_checks_view3d")
    yield 0.5
    yield from hands.click_button(scene.view3d, "aimocap.check_motion")
    yield from until(lambda: _found(scene) is not None, "the motion is checked")
    yield 1.0
    stage.shoot("good")
    stage.note("good", _found(scene).overall)
    _spoil(scene)
    _in_view(scene, bpy.ops.aimocap.check_motion)
    yield 1.0
    stage.shoot("spoilt")
    stage.note("spoilt", _found(scene).overall)
    yield from hands.click_button(scene.view3d, "aimocap.look_at_next")
    yield 0.5
    stage.note("frame_after_next", bpy.context.scene.frame_current)
    stage.note("first_spot", _found(scene).spots[0].frame)
    worst = _found(scene).troubled[0]
    _in_view(scene, bpy.ops.aimocap.show_check, measure=worst.measure)
    yield 0.5
    stage.note("frame_after_click", bpy.context.scene.frame_current)
    stage.note("worst_frames", [row.frame for row in _found(scene).troubled])
    _in_view(scene, bpy.ops.aimocap.mark_frames)
    yield 0.5
    stage.note("markers", len(bpy.context.scene.timeline_markers))
    stage.shoot("jumped-and-marked")
    yield from _make_sheet(stage, scene)
    yield from _sign_off(stage, scene)


def _make_sheet(stage: Stage, scene: setting.Setting) -> Story:
    """The sheet in the Image Editor; how long the window stood still meanwhile."""
    area = scene.sequencer
    area.type = "IMAGE_EDITOR"
    yield 1.0
    pauses = _Pauses()
    yield 1.0
    stage.note("pause_without_sheet", pauses.longest())
    slowest = _time_the_steps()
    view = scene.view3d
    where = _view_of(view)
    frame = bpy.context.scene.frame_current
    action = scene.armature.animation_data.action
    yield from hands.click_button(view, "aimocap.make_contact_sheet")
    yield from until(lambda: "aimocap_check_report" in action, "the report is written")
    stage.note("pause_with_sheet", pauses.longest())
    pauses.stop()
    stage.note("slowest_steps", sorted(slowest, reverse=True)[:12])
    stage.note("most_cpu_seconds_of_a_step", max(step[1] for step in slowest))
    stage.note("seconds_of_steps", round(sum(step[0] for step in slowest), 2))
    painter, difference = _gpu_against_pencil()
    stage.note("figures_by", painter)
    stage.note("gpu_difference", difference)
    stage.note("figures_without_shader_by", _painter_without_shader())
    stage.note(
        "view_and_frame_kept", (where, frame) == (_view_of(view), bpy.context.scene.frame_current)
    )
    yield 1.0
    area = hands.area_of("IMAGE_EDITOR")
    with bpy.context.temp_override(
        window=hands.window(), area=area, region=hands.region_of(area, "WINDOW")
    ):
        bpy.ops.image.view_all(fit_view=True)
    yield 0.5
    stage.shoot("sheet")
    stage.note("sheet_shown", area.spaces.active.image is not None)


def _sign_off(stage: Stage, scene: setting.Setting) -> Story:
    """The reject dialog as it is seen, then the two verdicts."""
    area = scene.view3d
    region = hands.region_of(area, "WINDOW")
    with bpy.context.temp_override(window=hands.window(), area=area, region=region):
        bpy.ops.aimocap.reject_motion("INVOKE_DEFAULT")
    yield 0.7
    stage.shoot("reject-dialog")
    yield from hands.press(scene.view3d, "ESC")
    yield 0.3
    _in_view(scene, bpy.ops.aimocap.accept_motion, clean_up="LIGHT", note="shoulder")
    yield 0.7
    stage.shoot("accepted")
    word = importlib.import_module(f"{setting.MODULE}.bridge.review.verdicts")
    action = scene.armature.animation_data.action
    stage.note("accepted_by", word.read(action).person)
    stage.note("in_ledger", setting.the_job().review is not None)
    _in_view(scene, bpy.ops.aimocap.reject_motion, cause="BONE_MAP")
    yield 0.7
    stage.shoot("rejected")
    now = scene.armature.animation_data
    stage.note("rejected_is_off", now is None or now.action != action)
    stage.note("ledger_says", setting.the_job().review.cause)
    yield from hands.click_button(scene.view3d, "aimocap.apply_result")
    yield from until(lambda: _playing(scene) not in (None, action), "the motion is imported again")
    yield 0.7
    stage.shoot("imported-again")
    stage.note("imported_again", _playing(scene) != action)


def _time_the_steps() -> list[tuple[float, float, float]]:
    """From now on every step of the sheet: seconds, CPU seconds of this thread (which other work on
    the machine does not lengthen), the part that was done after it."""
    papers = _module("bridge.review.papers")
    making, seconds = papers.making, []

    def timed(*parts: object, **options: object) -> object:
        steps = making(*parts, **options)
        while True:
            began, worked = time.perf_counter(), time.thread_time()
            try:
                progress = next(steps)
            except StopIteration as end:
                return end.value
            spent = time.perf_counter() - began, time.thread_time() - worked
            seconds.append((round(spent[0], 3), round(spent[1], 3), round(progress.done, 2)))
            yield progress

    papers.making = timed
    return seconds


def _gpu_against_pencil() -> tuple[str, float]:
    """Who draws here, and how far its picture is from the pencil's: the mean of all pixels."""
    figure = _module("bridge.review.pictures.figure")
    brush = _module("bridge.review.pictures.gpu_brush")
    width, height = 176, 236
    random = np.random.default_rng(4)
    places = random.uniform((60.0, 60.0), (120.0, 200.0), (4000, 2))
    dots = figure.Dots(places, random.random(4000), random.random((4000, 3)), 4)
    under = [figure.Stroke((0.0, 330.0), (width, 330.0), (0.8, 0.8, 0.7), 226.0)]
    over = [figure.Stroke((20.5, 30.0), (150.0, 201.3), (0.9, 0.1, 0.1), 3.6)]
    over.append(figure.Stroke((90.0, 90.0), (90.0, 90.0), (0.1, 0.4, 0.8), 2.2, hollow=30.0))
    both = figure.Figure(width, height, (0.95, 0.95, 0.94), under, dots, over)
    painter = brush.painter(width, height)
    difference = np.abs(painter.paint(both) - figure.Pencil().paint(both))
    painter.close()
    return type(painter).__name__, round(float(difference.mean()), 5)


def _painter_without_shader() -> str:
    """Who draws where the graphics card refuses the shader."""
    brush = _module("bridge.review.pictures.gpu_brush")
    kept, brush._FRAGMENT = brush._FRAGMENT, "no shader at all"
    try:
        return type(brush.painter(16, 16)).__name__
    finally:
        brush._FRAGMENT = kept


def _dress(rig: bpy.types.Object) -> None:
    """Put a body on the bones: a ball on each, 17,000 faces that the armature moves."""
    body, mesh = bmesh.new(), bpy.data.meshes.new("Body")
    weights = body.verts.layers.deform.verify()
    wearer = bpy.data.objects.new("Body", mesh)
    bpy.context.collection.objects.link(wearer)
    for bone in [bone for bone in rig.data.bones if bone.length > 0.05]:
        length = bone.length
        size = Matrix.Diagonal((0.3 * length, 0.6 * length, 0.3 * length, 1.0))
        place = bone.matrix_local @ Matrix.Translation((0.0, length / 2.0, 0.0)) @ size
        made = bmesh.ops.create_uvsphere(body, u_segments=24, v_segments=12, radius=1, matrix=place)
        group = wearer.vertex_groups.new(name=bone.name).index
        for vertex in made["verts"]:
            vertex[weights][group] = 1.0
    body.to_mesh(mesh)
    body.free()
    wearer.parent = rig
    wearer.modifiers.new("Armature", "ARMATURE").object = rig


def _module(name: str) -> object:
    return importlib.import_module(f"{setting.MODULE}.{name}")


def _playing(scene: setting.Setting) -> bpy.types.Action | None:
    data = scene.armature.animation_data
    return data.action if data is not None else None


class _Pauses:
    """The longest time between two ticks of a timer: how long the window stood still."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._longest = 0.0
        self._registered = self._tick  # a bound method is a new object each time it is named
        bpy.app.timers.register(self._registered, first_interval=0.0)

    def _tick(self) -> float:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last)
        self._last = now
        return TICK_SECONDS

    def longest(self) -> float:
        """Seconds since the last question; forgets them."""
        found, self._longest = self._longest, 0.0
        return round(found, 3)

    def stop(self) -> None:
        bpy.app.timers.unregister(self._registered)


def _submit(scene: setting.Setting) -> None:
    area = scene.sequencer
    region = hands.region_of(area, "UI")
    with bpy.context.temp_override(window=hands.window(), area=area, region=region):
        bpy.ops.aimocap.submit_strip()


def _state() -> str:
    job = setting.the_job()
    return job.state.value if job is not None else ""


def _activate(scene: setting.Setting) -> None:
    bpy.context.view_layer.objects.active = scene.armature
    scene.armature.select_set(True)


def _take_others_away(name: str) -> None:
    """The other panels of the tab push ours out of the window: they go, for the pictures."""
    for cls in list(bpy.types.Panel.__subclasses__()):
        ours = getattr(cls, "bl_category", "") == "AIMoCap" and cls.is_registered
        if ours and cls.__name__ != name and getattr(cls, "bl_parent_id", "") != name:
            bpy.utils.unregister_class(cls)


def _in_view(scene: setting.Setting, operator: object, **options: object) -> None:
    area = scene.view3d
    region = hands.region_of(area, "WINDOW")
    with bpy.context.temp_override(window=hands.window(), area=area, region=region):
        operator(**options)
    for other in hands.window().screen.areas:
        other.tag_redraw()


def _found(scene: setting.Setting) -> object:
    findings = importlib.import_module(f"{setting.MODULE}.bridge.review.findings")
    return findings.read(scene.armature.animation_data.action)


def _spoil(scene: setting.Setting) -> None:
    """Turn the left upper arm by 40 degrees about its own X in every second half of its keys."""
    compat = importlib.import_module(f"{setting.MODULE}.bridge.compat")
    rig = scene.armature
    action = rig.animation_data.action
    curves = {
        curve.array_index: curve
        for curve in compat.curves_of(action, compat.slot_for(action, rig))
        if curve.data_path == f'pose.bones["{ARM}"].rotation_quaternion'
    }
    a, b = math.cos(math.radians(20.0)), math.sin(math.radians(20.0))
    count = len(curves[0].keyframe_points)
    for number in range(count // 2, count):
        w, x, y, z = (curves[axis].keyframe_points[number].co[1] for axis in range(4))
        turned = (w * a - x * b, w * b + x * a, y * a + z * b, z * a - y * b)
        for axis, value in enumerate(turned):
            curves[axis].keyframe_points[number].co[1] = value


def _view_of(area: bpy.types.Area) -> list[float]:
    region = area.spaces.active.region_3d
    return [*region.view_location, *region.view_rotation, region.view_distance, FRAME_SECONDS]
