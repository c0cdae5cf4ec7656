# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry as a file: what it offers, what it refuses, and that nothing in it is ever lost."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aimocap_blender.targets import choices
from aimocap_blender.targets import registry as registry_module
from aimocap_blender.targets.acceptance import acceptance_reason, missing_categories
from aimocap_blender.targets.document import Registry, with_built_ins
from aimocap_blender.targets.lock import locked
from aimocap_blender.targets.model import (
    AcceptanceRecord,
    Target,
    TargetKind,
    TargetVersion,
    Verdict,
    kind_of,
)
from aimocap_blender.targets.registry import RegistryFile
from aimocap_blender.targets.states import (
    TRANSITIONS,
    TargetError,
    VersionEvent,
    VersionState,
    next_state,
)


@pytest.fixture
def file(tmp_path: Path) -> RegistryFile:
    return RegistryFile(tmp_path / "team" / "targets.json")


def knight(*versions: TargetVersion) -> Target:
    return Target(id="avatar:k7", name="Knight", kind=TargetKind.AVATAR, versions=versions)


def published(label: str = "3", **more: object) -> TargetVersion:
    fields = {"state": VersionState.PUBLISHED, "acceptance_note": "walks and turns, Ana, May 4"}
    return TargetVersion.model_validate({"label": label, **fields, **more})


def accepted(
    category: str, verdict: Verdict = Verdict.ACCEPTED, clip: str = "a"
) -> AcceptanceRecord:
    return AcceptanceRecord(category=category, clip_name=clip, verdict=verdict)


def test_a_missing_file_offers_the_services_own_targets(file: RegistryFile) -> None:
    offered = {choice.id: choice for choice in choices.choices(file.load())}
    assert list(offered) == ["default", "unitree_g1"]
    assert offered["default"].kind is TargetKind.CHARACTER
    assert offered["unitree_g1"].kind is TargetKind.ROBOT
    assert offered["default"].version is None, "the service tells no version of its own targets"
    assert not file.path.exists(), "reading makes no file"


def test_only_a_published_and_accepted_version_can_be_chosen() -> None:
    target = knight(
        published("2"), published("3", limitations=("hands",)), TargetVersion(label="4")
    )
    known = with_built_ins(Registry(targets=(target,)))
    choice = choices.require(known, "avatar:k7")
    assert (choice.version, choice.kind, choice.limitations) == ("3", TargetKind.AVATAR, ("hands",))
    assert choices.refusals(known) == ()


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (knight(), "it has no version"),
        (knight(TargetVersion(label="1")), "version 1 is a draft"),
        (knight(TargetVersion(label="1", state=VersionState.TESTING)), "version 1 is being tested"),
        (
            knight(
                TargetVersion(label="1", state=VersionState.TESTING, state_reason="new skeleton")
            ),
            r"being tested \(new skeleton\)",
        ),
        (knight(TargetVersion(label="1", state=VersionState.RETIRED)), "version 1 is retired"),
        (knight(published(acceptance_note="  ")), "no acceptance is recorded"),
        (knight(published(acceptance=(accepted("walking"),))), "lacks turns, hands, style"),
    ],
)
def test_what_can_not_be_chosen_has_one_reason(target: Target, reason: str) -> None:
    known = with_built_ins(Registry(targets=(target,)))
    assert [choice.id for choice in choices.choices(known)] == ["default", "unitree_g1"]
    (refusal,) = choices.refusals(known)
    assert refusal.target == target
    with pytest.raises(TargetError, match=reason) as caught:
        choices.require(known, "avatar:k7")
    assert refusal.reason in str(caught.value)


@pytest.mark.parametrize(
    "unknown", ["", "avatar:", "avatar:nobody", "Default", "robot", "avatar:a b"]
)
def test_an_unknown_target_is_refused_with_those_that_can_be_chosen(unknown: str) -> None:
    with pytest.raises(TargetError) as caught:
        choices.require(with_built_ins(Registry()), unknown)
    assert "default, unitree_g1" in caught.value.remedy


def test_an_acceptance_set_needs_every_category_and_the_last_word_counts() -> None:
    categories = ("walking", "turns", "hands", "style")
    known = Registry()
    full = published(acceptance_note="", acceptance=tuple(accepted(c) for c in categories))
    assert acceptance_reason(known, full) is None
    again = full.model_copy(
        update={"acceptance": (*full.acceptance, accepted("hands", Verdict.REJECTED))}
    )
    assert missing_categories(known, again) == ("hands",)
    mended = again.model_copy(update={"acceptance": (*again.acceptance, accepted("hands"))})
    assert missing_categories(known, mended) == ()
    other_clip = again.model_copy(
        update={"acceptance": (*again.acceptance, accepted("hands", clip="b"))}
    )
    assert missing_categories(known, other_clip) == ("hands",), "clip a is still rejected"


@pytest.mark.parametrize("state", VersionState)
@pytest.mark.parametrize("event", VersionEvent)
def test_every_step_is_in_the_table_or_an_error_that_names_both(
    state: VersionState, event: VersionEvent
) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(TargetError, match=f"{state.value}.*{event.value}"):
            next_state(state, event)


def test_nothing_becomes_published_but_from_testing() -> None:
    ways = {state for (state, _), after in TRANSITIONS.items() if after is VersionState.PUBLISHED}
    assert ways == {VersionState.TESTING}


@pytest.mark.parametrize(
    ("target_id", "kind"),
    [
        ("default", TargetKind.CHARACTER),
        ("unitree_g1", TargetKind.ROBOT),
        ("avatar:x", TargetKind.AVATAR),
        ("avatar:", None),
        ("avatar:a/b", None),
        ("other", None),
    ],
)
def test_the_kind_follows_from_the_id(target_id: str, kind: TargetKind | None) -> None:
    assert kind_of(target_id) is kind
    for wrong in TargetKind:
        if wrong is not kind:
            with pytest.raises(ValidationError):
                Target(id=target_id, name="x", kind=wrong)


def test_a_change_is_on_disk_for_the_next_reader(file: RegistryFile) -> None:
    when = datetime(2026, 5, 4, 12, tzinfo=UTC)
    file.update(lambda known: known.with_target(knight(published(published_on=when))))
    fresh = RegistryFile(file.path).load()
    assert choices.require(fresh, "avatar:k7").version == "3"
    assert fresh.target("avatar:k7") == knight(published(published_on=when))
    text = json.loads(file.path.read_text("utf-8"))
    assert text["schema_version"] == 1
    assert not list(file.path.parent.glob("*.part"))


def test_a_file_changed_by_another_is_read_again(file: RegistryFile) -> None:
    assert file.load().target("avatar:k7") is None
    RegistryFile(file.path).update(lambda known: known.with_target(knight(published())))
    assert choices.require(file.load(), "avatar:k7").version == "3"
    first = file.load()
    assert file.load() is first, "an unchanged file is not read twice"
    file.path.unlink()
    assert file.load().target("avatar:k7") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"targets": 3}',
        b'{"targets": [{"id": "default"}]}',
        b'{"targets": [{"id": "avatar:a", "name": "A", "kind": "robot"}]}',
        b'{"schema_version": "one"}',
        b"\xff\xfe\x00",
        b'{"x": Infinity}',
        b'{"x": "\\ud800"}',
        b'{"targets": ' + b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_named_and_never_written_over(file: RegistryFile, content: bytes) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    with pytest.raises(TargetError, match="is damaged") as caught:
        file.load()
    assert "left as it is" in caught.value.remedy
    with pytest.raises(TargetError, match="is damaged"):
        file.update(lambda known: known.with_target(knight()))
    assert file.path.read_bytes() == content


def test_a_file_of_a_newer_version_is_left_alone(file: RegistryFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text('{"schema_version": 2, "targets": {}}', "utf-8")
    with pytest.raises(TargetError, match="newer version"):
        file.load()
    with pytest.raises(TargetError, match="newer version"):
        file.update(lambda known: known)
    assert "2" in file.path.read_text("utf-8")


def test_what_another_version_wrote_beside_ours_is_kept(file: RegistryFile) -> None:
    file.path.parent.mkdir()
    document = {
        "schema_version": 1,
        "studio": {"seat": 4},
        "targets": [
            {"id": "avatar:a", "name": "A", "kind": "avatar", "colour": "red",
             "versions": [{"label": "1", "mood": "calm"}]}
        ],
    }  # fmt: skip
    file.path.write_text("\ufeff" + json.dumps(document), "utf-8")
    file.update(lambda known: known.with_target(knight()))
    written = json.loads(file.path.read_text("utf-8"))
    assert written["studio"] == {"seat": 4}
    first = next(target for target in written["targets"] if target["id"] == "avatar:a")
    assert first["colour"] == "red"
    assert first["versions"][0]["mood"] == "calm"


def test_a_change_that_fails_writes_nothing(file: RegistryFile) -> None:
    file.update(lambda known: known.with_target(knight()))
    before = file.path.read_bytes()

    def broken(known: Registry) -> Registry:
        raise TargetError("no")

    with pytest.raises(TargetError, match="no"):
        file.update(broken)
    doubled = Registry.model_construct(targets=(knight(), knight()))
    with pytest.raises(ValidationError):
        file.update(lambda _: doubled)
    assert file.path.read_bytes() == before
    assert sorted(path.name for path in file.path.parent.iterdir()) == [
        "targets.json",
        "targets.json.lock",
    ]


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    file = RegistryFile(tmp_path / "taken" / "targets.json")
    with pytest.raises(TargetError, match="can't be written") as caught:
        file.update(lambda known: known)
    assert "preferences" in caught.value.remedy


def test_a_lock_that_stays_taken_ends_in_a_sentence(tmp_path: Path) -> None:
    lock = tmp_path / "targets.json.lock"
    with (
        locked(lock),
        pytest.raises(TargetError, match="another program"),
        locked(lock, timeout_seconds=0.05),
    ):
        pass
    with locked(lock, timeout_seconds=0.05):
        pass


def _count_up(known: Registry) -> Registry:
    target = known.target("avatar:k7") or knight()
    return known.with_target(target.model_copy(update={"owner": str(int(target.owner or 0) + 1)}))


def _count_up_often(path: Path, count: int) -> None:
    file = RegistryFile(path)
    for _ in range(count):
        file.update(_count_up)


def test_writers_in_two_processes_lose_no_change(file: RegistryFile) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_count_up_often, args=(file.path, 500)) for _ in range(2)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + 120
    while any(writer.is_alive() for writer in writers) and time.monotonic() < deadline:
        file.load()  # a reader never meets half a document
        time.sleep(0.005)
    for writer in writers:
        writer.join(1)
        assert writer.exitcode == 0
    knight_now = file.load().target("avatar:k7")
    assert knight_now is not None
    assert knight_now.owner == "1000"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "schema_version",
                    "targets",
                    "id",
                    "name",
                    "kind",
                    "versions",
                    "label",
                    "state",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(json_values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_any_document_is_read_or_named_as_damaged(tmp_path: Path, document: object) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps(document), "utf-8")
    before = path.read_bytes()
    file = RegistryFile(path)
    try:
        known = file.load()
    except TargetError:
        with pytest.raises(TargetError):
            file.update(lambda it: it)
        assert path.read_bytes() == before
    else:
        assert len(choices.choices(known)) + len(choices.refusals(known)) == len(known.targets)
        assert choices.require(known, "default").id == "default"
        file.update(lambda it: it)
        assert RegistryFile(path).load() == known


def test_the_registry_needs_no_blender() -> None:
    assert "bpy" not in (sys.modules[registry_module.__name__].__dict__)
