# SPDX-License-Identifier: GPL-3.0-or-later
"""The retry plan's buttons: diagnose, run a capture that tells more, judge what it brought."""

from __future__ import annotations

from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import buttons, session
from ..bridge.publishing import judging
from .acceptance import CAUSES
from .jobs import JobOperator
from .reporting import Outcome, told


class AIMOCAP_OT_diagnose_job(JobOperator, Operator):
    """Find out whether the source video or the avatar's setup is at fault"""

    bl_idname = "aimocap.diagnose_job"
    bl_label = "Diagnose"
    bl_options = {"REGISTER", "UNDO"}

    @told
    def execute(self, context: Context) -> Outcome:
        found = session.current().diagnosing.begin(context, self.job_id)
        words = found.conclusion.value if found.conclusion else " ".join(found.evidence)
        self.report({"INFO"}, words)
        return {"FINISHED"}


class AIMOCAP_OT_run_diagnostic(JobOperator, Operator):
    """Submit this capture to tell the source video from the avatar's setup; it is charged"""

    bl_idname = "aimocap.run_diagnostic"
    bl_label = "Run Diagnostic Capture"

    track: EnumProperty(  # type: ignore[valid-type]
        name="Track",
        items=(
            ("default", "Same Clip on Default", "Does the clip itself pass?"),
            ("other clip", "Accepted Clip on This Avatar", "Does the avatar still pass?"),
        ),
        options={"SKIP_SAVE"},
    )

    @told
    def execute(self, context: Context) -> Outcome:
        session.current().diagnosing.run(context, self.job_id, self.track)
        buttons.follow()
        return {"FINISHED"}


class AIMOCAP_OT_apply_diagnostic(JobOperator, Operator):
    """Put a diagnostic motion on a double of the armature, in the diagnosis' own scene"""

    bl_idname = "aimocap.apply_diagnostic"
    bl_label = "Apply Diagnostic Motion"
    bl_options = {"REGISTER", "UNDO"}

    @told
    def execute(self, context: Context) -> Outcome:
        session.current().diagnosing.apply(context, self.job_id)
        return {"FINISHED"}


class AIMOCAP_OT_pass_diagnostic(JobOperator, Operator):
    """The motion of this capture is good: the clip, or the avatar, is not at fault"""

    bl_idname = "aimocap.pass_diagnostic"
    bl_label = "Pass"

    @told
    def execute(self, _context: Context) -> Outcome:
        judging.judge_job(session.current(), self.job_id)
        return {"FINISHED"}


class AIMOCAP_OT_reject_diagnostic(JobOperator, Operator):
    """The motion of this capture is not good either; say why"""

    bl_idname = "aimocap.reject_diagnostic"
    bl_label = "Reject"

    cause: EnumProperty(name="Cause", items=CAUSES)  # type: ignore[valid-type]
    note: StringProperty(  # type: ignore[valid-type]
        name="Note", description="What was seen", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    @told
    def execute(self, _context: Context) -> Outcome:
        opinion = judging.Opinion(self.cause, "heavy", self.note)
        judging.judge_job(session.current(), self.job_id, opinion)
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_diagnose_job,
    AIMOCAP_OT_run_diagnostic,
    AIMOCAP_OT_apply_diagnostic,
    AIMOCAP_OT_pass_diagnostic,
    AIMOCAP_OT_reject_diagnostic,
)
