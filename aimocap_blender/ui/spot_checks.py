# SPDX-License-Identifier: GPL-3.0-or-later
"""The Spot Checks panel: how good the motion is, where to look, accept or reject."""

from __future__ import annotations

import bpy
from bpy.types import Context, Panel, UILayout

from ..bridge import session
from ..bridge.review import origins, plans
from ..bridge.review.plans import StepKind
from ..bridge.review.screen import Line, SpotCheckView, spot_check_view
from .layout import Icon, paragraph
from .panels import InSequencer, InView3D, Mixin

_ICONS: dict[str, Icon] = {"pass": "CHECKMARK", "look": "QUESTION", "fail": "ERROR"}

_STEPS = {
    StepKind.BONE_MAP: "aimocap.read_bone_map",
    StepKind.PREFERENCES: "aimocap.open_preferences",
    StepKind.IMPORT_AGAIN: "aimocap.apply_result",
    StepKind.RETARGET_FILE: "aimocap.retarget_fbx",
    StepKind.RETARGET_ARMATURE: "aimocap.retarget_armature",
    StepKind.DIAGNOSE: "aimocap.diagnose_job",
    StepKind.TEST_TARGET: "aimocap.step_version",
    StepKind.CAPTURE_AGAIN: "aimocap.capture_again",
    StepKind.COPY_REPORT: "aimocap.copy_report",
}


class SpotChecksPanel(Mixin):
    """The numbers of the active armature's motion, the worst first."""

    bl_label = "Spot Checks"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return spot_check_view(context) is not None

    def draw(self, context: Context) -> None:
        view = spot_check_view(context)
        if view is None:
            return
        layout = self.layout
        if not view.is_ours:
            _draw_reject(layout, context, view)
            return
        if not view.state:
            layout.operator("aimocap.check_motion", icon="VIEWZOOM")
            return
        head = layout.row(align=True)
        head.label(text=view.summary, icon=_ICONS[view.state])
        head.operator("aimocap.check_motion", text="", icon="FILE_REFRESH")
        _draw_lines(layout, view.lines)
        _draw_walk(layout, view)
        _draw_papers(layout, view)
        _draw_verdict(layout, context, view)


class PassedPanel(Mixin):
    """The checks that passed, folded away."""

    bl_label = "Passed"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        view = spot_check_view(context)
        return view is not None and bool(view.passed)

    def draw(self, context: Context) -> None:
        view = spot_check_view(context)
        if view is not None:
            _draw_lines(self.layout, view.passed)


def _draw_lines(layout: UILayout, lines: tuple[Line, ...]) -> None:
    """Name, value and the way to the worst frame; what did not pass with its limit and course."""
    column = layout.column(align=True)
    for line in lines:
        row = column.split(factor=0.76, align=True)
        row.label(text=f"{line.label}  {line.value}", icon=_ICONS[line.verdict])
        button = row.operator("aimocap.show_check", text=f"{line.frame}", icon="PLAY")
        button.measure = line.measure
        if line.verdict != "pass":
            below = column.split(factor=0.5, align=True)
            below.label(text=line.note or f"from {line.limit}", icon="BLANK1")
            below.label(text=line.curve)


def _draw_walk(layout: UILayout, view: SpotCheckView) -> None:
    row = layout.row(align=True)
    row.operator("aimocap.look_at_next", text="Previous", icon="PREV_KEYFRAME").backwards = True
    following = row.operator("aimocap.look_at_next", text="Next", icon="NEXT_KEYFRAME")
    following.backwards = False
    words = "Unmark" if view.marked else f"Mark {view.spots}"
    row.operator("aimocap.mark_frames", text=words, icon="MARKER_HLT")


def _draw_papers(layout: UILayout, view: SpotCheckView) -> None:
    row = layout.row(align=True)
    row.operator("aimocap.make_contact_sheet", icon="IMAGE_DATA")
    if view.report:
        row.operator("aimocap.open_check_report", text="", icon="URL")


def _draw_verdict(layout: UILayout, context: Context, view: SpotCheckView) -> None:
    if view.rejected:
        _draw_reject(layout, context, view)
    elif view.verdict:
        paragraph(layout, view.verdict, icon="USER")
    row = layout.row(align=True)
    row.operator("aimocap.accept_motion", text="Accept...", icon="CHECKMARK")
    row.operator("aimocap.reject_motion", text="Reject...", icon="X")
    if not view.rejected:
        layout.operator("aimocap.compare_previous")


def _draw_reject(layout: UILayout, context: Context, view: SpotCheckView) -> None:
    """What was rejected and why, the buttons that lead on, and the way back to look at it."""
    box = layout.box()
    box.label(text=view.rejected, icon="ACTION")
    paragraph(box, view.verdict, icon="USER")
    paragraph(box, view.advice)
    for step in _steps(context, view):
        button = box.operator(_STEPS[step.kind], text=step.words)
        for name, value in step.options:
            setattr(button, name, value)
    box.operator("aimocap.compare_previous")


def _steps(context: Context, view: SpotCheckView) -> tuple[plans.Step, ...]:
    action, armature = bpy.data.actions.get(view.rejected), context.object
    if action is None or armature is None:
        return ()
    current = session.peek()
    job = origins.job_of(action, current.desk.jobs()) if current is not None else None
    return plans.steps_for(action, armature.name, job)


class AIMOCAP_PT_spot_checks_sequencer(InSequencer, SpotChecksPanel, Panel):
    """Spot Checks, in the Sequencer"""


class AIMOCAP_PT_spot_checks_view3d(InView3D, SpotChecksPanel, Panel):
    """Spot Checks, in the 3D View"""


class AIMOCAP_PT_passed_sequencer(InSequencer, PassedPanel, Panel):
    """Passed checks, in the Sequencer"""

    bl_parent_id = "AIMOCAP_PT_spot_checks_sequencer"


class AIMOCAP_PT_passed_view3d(InView3D, PassedPanel, Panel):
    """Passed checks, in the 3D View"""

    bl_parent_id = "AIMOCAP_PT_spot_checks_view3d"


CLASSES = (
    AIMOCAP_PT_spot_checks_sequencer,
    AIMOCAP_PT_spot_checks_view3d,
    AIMOCAP_PT_passed_sequencer,
    AIMOCAP_PT_passed_view3d,
)
