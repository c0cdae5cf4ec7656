# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people at one registry: nothing is lost, and each is told what the other has changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aimocap_blender.targets.acceptance import with_categories, with_clip
from aimocap_blender.targets.avatars import AvatarEntry, record, remove
from aimocap_blender.targets.changes import bump, remark, take_step, with_version
from aimocap_blender.targets.differences import differences
from aimocap_blender.targets.document import Registry, with_built_ins
from aimocap_blender.targets.model import AcceptanceClip, AcceptanceRecord, Verdict
from aimocap_blender.targets.records import added
from aimocap_blender.targets.registry import RegistryFile
from aimocap_blender.targets.states import TargetError, VersionEvent

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KNIGHT = "avatar:k7"
Change = Callable[[Registry], Registry]


def recorded(version: str = "3", note: str = "walks, by Ana") -> Change:
    entry = AvatarEntry("k7", "Knight", version, note, approved_by="Ana")
    return lambda known: record(known, entry, NOW)


def step(event: VersionEvent, person: str, version: str = "3") -> Change:
    return lambda known: take_step(known, KNIGHT, version, event, now=NOW, person=person)


@pytest.fixture
def ours(tmp_path: Path) -> RegistryFile:
    file = RegistryFile(tmp_path / "targets.json")
    file.update(recorded())
    return file


@pytest.fixture
def theirs(ours: RegistryFile) -> RegistryFile:
    other = RegistryFile(ours.path)
    other.load()
    return other


def test_what_others_wrote_is_told_by_the_next_reading(
    ours: RegistryFile, theirs: RegistryFile
) -> None:
    assert not ours.news.sentences, "our own change is no news"
    theirs.update(step(VersionEvent.REOPEN, "Ben"))
    ours.load()
    assert ours.news.sentences == (
        "Changed by others: Knight, version 3: from published to testing, by Ben.",
    )
    ours.load()
    assert not ours.news.sentences, "it is told once"


def test_changes_of_two_people_are_both_kept_and_the_later_is_told(
    ours: RegistryFile, theirs: RegistryFile
) -> None:
    clip = AcceptanceClip(name="walk", category="walking", path="walk.mp4", trim_end_seconds=2.0)
    theirs.update(lambda known: with_clip(known, clip))
    ours.update(step(VersionEvent.REOPEN, "Ana"))
    assert ours.news.sentences == ('Changed by others: the acceptance set: clip "walk" is new.',)
    both = RegistryFile(ours.path).load()
    assert both.acceptance_set.clips == (clip,)
    assert both.target(KNIGHT).versions[0].state == "testing"  # type: ignore[union-attr]


def test_a_change_of_the_same_version_is_named_as_a_conflict(
    ours: RegistryFile, theirs: RegistryFile
) -> None:
    theirs.update(step(VersionEvent.REOPEN, "Ben"))
    ours.update(lambda known: remark(known, KNIGHT, "3", "looks fine", now=NOW, person="Ana"))
    assert ours.news.overlap == ("Knight, version 3",)
    assert "You changed Knight, version 3 at the same time" in ours.news.sentences[-1]


def test_a_file_that_is_gone_is_no_news_and_is_not_begun_anew(ours: RegistryFile) -> None:
    away = ours.path.with_name("unplugged.json")
    ours.path.rename(away)
    assert ours.load().target(KNIGHT) is None
    assert not ours.news.sentences
    assert ours.is_gone
    with pytest.raises(TargetError, match="is gone"):
        ours.update(step(VersionEvent.REOPEN, "Ana"))
    assert not ours.path.exists()
    away.rename(ours.path)
    assert ours.load().target(KNIGHT) is not None
    assert not ours.news.sentences, "it came back as it was"


def test_a_step_that_others_have_taken_away_is_refused_and_theirs_stays(
    ours: RegistryFile, theirs: RegistryFile
) -> None:
    theirs.update(step(VersionEvent.RETIRE, "Ben"))
    with pytest.raises(TargetError, match="retired version"):
        ours.update(step(VersionEvent.RETIRE, "Ana"))
    assert RegistryFile(ours.path).load().target(KNIGHT).versions[0].state == "retired"  # type: ignore[union-attr]


def _judged(known: Registry) -> Registry:
    accepted = AcceptanceRecord(
        category="walking", clip_name="walk", verdict=Verdict.ACCEPTED, person="Ben"
    )
    return added(known, KNIGHT, "3", accepted)


def _limited(known: Registry) -> Registry:
    target = known.target(KNIGHT)
    assert target is not None
    version = target.versions[0].model_copy(update={"limitations": ("hands",)})
    return with_version(known, KNIGHT, version)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (step(VersionEvent.RETIRE, "Ben"), "Knight, version 3: from published to retired, by Ben"),
        (lambda known: bump(known, KNIGHT, "4", now=NOW), "Knight, version 4: is new, testing"),
        (lambda known: remove(known, KNIGHT), "Knight: was removed"),
        (lambda known: with_categories(known, ["turns"]), "the acceptance set: asks for turns"),
        (_judged, 'Knight, version 3: clip "walk" accepted, by Ben'),
        (_limited, "Knight, version 3: its facts were changed"),
        (
            lambda known: remark(known, KNIGHT, "3", "hold lifted: bound anew", now=NOW),
            "Knight, version 3: hold lifted: bound anew",
        ),
        (
            lambda known: known.with_target(
                known.target(KNIGHT).model_copy(update={"owner": "Studio North"})
            ),
            "Knight: its name, owner, notes or limitations were changed",
        ),
    ],
)
def test_every_kind_of_change_has_its_line(change: Change, line: str) -> None:
    before = recorded()(with_built_ins(Registry()))
    assert line in [one.line for one in differences(before, change(before))]
    assert differences(before, before) == ()


def test_a_registry_on_a_slow_drive_is_read_and_the_time_is_known(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    content = recorded()(with_built_ins(Registry())).model_dump_json().encode()
    path = tmp_path / "targets.json"
    os.mkfifo(path)

    def trickle() -> None:
        with path.open("wb", buffering=0) as stream:
            for part in (content[:40], content[40:]):
                time.sleep(0.3)
                stream.write(part)

    writer = threading.Thread(target=trickle)
    writer.start()
    file = RegistryFile(path)
    assert file.load().target(KNIGHT) is not None
    writer.join()
    assert file.reading_seconds >= 0.5
