# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at a robot motion."""

from __future__ import annotations

from bpy.types import Context, Operator

from ..bridge import robot, session
from .jobs import JobOperator
from .reporting import Outcome, told


class AIMOCAP_OT_show_robot(JobOperator, Operator):
    """Show the robot motion as a stick armature with its joints' names; a preview only"""

    bl_idname = "aimocap.show_robot"
    bl_label = "Show Robot Preview"
    bl_options = {"REGISTER", "UNDO"}

    @told
    def execute(self, context: Context) -> Outcome:
        shown = robot.show(context, session.current().desk.job(self.job_id))
        for warning in shown.warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f'"{shown.armature_name}" is a preview, no character')
        return {"FINISHED"}


CLASSES = (AIMOCAP_OT_show_robot,)
