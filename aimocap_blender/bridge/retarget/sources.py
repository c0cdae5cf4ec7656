# SPDX-License-Identifier: GPL-3.0-or-later
"""What a retargeted action remembers of the motion it was made from: enough to find it again.

Custom properties on the action, one a field, named `aimocap_source_*`: the file (or the armature
of the scene), which armature in it, which seconds of it, and at which frame they begin.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import bpy

from ...motion.options import RetargetOptions

_PREFIX = "aimocap_source_"
TARGET = "aimocap_retargeted_onto"
"""Name of the armature object the action was made for."""


@dataclass(frozen=True)
class SourceRecord:
    """One retarget. Times are seconds since the source's first key.

    motion      absolute path of the motion file, "" for an armature of the scene
    armature    the armature object in the file or in the scene
    action      the action the armature of the scene played; for a file that holds several motions
                the one that was taken, else ""
    fps         frames per second of the source's keys
    start_frame, scene_fps, time_scale  where in the scene `first_second` plays, and how fast
    feet_on, in_place, root_on_object, upper_body  how it was retargeted
    """

    motion: str
    armature: str
    action: str
    fps: float
    first_second: float
    last_second: float
    start_frame: float
    scene_fps: float
    time_scale: float
    feet_on: bool
    in_place: bool
    root_on_object: bool
    upper_body: bool

    @property
    def options(self) -> RetargetOptions:
        """The options of the retarget, but for the reduction of keys."""
        return RetargetOptions(
            feet_on=self.feet_on,
            in_place=self.in_place,
            root="object" if self.root_on_object else "bone",
            upper_body=self.upper_body,
        )


def write(action: bpy.types.Action, record: SourceRecord, target: bpy.types.Object) -> None:
    """Put the record on the action made for `target`."""
    action[TARGET] = target.name
    for field in fields(record):
        action[_PREFIX + field.name] = getattr(record, field.name)


def read(action: bpy.types.Action) -> SourceRecord | None:
    """What the action remembers; None when it was not made by a retarget of ours."""
    values: dict[str, str | float | bool] = {}
    for field in fields(SourceRecord):
        value = action.get(_PREFIX + field.name)
        match field.type:
            case "str":
                values[field.name] = value if isinstance(value, str) else ""
            case "float" if isinstance(value, int | float):
                values[field.name] = float(value)
            case "bool" if isinstance(value, int | float):
                values[field.name] = bool(value)
            case _:
                return None
    return SourceRecord(**values)  # type: ignore[arg-type]
