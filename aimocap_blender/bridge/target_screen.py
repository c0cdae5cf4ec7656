# SPDX-License-Identifier: GPL-3.0-or-later
"""The view model of the Targets panel: every target, and one version with its acceptance table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy

from ..errors import AimocapError
from ..jobs.views import price_words
from ..targets.states import VersionState
from . import session
from .publishing import runs, stage

if TYPE_CHECKING:
    from ..targets.acceptance import AcceptanceLine
    from ..targets.document import Registry
    from ..targets.model import Target, TargetVersion

STUDIO_URL = "https://aimocap.net"
_STEPS = {
    "a_pose": "A-pose",
    "binding": "binding",
    "retarget_test": "retarget test",
    "publish": "publish",
}
_JUDGED = {"accepted": "Passed", "rejected": "Rejected"}


@dataclass(frozen=True)
class ClipLine:
    """One clip of the table.

    state       what stands between it and its verdict, or the verdict
    judgeable   whether there is a motion to pass or reject
    trouble     why its motion could not be applied, "" when it could
    """

    name: str
    category: str
    state: str
    checks: str
    earlier: str
    picture: str
    note: str
    local_id: str
    judgeable: bool
    passed: bool
    trouble: str


@dataclass(frozen=True)
class VersionView:
    """One version unfolded.

    facts      short lines: who approved it, when, its limitations
    missing    why it can't be published yet, "" when it can
    run        the words on Run Acceptance, with the price; "" when nothing is to be run
    remark     under Run Acceptance: how many clips, or why it is grey
    can_run    whether Run Acceptance can be pressed
    held       why nothing is sent to it, "" when it is
    earlier    label of the version its clips are compared with, "" for none
    """

    target_id: str
    name: str
    label: str
    state: str
    reason: str
    facts: tuple[str, ...]
    clips: tuple[ClipLine, ...]
    missing: str
    publishable: bool
    run: str
    remark: str
    can_run: bool
    held: str
    earlier: str
    scene: str


@dataclass(frozen=True)
class TargetRow:
    """One target of the list: its versions' labels, and the reason why it can't be chosen."""

    target_id: str
    name: str
    kind: str
    versions: tuple[str, ...]
    words: str
    selectable: bool


@dataclass(frozen=True)
class TargetsView:
    """The panel: its summary line ("Knight 3 published, 4 testing"), rows, the unfolded version.

    trouble  why the registry can't be understood
    remarks  what else there is to know about its file, sentences
    news     what others have changed in it, sentences
    """

    summary: str
    trouble: str
    remarks: tuple[str, ...]
    news: tuple[str, ...]
    rows: tuple[TargetRow, ...]
    shown: VersionView | None
    clips: tuple[str, ...]
    usage: tuple[str, ...]
    readiness: str


def picture_icon(path: str) -> int:
    """The icon of a motion's picture on disk, 0 when there is none. The file is read once."""
    current = session.peek()
    glance = stage.glance_of(path)
    return current.thumbnails.icon(glance) if current is not None and glance else 0


def targets_view(context: bpy.types.Context) -> TargetsView | None:
    """The panel as things stand; None before the session is open."""
    current = session.peek()
    if current is None:
        return None
    from ..targets import choices

    registry = current.registry
    refused = {refusal.target.id: refusal.reason for refusal in choices.refusals(registry)}
    rows = tuple(
        TargetRow(
            target_id=target.id,
            name=target.name,
            kind=target.kind.value,
            versions=tuple(version.label for version in target.versions),
            words=refused.get(target.id) or _chosen_words(target),
            selectable=target.id not in refused,
        )
        for target in registry.targets
    )
    return TargetsView(
        summary=_summary(registry),
        trouble=current.targets.trouble,
        remarks=current.targets.remarks,
        news=current.targets.news,
        rows=rows,
        shown=_shown(current, context),
        clips=tuple(f"{c.category}: {c.name}" for c in registry.acceptance_set.clips),
        usage=current.usage,
        readiness=_readiness_words(current),
    )


def _readiness_words(current: session.Session) -> str:
    """How the last readiness check stands, "" before the first."""
    check = current.readiness
    if check is None:
        return ""
    if check.packet is not None:
        return f"{check.packet.target_name}: {check.packet.summary} ({check.folder.name})"
    return check.error or "The readiness check is under way"


def _summary(registry: Registry) -> str:
    avatars = [target for target in registry.targets if not target.is_built_in]
    states = (VersionState.PUBLISHED, VersionState.TESTING)
    parts = [
        f"{target.name} " + ", ".join(f"{v.label} {v.state.value}" for v in alive)
        for target in avatars
        if (alive := [v for v in target.versions if v.state in states])
    ]
    return "; ".join(parts) or f"{len(avatars)} avatar{'s' * (len(avatars) != 1)}"


def _chosen_words(target: Target) -> str:
    if target.current is None:
        return "the service's own"
    return f"version {target.current.label}, published"


def _shown(current: session.Session, context: bpy.types.Context) -> VersionView | None:
    target = current.registry.target(current.shown_target[0])
    version = target.version(current.shown_target[1]) if target is not None else None
    if target is None or version is None:
        return None
    from ..targets import acceptance

    lacking = acceptance.acceptance_reason(current.registry, version) or ""
    before = acceptance.earlier_version(target, version)
    run, remark = _run_words(current, context, target.id, version.label)
    can_run = not runs.obstacle(current, context, target.id, version.label)
    lines = acceptance.lines(current.registry, target, version)
    return VersionView(
        target_id=target.id,
        name=target.name,
        label=version.label,
        state=version.state.value,
        reason=version.state_reason,
        facts=_facts(target, version),
        clips=tuple(_clip_line(current, line) for line in lines),
        missing=lacking,
        publishable=not lacking and version.state is VersionState.TESTING,
        run=run,
        remark=remark,
        can_run=can_run,
        held=_held(current, target.id, version.label),
        earlier=before.label if before else "",
        scene=runs.scene_name(target, version.label),
    )


def _run_words(
    current: session.Session, context: bpy.types.Context, target_id: str, label: str
) -> tuple[str, str]:
    try:
        run = runs.plan(current, target_id, label)
    except AimocapError as error:
        return "", error.what
    obstacle = runs.obstacle(current, context, target_id, label)
    clips = "1 clip" if len(run.lines) == 1 else f"{len(run.lines)} clips"
    words = f"Run Acceptance  ({price_words(run.v_credits)})"
    return words, obstacle or f"{clips} to run"


def _held(current: session.Session, target_id: str, label: str) -> str:
    return next(
        (
            hold.reason
            for hold in current.holds
            if (hold.target_id, hold.target_version) == (target_id, label)
        ),
        "",
    )


def _facts(target: Target, version: TargetVersion) -> tuple[str, ...]:
    facts = []
    if target.owner:
        facts.append(f"Source file: {target.owner}")
    if version.studio_steps:
        facts.append("Studio: " + ", ".join(_STEPS[step.value] for step in version.studio_steps))
    if version.approved_by and version.approved_on:
        facts.append(f"Approved by {version.approved_by}, {version.approved_on:%Y-%m-%d}")
    if version.rest_summary:
        facts.append(f"Skeleton: {version.rest_summary}")
    limitations = target.limitations + version.limitations
    if limitations:
        facts.append("Limitations: " + "; ".join(limitations))
    return tuple(facts)


def _clip_line(current: session.Session, line: AcceptanceLine) -> ClipLine:
    record = line.record
    verdict = record.verdict.value if record else ""
    view = current.view(record.local_id) if record and record.local_id else None
    trouble = current.acceptance.trouble(record.local_id) if record and not record.checks else ""
    if record is None:
        state = "Not run"
    elif verdict in _JUDGED:
        cause = f": {record.cause}" if record.cause else ""
        state = f"{_JUDGED[verdict]}{cause}"
    elif record.checks:
        state = "Give a verdict"
    else:
        state = view.line if view else "Run by somebody else"
    earlier = line.earlier
    return ClipLine(
        name=line.name,
        category=line.category,
        state=state,
        checks=record.checks if record else "",
        earlier=_JUDGED.get(earlier.verdict.value, "Not judged") if earlier else "",
        picture=record.picture if record else "",
        note=record.note if record else "",
        local_id=record.local_id if record else "",
        judgeable=bool(record and record.checks),
        passed=verdict == "accepted",
        trouble=trouble,
    )
