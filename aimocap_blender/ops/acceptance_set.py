# SPDX-License-Identifier: GPL-3.0-or-later
"""The acceptance set: its clips and the categories it has to cover."""

from __future__ import annotations

from bpy.props import StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import session
from ..bridge.publishing import clips
from .reporting import Outcome, told


class AIMOCAP_OT_add_acceptance_clip(Operator):
    """Add the active strip's visible part to the clips every version has to pass"""

    bl_idname = "aimocap.add_acceptance_clip"
    bl_label = "Add Acceptance Clip"

    category: StringProperty(  # type: ignore[valid-type]
        name="Category", description="Walking, turns, hands, style, or one of your own",
        default="walking",
    )  # fmt: skip
    name: StringProperty(  # type: ignore[valid-type]
        name="Name", description="How the table calls it; empty for the strip's name"
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    @told
    def execute(self, context: Context) -> Outcome:
        from ..targets.acceptance import with_clip

        current = session.current()
        place = current.targets.file.path
        clip = clips.of_strip(place, context, self.category, self.name)
        current.change_targets(lambda known: with_clip(known, clip))
        self.report({"INFO"}, f'"{clip.name}" is in the acceptance set, as {clip.category}')
        return {"FINISHED"}


class AIMOCAP_OT_remove_acceptance_clip(Operator):
    """Take a clip out of the acceptance set; what was recorded of it stays"""

    bl_idname = "aimocap.remove_acceptance_clip"
    bl_label = "Remove Acceptance Clip"

    name: StringProperty(name="Name", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.acceptance import without_clip

        name = self.name
        session.current().change_targets(lambda known: without_clip(known, name))
        return {"FINISHED"}


class AIMOCAP_OT_acceptance_categories(Operator):
    """Choose the categories of which the acceptance set needs at least one clip each"""

    bl_idname = "aimocap.acceptance_categories"
    bl_label = "Acceptance Categories"

    categories: StringProperty(  # type: ignore[valid-type]
        name="Categories", description="Separated by commas", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        self.categories = ", ".join(session.current().registry.categories)
        return context.window_manager.invoke_props_dialog(self, width=420)

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.acceptance import with_categories

        wanted = tuple(self.categories.split(","))
        session.current().change_targets(lambda known: with_categories(known, wanted))
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_add_acceptance_clip,
    AIMOCAP_OT_remove_acceptance_clip,
    AIMOCAP_OT_acceptance_categories,
)
