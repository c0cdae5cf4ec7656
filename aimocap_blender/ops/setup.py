# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons that take an obstacle away: preferences, online access, a test of the connection."""

from __future__ import annotations

import bpy
from bpy.types import Context, Operator

from ..bridge import session, settings
from .reporting import Outcome, told


class AIMOCAP_OT_open_preferences(Operator):
    """Show the preferences of AIMoCap"""

    bl_idname = "aimocap.open_preferences"
    bl_label = "Open Preferences"

    def execute(self, _context: Context) -> Outcome:
        bpy.ops.screen.userpref_show("INVOKE_DEFAULT")
        bpy.ops.preferences.addon_show(module=settings.ADDON)
        return {"FINISHED"}


class AIMOCAP_OT_allow_online(Operator):
    """Turn on Blender's own preference Allow Online Access"""

    bl_idname = "aimocap.allow_online"
    bl_label = "Allow Online Access"

    def execute(self, context: Context) -> Outcome:
        context.preferences.system.use_online_access = True
        if not bpy.app.online_access:
            self.report({"WARNING"}, "Blender was started offline: start it without --offline-mode")
        return {"FINISHED"}


class AIMOCAP_OT_test_connection(Operator):
    """Ask the service whether it can be reached and takes the key; nothing is charged"""

    bl_idname = "aimocap.test_connection"
    bl_label = "Test Connection"

    @told
    def execute(self, _context: Context) -> Outcome:
        words = session.current().test_connection()
        if words:
            self.report({"INFO"}, words)
        return {"FINISHED"}


CLASSES = (AIMOCAP_OT_open_preferences, AIMOCAP_OT_allow_online, AIMOCAP_OT_test_connection)
