# SPDX-License-Identifier: GPL-3.0-or-later
"""The Bone Map panel: each part of the body, its bone, how it was found; a click corrects it."""

from __future__ import annotations

from bpy.types import Context, Panel, UILayout

from ..bridge import screens
from ..bridge.retarget.bone_map_view import MapRow
from ..bridge.words import shorten_middle
from .layout import Icon, paragraph
from .panels import InView3D

_BONE_LENGTH = 22
_SPARES_LENGTH = 40


class AIMOCAP_PT_bone_map(InView3D, Panel):
    """The bone map of the active armature"""

    bl_label = "Bone Map"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return context.object is not None and context.object.type == "ARMATURE"

    def draw(self, context: Context) -> None:
        layout = self.layout
        view = screens.bone_map_view(context)
        row = layout.row(align=True)
        row.operator("aimocap.read_bone_map", text="Read Again" if view else "Read Bone Map")
        row.operator("aimocap.import_bone_map", text="", icon="FILEBROWSER")
        row.operator("aimocap.export_bone_map", text="", icon="FILE_TICK")
        if view is None:
            return
        row.operator("aimocap.forget_bone_map", text="", icon="X")
        layout.label(text=view.summary)
        if view.family:
            layout.label(text=f"Recognised as {view.family}")
        for warning in view.warnings:
            paragraph(layout, warning, icon="ERROR")
        draw_rows(layout, view.body)
        draw_rows(layout, view.fingers)
        for kind, bones in view.spares:
            layout.label(text=f"{kind}: {shorten_middle(bones, _SPARES_LENGTH)}")


def draw_rows(layout: UILayout, rows: tuple[MapRow, ...]) -> None:
    """A line a part: a check mark when it is sure, a question mark when the user should look."""
    column = layout.column(align=True)
    for row in rows:
        line = column.split(factor=0.42, align=True)
        icon: Icon = "CHECKMARK" if row.is_sure and row.bones else "QUESTION"
        line.label(text=row.label, icon=icon if row.bones else "NONE")
        words = f"{shorten_middle(row.bones, _BONE_LENGTH)} ({row.found})" if row.bones else "-"
        button = line.operator("aimocap.edit_bone_map", text=words)
        button.role = row.role.value
        button.bones = row.bones


CLASSES = (AIMOCAP_PT_bone_map,)
