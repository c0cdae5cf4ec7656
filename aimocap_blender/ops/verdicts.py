# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing a motion off or turning it down, and capturing it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from ..bridge import provenance, session
from ..bridge.review import origins, papers, verdicts
from ..errors import AimocapError
from ..jobs.job import Review
from .checked import OnChecked, action_of, armature_of
from .reporting import Outcome, told

_CAUSES = tuple((c.name, c.value.capitalize(), verdicts.NEXT_STEPS[c]) for c in verdicts.Cause)
_CLEAN_UPS = (
    ("NONE", "None", "Nothing is left to do"),
    ("LIGHT", "Light", "A few corrections by hand"),
    ("HEAVY", "Heavy", "Much is to be done by hand"),
)


if TYPE_CHECKING:

    class Mixin(OnChecked, Operator):
        """A part of an operator on a checked motion."""

else:
    # Blender reads no properties of a base class that is an operator itself.
    Mixin = OnChecked


class Signing(Mixin):
    """Shared by both verdicts: a dialog; the word on the motion, in its report, in the ledger."""

    note: StringProperty(name="Note")  # type: ignore[valid-type]

    def sign(self, armature: bpy.types.Object) -> verdicts.Signed:
        """Give the verdict."""
        raise NotImplementedError

    def words(self, action: str, signed: verdicts.Signed) -> str:
        """What the user is told of it."""
        raise NotImplementedError

    def invoke(self, context: Context, _event: Event) -> Outcome:
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context: Context) -> None:
        for name in ("cause", "clean_up", "note"):
            if name in self.properties.bl_rna.properties:
                self.layout.prop(self, name)

    @told
    def execute(self, context: Context) -> Outcome:
        action = action_of(context)
        signed = self.sign(armature_of(context))
        papers.note_verdict(action)
        self.report({"INFO"}, self.words(action.name, signed))
        try:
            _into_ledger(action, signed.review)
        except AimocapError as error:
            self.report({"WARNING"}, f"The verdict is not in the job list: {error}")
        return {"FINISHED"}


def _into_ledger(action: bpy.types.Action, review: Review) -> None:
    """Put the verdict into the record of the job the motion came from, if it came from one."""
    if provenance.read(action) is None:
        return
    current = session.current()
    job = origins.job_of(action, current.desk.jobs())
    if job is not None:
        current.desk.mark_reviewed(job.local_id, review, session.moment())
        current.refresh()


class AIMOCAP_OT_accept_motion(Signing, Operator):
    """Sign the motion off: who, when and what the checks said is kept with it"""

    bl_idname = "aimocap.accept_motion"
    bl_label = "Accept"
    bl_options = {"REGISTER", "UNDO"}

    clean_up: EnumProperty(  # type: ignore[valid-type]
        name="Clean-up", description="How much is left to do", items=_CLEAN_UPS
    )

    def sign(self, armature: bpy.types.Object) -> verdicts.Signed:
        return verdicts.accept(armature, verdicts.CleanUp[self.clean_up], self.note)

    def words(self, _action: str, signed: verdicts.Signed) -> str:
        return f"Accepted by {signed.word.person}"


class AIMOCAP_OT_reject_motion(Signing, Operator):
    """Turn the motion down: the action from before comes back, the verdict stays with this one"""

    bl_idname = "aimocap.reject_motion"
    bl_label = "Reject"
    bl_options = {"REGISTER", "UNDO"}

    cause: EnumProperty(  # type: ignore[valid-type]
        name="Cause", description="What is to blame", items=_CAUSES
    )
    clean_up: EnumProperty(  # type: ignore[valid-type]
        name="Clean-up",
        description="How much would have been left to do",
        items=_CLEAN_UPS,
        default="HEAVY",
    )

    def sign(self, armature: bpy.types.Object) -> verdicts.Signed:
        cause, clean_up = verdicts.Cause[self.cause], verdicts.CleanUp[self.clean_up]
        return verdicts.reject(armature, cause, clean_up, self.note)

    def words(self, action: str, signed: verdicts.Signed) -> str:
        back = signed.brought_back
        shown = f'"{back}" is back' if back else "the armature has no action now"
        step = verdicts.NEXT_STEPS[verdicts.Cause[self.cause]]
        return f'"{action}" is rejected, {shown}. {step}'


class AIMOCAP_OT_capture_again(Operator):
    """Submit the same capture once more; the list asks before it is sent and charged again"""

    bl_idname = "aimocap.capture_again"
    bl_label = "Capture Again"

    job_id: StringProperty(  # type: ignore[valid-type]
        name="Job", description="Local id of the job", options={"SKIP_SAVE"}
    )

    @told
    def execute(self, _context: Context) -> Outcome:
        current = session.current()
        current.submit_request(current.desk.job(self.job_id).request)
        self.report({"INFO"}, "The capture is in the job list")
        return {"FINISHED"}


CLASSES = (
    AIMOCAP_OT_accept_motion,
    AIMOCAP_OT_reject_motion,
    AIMOCAP_OT_capture_again,
)
