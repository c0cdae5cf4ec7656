# SPDX-License-Identifier: GPL-3.0-or-later
"""The next capture: from strip, scene and preferences to a `CaptureRequest` or the one obstacle.

The button's poll, the Capture panel and the submit operator all ask here, so that a grey button
and a refused script are told the same thing.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, assert_never, cast

import bpy

from ..api import urls
from ..clips import files, trim
from ..errors import AimocapError
from ..jobs.job import CaptureRequest, MocapType, Placement, ServiceRef
from . import consent, settings, strips

if TYPE_CHECKING:
    from ..targets.choices import TargetChoice
    from ..targets.document import Registry


_NO_ADDRESS = "The service's address can't be used: it has to be https, or http on this machine"


class Remedy(Enum):
    """The button that takes an obstacle away; the value is what stands on it."""

    NONE = ""
    ALLOW_ONLINE = "Allow"
    OPEN_PREFERENCES = "Open Preferences"


@dataclass(frozen=True)
class Obstacle:
    """Why the button is grey: one line, and the button that helps."""

    text: str
    remedy: Remedy = Remedy.NONE


class NotNow(AimocapError):
    """A capture can't be started as things are; `obstacle` is the line the panel shows."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.text)
        self.obstacle = obstacle


def obstacle(context: bpy.types.Context) -> Obstacle | None:
    """The first thing in the way of a capture. Reads no file: cheap enough for a redraw."""
    try:
        trim.plan(strips.active(context))
    except AimocapError as error:
        return Obstacle(f"{error.what} {error.remedy}".strip())
    chosen = context.scene.aimocap
    if not chosen.target:
        return Obstacle("Choose a published target")
    if is_character(chosen.target) and chosen.armature is None:
        return Obstacle("Choose the armature that receives the motion")
    in_force = settings.read()
    return service_obstacle(in_force)


def service_obstacle(in_force: settings.Settings) -> Obstacle | None:
    """What is in the way of reaching the service at all: address, key or permission."""
    if not in_force.service.base_url:
        return Obstacle("No service address is set", Remedy.OPEN_PREFERENCES)
    try:
        urls.checked(in_force.service.base_url)
    except AimocapError:
        return Obstacle(_NO_ADDRESS, Remedy.OPEN_PREFERENCES)
    if not in_force.key:
        return Obstacle("No API key", Remedy.OPEN_PREFERENCES)
    if (reason := consent.why_not_connect(in_force.service)) is not None:
        return Obstacle(reason, Remedy.ALLOW_ONLINE)
    return None


def request(
    context: bpy.types.Context, registry: Registry
) -> tuple[CaptureRequest, bpy.types.Object | None]:
    """What the panel shows as a request, and the armature it is meant for.

    Errors: `NotNow` with the obstacle; `ClipError` for a file that can't be sent; `TargetError`
    for a target that may not be chosen. Nothing has happened then.
    """
    if (found := obstacle(context)) is not None:
        raise NotNow(found)
    from ..targets import choices

    service = settings.read().service
    chosen = context.scene.aimocap
    target = choices.require(registry, chosen.target)
    plan = trim.plan(strips.active(context))
    facts = files.examine(plan.path)
    files.require_container(facts, documented_only=service.kind == "aimocap")
    armature = chosen.armature if is_character(target.id) else None
    made = CaptureRequest(
        title=plan.name,
        service=service,
        clip_path=plan.path,
        clip_name=plan.path.name,
        source_duration_seconds=plan.source_duration_seconds,
        trim_start_seconds=plan.start_seconds,
        trim_end_seconds=plan.end_seconds,
        export_fps=int(chosen.export_fps),
        mocap_type=cast(MocapType, chosen.mocap_type),
        target_id=target.id,
        target_name=target.name,
        target_version=target.version,
        placement=Placement(
            scene_name=context.scene.name,
            strip_name=plan.name,
            armature_name=armature.name if armature else "",
            first_frame=plan.first_frame,
            time_scale=plan.time_scale,
            blend_path=bpy.data.filepath,
        ),
    )
    return made, armature


def target_items(registry: Registry) -> list[tuple[str, str, str, int]]:
    """The target menu: choosable targets only, each with a number that stays its own.

    Blender stores the number, not the id; a running number would let the scene's choice slip to
    another target when the registry changes.
    """
    from ..targets import choices

    return [
        (choice.id, _label(choice), _tooltip(choice), _number(choice.id))
        for choice in choices.choices(registry)
    ]


def is_character(target_id: str) -> bool:
    """Whether the target's motion goes onto an armature."""
    return target_id != "unitree_g1"


def note_of(service: ServiceRef, key_from: str) -> str:
    """The line under the button: who is asked, and with which key."""
    match service.kind:
        case "local":
            return "Local service on this machine - nothing is charged"
        case "aimocap":
            return f"AIMoCap - key from {key_from}"
        case "other":
            return f"{service.base_url} - key from {key_from}"
        case _:
            assert_never(service.kind)


def _number(target_id: str) -> int:
    return 0 if target_id == "default" else zlib.crc32(target_id.encode()) & 0x7FFFFFFF | 1


def _label(choice: TargetChoice) -> str:
    return f"{choice.name}, version {choice.version}" if choice.version else choice.name


def _tooltip(choice: TargetChoice) -> str:
    if choice.limitations:
        return f"{choice.id}. Known limitations: {'; '.join(choice.limitations)}"
    return choice.id
