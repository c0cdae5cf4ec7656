# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps in a version's life: from draft to published, and back when its skeleton changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.targets import choices
from aimocap_blender.targets.avatars import AvatarEntry, record
from aimocap_blender.targets.changes import bump, note_result, take_step
from aimocap_blender.targets.document import Registry, with_built_ins
from aimocap_blender.targets.model import Target, TargetKind, TargetVersion
from aimocap_blender.targets.states import TargetError, VersionEvent, VersionState

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KNIGHT = "avatar:k7"


def registry(*versions: TargetVersion) -> Registry:
    target = Target(id=KNIGHT, name="Knight", kind=TargetKind.AVATAR, versions=versions)
    return with_built_ins(Registry(targets=(target,)))


def states(known: Registry) -> dict[str, VersionState]:
    target = known.target(KNIGHT)
    assert target is not None
    return {version.label: version.state for version in target.versions}


def test_the_way_of_an_avatar_from_draft_to_chosen() -> None:
    known = registry(TargetVersion(label="1", acceptance_note="walks well"))
    with pytest.raises(TargetError, match="draft"):
        choices.require(known, KNIGHT)
    with pytest.raises(TargetError, match="publish"):
        take_step(known, KNIGHT, "1", VersionEvent.PUBLISH, now=NOW)
    known = take_step(known, KNIGHT, "1", VersionEvent.TEST, now=NOW)
    known = take_step(known, KNIGHT, "1", VersionEvent.PUBLISH, now=NOW, person="Ana")
    assert choices.require(known, KNIGHT).version == "1"
    target = known.target(KNIGHT)
    assert target is not None
    assert (target.versions[0].published_on, target.versions[0].approved_by) == (NOW, "Ana")


def test_nothing_is_published_without_acceptance() -> None:
    known = registry(TargetVersion(label="1", state=VersionState.TESTING))
    with pytest.raises(TargetError, match="no acceptance is recorded"):
        take_step(known, KNIGHT, "1", VersionEvent.PUBLISH, now=NOW)


def test_a_new_version_takes_the_place_of_the_published_one() -> None:
    known = registry(
        TargetVersion(label="1", state=VersionState.PUBLISHED, acceptance_note="ok"),
        TargetVersion(label="2", state=VersionState.TESTING, acceptance_note="ok"),
    )
    known = take_step(known, KNIGHT, "2", VersionEvent.PUBLISH, now=NOW)
    assert states(known) == {"1": VersionState.RETIRED, "2": VersionState.PUBLISHED}
    assert choices.require(known, KNIGHT).version == "2"


def came_back(
    known: Registry, mark: str, *, is_accepted: bool | None, reported: str | None = None
) -> tuple[Registry, str]:
    return note_result(
        known, KNIGHT, "1", mark, is_accepted=is_accepted, now=NOW, reported=reported
    )


def test_the_first_skeleton_is_the_accepted_one_and_another_sends_it_to_testing() -> None:
    known = registry(TargetVersion(label="1", state=VersionState.PUBLISHED, acceptance_note="ok"))
    known, news = came_back(known, "skeleton-1:a:x", is_accepted=None)
    assert not news
    assert choices.require(known, KNIGHT).fingerprint == "skeleton-1:a:x"
    same, _ = came_back(known, "skeleton-1:a:y", is_accepted=True)
    assert same is known
    known, news = came_back(known, "skeleton-1:b:x", is_accepted=False)
    assert "not the accepted one of version 1" in news
    assert states(known) == {"1": VersionState.TESTING}
    with pytest.raises(TargetError, match=r"another skeleton came back on 2026-05-04"):
        choices.require(known, KNIGHT)
    target = known.target(KNIGHT)
    assert target is not None
    assert target.versions[0].fingerprint == "skeleton-1:a:x", "what was accepted is kept"
    again, _ = came_back(known, "skeleton-1:b:x", is_accepted=False)
    assert again is known


def test_after_another_skeleton_the_old_note_does_not_publish_it_again() -> None:
    known = registry(
        TargetVersion(
            label="1", state=VersionState.PUBLISHED, acceptance_note="ok", fingerprint="a"
        )
    )
    known, _ = came_back(known, "b", is_accepted=False)
    with pytest.raises(TargetError, match="no acceptance is recorded"):
        take_step(known, KNIGHT, "1", VersionEvent.PUBLISH, now=NOW)
    entry = AvatarEntry("k7", version="1", acceptance_note="seen with the new skeleton, Ana")
    known = record(known, entry, NOW)
    assert states(known) == {"1": VersionState.PUBLISHED}
    known, _ = came_back(known, "b", is_accepted=None)
    assert choices.require(known, KNIGHT).fingerprint == "b"


def test_a_version_that_the_service_names_and_nobody_recorded_is_to_be_tested() -> None:
    known = registry(TargetVersion(label="1", state=VersionState.PUBLISHED, acceptance_note="ok"))
    known, news = came_back(known, "a", is_accepted=None, reported="2")
    assert "came back as version 2, not 1" in news
    assert states(known) == {"1": VersionState.RETIRED, "2": VersionState.TESTING}
    with pytest.raises(TargetError, match="version 2 is being tested"):
        choices.require(known, KNIGHT)
    same, _ = came_back(known, "a", is_accepted=None, reported="2")
    assert same is known


def test_bumping_a_version_by_hand_takes_the_old_one_out_of_use() -> None:
    known = registry(
        TargetVersion(
            label="1", state=VersionState.PUBLISHED, acceptance_note="ok", limitations=("hands",)
        )
    )
    known = bump(known, KNIGHT, "2", now=NOW, reason="published in the Studio by Ana")
    assert states(known) == {"1": VersionState.RETIRED, "2": VersionState.TESTING}
    assert not [choice for choice in choices.choices(known) if choice.id == KNIGHT]
    target = known.target(KNIGHT)
    assert target is not None
    assert target.versions[1].limitations == ("hands",)
    with pytest.raises(TargetError, match="already"):
        bump(known, KNIGHT, "2", now=NOW)


def test_recording_a_version_again_keeps_what_is_known_of_it() -> None:
    known = record(registry(), AvatarEntry("k7", version="1", acceptance_note="ok"), NOW)
    known, _ = came_back(known, "a", is_accepted=None)
    later = NOW + timedelta(days=3)
    known = record(
        known, AvatarEntry("k7", version="1", acceptance_note="ok", limitations=("hands",)), later
    )
    choice = choices.require(known, KNIGHT)
    assert (choice.fingerprint, choice.limitations) == ("a", ("hands",))
    target = known.target(KNIGHT)
    assert target is not None
    assert target.versions[0].published_on == NOW


@pytest.mark.parametrize(
    ("target", "label", "words"),
    [("avatar:x", "1", "not in the registry"), (KNIGHT, "9", "no version 9"),
     ("default", "1", "service's own")],
)  # fmt: skip
def test_an_unknown_version_is_named(target: str, label: str, words: str) -> None:
    with pytest.raises(TargetError, match=words):
        take_step(registry(TargetVersion(label="1")), target, label, VersionEvent.TEST, now=NOW)


@given(st.lists(st.tuples(st.sampled_from(["1", "2"]), st.sampled_from(VersionEvent)), max_size=30))
def test_whatever_happens_at_most_one_version_is_published(
    steps: list[tuple[str, VersionEvent]],
) -> None:
    known = registry(
        TargetVersion(label="1", acceptance_note="ok"), TargetVersion(label="2", acceptance_note="")
    )
    for label, event in steps:
        before = known
        try:
            known = take_step(known, KNIGHT, label, event, now=NOW)
        except TargetError:
            assert known is before
        found = states(known)
        assert list(found.values()).count(VersionState.PUBLISHED) <= 1
        assert found["2"] is not VersionState.PUBLISHED, "it was never accepted"
        chosen = [choice for choice in choices.choices(known) if choice.id == KNIGHT]
        assert bool(chosen) == (found["1"] is VersionState.PUBLISHED)
