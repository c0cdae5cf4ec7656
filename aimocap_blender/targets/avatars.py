# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom avatars in the registry: recording what the Studio did, never doing it.

An avatar is uploaded, bound, tested and published in the service's Studio. Here its id, the
published version and the reviewer's acceptance note are written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .document import Registry
from .model import AVATAR_PREFIX, BUILT_IN_KINDS, Target, TargetKind, TargetVersion, kind_of
from .states import TargetError, VersionState


@dataclass(frozen=True)
class AvatarEntry:
    """What the user types in. `avatar_id` with or without "avatar:"; `version` is the label of
    the published version, `acceptance_note` who accepted it and on what: without both it is a
    draft.
    """

    avatar_id: str
    name: str = ""
    version: str = ""
    acceptance_note: str = ""
    limitations: tuple[str, ...] = ()
    approved_by: str = ""

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
    """The registry with this avatar, or with this version added to it. `now` is UTC.

    A version label that is already there is replaced; other versions stay as they are.
    Errors: TargetError for an id that is none of the service's avatar ids.
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
    versions = tuple(v for v in target.versions if v.label != entry.version.strip())
    if entry.version.strip():
        versions = (*versions, _version(entry, now))
    name = entry.name.strip() or target.name
    return registry.with_target(target.model_copy(update={"name": name, "versions": versions}))


def remove(registry: Registry, target_id: str) -> Registry:
    """The registry without this avatar. Errors: TargetError for a built-in or unknown target."""
    if target_id in BUILT_IN_KINDS:
        raise TargetError("The service's own targets can't be removed.")
    if registry.target(target_id) is None:
        raise TargetError(f'Target "{target_id}" is not in the registry.')
    kept = tuple(target for target in registry.targets if target.id != target_id)
    return registry.model_copy(update={"targets": kept})


def _version(entry: AvatarEntry, now: datetime) -> TargetVersion:
    published = entry.state is VersionState.PUBLISHED
    return TargetVersion(
        label=entry.version.strip(),
        state=entry.state,
        state_reason="" if published else "no acceptance note yet",
        approved_by=entry.approved_by,
        approved_on=now if published else None,
        published_on=now if published else None,
        limitations=entry.limitations,
        acceptance_note=entry.acceptance_note.strip(),
        fallback="default",
    )
