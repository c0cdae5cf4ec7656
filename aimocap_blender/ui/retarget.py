# SPDX-License-Identifier: GPL-3.0-or-later
"""The Retarget panel: from a file or another armature to the character, without any service."""

from __future__ import annotations

from bpy.types import Context, Panel

from .panels import InView3D


class AIMOCAP_PT_retarget_view3d(InView3D, Panel):
    """Retargeting without any service: two clicks from a file to the character"""

    bl_label = "Retarget"

    def draw(self, _context: Context) -> None:
        column = self.layout.column(align=True)
        column.operator("aimocap.retarget_fbx", icon="FILE")
        column.operator("aimocap.retarget_armature", icon="ARMATURE_DATA")
        row = column.row(align=True)
        row.operator("aimocap.compare_previous", text="Compare")
        row.operator("aimocap.undo_retarget", text="Remove")


CLASSES = (AIMOCAP_PT_retarget_view3d,)
