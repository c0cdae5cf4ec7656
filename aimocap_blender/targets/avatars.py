# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom avatars in the registry: recording what the Studio did, never doing it.

An avatar is uploaded, bound, tested and published in the service's Studio. Here its id, the
published version and the reviewer's acceptance note are written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .changes import take_step
from .document import Registry
from .model import (
    AVATAR_PREFIX,
    BUILT_IN_KINDS,
    StudioStep,
    Target,
    TargetKind,
    TargetVersion,
    kind_of,
)
from .states import TargetError, VersionEvent, VersionState


@dataclass(frozen=True)
class AvatarEntry:
    """What the user types in. `avatar_id` with or without "avatar:"; `version` is the label of
    the published version, `acceptance_note` who accepted it and on what: without both it is a
    draft. `owner` is whoever owns the source file.
    """

    avatar_id: str
    name: str = ""
    version: str = ""
    acceptance_note: str = ""
    limitations: tuple[str, ...] = ()
    approved_by: str = ""
    owner: str = ""
    studio_steps: tuple[StudioStep, ...] = ()

    @property
    def target_id(self) -> str:
        """The id the service knows: always with its prefix."""
        return AVATAR_PREFIX + self.avatar_id.strip().removeprefix(AVATAR_PREFIX)

    @property
    def state(self) -> VersionState:
        """Published with both a version and a note, else a draft."""
        accepted = self.version.strip() and self.acceptance_note.strip()
        return VersionState.PUBLISHED if accepted else VersionState.DRAFT


def record(registry: Registry, entry: AvatarEntry, now: datetime) -> Registry:
    """The registry with this avatar, or with this version of it brought to the state it is in.

    `now` is UTC. A version that is known keeps what was recorded of it: its acceptance, its
    skeleton, its dates. Errors: TargetError for an id that is none of the service's avatar ids,
    and when the version can't be published because its acceptance is not complete.
    """
    if kind_of(entry.target_id) is not TargetKind.AVATAR:
        raise TargetError(
            f'"{entry.avatar_id}" is no avatar id.',
            remedy="Copy the id from the avatar's page in the Studio.",
        )
    known = registry.target(entry.target_id)
    target = known or Target(
        id=entry.target_id, name=entry.name.strip() or entry.target_id, kind=TargetKind.AVATAR
    )
    changes: dict[str, object] = {"name": entry.name.strip() or target.name}
    if entry.owner.strip():
        changes["owner"] = entry.owner.strip()
    label = entry.version.strip()
    if label:
        changed = _told(target.version(label) or TargetVersion(label=label), entry)
        kept = tuple(changed if v.label == label else v for v in target.versions)
        is_new = target.version(label) is None
        changes["versions"] = (*target.versions, changed) if is_new else kept
    noted = registry.with_target(target.model_copy(update=changes))
    if entry.state is VersionState.PUBLISHED:
        return _published(noted, entry, now)
    return noted


def remove(registry: Registry, target_id: str) -> Registry:
    """The registry without this avatar. Errors: TargetError for a built-in or unknown target."""
    if target_id in BUILT_IN_KINDS:
        raise TargetError("The service's own targets can't be removed.")
    if registry.target(target_id) is None:
        raise TargetError(f'Target "{target_id}" is not in the registry.')
    kept = tuple(target for target in registry.targets if target.id != target_id)
    return registry.model_copy(update={"targets": kept})


def _told(version: TargetVersion, entry: AvatarEntry) -> TargetVersion:
    """The version with what the user typed in; what was left empty stays as it was."""
    changes: dict[str, object] = {}
    if entry.limitations:
        changes["limitations"] = entry.limitations
    if entry.studio_steps:
        changes["studio_steps"] = entry.studio_steps
    if entry.acceptance_note.strip():
        # A new word of the reviewer: it is about the skeleton that comes back now.
        changes |= {"acceptance_note": entry.acceptance_note.strip()}
        if version.accept_after is not None and not version.acceptance:
            changes |= {"accept_after": None, "fingerprint": ""}
    elif version.state is VersionState.DRAFT:
        changes["state_reason"] = "no acceptance note yet"
    if not version.fallback:
        changes["fallback"] = "default"
    return version.model_copy(update=changes)


def _published(registry: Registry, entry: AvatarEntry, now: datetime) -> Registry:
    """The registry with that version taken through the steps that are left until it is published.

    A version that is published stays so: only what was typed in is new.
    """
    label = entry.version.strip()
    way = {
        VersionState.DRAFT: (VersionEvent.TEST, VersionEvent.PUBLISH),
        VersionState.RETIRED: (VersionEvent.REOPEN, VersionEvent.PUBLISH),
        VersionState.TESTING: (VersionEvent.PUBLISH,),
        VersionState.PUBLISHED: (),
    }
    target = registry.target(entry.target_id)
    version = target.version(label) if target else None
    assert version is not None, "it was recorded a line before"
    for event in way[version.state]:
        registry = take_step(
            registry, entry.target_id, label, event, now=now, person=entry.approved_by
        )
    return registry
