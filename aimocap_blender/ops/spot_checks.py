# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a motion, going to its worst frames, drawing its contact sheet."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge.review import checking, findings, looking, many, papers
from ..bridge.review.papers import Progress
from ..errors import AimocapError
from .checked import OnCheckable, OnChecked, action_of, armature_of, jobs
from .reporting import Outcome, told
from .stepwise import Stepwise


def _scene(context: Context) -> bpy.types.Scene:
    assert context.scene is not None
    return context.scene


def _found(context: Context) -> findings.Findings:
    found = findings.read(action_of(context))
    if found is None:
        raise AimocapError("The motion was not checked.", remedy="Check Motion first.")
    return found


class AIMOCAP_OT_check_motion(Stepwise, OnCheckable, Operator):
    """Measure the motion against the one it was made from; nothing in the scene changes"""

    bl_idname = "aimocap.check_motion"
    bl_label = "Check Motion"
    bl_options = {"REGISTER", "UNDO"}

    file: StringProperty(  # type: ignore[valid-type]
        name="Motion File",
        description="Where the source's motion file is now; empty for where it was",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    @told
    def execute(self, context: Context) -> Outcome:
        return self.done(
            checking.check_action(armature_of(context), file=self._file(), jobs=jobs())
        )

    def steps(self, context: Context) -> Generator[Progress, None, checking.Checked]:
        check = checking.steps(armature_of(context), file=self._file(), jobs=jobs())
        return papers.meanwhile(check, Progress(0.5))

    def done(self, checked: checking.Checked) -> Outcome:
        self.report({"INFO"}, findings.summary(checked.findings))
        return {"FINISHED"}

    def _file(self) -> Path | None:
        return Path(bpy.path.abspath(self.file)) if self.file else None


class AIMOCAP_OT_show_check(OnChecked, Operator):
    """Go to the worst frame of this check and bring the bone in question into view"""

    bl_idname = "aimocap.show_check"
    bl_label = "Show Worst Frame"
    bl_options = {"REGISTER", "UNDO"}

    measure: StringProperty(name="Check", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @told
    def execute(self, context: Context) -> Outcome:
        row = next((row for row in _found(context).rows if row.measure == self.measure), None)
        if row is None:
            raise AimocapError(f'There is no check "{self.measure}".')
        looking.show(context, armature_of(context), row.frame, row.bone)
        return {"FINISHED"}


class AIMOCAP_OT_look_at_next(OnChecked, Operator):
    """Go to the next frame to look at"""

    bl_idname = "aimocap.look_at_next"
    bl_label = "Next Frame to Look At"
    bl_options = {"REGISTER", "UNDO"}

    backwards: BoolProperty(  # type: ignore[valid-type]
        name="Backwards", description="The one before instead", options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        word = "previous" if getattr(properties, "backwards", False) else "next"
        return f"Go to the {word} frame to look at"

    @told
    def execute(self, context: Context) -> Outcome:
        frame = _scene(context).frame_current
        spot = looking.next_spot(_found(context), frame, forward=not self.backwards)
        if spot is None:
            raise AimocapError("There is no frame to look at.")
        looking.show(context, armature_of(context), spot.frame, spot.bone)
        self.report({"INFO"}, f"Frame {spot.frame}: {spot.why}")
        return {"FINISHED"}


class AIMOCAP_OT_mark_frames(OnChecked, Operator):
    """Put markers at the frames to look at, or take them away again; your own markers stay"""

    bl_idname = "aimocap.mark_frames"
    bl_label = "Mark Frames to Look At"
    bl_options = {"REGISTER", "UNDO"}

    @told
    def execute(self, context: Context) -> Outcome:
        scene = _scene(context)
        if looking.is_marked(scene):
            looking.unmark(scene)
        else:
            looking.mark(scene, _found(context))
        return {"FINISHED"}


class AIMOCAP_OT_make_contact_sheet(Stepwise, OnCheckable, Operator):
    """Draw video, source and character at the frames to look at, and write the report"""

    bl_idname = "aimocap.make_contact_sheet"
    bl_label = "Make Contact Sheet"
    bl_options = {"REGISTER"}

    @told
    def execute(self, context: Context) -> Outcome:
        return self.done(papers.make(context, armature_of(context), jobs()))

    def steps(self, context: Context) -> Generator[Progress, None, Path]:
        return papers.making(context, armature_of(context), jobs())

    def done(self, report: Path) -> Outcome:
        self.report({"INFO"}, f"Contact sheet and report are in {report.parent}")
        return {"FINISHED"}


class AIMOCAP_OT_open_check_report(OnChecked, Operator):
    """Open the report of the checks in the browser"""

    bl_idname = "aimocap.open_check_report"
    bl_label = "Open Report"

    @told
    def execute(self, context: Context) -> Outcome:
        path = Path(action_of(context).get(papers.REPORT, ""))
        if not path.is_file():
            raise AimocapError("There is no report yet.", remedy="Make Contact Sheet first.")
        bpy.ops.wm.path_open(filepath=str(path))
        return {"FINISHED"}


class AIMOCAP_OT_check_all(Operator):
    """Check every retargeted action of the file and write a table, as CSV or as HTML"""

    bl_idname = "aimocap.check_all"
    bl_label = "Check All Motions"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(  # type: ignore[valid-type]
        name="File", description="A name ending in .csv or .html", subtype="FILE_PATH"
    )
    filter_glob: StringProperty(  # type: ignore[valid-type]
        default="*.csv;*.html", options={"HIDDEN"}
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        self.filepath = self.filepath or "spot_checks.html"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @told
    def execute(self, context: Context) -> Outcome:
        if not self.filepath:
            raise AimocapError("No file was chosen.", remedy="Choose where to write the table.")
        pairs = many.checkable()
        if not pairs:
            raise AimocapError("There is no retargeted motion in this file.")
        rows = many.check_many(pairs, jobs())
        path = many.save(rows, Path(bpy.path.abspath(self.filepath)))
        passed = sum(row.overall == "pass" for row in rows)
        self.report({"INFO"}, f"{passed} of {len(rows)} motions passed; the table is {path.name}")
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_check_motion,
    AIMOCAP_OT_show_check,
    AIMOCAP_OT_look_at_next,
    AIMOCAP_OT_mark_frames,
    AIMOCAP_OT_make_contact_sheet,
    AIMOCAP_OT_open_check_report,
    AIMOCAP_OT_check_all,
)
