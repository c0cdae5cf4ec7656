# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar with its arms on the wrong sides in a window: rejected, diagnosed against Default,
held, and let through again.
"""

from __future__ import annotations

import bpy

from . import avatars, setting
from .avatars import Panels
from .stage import Stage, Story

SQUIRE = "avatar:squire"


def play(stage: Stage, order: dict[str, str]) -> Story:
    """The buttons' own operators are called; the modal timer operator does the rest."""
    yield from avatars.begin(order)
    bpy.ops.aimocap.record_avatar(avatar_id="squire", name="Squire", version="1")
    yield from avatars.run(stage, SQUIRE, "1")
    bpy.ops.aimocap.reject_acceptance(
        target_id=SQUIRE, version="1", clip="walk", cause="target setup", note="arms are swapped"
    )
    yield 1.0
    stage.shoot("1-rejected")
    failed = next(job for job in avatars.session().desk.jobs() if job.request.title == "walk")
    Panels().show("jobs_view3d")
    avatars.select(failed)
    bpy.ops.aimocap.diagnose_job(job_id=failed.local_id)
    yield 1.0
    stage.shoot("2-diagnosis")
    bpy.ops.aimocap.run_diagnostic(job_id=failed.local_id, track="default")
    default = avatars.session().desk.jobs()[0]
    yield from avatars.until_settled()
    avatars.select(failed)
    yield 1.0
    stage.shoot("3-measured-against-default")
    shown = avatars.session().diagnosing.shown
    stage.note("measured", [shown.conclusion.name, *shown.evidence])
    bpy.ops.aimocap.pass_diagnostic(job_id=default.local_id)
    yield 1.5
    avatars.select(failed)
    yield 0.5
    stage.shoot("4-concluded")
    stage.note("concluded", avatars.session().diagnosing.shown.conclusion.name)
    yield from avatars.shoot_scene(stage, "Diagnosis walk", "5-diagnosis-scene")
    Panels().show("targets")
    yield 1.0
    stage.shoot("6-on-hold")
    stage.note("held", [hold.target_id for hold in avatars.session().holds])
    bpy.ops.aimocap.lift_hold(target_id=SQUIRE, version="1", note="bound anew in the Studio")
    yield 1.0
    stage.shoot("7-lifted")
    stage.note("held_then", [hold.target_id for hold in avatars.session().holds])
    stage.note("modal_at_the_end", setting.modal_operators())
