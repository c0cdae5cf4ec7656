# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness check of a target: its start with the price, and the packet at its end."""

from __future__ import annotations

from bpy.props import StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import buttons, session
from ..bridge.publishing import readiness
from ..jobs.views import price_words
from .reporting import Outcome, asked, told


class AIMOCAP_OT_run_readiness(Operator):
    """Check a target on this service with a real job, its fallback too; write it as a packet"""

    bl_idname = "aimocap.run_readiness"
    bl_label = "Run Readiness Check"

    target_id: StringProperty(name="Target", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    folder: StringProperty(  # type: ignore[valid-type]
        name="Folder", description="Where the packet goes; empty for beside the jobs",
        subtype="DIR_PATH",
    )  # fmt: skip

    @asked
    def invoke(self, context: Context, _event: Event) -> Outcome:
        readiness.price(session.current(), self.target_id)  # without one there is nothing to show
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, _context: Context) -> None:
        price = readiness.price(session.current(), self.target_id)
        names = " and ".join(price.target_ids)
        self.layout.label(text=f"{price.clip.name}, to {names}")
        self.layout.label(text=f"Price: {price_words(price.v_credits)}", icon="INFO")
        self.layout.prop(self, "folder")

    @told
    def execute(self, context: Context) -> Outcome:
        session.current().readiness_checks.begin(context, self.target_id, self.folder)
        buttons.follow()
        return {"FINISHED"}


class AIMOCAP_OT_finish_readiness(Operator):
    """Review what the readiness check brought and write its packet"""

    bl_idname = "aimocap.finish_readiness"
    bl_label = "Finish Readiness Check"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @told
    def execute(self, context: Context) -> Outcome:
        check = session.current().readiness
        if check is None or check.is_over:
            return {"CANCELLED"}
        self.report({"INFO"}, check.finish(context).summary)
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_run_readiness,
    AIMOCAP_OT_finish_readiness,
)
