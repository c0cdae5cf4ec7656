# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be chosen for a job, and the one reason why the rest may not.

The panel, scripts and the headless way ask here: there is no other gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from .acceptance import acceptance_reason
from .document import Registry
from .model import Target, TargetKind, TargetVersion, kind_of
from .states import TargetError, VersionState


@dataclass(frozen=True)
class TargetChoice:
    """A target a job may be sent to.

    version      label of the published version; None for the service's own targets, whose
                 versions it does not tell
    limitations  known weaknesses, shown beside the choice
    fingerprint  of the accepted skeleton, "" when none was recorded
    fallback     target to try when this one fails, "" for none
    """

    id: str
    name: str
    kind: TargetKind
    version: str | None
    limitations: tuple[str, ...] = ()
    fingerprint: str = ""
    fallback: str = ""


def hands_warning(choice: TargetChoice) -> str:
    """A sentence when a clip about hands should not be spent on this target; "" when it may."""
    weak = [words for words in choice.limitations if "hand" in words.lower()]
    if not weak:
        return ""
    return f'"{choice.name}" is known to be weak at hands ({"; ".join(weak)}).'


@dataclass(frozen=True)
class Refusal:
    """A target that can't be chosen, and the first thing that stands in the way."""

    target: Target
    reason: str


def choices(registry: Registry) -> tuple[TargetChoice, ...]:
    """The selectable targets, in the document's order."""
    return tuple(_choice(t) for t in registry.targets if _reason(registry, t) is None)


def refusals(registry: Registry) -> tuple[Refusal, ...]:
    """The other targets, each with its one reason."""
    reasons = ((target, _reason(registry, target)) for target in registry.targets)
    return tuple(Refusal(target, reason) for target, reason in reasons if reason is not None)


def require(registry: Registry, target_id: str) -> TargetChoice:
    """The choice with this id; TargetError with the reason when it may not be chosen."""
    target = registry.target(target_id)
    if target is None:
        known = ", ".join(choice.id for choice in choices(registry))
        what = (
            f'Target "{target_id}" is not in the registry.'
            if kind_of(target_id)
            else f'"{target_id}" is no target of the service.'
        )
        raise TargetError(what, remedy=f"These can be chosen: {known}.")
    reason = _reason(registry, target)
    if reason is not None:
        raise TargetError(
            f'Target "{target.name}" ({target.id}) can\'t be chosen: {reason}.',
            remedy="Publish a version and record its acceptance, or choose another target.",
        )
    return _choice(target)


def _choice(target: Target) -> TargetChoice:
    version = target.current
    return TargetChoice(
        id=target.id,
        name=target.name,
        kind=target.kind,
        version=version.label if version else None,
        limitations=target.limitations + (version.limitations if version else ()),
        fingerprint=version.fingerprint if version else "",
        fallback=version.fallback if version else "",
    )


def _reason(registry: Registry, target: Target) -> str | None:
    """The one reason why this target can't be chosen; None when it can."""
    if target.is_built_in:
        return None
    version = target.current
    if version is not None:
        reason = acceptance_reason(registry, version)
        return f"version {version.label} is published, but {reason}" if reason else None
    if not target.versions:
        return "it has no version"
    return _unpublished_reason(target.versions[-1])


def _unpublished_reason(version: TargetVersion) -> str:
    because = f" ({version.state_reason})" if version.state_reason else ""
    match version.state:
        case VersionState.DRAFT:
            return f"version {version.label} is a draft{because}"
        case VersionState.TESTING:
            return f"version {version.label} is being tested{because}"
        case VersionState.RETIRED:
            return f"version {version.label} is retired{because}"
        case VersionState.PUBLISHED:
            return f"version {version.label} is published{because}"
        case _:
            assert_never(version.state)
