# SPDX-License-Identifier: GPL-3.0-or-later
"""View models of the panels: every text and number they show, made here and only laid out there.

Made from Blender's data and the open session at each redraw; reads no file and asks no network.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..clips import trim
from ..clips.price import estimated_v_credits
from ..errors import AimocapError
from ..targets.states import VersionState
from . import capture, provenance, session, settings, strips
from .retarget.bone_map_view import MapView
from .words import shorten_middle

_NAME_LENGTH = 34


@dataclass(frozen=True)
class CaptureView:
    """The Capture panel: strip, target, price and what is in the way.

    `extent` is "12.4 s   frames 40-337   29.97 fps"; `button` carries the price.
    """

    clip: str
    extent: str
    notes: tuple[str, ...]
    version: str
    limitations: str
    button: str
    service: str
    obstacle: capture.Obstacle | None
    needs_armature: bool
    warning: str


@dataclass(frozen=True)
class ResultView:
    """The Result panel: where the selected armature's motion comes from.

    `news` says what has become of the version it was made with, "" when it is the current one.
    """

    title: str
    version: str
    news: str
    extent: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TargetLine:
    """One target in the preferences: chosen from, or listed with the reason why not."""

    target_id: str
    name: str
    state: str
    selectable: bool
    removable: bool


def capture_view(context: bpy.types.Context) -> CaptureView:
    """The Capture panel as things stand."""
    chosen = context.scene.aimocap
    in_force = settings.read()
    clip, extent, price, notes = _clip_words(context)
    return CaptureView(
        clip=clip,
        extent=extent,
        notes=notes,
        version=_version_words(chosen.target),
        limitations=_limitations(chosen.target),
        button=f"Capture Motion  (about {price})" if price else "Capture Motion",
        service=capture.note_of(in_force.service, in_force.key_from),
        obstacle=capture.obstacle(context),
        needs_armature=capture.is_character(chosen.target),
        warning=hands_warning(context),
    )


def hands_warning(context: bpy.types.Context) -> str:
    """What to know before a clip about hands is spent on the chosen target; "" for nothing."""
    from ..targets import choices

    current, chosen = session.peek(), context.scene.aimocap
    if current is None or not chosen.hands_matter:
        return ""
    choice = next(
        (one for one in choices.choices(current.registry) if one.id == chosen.target), None
    )
    return choices.hands_warning(choice) if choice is not None else ""


def result_view(context: bpy.types.Context) -> ResultView | None:
    """The motion on the active armature; None when it carries none of ours."""
    armature = context.object
    if armature is None or armature.type != "ARMATURE":
        return None
    action = armature.animation_data.action if armature.animation_data else None
    made = provenance.read(action) if action else None
    if action is None or made is None:
        return None
    first, last = action.frame_range[0], action.frame_range[1]
    return ResultView(
        title=f"{shorten_middle(made.clip_name, 20)} -> {shorten_middle(armature.name, 14)}",
        version=f"{made.target}, {version_words(made.target_version)}",
        news=_version_news(made),
        extent=f"frames {first:.0f}-{last:.0f}",
        rows=(
            ("Job", made.job_id),
            ("Trim", f"{made.trim_start_seconds:.2f} - {made.trim_end_seconds:.2f} s"),
            ("Capture", made.capture_type.replace("_", " ")),
            ("Export", f"{made.export_fps} fps"),
            ("Applied", made.applied_at),
        ),
    )


def _version_news(made: provenance.Provenance) -> str:
    """Whether the target has moved on since that motion was made."""
    current = session.peek()
    target = current.registry.target(made.target) if current else None
    if target is None or target.is_built_in:
        return ""
    now = target.at_service
    if now is not None and now.label != made.target_version:
        was = made.target_version
        made_with = f"version {was}" if was != provenance.UNKNOWN else "an unknown version"
        return f"Made with {made_with}; version {now.label} is current"
    if made.skeleton == "changed":
        return f"Its skeleton is not the accepted one of version {made.target_version}"
    if now is not None and now.state is VersionState.TESTING:
        return f"Version {now.label} is being tested"
    return ""


def bone_map_view(context: bpy.types.Context) -> MapView | None:
    """The bone map that was read of the active armature; None when none was."""
    current = session.peek()
    view = current.bone_map if current else None
    if view is None or context.object is None or context.object.session_uid != view.armature_uid:
        return None
    return view


def target_lines() -> tuple[TargetLine, ...]:
    """All targets of the registry; none before the session is open."""
    from ..targets import choices

    current = session.peek()
    if current is None:
        return ()
    refused = {refusal.target.id: refusal.reason for refusal in choices.refusals(current.registry)}
    return tuple(
        TargetLine(
            target_id=target.id,
            name=target.name,
            state=refused.get(target.id) or _selectable_words(target.current),
            selectable=target.id not in refused,
            removable=not target.is_built_in,
        )
        for target in current.registry.targets
    )


def jobs_summary() -> str:
    """The list's header, like "2 running, 14 in all"; "" without a job."""
    current = session.peek()
    if current is None or not current.views:
        return ""
    running, ready = len(current.views.moving()), current.views.ready
    parts = [f"{running} running"] if running else []
    parts += [f"{ready} ready"] if ready else []
    return ", ".join([*parts, f"{len(current.views)} in all"])


def connection_words() -> str:
    """What the last test of the connection said; "" before the first."""
    current = session.peek()
    return current.connection.words if current and current.connection else ""


def version_words(version: str) -> str:
    """The version as read from an action: "version 3", or that nobody knows."""
    return f"version {version}" if version != provenance.UNKNOWN else "version unknown"


def _clip_words(context: bpy.types.Context) -> tuple[str, str, str, tuple[str, ...]]:
    facts = strips.active(context)
    try:
        plan = trim.plan(facts)
    except AimocapError:
        return shorten_middle(facts.name, _NAME_LENGTH), "", "", ()
    first, last = plan.visible_frames
    extent = f"{plan.seconds:.1f} s   frames {first}-{last}   {plan.source_fps:.5g} fps"
    cost = estimated_v_credits(plan.seconds)
    price = f"{cost} v-credit" if cost == 1 else f"{cost} v-credits"
    return shorten_middle(plan.path.name, _NAME_LENGTH), extent, price, plan.notes


def _version_words(target_id: str) -> str:
    current = session.peek()
    target = current.registry.target(target_id) if current else None
    if target is None or target.current is None:
        return "version: unknown to the service"
    return f"version: {target.current.label}"


def _limitations(target_id: str) -> str:
    current = session.peek()
    target = current.registry.target(target_id) if current else None
    if target is None:
        return ""
    known = target.limitations + (target.current.limitations if target.current else ())
    return "; ".join(known)


def _selectable_words(version: object) -> str:
    label = getattr(version, "label", "")
    return f"version {label}, published" if label else "the service's own"
