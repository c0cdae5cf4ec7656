# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stories of avatars share: the acceptance set, waiting, panels shown by themselves."""

from __future__ import annotations

import time
from typing import Any

import bpy

from . import hands, setting
from .stage import FRAME_SECONDS, Missing, Stage, Story

RUN_SECONDS = 400.0
CLIPS = ("walk", "wave")


def begin(order: dict[str, str]) -> Story:
    """The setting, an acceptance set of two clips, and the Targets panel alone in its tab."""
    setting.install(order)
    scene = setting.build(order)
    bpy.context.preferences.view.ui_scale = 0.75  # a version and its clips fit into a picture
    yield 1.0
    bpy.ops.aimocap.acceptance_categories(categories="walking, hands")
    bpy.ops.aimocap.add_acceptance_clip(category="walking", name=CLIPS[0])
    strip = bpy.context.scene.sequence_editor.active_strip
    strip.frame_final_end = strip.frame_final_end - 5
    bpy.ops.aimocap.add_acceptance_clip(category="hands", name=CLIPS[1])
    yield from hands.open_sidebar(scene.view3d, "AIMoCap")
    Panels().show("targets")
    yield 0.5


class Panels:
    """The panels of the 3D View's tab; all but some are put away, so that those fit."""

    known: tuple[Any, ...] = ()

    def __init__(self) -> None:
        if not Panels.known:
            names = [name for name in dir(bpy.types) if name.startswith("AIMOCAP_PT_")]
            kinds = [getattr(bpy.types, name) for name in names]
            Panels.known = tuple(kind for kind in kinds if kind.bl_space_type == "VIEW_3D")

    def show(self, *names: str) -> None:
        """Only the panels with these names, unfolded."""
        for kind in Panels.known:
            if kind.is_registered:
                bpy.utils.unregister_class(kind)
        for name in names:
            (kind,) = [one for one in Panels.known if one.__name__ == f"AIMOCAP_PT_{name}"]
            kind.bl_options = set()
            bpy.utils.register_class(kind)


def run(stage: Stage, target_id: str, label: str, picture: str = "") -> Story:
    """Press Run Acceptance and wait until every clip is checked."""
    bpy.ops.aimocap.run_acceptance(target_id=target_id, version=label)
    yield 2.0
    if picture:
        stage.shoot(picture)
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        version = session().registry.target(target_id).version(label)
        records = [record for record in version.acceptance if record.verdict.value != "accepted"]
        if len(records) >= len(CLIPS) and all(record.checks for record in records):
            yield 1.0
            return
        rejected = [record.note for record in records if record.verdict.value == "rejected"]
        if rejected:
            raise Missing(f"a clip failed: {rejected}")
        yield FRAME_SECONDS
    raise Missing(f"the acceptance was not over after {RUN_SECONDS:.0f} s")


def until_settled() -> Story:
    """Wait until no job is open and nothing is left to do; answer what asks with a new capture."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        yield 0.5
        jobs = session().desk.jobs()
        for job in jobs:
            if job.state.value == "duplicate" and job.request.placement.purpose == "production":
                bpy.ops.aimocap.decide_job(job_id=job.local_id, decision="RUN_AGAIN")
        ended = {"applied", "failed", "rejected", "missing", "broken", "stopped"}
        if all(job.state.value in ended for job in jobs) and session().seconds_until_due() != 0.0:
            yield 1.0
            return
    raise Missing(f"the jobs were not over after {RUN_SECONDS:.0f} s")


def capture(target_id: str) -> Story:
    """A production job of the active strip with that target, followed to its end."""
    bpy.context.scene.aimocap.target = target_id
    area = hands.area_of("SEQUENCE_EDITOR")
    with bpy.context.temp_override(
        window=hands.window(), area=area, region=hands.region_of(area, "UI")
    ):
        bpy.ops.aimocap.submit_strip()
    yield from until_settled()


def session() -> Any:
    """The open session."""
    return setting.session().current()


def select(job: Any) -> None:
    """Unfold that job in the list."""
    rows = bpy.context.window_manager.aimocap
    rows.row = next(at for at, row in enumerate(rows.rows) if row.name == job.local_id)


def shoot_scene(stage: Stage, scene: str, picture: str) -> Story:
    """A picture of another scene, with its figures framed; the window shows its own again."""
    shown = bpy.context.window.scene
    bpy.context.window.scene = bpy.data.scenes[scene]
    setting.look_at_everything(setting.Setting("metarig"))
    yield 1.0
    stage.shoot(picture)
    bpy.context.window.scene = shown
