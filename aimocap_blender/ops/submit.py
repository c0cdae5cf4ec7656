# SPDX-License-Identifier: GPL-3.0-or-later
"""The button this is all about: send the active movie strip to be captured."""

from __future__ import annotations

from bpy.types import Context, Event, Operator

from ..bridge import buttons, capture, screens, session
from .reporting import Outcome, told


class AIMOCAP_OT_submit_strip(Operator):
    """Send the visible part of the active movie strip and put its motion on the armature"""

    bl_idname = "aimocap.submit_strip"
    bl_label = "Capture Motion"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        obstacle = capture.obstacle(context)
        if obstacle is not None:
            cls.poll_message_set(obstacle.text)
        return obstacle is None

    def invoke(self, context: Context, event: Event) -> Outcome:
        """Asks once more only where the target is known to be weak at what the clip is about."""
        warning = screens.hands_warning(context)
        if warning:
            return context.window_manager.invoke_confirm(self, event, message=warning)
        return self.execute(context)

    @told
    def execute(self, context: Context) -> Outcome:
        if warning := screens.hands_warning(context):
            self.report({"WARNING"}, warning)
        local_id = session.current().submit(context)
        title = session.current().desk.job(local_id).request.title
        self.report({"INFO"}, f'Job for "{title}" is recorded and starts now')
        buttons.follow()
        return {"FINISHED"}


CLASSES = (AIMOCAP_OT_submit_strip,)
