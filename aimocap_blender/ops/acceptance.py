# SPDX-License-Identifier: GPL-3.0-or-later
"""Acceptance runs: the batch, its motions, the verdicts, and the scene they are looked at in."""

from __future__ import annotations

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import buttons, session
from ..bridge.publishing import judging, runs
from ..jobs.views import price_words
from .reporting import Outcome, asked, told
from .target_versions import VersionOperator

CAUSES = (
    ("target setup", "Target Setup", "The avatar itself: binding, A-pose, proportions"),
    ("source video", "Source Video", "The clip can't be captured well"),
    ("bone map", "Bone Map", "The motion is right, the armature's map is not"),
    ("settings", "Settings", "Trim, frame rate or retarget settings"),
    ("service", "Service", "The service made a bad result"),
    ("other", "Other", "Something else, said in the note"),
)


class AIMOCAP_OT_run_acceptance(VersionOperator, Operator):
    """Submit the clips of the acceptance set that this version has not passed, as one batch"""

    bl_idname = "aimocap.run_acceptance"
    bl_label = "Run Acceptance"

    @asked
    def invoke(self, context: Context, _event: Event) -> Outcome:
        runs.plan(session.current(), self.target_id, self.version)  # or there is nothing to show
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, _context: Context) -> None:
        run = runs.plan(session.current(), self.target_id, self.version)
        column = self.layout.column(align=True)
        column.label(text=f"{self.target_id}, version {self.version}")
        for line in run.lines:
            column.label(text=f"{line.category}: {line.name}")
        column.label(text=f"Together: {price_words(run.v_credits)}", icon="INFO")

    @told
    def execute(self, context: Context) -> Outcome:
        current = session.current()
        count = runs.begin(current, context, self.target_id, self.version)
        current.shown_target = (self.target_id, self.version)
        self.report({"INFO"}, f"{count} jobs are recorded and start now")
        buttons.follow()
        return {"FINISHED"}


class AIMOCAP_OT_apply_acceptance(Operator):
    """Put a motion of an acceptance run on a double of the armature, in the run's own scene"""

    bl_idname = "aimocap.apply_acceptance"
    bl_label = "Apply Acceptance Motion"
    bl_options = {"REGISTER", "UNDO"}

    job_id: StringProperty(name="Job", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @told
    def execute(self, context: Context) -> Outcome:
        current = session.current()
        current.acceptance.free(self.job_id)
        current.acceptance.apply(context, self.job_id)
        return {"FINISHED"}


CLEAN_UPS = (
    ("none", "None", "It can be used as it is"),
    ("light", "Light", "A few keys to touch"),
    ("heavy", "Heavy", "Whole stretches to animate anew"),
)


class JudgeOperator(VersionOperator):
    """Shared by Pass and Reject: which clip, and a note."""

    clip: StringProperty(name="Clip", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    note: StringProperty(  # type: ignore[valid-type]
        name="Note", description="What was seen", options={"SKIP_SAVE"}
    )


class AIMOCAP_OT_pass_acceptance(JudgeOperator, Operator):
    """The motion of this clip is good enough for production"""

    bl_idname = "aimocap.pass_acceptance"
    bl_label = "Pass"

    clean_up: EnumProperty(  # type: ignore[valid-type]
        name="Clean-up", description="How much an animator has left to do", items=CLEAN_UPS
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context: Context) -> None:
        self.layout.prop(self, "clean_up", expand=True)
        self.layout.prop(self, "note")

    @told
    def execute(self, _context: Context) -> Outcome:
        opinion = judging.Opinion(clean_up=self.clean_up, note=self.note)
        judging.judge(session.current(), self.target_id, self.version, self.clip, opinion)
        return {"FINISHED"}


class AIMOCAP_OT_reject_acceptance(JudgeOperator, Operator):
    """The motion of this clip is not good enough; say why"""

    bl_idname = "aimocap.reject_acceptance"
    bl_label = "Reject"

    cause: EnumProperty(name="Cause", items=CAUSES)  # type: ignore[valid-type]

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context: Context) -> None:
        self.layout.prop(self, "cause")
        self.layout.prop(self, "note")

    @told
    def execute(self, _context: Context) -> Outcome:
        opinion = judging.Opinion(self.cause, "heavy", self.note)
        judging.judge(session.current(), self.target_id, self.version, self.clip, opinion)
        return {"FINISHED"}


class AIMOCAP_OT_show_acceptance_scene(Operator):
    """Show the scene in which the motions of the run stand side by side"""

    bl_idname = "aimocap.show_acceptance_scene"
    bl_label = "Show Acceptance Scene"

    scene: StringProperty(name="Scene", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @told
    def execute(self, context: Context) -> Outcome:
        found = bpy.data.scenes.get(self.scene)
        if found is None:
            self.report({"ERROR"}, f'There is no scene "{self.scene}" in this file')
            return {"CANCELLED"}
        context.window.scene = found
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_run_acceptance,
    AIMOCAP_OT_apply_acceptance,
    AIMOCAP_OT_pass_acceptance,
    AIMOCAP_OT_reject_acceptance,
    AIMOCAP_OT_show_acceptance_scene,
)
