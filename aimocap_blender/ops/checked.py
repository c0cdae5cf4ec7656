# SPDX-License-Identifier: GPL-3.0-or-later
"""When a button that has to do with spot checks makes sense, and what it works on."""

from __future__ import annotations

import bpy
from bpy.types import Context

from ..bridge import session
from ..bridge.review import checking, findings
from ..errors import AimocapError
from ..jobs.job import Job


class OnCheckable:
    """Shared by all: the active armature carries a motion our retarget made."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        reason = checking.obstacle(context.object)
        if reason is not None:
            cls.poll_message_set(reason)  # type: ignore[attr-defined]
            return False
        return True


class OnChecked(OnCheckable):
    """And it was checked."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not super().poll(context):
            return False
        if findings.read(context.object.animation_data.action) is None:
            cls.poll_message_set("Check Motion first")  # type: ignore[attr-defined]
            return False
        return True


def armature_of(context: Context) -> bpy.types.Object:
    """The active armature: `poll` has seen to it."""
    assert context.object is not None
    return context.object


def action_of(context: Context) -> bpy.types.Action:
    """The motion that is meant: `poll` has seen to it."""
    action = armature_of(context).animation_data.action
    assert action is not None
    return action


def jobs() -> tuple[Job, ...]:
    """The user's jobs; none while their list can't be opened: a check can do without."""
    try:
        return session.current().desk.jobs()
    except AimocapError:
        return ()
