# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps in a version's life, each a pure function from registry to registry.

Which step may follow which stands in `states`; here is what a step asks for and writes down.
"""

from __future__ import annotations

from datetime import datetime

from .acceptance import acceptance_reason, counting
from .document import Registry
from .model import Target, TargetVersion, VersionNote
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
    target, version = find(registry, target_id, label)
    state = next_state(version.state, event)
    words = f"{state.value}: {reason}" if reason else state.value
    changes: dict[str, object] = {"state": state, "state_reason": reason}
    changes["history"] = (*version.history, VersionNote(words=words, person=person, date=now))
    if event is VersionEvent.PUBLISH:
        lacking = acceptance_reason(registry, version)
        if lacking:
            raise TargetError(
                f'Version {label} of "{target.name}" can\'t be published: {lacking}.',
                remedy="Run its acceptance, or record what was accepted.",
            )
        changes |= {"published_on": now, "approved_on": now, "approved_by": person}
        changes |= _accepted_skeleton(version)
        target = _retire_published(target, label)
    if event is VersionEvent.SKELETON_CHANGED:
        changes["accept_after"] = now
        # A document by hand may call several published: an older one must not take its place.
        target = _retire_published(target, label)
    return registry.with_target(_with_version(target, version.model_copy(update=changes)))


def note_result(
    registry: Registry,
    target_id: str,
    label: str,
    fingerprint: str,
    *,
    is_accepted: bool | None,
    now: datetime,
    rest_summary: str = "",
    reported: str | None = None,
) -> tuple[Registry, str]:
    """The registry after a result of this version, and a sentence for the user ("" for no news).

    `rest_summary` tells the skeleton to people. `is_accepted` is whether the skeleton that came
    back is the accepted one, None when none was written down yet: then this one is. `reported` is
    the version the service itself names, None when it names none. Another version or another
    skeleton means that the avatar was published again: it goes to testing until it is accepted
    anew. Errors: TargetError for an unknown version.
    """
    target, version = find(registry, target_id, label)
    if reported is not None and reported != label and target.version(reported) is None:
        reason = f"the service delivered it on {now:%Y-%m-%d}"
        changed = bump(registry, target_id, reported, now=now, reason=reason)
        return changed, (
            f'"{target.name}" came back as version {reported}, not {label}: '
            "accept it before more jobs go to it."
        )
    if reported is not None and reported != label:
        return registry, ""
    if is_accepted is None and not version.fingerprint:
        told = {"fingerprint": fingerprint, "rest_summary": rest_summary}
        noted = version.model_copy(update=told)
        return registry.with_target(_with_version(target, noted)), ""
    if is_accepted is not False or version.state is not VersionState.PUBLISHED:
        return registry, ""
    changed = take_step(
        registry,
        target_id,
        label,
        VersionEvent.SKELETON_CHANGED,
        now=now,
        reason=f"another skeleton came back on {now:%Y-%m-%d}",
    )
    return changed, (
        f'The skeleton of "{target.name}" is not the accepted one of version {label}: '
        "accept it anew before more jobs go to it."
    )


def bump(
    registry: Registry, target_id: str, label: str, *, now: datetime, reason: str = ""
) -> Registry:
    """The registry after the Studio published the avatar as a new version: to be tested.

    The version before is retired, as the service runs it no more, so the target can't be chosen
    until the new one is accepted. `now` is UTC. Errors: TargetError for a built-in or unknown
    target and for a label that is there already.
    """
    target = avatar(registry, target_id)
    if target.version(label) is not None:
        raise TargetError(
            f'"{target.name}" has a version {label} already.', remedy="Give the new one its own."
        )
    before = target.versions[-1] if target.versions else None
    draft = TargetVersion(
        label=label,
        limitations=before.limitations if before else (),
        fallback=before.fallback if before else "default",
        accept_after=None,
    )
    target = _retire_published(target, label)
    changed = registry.with_target(
        target.model_copy(update={"versions": (*target.versions, draft)})
    )
    return take_step(changed, target_id, label, VersionEvent.TEST, now=now, reason=reason)


def remark(
    registry: Registry, target_id: str, label: str, words: str, *, now: datetime, person: str = ""
) -> Registry:
    """The registry with a line in that version's history. Errors: TargetError."""
    target, version = find(registry, target_id, label)
    line = VersionNote(words=words, person=person, date=now)
    changed = version.model_copy(update={"history": (*version.history, line)})
    return registry.with_target(_with_version(target, changed))


def avatar(registry: Registry, target_id: str) -> Target:
    """The custom avatar with this id. Errors: TargetError for a built-in or unknown target."""
    target = registry.target(target_id)
    if target is None:
        raise TargetError(f'Target "{target_id}" is not in the registry.')
    if target.is_built_in:
        raise TargetError(
            f'"{target.name}" is the service\'s own target: its versions are not kept here.'
        )
    return target


def with_version(registry: Registry, target_id: str, version: TargetVersion) -> Registry:
    """The registry with this version in the place of the one with its label."""
    return registry.with_target(_with_version(avatar(registry, target_id), version))


def find(registry: Registry, target_id: str, label: str) -> tuple[Target, TargetVersion]:
    """That version of a custom avatar. Errors: TargetError when it is not known."""
    target = avatar(registry, target_id)
    version = target.version(label)
    if version is None:
        labels = ", ".join(version.label for version in target.versions) or "none"
        raise TargetError(
            f'"{target.name}" has no version {label}.', remedy=f"These are known: {labels}."
        )
    return target, version


def _accepted_skeleton(version: TargetVersion) -> dict[str, object]:
    """What publishing accepts: the skeleton its clips came back with, or that of the next result.

    A version whose skeleton never changed keeps the one that is written down.
    """
    marks = [record for record in counting(version) if record.fingerprint]
    if marks:
        kept, resting = marks[-1].fingerprint, marks[-1].rest_summary or version.rest_summary
    elif version.accept_after is None:
        kept, resting = version.fingerprint, version.rest_summary
    else:
        kept, resting = "", ""
    return {"fingerprint": kept, "rest_summary": resting, "accept_after": None}


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
