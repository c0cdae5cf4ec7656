# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a target version as one table: from draft to published, back when it changes."""

from __future__ import annotations

from enum import StrEnum

from ..errors import AimocapError


class TargetError(AimocapError):
    """A target can't be chosen or changed as asked."""


class VersionState(StrEnum):
    """Where a version stands; only PUBLISHED can be chosen for jobs."""

    DRAFT = "draft"
    TESTING = "testing"
    PUBLISHED = "published"
    RETIRED = "retired"


class VersionEvent(StrEnum):
    """What can happen to a version."""

    TEST = "test"
    REVISE = "revise"
    PUBLISH = "publish"
    SKELETON_CHANGED = "skeleton_changed"
    REOPEN = "reopen"
    RETIRE = "retire"


TRANSITIONS: dict[tuple[VersionState, VersionEvent], VersionState] = {
    (VersionState.DRAFT, VersionEvent.TEST): VersionState.TESTING,
    (VersionState.DRAFT, VersionEvent.RETIRE): VersionState.RETIRED,
    (VersionState.TESTING, VersionEvent.REVISE): VersionState.DRAFT,
    (VersionState.TESTING, VersionEvent.PUBLISH): VersionState.PUBLISHED,
    (VersionState.TESTING, VersionEvent.SKELETON_CHANGED): VersionState.TESTING,
    (VersionState.TESTING, VersionEvent.RETIRE): VersionState.RETIRED,
    (VersionState.PUBLISHED, VersionEvent.SKELETON_CHANGED): VersionState.TESTING,
    (VersionState.PUBLISHED, VersionEvent.REOPEN): VersionState.TESTING,
    (VersionState.PUBLISHED, VersionEvent.RETIRE): VersionState.RETIRED,
    (VersionState.RETIRED, VersionEvent.REOPEN): VersionState.TESTING,
}


def next_state(state: VersionState, event: VersionEvent) -> VersionState:
    """The state after the event; TargetError names both when the table has no such step."""
    try:
        return TRANSITIONS[state, event]
    except KeyError as error:
        possible = ", ".join(e.value for s, e in TRANSITIONS if s is state)
        raise TargetError(
            f'A {state.value} version can\'t take the step "{event.value}".',
            remedy=f"From {state.value} these are possible: {possible}.",
        ) from error
