# SPDX-License-Identifier: GPL-3.0-or-later
"""Job records and usage as files and in the panel."""

from __future__ import annotations

from pathlib import Path

from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import session
from ..errors import AimocapError
from ..jobs import export
from .reporting import Outcome, told


class FilterOperator:
    """Shared by what looks at some of the jobs: which."""

    target_id: StringProperty(  # type: ignore[valid-type]
        name="Target", description="Only jobs of this target; empty for all"
    )
    version: StringProperty(  # type: ignore[valid-type]
        name="Version", description="Only jobs of this published version; empty for all"
    )
    month: StringProperty(  # type: ignore[valid-type]
        name="Month", description="Only jobs that began in this month (UTC), as 2026-05"
    )

    def wanted(self) -> export.Filter:
        return export.Filter(self.target_id, self.version, self.month)


class AIMOCAP_OT_export_jobs(FilterOperator, Operator):
    """Write the jobs' records, or what they cost by month and target, to a file"""

    bl_idname = "aimocap.export_jobs"
    bl_label = "Export Job Records"

    filepath: StringProperty(subtype="FILE_PATH")  # type: ignore[valid-type]
    filter_glob: StringProperty(default="*.csv;*.json", options={"HIDDEN"})  # type: ignore[valid-type]
    content: EnumProperty(  # type: ignore[valid-type]
        name="Content",
        items=(
            ("CSV", "Jobs as CSV", "A line a job, for a spreadsheet"),
            ("JSON", "Jobs as JSON", "All jobs with their checks and history"),
            ("USAGE", "Usage as CSV", "API v-credits by month, target and version"),
        ),
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        self.filepath = self.filepath or "aimocap-jobs.csv"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @told
    def execute(self, _context: Context) -> Outcome:
        text, count = session.current().job_records(self.content, self.wanted())
        path = Path(self.filepath)
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise AimocapError(
                f'"{path.name}" can\'t be written ({error.strerror}).',
                remedy="Choose another folder.",
            ) from error
        self.report({"INFO"}, f'{count} jobs are in "{path.name}"')
        return {"FINISHED"}


class AIMOCAP_OT_show_usage(FilterOperator, Operator):
    """Show what jobs have cost by month and target: API v-credits, our own account of them"""

    bl_idname = "aimocap.show_usage"
    bl_label = "Show Usage"

    @told
    def execute(self, _context: Context) -> Outcome:
        current = session.current()
        current.usage = export.usage_lines(current.desk.accounts(), self.wanted())
        current.refresh()
        return {"FINISHED"}


CLASSES = (AIMOCAP_OT_export_jobs, AIMOCAP_OT_show_usage)
