# SPDX-License-Identifier: GPL-3.0-or-later
"""A target version's life: its next state, its hold, a new version after it, and what is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import person, session
from ..bridge.publishing import holding
from .reporting import Outcome, told


class VersionOperator:
    """Shared by all buttons of a version: which one."""

    target_id: StringProperty(  # type: ignore[valid-type]
        name="Target", description="Id of the target", options={"SKIP_SAVE"}
    )
    version: StringProperty(  # type: ignore[valid-type]
        name="Version", description="Label of the version", options={"SKIP_SAVE"}
    )


class AIMOCAP_OT_step_version(VersionOperator, Operator):
    """Take the version to its next state"""

    bl_idname = "aimocap.step_version"
    bl_label = "Change Version"

    STEPS: ClassVar = (
        ("publish", "Publish for Use", "Offer this version for production jobs"),
        ("test", "Begin Testing", "The Studio has published it; its acceptance comes next"),
        ("revise", "Back to Draft", "It is changed in the Studio once more"),
        ("reopen", "Test Again", "Take it out of use until it is accepted again"),
        ("retire", "Retire", "Never offer it again"),
    )
    event: EnumProperty(  # type: ignore[valid-type]
        name="Step", items=STEPS, options={"SKIP_SAVE"}
    )
    reason: StringProperty(name="Reason", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @classmethod
    def description(cls, _context: Context, properties: bpy.types.OperatorProperties) -> str:
        return next(words for name, _, words in cls.STEPS if name == properties.event)

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.changes import take_step
        from ..targets.states import VersionEvent

        target_id, label, reason = self.target_id, self.version, self.reason
        event, who, now = VersionEvent(self.event), person.name(), datetime.now(UTC)
        session.current().change_targets(
            lambda known: take_step(
                known, target_id, label, event, now=now, reason=reason, person=who
            )
        )
        return {"FINISHED"}


class AIMOCAP_OT_bump_version(Operator):
    """The Studio has published the avatar as a new version: test it, retire the one before"""

    bl_idname = "aimocap.bump_version"
    bl_label = "New Version"

    target_id: StringProperty(name="Target", options={"SKIP_SAVE"})  # type: ignore[valid-type]
    version: StringProperty(  # type: ignore[valid-type]
        name="New Version", description="Label of the version that the Studio has published"
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    @told
    def execute(self, _context: Context) -> Outcome:
        from ..targets.changes import bump

        target_id, label, now = self.target_id, self.version.strip(), datetime.now(UTC)
        reason = f"published in the Studio, recorded by {person.name()}"
        current = session.current()
        current.change_targets(lambda known: bump(known, target_id, label, now=now, reason=reason))
        current.shown_target = (target_id, label)
        return {"FINISHED"}


class AIMOCAP_OT_lift_hold(VersionOperator, Operator):
    """Let captures for this version through again; say what was found"""

    bl_idname = "aimocap.lift_hold"
    bl_label = "Lift the Hold"

    note: StringProperty(  # type: ignore[valid-type]
        name="Note", description="What was wrong with the avatar's setup and what was done about it"
    )

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self, width=420)

    @told
    def execute(self, _context: Context) -> Outcome:
        holding.lift(session.current(), self.target_id, self.version, self.note)
        return {"FINISHED"}


class AIMOCAP_OT_show_version(VersionOperator, Operator):
    """Unfold this version with its acceptance table"""

    bl_idname = "aimocap.show_version"
    bl_label = "Show Version"

    @told
    def execute(self, _context: Context) -> Outcome:
        current = session.current()
        chosen = (self.target_id, self.version)
        current.shown_target = ("", "") if current.shown_target == chosen else chosen
        current.refresh()
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_step_version,
    AIMOCAP_OT_bump_version,
    AIMOCAP_OT_lift_hold,
    AIMOCAP_OT_show_version,
)
