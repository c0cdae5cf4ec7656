# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user has chosen for the next capture: `Scene.aimocap`, saved with the .blend.

No job state and no secret lives here. `WindowManager.aimocap` holds the selection in the job
list, which is not saved.
"""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, PointerProperty
from bpy.types import Context, Object, PropertyGroup

from . import session

MOCAP_TYPES = (
    ("full_body", "Full Body", "Capture the whole body and its way through the room"),
    ("upper_body", "Upper Body", "Capture torso, arms and head; legs and root stay as they are"),
)
EXPORT_RATES = tuple(
    (str(fps), f"{fps} fps", f"The service samples the motion {fps} times a second")
    for fps in (24, 30, 60, 120)
)


def _target_items(_settings: PropertyGroup, _context: Context | None) -> list[session.EnumItem]:
    return session.target_items()


def _is_armature(_settings: PropertyGroup, candidate: Object) -> bool:
    return candidate.type == "ARMATURE"


class AIMOCAP_PG_scene(PropertyGroup):
    """The choices in the Capture panel."""

    target: EnumProperty(  # type: ignore[valid-type]
        name="Target",
        description="The published target the service retargets to",
        items=_target_items,
    )
    mocap_type: EnumProperty(  # type: ignore[valid-type]
        name="Capture",
        description="Which part of the body is captured",
        items=MOCAP_TYPES,
    )
    export_fps: EnumProperty(  # type: ignore[valid-type]
        name="Export",
        description="Sampling rate of the motion the service returns",
        items=EXPORT_RATES,
        default="30",
    )
    hands_matter: BoolProperty(  # type: ignore[valid-type]
        name="Hands Matter",
        description="The clip is about hands: warn before capturing it with a target that is "
        "known to be weak there",
    )
    armature: PointerProperty(  # type: ignore[valid-type]
        name="Armature",
        description="The character that receives the motion",
        type=Object,
        poll=_is_armature,
    )


class AIMOCAP_PG_job_row(PropertyGroup):
    """One line of the job list: `name` is the job's local id, the rest is in the session."""


class AIMOCAP_PG_window(PropertyGroup):
    """The job list's rows and its selection."""

    rows: CollectionProperty(type=AIMOCAP_PG_job_row)  # type: ignore[valid-type]
    row: IntProperty(name="Job", description="The selected job")  # type: ignore[valid-type]


CLASSES = (AIMOCAP_PG_scene, AIMOCAP_PG_job_row, AIMOCAP_PG_window)


def attach() -> None:
    """Put the two pointers on Blender's types."""
    bpy.types.Scene.aimocap = PointerProperty(  # type: ignore[attr-defined]
        type=AIMOCAP_PG_scene
    )
    bpy.types.WindowManager.aimocap = PointerProperty(  # type: ignore[attr-defined]
        type=AIMOCAP_PG_window
    )


def detach() -> None:
    """Take them off again, as far as they are there."""
    for owner in (bpy.types.WindowManager, bpy.types.Scene):
        if hasattr(owner, "aimocap"):
            del owner.aimocap
