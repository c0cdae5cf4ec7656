# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences: service, key, import, retarget, targets, files."""

from __future__ import annotations

from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import AddonPreferences, Context, UILayout

from ..bridge import screens, session, settings
from .layout import paragraph


class AIMOCAP_AP_preferences(AddonPreferences):
    """What holds for every scene. The key is stored by Blender, unencrypted."""

    bl_idname = settings.ADDON

    service: EnumProperty(  # type: ignore[valid-type]
        name="Service",
        items=(
            ("AIMOCAP", "AIMoCap", "The AIMoCap service; needs an account and v-credits"),
            ("LOCAL", "Local", "A service on this machine; free, preview grade"),
            ("OTHER", "Other Address", "A service at an address of your own"),
        ),
    )
    local_address: StringProperty(  # type: ignore[valid-type]
        name="Address", description="Where the local service listens", default=settings.LOCAL_URL
    )
    other_address: StringProperty(  # type: ignore[valid-type]
        name="Address", description="Base address of the service, without a path"
    )
    api_key: StringProperty(  # type: ignore[valid-type]
        name="API Key",
        description="Only used while the environment variable AIMOCAP_KEY is not set",
        subtype="PASSWORD",
    )
    auto_import: BoolProperty(  # type: ignore[valid-type]
        name="When Ready, Import by Itself",
        description="Put the motion on the armature as soon as it has arrived",
        default=True,
    )
    feet_on: BoolProperty(  # type: ignore[valid-type]
        name="Keep Feet on the Ground",
        description="Hold planted feet where they are planted",
        default=True,
    )
    in_place: BoolProperty(  # type: ignore[valid-type]
        name="In Place", description="Leave the character's way through the room out"
    )
    root: EnumProperty(  # type: ignore[valid-type]
        name="Root",
        description="What carries the character's way through the room",
        items=(
            ("bone", "On the Root Bone", "The hips or root bone travels"),
            ("object", "On the Object", "The armature object travels"),
        ),
    )
    registry_path: StringProperty(  # type: ignore[valid-type]
        name="Registry File",
        description="Target registry shared by a team; empty for your own",
        subtype="FILE_PATH",
    )
    results_folder: StringProperty(  # type: ignore[valid-type]
        name="Results In",
        description="Folder for jobs and results; empty for Blender's own extension folder",
        subtype="DIR_PATH",
    )

    def draw(self, _context: Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self._draw_service(layout.column(heading="Service"))
        self._draw_retarget(layout.column(heading="Import"))
        layout.prop(self, "registry_path")
        draw_targets(layout)
        layout.prop(self, "results_folder")
        current = session.peek()
        if current is not None and current.places.jobs:
            row = layout.row()
            row.label(text=f"Results are in {current.places.jobs}")
            row.operator("aimocap.clean_up", text="Clean Up...")
        if not self.results_folder:
            paragraph(
                layout,
                "Uninstalling the extension removes this folder, updating it does not",
                icon="INFO",
            )

    def _draw_service(self, column: UILayout) -> None:
        column.row().prop(self, "service", expand=True)
        if self.service == "LOCAL":
            column.prop(self, "local_address")
        if self.service == "OTHER":
            column.prop(self, "other_address")
        in_force = settings.read()
        if in_force.key_from not in ("", settings.FROM_PREFERENCES):
            column.label(text=f"API key from {in_force.key_from}", icon="CHECKMARK")
        else:
            column.prop(self, "api_key")
            paragraph(
                column,
                "Blender stores it unencrypted in its preferences; "
                f"the environment variable {settings.KEY_VARIABLE} is safer",
                icon="INFO",
            )
        row = column.row()
        row.operator("aimocap.test_connection")
        row.label(text=screens.connection_words())

    def _draw_retarget(self, column: UILayout) -> None:
        column.prop(self, "auto_import")
        column.prop(self, "feet_on")
        column.prop(self, "in_place")
        column.prop(self, "root")


def draw_targets(layout: UILayout) -> None:
    """The registry: what can be chosen, and why the rest can't."""
    box = layout.box()
    header = box.row()
    header.label(text="Targets")
    header.operator("aimocap.record_avatar", text="", icon="ADD")
    header.operator("aimocap.reload_targets", text="", icon="FILE_REFRESH")
    current = session.peek()
    if current is not None:
        paragraph(box, current.targets.trouble, icon="ERROR")
    for line in screens.target_lines():
        row = box.row()
        row.label(text=line.name, icon="CHECKMARK" if line.selectable else "LOCKED")
        row.label(text=line.state)
        if line.removable:
            row.operator("aimocap.remove_target", text="", icon="X").target_id = line.target_id


CLASSES = (AIMOCAP_AP_preferences,)
