# SPDX-License-Identifier: GPL-3.0-or-later
"""A new avatar in a window: a draft, its acceptance run and judged, published, used by a job, and
caught when the Studio publishes it again. Then what the panel says of the registry's file.
"""

from __future__ import annotations

import bpy

from . import avatars, setting
from .avatars import Panels
from .stage import Stage, Story, until

KNIGHT = "avatar:knight"


def play(stage: Stage, order: dict[str, str]) -> Story:
    """The buttons' own operators are called; the modal timer operator does the rest."""
    yield from avatars.begin(order)
    bpy.ops.aimocap.record_avatar(
        avatar_id="knight", name="Knight", version="1", limitations="fingers"
    )
    bpy.ops.aimocap.show_version(target_id=KNIGHT, version="1")
    yield 1.0
    stage.shoot("1-draft")
    yield from avatars.run(stage, KNIGHT, "1", "2-running")
    stage.shoot("3-to-be-judged")
    for clip in avatars.CLIPS:
        bpy.ops.aimocap.pass_acceptance(target_id=KNIGHT, version="1", clip=clip, clean_up="light")
    bpy.ops.aimocap.step_version(target_id=KNIGHT, version="1", event="publish")
    yield 1.0
    stage.shoot("4-published")
    stage.note("choosable", setting.choosable())
    yield from avatars.shoot_scene(stage, "Acceptance Knight 1", "5-scene")
    yield from _produce(stage)
    yield from _check_readiness(stage)
    yield from _publish_again(stage)
    yield from _spoil_the_registry(stage)
    stage.note("modal_at_the_end", setting.modal_operators())


def _produce(stage: Stage) -> Story:
    yield from avatars.capture(KNIGHT)
    rig = bpy.data.objects["metarig"]
    stage.note("produced_with", [rig["aimocap_target_version"], rig["aimocap_skeleton"]])
    Panels().show("jobs_view3d", "result_view3d")
    yield 1.0
    stage.shoot("6-produced")


def _check_readiness(stage: Stage) -> Story:
    """Two jobs, avatar and Default; the packet lies in the story's folder then."""
    bpy.ops.aimocap.run_readiness(target_id=KNIGHT, folder=str(stage.folder / "packets"))
    session = avatars.session()
    yield from until(lambda: session.readiness.is_over, "the packet is written", seconds=300.0)
    packet = session.readiness.packet
    stage.note("readiness", packet.summary if packet else session.readiness.error)
    Panels().show("targets")
    yield 1.0
    stage.shoot("readiness")
    Panels().show("jobs_view3d", "result_view3d")


def _publish_again(stage: Stage) -> Story:
    """The Studio publishes version 2 on a longer-armed character; the next result tells."""
    stage.note("wants", "version 2")
    yield from until((stage.folder / "published").exists, "version 2 is published")
    yield from avatars.capture(KNIGHT)
    rig = bpy.data.objects["metarig"]
    stage.note("caught_with", rig["aimocap_target_version"])
    stage.note("choosable_then", setting.choosable())
    stage.shoot("7-result-of-version-2")
    first = next(a for a in bpy.data.actions if a.get("aimocap_target_version") == "1" and a.users)
    rig.animation_data.action = first
    yield 1.0
    stage.shoot("8-made-with-version-1")
    Panels().show("targets")
    bpy.ops.aimocap.show_version(target_id=KNIGHT, version="2")
    yield 1.0
    stage.shoot("9-version-2-in-testing")


def _spoil_the_registry(stage: Stage) -> Story:
    """Somebody else changes the file, then it is damaged, then its drive is gone."""
    file = avatars.session().targets.file
    text = file.path.read_text("utf-8")
    elsewhere = type(file)(file.path)
    changes = setting.module("targets.changes")
    states = setting.module("targets.states")
    now = setting.now()
    elsewhere.update(
        lambda known: changes.take_step(
            known, KNIGHT, "2", states.VersionEvent.RETIRE, now=now, person="Ben"
        )
    )
    avatars.session().reload_targets()
    yield from _redrawn()
    stage.shoot("registry-changed-by-others")
    avatars.session().targets.forget_news()
    file.path.write_text(text[: len(text) // 2], "utf-8")
    avatars.session().reload_targets()
    yield from _redrawn()
    stage.shoot("registry-damaged")
    moved = file.path.parent.with_name("unplugged")
    file.path.parent.rename(moved)
    avatars.session().reload_targets()
    yield from _redrawn()
    stage.shoot("registry-drive-gone")
    moved.rename(file.path.parent)
    file.path.write_text(text, "utf-8")
    avatars.session().reload_targets()


def _redrawn() -> Story:
    avatars.session().refresh()
    yield 1.0
