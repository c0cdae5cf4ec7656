# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user does with a job of the list: cancel, retry, decide, recheck, forget, report."""

from __future__ import annotations

from typing import ClassVar

from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Operator, OperatorProperties

from ..bridge import buttons, session, versions
from ..bridge.words import shorten_middle
from ..jobs.job import Decision, JobAction
from .reporting import Outcome, told


class JobOperator:
    """Shared by all buttons of a job: which job, and whether the button makes sense now."""

    action: ClassVar[JobAction]

    job_id: StringProperty(  # type: ignore[valid-type]
        name="Job", description="Local id of the job", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return session.peek() is not None or bool(session.current())


class AIMOCAP_OT_cancel_job(JobOperator, Operator):
    """Stop sending and asking on this side; the service may still run and charge the job"""

    bl_idname = "aimocap.cancel_job"
    bl_label = "Cancel Job"

    @told
    def execute(self, _context: Context) -> Outcome:
        session.current().cancel(self.job_id)
        return {"FINISHED"}


class AIMOCAP_OT_retry_job(JobOperator, Operator):
    """Run the job again the way its failure asks for"""

    bl_idname = "aimocap.retry_job"
    bl_label = "Retry"

    @told
    def execute(self, _context: Context) -> Outcome:
        session.current().retry(self.job_id)
        return {"FINISHED"}


class AIMOCAP_OT_recheck_job(JobOperator, Operator):
    """Ask the service at once how the job is doing"""

    bl_idname = "aimocap.recheck_job"
    bl_label = "Ask Now"

    @told
    def execute(self, _context: Context) -> Outcome:
        session.current().recheck(self.job_id)
        return {"FINISHED"}


class AIMOCAP_OT_fetch_again(JobOperator, Operator):
    """Fetch the job's files that are missing or damaged; free, while the service keeps them"""

    bl_idname = "aimocap.fetch_again"
    bl_label = "Fetch Again"

    @told
    def execute(self, _context: Context) -> Outcome:
        session.current().fetch_again(self.job_id)
        buttons.follow()
        return {"FINISHED"}


class AIMOCAP_OT_decide_job(JobOperator, Operator):
    """Answer what the job asks"""

    bl_idname = "aimocap.decide_job"
    bl_label = "Decide"

    decision: EnumProperty(  # type: ignore[valid-type]
        name="Decision",
        items=[(item.name, item.value.title(), "") for item in Decision],
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, _context: Context, properties: OperatorProperties) -> str:
        return _DECISIONS[Decision[properties.decision]]

    @told
    def execute(self, _context: Context) -> Outcome:
        session.current().decide(self.job_id, Decision[self.decision])
        return {"FINISHED"}


_TITLES_SHOWN = 8

_DECISIONS = {
    Decision.REUSE: "Take the motion that the identical job has already brought, free of charge",
    Decision.FOLLOW: "Share the result of the identical job that is still running, free of charge",
    Decision.RUN_AGAIN: "Capture the clip once more; the service charges it again",
    Decision.ASK_AGAIN: "Ask the service once more what has become of the job; free of charge",
    Decision.USE_DEFAULT: "Capture the same clip with the target Default; charged as a new job",
    Decision.GIVE_UP: "Leave the job as it is",
}


class AIMOCAP_OT_forget_job(JobOperator, Operator):
    """Remove the job from the list, after asking"""

    bl_idname = "aimocap.forget_job"
    bl_label = "Forget Job"

    with_files: BoolProperty(  # type: ignore[valid-type]
        name="Delete Its Files",
        description="Also delete the motion and preview that were fetched; "
        "actions in your .blend files stay",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context: Context) -> None:
        self.layout.label(text="The record is removed; motion in your scenes stays")
        self.layout.prop(self, "with_files")

    @told
    def execute(self, _context: Context) -> Outcome:
        session.current().forget(self.job_id, with_files=self.with_files)
        return {"FINISHED"}


class AIMOCAP_OT_copy_report(JobOperator, Operator):
    """Copy a report of the job to the clipboard: versions, states and ids, no secrets"""

    bl_idname = "aimocap.copy_report"
    bl_label = "Copy Report"

    @told
    def execute(self, context: Context) -> Outcome:
        report = session.current().desk.report(self.job_id, versions.at_work())
        context.window_manager.clipboard = report
        self.report({"INFO"}, "Report copied")
        return {"FINISHED"}


class AIMOCAP_OT_clean_up(Operator):
    """Forget finished jobs and delete their files; results not yet imported are always kept"""

    bl_idname = "aimocap.clean_up"
    bl_label = "Clean Up"

    older_than_days: IntProperty(  # type: ignore[valid-type]
        name="Older Than", description="Days since the job ended", default=30, min=0, max=3650
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, _context: Context) -> None:
        self.layout.prop(self, "older_than_days")
        plan = session.current().clean_up_plan(self.older_than_days)
        megabytes = plan.bytes / 1e6
        self.layout.label(text=f"Removes {len(plan.titles)} jobs and frees {megabytes:.1f} MB")
        for title in plan.titles[:_TITLES_SHOWN]:
            self.layout.label(text=shorten_middle(title, 40), icon="DOT")
        if len(plan.titles) > _TITLES_SHOWN:
            self.layout.label(text=f"and {len(plan.titles) - _TITLES_SHOWN} more")
        self.layout.label(text="Motion in your scenes and results not yet imported stay")

    @told
    def execute(self, _context: Context) -> Outcome:
        removed = session.current().clean_up(self.older_than_days)
        self.report({"INFO"}, f"{removed} jobs removed")
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_cancel_job,
    AIMOCAP_OT_retry_job,
    AIMOCAP_OT_recheck_job,
    AIMOCAP_OT_fetch_again,
    AIMOCAP_OT_decide_job,
    AIMOCAP_OT_forget_job,
    AIMOCAP_OT_copy_report,
    AIMOCAP_OT_clean_up,
)
