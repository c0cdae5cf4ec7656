# SPDX-License-Identifier: GPL-3.0-or-later
"""The modal timer operator: follows the jobs while something moves, then gets out of the way.

Blender does not auto-save while a modal operator runs, so this one ends as soon as the next poll
is further away than a moment; `bridge/heartbeat.py` starts it again.
"""

from __future__ import annotations

from bpy.types import Context, Event, Operator, Timer

from ..bridge import session
from .reporting import Outcome

_STEP_SECONDS = 0.1
_A_MOMENT_SECONDS = 0.5


class AIMOCAP_OT_follow(Operator):
    """Follow the open jobs and import what is ready"""

    bl_idname = "aimocap.follow"
    bl_label = "Follow Jobs"
    bl_options = {"INTERNAL"}

    _timer: Timer | None = None

    def invoke(self, context: Context, _event: Event) -> Outcome:
        current = session.current()
        if current.is_followed:
            return {"CANCELLED"}
        current.is_followed = True
        manager = context.window_manager
        self._timer = manager.event_timer_add(_STEP_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Outcome:
        current = session.peek()
        if current is None or not current.is_followed:
            self._finish(context)
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            report = current.step(context)
        except BaseException:
            self._finish(context)  # or nothing would ever follow the jobs again
            raise
        due = current.seconds_until_due()
        if report.busy or (due is not None and due < _A_MOMENT_SECONDS):
            context.workspace.status_text_set(current.status_line())
            return {"PASS_THROUGH"}
        self._finish(context)
        return {"FINISHED"}

    def cancel(self, context: Context) -> None:
        self._finish(context)

    def _finish(self, context: Context) -> None:
        current = session.peek()
        if current is not None:
            current.is_followed = False
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        if context.workspace is not None:
            context.workspace.status_text_set(None)


CLASSES = (AIMOCAP_OT_follow,)
