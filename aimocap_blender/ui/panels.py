# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab AIMoCap: Capture, Jobs and Result in the Sequencer's sidebar and the 3D View's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpy.types import Context, Panel, UILayout

from ..bridge import screens
from .job_list import draw_jobs
from .layout import obstacle_row, paragraph

if TYPE_CHECKING:

    class Mixin(Panel):
        """A part of a panel; Blender sets the layout before it asks for anything to be drawn."""

        layout: UILayout  # type: ignore[assignment]

else:
    # Blender takes every subclass of Panel for a panel of its own; these are only parts of some.
    Mixin = object


class InSequencer(Mixin):
    """Where a panel of the Sequencer's sidebar stands."""

    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "AIMoCap"


class InView3D(Mixin):
    """Where a panel of the 3D View's sidebar stands."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "AIMoCap"


class CapturePanel(Mixin):
    """The strip, the choices, the price and the one button."""

    bl_label = "Capture"

    def draw(self, context: Context) -> None:
        layout = self.layout
        view = screens.capture_view(context)
        chosen = context.scene.aimocap
        if view.clip:
            layout.label(text=view.clip, icon="FILE_MOVIE")
        if view.extent:
            layout.label(text=view.extent)
        for note in view.notes:
            paragraph(layout, note, icon="INFO")
        form = layout.column()
        form.use_property_split = True
        form.use_property_decorate = False
        form.prop(chosen, "target")
        form.label(text=view.version)
        paragraph(form, view.limitations, icon="ERROR")
        form.row().prop(chosen, "mocap_type", expand=True)
        form.prop(chosen, "export_fps")
        form.prop(chosen, "hands_matter")
        paragraph(form, view.warning, icon="ERROR")
        if view.needs_armature:
            form.prop(chosen, "armature")
        button = layout.row()
        button.scale_y = 1.5
        button.operator("aimocap.submit_strip", text=view.button, icon="ARMATURE_DATA")
        if view.obstacle is not None:
            obstacle_row(layout, view.obstacle)
        else:
            paragraph(layout, view.service)


class JobsPanel(Mixin):
    """The job list."""

    bl_label = "Jobs"

    def draw_header_preset(self, _context: Context) -> None:
        self.layout.label(text=screens.jobs_summary())

    def draw(self, context: Context) -> None:
        draw_jobs(self.layout, context)


class ResultPanel(Mixin):
    """The motion on the selected armature and where it comes from."""

    bl_label = "Result"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return screens.result_view(context) is not None

    def draw(self, context: Context) -> None:
        view = screens.result_view(context)
        if view is None:
            return
        layout = self.layout
        layout.label(text=view.title, icon="ARMATURE_DATA")
        layout.label(text=view.version)
        paragraph(layout, view.news, icon="ERROR")
        layout.label(text=view.extent)
        column = layout.column(align=True)
        for name, value in view.rows:
            row = column.split(factor=0.3)
            row.label(text=name)
            row.label(text=value)


class AIMOCAP_PT_capture_sequencer(InSequencer, CapturePanel, Panel):
    """Capture, in the Sequencer"""


class AIMOCAP_PT_jobs_sequencer(InSequencer, JobsPanel, Panel):
    """Jobs, in the Sequencer"""


class AIMOCAP_PT_result_sequencer(InSequencer, ResultPanel, Panel):
    """Result, in the Sequencer"""


class AIMOCAP_PT_jobs_view3d(InView3D, JobsPanel, Panel):
    """Jobs, in the 3D View"""


class AIMOCAP_PT_result_view3d(InView3D, ResultPanel, Panel):
    """Result, in the 3D View"""


CLASSES = (
    AIMOCAP_PT_capture_sequencer,
    AIMOCAP_PT_jobs_sequencer,
    AIMOCAP_PT_result_sequencer,
    AIMOCAP_PT_jobs_view3d,
    AIMOCAP_PT_result_view3d,
)
