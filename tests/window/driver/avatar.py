# SPDX-License-Identifier: GPL-3.0-or-later
"""A new avatar in a window: a draft, its acceptance run and judged, published, used by a job."""

from __future__ import annotations

import time

import bpy

from . import hands, setting
from .stage import FRAME_SECONDS, Missing, Stage, Story

RUN_SECONDS = 400.0
KNIGHT = "avatar:knight"


def play(stage: Stage, order: dict[str, str]) -> Story:
    """The buttons' own operators are called; the modal timer operator does the rest."""
    setting.install(order)
    scene = setting.build(order)
    yield 1.0
    _show_targets_alone()
    yield from hands.open_sidebar(scene.view3d, "AIMoCap")
    yield 0.5
    _make_set()
    bpy.ops.aimocap.record_avatar(
        avatar_id="knight", name="Knight", version="1", limitations="fingers"
    )
    bpy.ops.aimocap.show_version(target_id=KNIGHT, version="1")
    yield 1.0
    stage.shoot("1-draft")
    bpy.ops.aimocap.run_acceptance(target_id=KNIGHT, version="1")
    yield 2.0
    stage.shoot("2-running")
    yield from _until_checked()
    yield 1.0
    stage.shoot("3-to-be-judged")
    for clip in ("walk", "wave"):
        bpy.ops.aimocap.pass_acceptance(target_id=KNIGHT, version="1", clip=clip)
    bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    yield 1.0
    stage.shoot("4-published")
    stage.note("choosable", setting.choosable())
    bpy.context.window.scene = bpy.data.scenes["Acceptance Knight 1"]
    setting.look_at_everything(scene)
    yield 1.0
    stage.shoot("5-scene")
    stage.note("modal_at_the_end", setting.modal_operators())


def _make_set() -> None:
    bpy.ops.aimocap.acceptance_categories(categories="walking, hands")
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name="walk")
    strip = bpy.context.scene.sequence_editor.active_strip
    strip.frame_final_end = strip.frame_final_end - 5
    bpy.ops.aimocap.add_acceptance_clip(category="hands", name="wave")


def _show_targets_alone() -> None:
    """Open the Targets panel and put the tab's others away, so that it fits into a picture."""
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        if not name.startswith("AIMOCAP_PT_") or kind.bl_space_type != "VIEW_3D":
            continue
        if name != "AIMOCAP_PT_targets":
            bpy.utils.unregister_class(kind)
    targets = bpy.types.AIMOCAP_PT_targets
    bpy.utils.unregister_class(targets)
    targets.bl_options = set()
    bpy.utils.register_class(targets)


def _until_checked() -> Story:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        target = setting.session().current().registry.target(KNIGHT)
        records = target.versions[0].acceptance
        if records and all(record.checks for record in records):
            return
        rejected = [record.note for record in records if record.verdict.value == "rejected"]
        if rejected:
            raise Missing(f"a clip failed: {rejected}")
        yield FRAME_SECONDS
    raise Missing(f"the acceptance was not over after {RUN_SECONDS:.0f} s")
