# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user does with a result: import it, look at the preview, find its files."""

from __future__ import annotations

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import session, strips
from ..bridge.publishing import judging
from ..errors import AimocapError
from ..jobs.job import Artifact
from .jobs import JobOperator
from .reporting import Outcome, told


class AIMOCAP_OT_apply_result(JobOperator, Operator):
    """Import the motion of a finished job onto its armature, as one new action"""

    bl_idname = "aimocap.apply_result"
    bl_label = "Import Motion"
    bl_options = {"REGISTER", "UNDO"}

    armature: StringProperty(  # type: ignore[valid-type]
        name="Armature",
        description="Name of the armature object; empty for the one the job was meant for",
        options={"SKIP_SAVE"},
    )

    @told
    def execute(self, context: Context) -> Outcome:
        applied = session.current().apply(context, self.job_id, _armature(self.armature))
        for warning in applied.warnings:
            self.report({"WARNING"}, warning)
        self.report(
            {"INFO"},
            f'"{applied.action_name}" is on "{applied.armature_name}", '
            f"frames {applied.first_frame:.0f} to {applied.last_frame:.0f}",
        )
        return {"FINISHED"}


class AIMOCAP_OT_open_preview(JobOperator, Operator):
    """Open the service's preview video in the system's player"""

    bl_idname = "aimocap.open_preview"
    bl_label = "Open Preview"

    @told
    def execute(self, _context: Context) -> Outcome:
        bpy.ops.wm.path_open(filepath=str(_preview(self.job_id).path))
        return {"FINISHED"}


class AIMOCAP_OT_lay_preview(JobOperator, Operator):
    """Lay the service's preview video as a muted strip above the source strip"""

    bl_idname = "aimocap.lay_preview"
    bl_label = "Add Preview Strip"
    bl_options = {"REGISTER", "UNDO"}

    @told
    def execute(self, context: Context) -> Outcome:
        placement = session.current().desk.job(self.job_id).request.placement
        strips.add_preview(
            context,
            _preview(self.job_id).path,
            first_frame=placement.first_frame,
            above=placement.strip_name,
        )
        return {"FINISHED"}


class AIMOCAP_OT_judge_preview(JobOperator, Operator):
    """Say whether the service's preview looks right; it goes into the job's record"""

    bl_idname = "aimocap.judge_preview"
    bl_label = "Judge Preview"

    verdict: EnumProperty(  # type: ignore[valid-type]
        name="Preview",
        items=(
            ("GOOD", "Good", "The motion follows the video"),
            ("BAD", "Bad", "It does not; the note says where"),
        ),
    )
    note: StringProperty(  # type: ignore[valid-type]
        name="Note", description="What was seen", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    @told
    def execute(self, _context: Context) -> Outcome:
        good = self.verdict == "GOOD"
        judging.judge_preview(session.current(), self.job_id, good=good, note=self.note)
        return {"FINISHED"}


class AIMOCAP_OT_show_files(JobOperator, Operator):
    """Show the job's files in the system's file browser"""

    bl_idname = "aimocap.show_files"
    bl_label = "Show Files"

    @told
    def execute(self, _context: Context) -> Outcome:
        artifacts = session.current().desk.job(self.job_id).artifacts
        if not artifacts:
            raise AimocapError("The job has no files yet.")
        bpy.ops.wm.path_open(filepath=str(artifacts[0].path.parent))
        return {"FINISHED"}


def _armature(name: str) -> bpy.types.Object | None:
    """The object of that name; None without a name."""
    chosen = bpy.data.objects.get(name)
    if name and chosen is None:
        raise AimocapError(f'There is no object "{name}".', remedy="Choose another armature.")
    return chosen


def _preview(local_id: str) -> Artifact:
    preview = session.current().desk.job(local_id).artifact("preview")
    if preview is None:
        raise AimocapError("The service sent no preview video for this job.")
    return preview


CLASSES = (
    AIMOCAP_OT_apply_result,
    AIMOCAP_OT_open_preview,
    AIMOCAP_OT_lay_preview,
    AIMOCAP_OT_judge_preview,
    AIMOCAP_OT_show_files,
)
