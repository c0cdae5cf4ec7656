# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps in a version's life, each a pure function from registry to registry.

Which step may follow which stands in `states`; here is what a step asks for and writes down.
"""

from __future__ import annotations

from datetime import datetime

from .choices import acceptance_reason
from .document import Registry
from .model import Target, TargetVersion
from .states import TargetError, VersionEvent, VersionState, next_state


def take_step(
    registry: Registry,
    target_id: str,
    label: str,
    event: VersionEvent,
    *,
    now: datetime,
    reason: str = "",
    person: str = "",
) -> Registry:
    """The registry after a step of one version. `now` is UTC; `reason` is shown with the state.

    PUBLISH asks for a complete acceptance of this very version and retires the version that was
    published before: the service runs one. Errors: TargetError; then nothing has changed.
    """
    target, version = _find(registry, target_id, label)
    state = next_state(version.state, event)
    changes: dict[str, object] = {"state": state, "state_reason": reason}
    if event is VersionEvent.PUBLISH:
        lacking = acceptance_reason(registry, version)
        if lacking:
            raise TargetError(
                f'Version {label} of "{target.name}" can\'t be published: {lacking}.',
                remedy="Run its acceptance, or record what was accepted.",
            )
        changes |= {"published_on": now, "approved_on": now, "approved_by": person}
        target = _retire_published(target, label)
    return registry.with_target(_with_version(target, version.model_copy(update=changes)))


def note_skeleton(
    registry: Registry,
    target_id: str,
    label: str,
    fingerprint: str,
    *,
    is_accepted: bool | None,
    now: datetime,
) -> Registry:
    """The registry after a result of this version brought a skeleton with this fingerprint.

    `is_accepted` is whether that is the accepted skeleton, None when none was written down yet:
    then this one is. Another one than the accepted means that the avatar was published again: the
    version goes to testing until it is accepted anew. The same registry is returned when there is
    nothing to note. Errors: TargetError for an unknown version.
    """
    target, version = _find(registry, target_id, label)
    if is_accepted is None and not version.fingerprint:
        noted = version.model_copy(update={"fingerprint": fingerprint})
        return registry.with_target(_with_version(target, noted))
    if is_accepted is not False or version.state is not VersionState.PUBLISHED:
        return registry
    return take_step(
        registry,
        target_id,
        label,
        VersionEvent.SKELETON_CHANGED,
        now=now,
        reason=f"another skeleton came back on {now:%Y-%m-%d}: publish it as a new version",
    )


def _find(registry: Registry, target_id: str, label: str) -> tuple[Target, TargetVersion]:
    target = registry.target(target_id)
    if target is None:
        raise TargetError(f'Target "{target_id}" is not in the registry.')
    if target.is_built_in:
        raise TargetError(
            f'"{target.name}" is the service\'s own target: its versions are not kept here.'
        )
    for version in target.versions:
        if version.label == label:
            return target, version
    labels = ", ".join(version.label for version in target.versions) or "none"
    raise TargetError(
        f'"{target.name}" has no version {label}.', remedy=f"These are known: {labels}."
    )


def _retire_published(target: Target, successor: str) -> Target:
    retired = {
        "state": next_state(VersionState.PUBLISHED, VersionEvent.RETIRE),
        "state_reason": f"replaced by version {successor}",
    }
    versions = tuple(
        version.model_copy(update=retired) if version.state is VersionState.PUBLISHED else version
        for version in target.versions
    )
    return target.model_copy(update={"versions": versions})


def _with_version(target: Target, changed: TargetVersion) -> Target:
    versions = tuple(changed if v.label == changed.label else v for v in target.versions)
    return target.model_copy(update={"versions": versions})
