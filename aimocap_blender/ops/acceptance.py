# SPDX-License-Identifier: GPL-3.0-or-later
"""The acceptance set and its runs: clips, the batch, the verdicts, and publishing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import session
from ..bridge.publishing import acceptance, readiness, screen
from .reporting import Outcome, told

CAUSES = (
    ("target setup", "Target Setup", "The avatar itself: binding, A-pose, proportions"),
    ("source video", "Source Video", "The clip can't be captured well"),
    ("bone map", "Bone Map", "The motion is right, the armature's map is not"),
    ("settings", "Settings", "Trim, frame rate or retarget settings"),
    ("service", "Service", "The service made a bad result"),
    ("other", "Other", "Something else, said in the note"),
)


class VersionOperator:
    """Shared by all buttons of a version: which one."""

    target_id: StringProperty(  # type: ignore[valid-type]
        name="Target", description="Id of the target", options={"SKIP_SAVE"}
    )
    version: StringProperty(  # type: ignore[valid-type]
        name="Version", description="Label of the version", options={"SKIP_SAVE"}
    )


class AIMOCAP_OT_add_acceptance_clip(Operator):
    """Add the active strip's visible part to the clips every version has to pass"""

    bl_idname = "aimocap.add_acceptance_clip"
    bl_label = "Add Acceptance Clip"

    category: StringProperty(  # type: ignore[valid-type]
        name="Category", description="Walking, turns, hands, style, or one of your own",
        default="walking",
    )  # fmt: skip
    name: StringProperty(  # type: ignore[valid-type]
        name="Name", description="How the table calls it; empty for the strip's name"
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    @told
    def execute(self, context: Context) -> Outcome:
        from ..targets.acceptance import with_clip

        current = session.current()
        clip = acceptance.clip_from_strip(current, context, self.category, self.name)
        current.change_targets(lambda known: with_clip(known, clip))
        self.report({"INFO"}, f'"{clip.name}" is in the acceptance set, as {clip.category}')
        return {"FINISHED"}


class AIMOCAP_OT_remove_acceptance_clip(Operator):
    """Take a clip out of the acceptance set; what was recorded of it stays"""

    bl_idname = "aimocap.remove_acceptance_clip"
    bl_label = "Remove Acceptance Clip"

    name: StringProperty(name="Name", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.acceptance import without_clip

        name = self.name
        session.current().change_targets(lambda known: without_clip(known, name))
        return {"FINISHED"}


class AIMOCAP_OT_acceptance_categories(Operator):
    """Choose the categories of which the acceptance set needs at least one clip each"""

    bl_idname = "aimocap.acceptance_categories"
    bl_label = "Acceptance Categories"

    categories: StringProperty(  # type: ignore[valid-type]
        name="Categories", description="Separated by commas", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        self.categories = ", ".join(session.current().registry.categories)
        return context.window_manager.invoke_props_dialog(self, width=420)

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.acceptance import with_categories

        wanted = tuple(self.categories.split(","))
        session.current().change_targets(lambda known: with_categories(known, wanted))
        return {"FINISHED"}


class AIMOCAP_OT_run_acceptance(VersionOperator, Operator):
    """Submit the clips of the acceptance set that this version has not passed, as one batch"""

    bl_idname = "aimocap.run_acceptance"
    bl_label = "Run Acceptance"

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, _context: Context) -> None:
        run = session.current().acceptance.plan(self.target_id, self.version)
        column = self.layout.column(align=True)
        column.label(text=f"{self.target_id}, version {self.version}")
        for line in run.lines:
            column.label(text=f"{line.category}: {line.name}")
        column.label(text=f"Together: {screen.price_words(run.v_credits)}", icon="INFO")

    @told
    def execute(self, context: Context) -> Outcome:
        current = session.current()
        count = current.acceptance.begin(context, self.target_id, self.version)
        current.shown_target = (self.target_id, self.version)
        self.report({"INFO"}, f"{count} jobs are recorded and start now")
        if not bpy.app.background:
            bpy.ops.aimocap.follow("INVOKE_DEFAULT")  # type: ignore[attr-defined]
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

    @told
    def execute(self, _context: Context) -> Outcome:
        session.current().acceptance.judge(self.target_id, self.version, self.clip, note=self.note)
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
        session.current().acceptance.judge(
            self.target_id, self.version, self.clip, cause=self.cause, note=self.note
        )
        return {"FINISHED"}


class AIMOCAP_OT_step_version(VersionOperator, Operator):
    """Take the version to its next state"""

    bl_idname = "aimocap.step_version"
    bl_label = "Change Version"

    STEPS: ClassVar = (
        ("publish", "Publish for Use", "Offer this version for production jobs"),
        ("test", "Begin Testing", "The Studio has published it; its acceptance comes next"),
        ("revise", "Back to Draft", "It is changed in the Studio once more"),
        ("reopen", "Test Again", "Take it out of use until it is accepted again"),
        ("retire", "Retire", "Never offer it again"),
    )
    event: EnumProperty(  # type: ignore[valid-type]
        name="Step", items=STEPS, options={"SKIP_SAVE"}
    )
    reason: StringProperty(name="Reason", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        return next(words for name, _, words in cls.STEPS if name == properties.event)

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.changes import take_step
        from ..targets.states import VersionEvent

        target_id, label, reason = self.target_id, self.version, self.reason
        event, person, now = VersionEvent(self.event), acceptance.person(), datetime.now(UTC)
        session.current().change_targets(
            lambda known: take_step(
                known, target_id, label, event, now=now, reason=reason, person=person
            )
        )
        return {"FINISHED"}


class AIMOCAP_OT_bump_version(Operator):
    """The Studio has published the avatar as a new version: test it, retire the one before"""

    bl_idname = "aimocap.bump_version"
    bl_label = "New Version"

    target_id: StringProperty(name="Target", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    version: StringProperty(  # type: ignore[valid-type]
        name="New Version", description="Label of the version that the Studio has published"
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.changes import bump

        target_id, label, now = self.target_id, self.version.strip(), datetime.now(UTC)
        reason = f"published in the Studio, recorded by {acceptance.person()}"
        current = session.current()
        current.change_targets(lambda known: bump(known, target_id, label, now=now, reason=reason))
        current.shown_target = (target_id, label)
        return {"FINISHED"}


class AIMOCAP_OT_show_version(VersionOperator, Operator):
    """Unfold this version with its acceptance table"""

    bl_idname = "aimocap.show_version"
    bl_label = "Show Version"

    @told
    def execute(self, _context: Context) -> Outcome:
        current = session.current()
        chosen = (self.target_id, self.version)
        current.shown_target = ("", "") if current.shown_target == chosen else chosen
        current.refresh()
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


class AIMOCAP_OT_run_readiness(Operator):
    """Check a target on this service with one real job, and write what was seen as a packet"""

    bl_idname = "aimocap.run_readiness"
    bl_label = "Run Readiness Check"

    target_id: StringProperty(name="Target", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    folder: StringProperty(  # type: ignore[valid-type]
        name="Folder", description="Where the packet goes; empty for beside the jobs",
        subtype="DIR_PATH",
    )  # fmt: skip

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, _context: Context) -> None:
        price = readiness.price(session.current(), self.target_id)
        self.layout.label(text=f"One job with {price.clip.name}")
        words = screen.price_words(price.v_credits)
        self.layout.label(text=f"Price: {words}", icon="INFO")
        self.layout.prop(self, "folder")

    @told
    def execute(self, context: Context) -> Outcome:
        session.current().readiness_checks.begin(context, self.target_id, self.folder)
        if not bpy.app.background:
            bpy.ops.aimocap.follow("INVOKE_DEFAULT")  # type: ignore[attr-defined]
        return {"FINISHED"}


class AIMOCAP_OT_finish_readiness(Operator):
    """Review what the readiness check brought and write its packet"""

    bl_idname = "aimocap.finish_readiness"
    bl_label = "Finish Readiness Check"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @told
    def execute(self, context: Context) -> Outcome:
        check = session.current().readiness
        if check is None or check.is_over:
            return {"CANCELLED"}
        self.report({"INFO"}, check.finish(context).summary)
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_run_readiness,
    AIMOCAP_OT_finish_readiness,
    AIMOCAP_OT_add_acceptance_clip,
    AIMOCAP_OT_remove_acceptance_clip,
    AIMOCAP_OT_acceptance_categories,
    AIMOCAP_OT_run_acceptance,
    AIMOCAP_OT_apply_acceptance,
    AIMOCAP_OT_pass_acceptance,
    AIMOCAP_OT_reject_acceptance,
    AIMOCAP_OT_step_version,
    AIMOCAP_OT_bump_version,
    AIMOCAP_OT_show_version,
    AIMOCAP_OT_show_acceptance_scene,
)
