# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records of an acceptance count, what is left to run, and the set of clips itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.targets import acceptance
from aimocap_blender.targets.document import Registry, with_built_ins
from aimocap_blender.targets.model import (
    AcceptanceClip,
    AcceptanceRecord,
    Target,
    TargetKind,
    TargetVersion,
    Verdict,
)
from aimocap_blender.targets.registry import RegistryFile
from aimocap_blender.targets.states import TargetError

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WALK = AcceptanceClip(
    name="walk", category="walking", path="walk.mp4", sha256="a" * 64, trim_end_seconds=2.0
)
TURN = AcceptanceClip(
    name="turn", category="turns", path="turn.mp4", sha256="b" * 64, trim_end_seconds=3.0
)


def record(clip: AcceptanceClip, verdict: Verdict = Verdict.ACCEPTED, **changes: object):  # type: ignore[no-untyped-def]
    fields = {
        "category": clip.category, "clip_name": clip.name, "clip_sha256": clip.sha256,
        "trim_end_seconds": clip.trim_end_seconds, "verdict": verdict, "date": NOW,
        "fingerprint": "f1",
    }  # fmt: skip
    return AcceptanceRecord(**(fields | changes))


def registry(*records: AcceptanceRecord, **version: object) -> tuple[Registry, TargetVersion]:
    made = TargetVersion(label="1", acceptance=records, **version)
    target = Target(id="avatar:k7", name="Knight", kind=TargetKind.AVATAR, versions=(made,))
    known = with_built_ins(Registry(categories=("walking", "turns"), targets=(target,)))
    for clip in (WALK, TURN):
        known = acceptance.with_clip(known, clip)
    return known, made


def to_run(known: Registry, version: TargetVersion) -> list[str]:
    target = known.target("avatar:k7")
    assert target is not None
    return [line.name for line in acceptance.lines(known, target, version) if line.is_to_run]


@pytest.mark.parametrize(
    ("records", "missing", "run"),
    [
        ((), ("walking", "turns"), ["walk", "turn"]),
        ((record(WALK),), ("turns",), ["turn"]),
        ((record(WALK), record(TURN)), (), []),
        ((record(WALK), record(TURN, Verdict.REJECTED)), ("turns",), ["turn"]),
        ((record(WALK), record(TURN, Verdict.PENDING)), ("turns",), []),
        ((record(WALK), record(TURN, Verdict.REJECTED), record(TURN)), (), []),
        # Another video or another trim under the same name is another clip.
        ((record(WALK, clip_sha256="c" * 64), record(TURN)), ("walking",), ["walk"]),
        ((record(WALK, trim_end_seconds=1.5), record(TURN)), ("walking",), ["walk"]),
        # A record of another skeleton than the newest counts no longer.
        ((record(WALK, fingerprint="f0"), record(TURN)), ("walking",), ["walk"]),
    ],
)
def test_what_counts_is_the_last_word_on_the_clip_and_skeleton_of_now(
    records: tuple[AcceptanceRecord, ...], missing: tuple[str, ...], run: list[str]
) -> None:
    known, version = registry(*records)
    assert acceptance.missing_categories(known, version) == missing
    assert to_run(known, version) == run


def test_nothing_from_before_another_skeleton_counts() -> None:
    known, version = registry(record(WALK), record(TURN), accept_after=NOW + timedelta(seconds=1))
    assert to_run(known, version) == ["walk", "turn"]
    known, version = registry(record(WALK), record(TURN), accept_after=NOW - timedelta(seconds=1))
    assert to_run(known, version) == []


def test_with_clips_in_the_set_a_note_is_not_enough() -> None:
    known, version = registry(acceptance_note="looks fine")
    assert acceptance.acceptance_reason(known, version) == "its acceptance lacks walking, turns"


def test_every_category_needs_a_clip_and_clips_keep_their_category() -> None:
    known, _ = registry()
    assert acceptance.uncovered(known) == ()
    known = acceptance.with_categories(known, ("walking", "turns", " hands "))
    assert acceptance.uncovered(known) == ("hands",)
    with pytest.raises(TargetError, match="turns"):
        acceptance.with_categories(known, ("walking",))
    known = acceptance.without_clip(known, "turn")
    assert acceptance.with_categories(known, ("walking",)).categories == ("walking",)
    with pytest.raises(TargetError, match="no acceptance clip"):
        acceptance.without_clip(known, "turn")


def test_a_version_is_compared_with_the_last_one_that_has_records() -> None:
    known, version = registry(record(WALK))
    target = known.target("avatar:k7")
    assert target is not None
    newer = (TargetVersion(label="2"), TargetVersion(label="3"))
    target = target.model_copy(update={"versions": (*target.versions, *newer)})
    assert acceptance.earlier_version(target, newer[1]) == version
    line = acceptance.lines(known, target, newer[1])[0]
    assert line.record is None
    assert line.earlier is not None
    assert acceptance.earlier_version(target, version) is None


_WORDS = st.text(max_size=12)
_DATES = st.none() | st.datetimes() | st.datetimes(timezones=st.just(UTC))
_RECORDS = st.builds(
    AcceptanceRecord,
    category=st.sampled_from(["walking", "turns", "x"]),
    clip_name=_WORDS,
    clip_sha256=st.sampled_from(["", "a" * 64, "b" * 64]),
    fingerprint=st.sampled_from(["", "f1", "f2"]),
    trim_end_seconds=st.sampled_from([0.0, 2.0, 3.0]),
    verdict=st.sampled_from(Verdict),
    date=_DATES,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_RECORDS, max_size=6), _DATES, _WORDS)
def test_no_history_of_records_is_too_odd(
    records: list[AcceptanceRecord], after: datetime | None, note: str
) -> None:
    known, version = registry(*records, accept_after=after, acceptance_note=note)
    reason = acceptance.acceptance_reason(known, version)
    assert (reason is None) == (not acceptance.missing_categories(known, version))
    assert set(to_run(known, version)) <= {"walk", "turn"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["categories", "acceptance_set", "targets", "schema_version", "new"]), _JSON)
def test_a_random_registry_is_read_or_refused_and_never_lost(name: str, value: object) -> None:
    import tempfile

    known, _ = registry(record(WALK))
    document = json.loads(known.model_dump_json()) | {name: value}
    text = json.dumps(document)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "targets.json"
        path.write_text(text)
        try:
            RegistryFile(path).update(lambda registry: acceptance.with_clip(registry, TURN))
        except TargetError:
            assert path.read_text() == text, "what can't be understood is left as it is"
            return
        kept = json.loads(path.read_text())
        if name == "new":
            assert kept["new"] == json.loads(json.dumps(value))
        assert "turn" in [clip["name"] for clip in kept["acceptance_set"]["clips"]]
