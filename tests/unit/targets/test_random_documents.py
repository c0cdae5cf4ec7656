# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand random registry documents, and ten thousand random results: no crash, nothing lost.

Documents are made the way a registry is made and then spoilt at random places, so that most of
them are nearly right: wholly random JSON is refused at its first key. Seeded; a failure prints the
number of its document.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aimocap_blender.targets import acceptance, choices, differences
from aimocap_blender.targets.changes import note_result
from aimocap_blender.targets.document import Registry, with_built_ins
from aimocap_blender.targets.model import Target
from aimocap_blender.targets.registry import RegistryFile
from aimocap_blender.targets.states import TargetError, VersionState

DOCUMENTS = RESULTS = 10_000
ON_DISK = 500
"""Documents that also go through a file and back."""
CATEGORIES = ("walking", "turns", "hands", "style")
WORDS = ("", "3", "hands", " walk ", "a\\b", "ü", "\u2028", "x" * 300, "=1+1", "avatar:k7", "\x00")


def document(chance: random.Random) -> dict[str, Any]:
    """A registry as somebody might have written it."""
    clips = [_clip(chance, number) for number in range(chance.randrange(4))]
    return {
        "schema_version": 1,
        "categories": list(CATEGORIES[: chance.randint(1, 4)]),
        "acceptance_set": {"name": "Set", "clips": clips},
        "targets": [_target(chance, number, clips) for number in range(chance.randrange(4))],
    }


def _clip(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "name": f"clip {number}", "category": chance.choice(CATEGORIES), "path": f"{number}.mp4",
        "sha256": chance.choice(("", "c" * 64)), "trim_start_seconds": chance.uniform(0.0, 2.0),
        "trim_end_seconds": chance.uniform(2.5, 9.0), "source_duration_seconds": 9.0,
    }  # fmt: skip


def _target(chance: random.Random, number: int, clips: list[dict[str, Any]]) -> dict[str, Any]:
    labels = range(1, chance.randint(1, 4))
    return {
        "id": f"avatar:a{number}", "name": f"Avatar {number}", "kind": "avatar",
        "owner": chance.choice(WORDS), "limitations": ["hands"] * chance.randrange(2),
        "versions": [_version(chance, str(label), clips) for label in labels],
    }  # fmt: skip


def _version(chance: random.Random, label: str, clips: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "label": label, "state": chance.choice(list(VersionState)).value,
        "acceptance_note": chance.choice(("", "walks, by Ana")),
        "fingerprint": chance.choice(("", "skeleton-1:a:x", "skeleton-1:b:x")),
        "accept_after": chance.choice((None, _date(chance))),
        "acceptance": [_record(chance, clip) for clip in clips if chance.random() < 0.7],
        "studio_steps": chance.sample(["a_pose", "binding", "retarget_test", "publish"], 2),
        "fallback": chance.choice(("", "default")),
    }  # fmt: skip


def _record(chance: random.Random, clip: dict[str, Any]) -> dict[str, Any]:
    return {
        "category": clip["category"], "clip_name": clip["name"], "clip_sha256": clip["sha256"],
        "trim_start_seconds": clip["trim_start_seconds"],
        "trim_end_seconds": clip["trim_end_seconds"],
        "verdict": chance.choice(("accepted", "rejected", "pending")),
        "fingerprint": chance.choice(("", "skeleton-1:a:x", "skeleton-1:b:x")),
        "date": chance.choice((None, _date(chance))),
    }  # fmt: skip


def _date(chance: random.Random) -> str:
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(9000))
    return day.isoformat().replace("+00:00", chance.choice(("Z", "+00:00", "")))


SPOILERS: tuple[Callable[[random.Random], Any], ...] = (
    lambda chance: chance.choice(WORDS),
    lambda chance: chance.choice((None, True, [], {}, [[]], {"a": 1})),
    lambda chance: chance.choice((0, -1, 10**40, 1e308, -0.0, 0.1)),
    lambda _: {"label": "1", "state": "published"},
)


def spoil(value: Any, chance: random.Random) -> None:
    """Put something else at a random place, add an unknown field, or take one away."""
    while True:
        places = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not places:
            break
        place = chance.choice(places)
        if isinstance(value[place], dict | list) and chance.random() < 0.8:
            value = value[place]
            continue
        if isinstance(value, dict) and chance.random() < 0.25:
            del value[place]
        else:
            value[place] = chance.choice(SPOILERS)(chance)
        break
    if isinstance(value, dict) and chance.random() < 0.3:
        value["from a newer version"] = chance.choice(SPOILERS)(chance)


def lost(given: Any, kept: Any, where: str = "") -> list[str]:
    """What of a document is not in the one that was read and written; [] for nothing."""
    if isinstance(given, dict):
        missing = [f"{where}.{key}" for key in given if key not in kept]
        inside = [lost(given[key], kept[key], f"{where}.{key}") for key in given if key in kept]
        return missing + [words for part in inside for words in part]
    if isinstance(given, list):
        if len(given) != len(kept):
            return [where]
        pairs = zip(given, kept, strict=True)
        return [
            words
            for number, (one, other) in enumerate(pairs)
            for words in lost(one, other, f"{where}[{number}]")
        ]
    return [] if _same(given, kept) else [f"{where}: {given!r} became {kept!r}"]


def _same(given: Any, kept: Any) -> bool:
    if isinstance(given, str) and isinstance(kept, str):
        return given.strip() == kept.strip() or _moment(given) == _moment(kept) is not None
    # JSON has one kind of number: 1 where seconds belong is 1.0; a moment may be in Unix seconds.
    return bool(given == kept) or (isinstance(given, int | float | str) and _is_moment(kept))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and _moment(value) is not None


def test_ten_thousand_documents_are_kept_whole_or_named_as_damaged(tmp_path: Path) -> None:
    kept = refused = 0
    for number in range(DOCUMENTS):
        chance = random.Random(number)
        made = document(chance)
        for _ in range(chance.randrange(3)):
            spoil(made, chance)
        try:
            registry = Registry.model_validate_json(json.dumps(made))
        except ValidationError:
            refused += 1
            continue
        kept += 1
        written = json.loads(registry.model_dump_json())
        assert not lost(made, written), (number, lost(made, written))
        assert Registry.model_validate(written) == registry, number
        _ask_everything(with_built_ins(registry), number)
    assert kept > DOCUMENTS // 4, "most documents are meant to be nearly right"
    assert refused > DOCUMENTS // 10


def _ask_everything(registry: Registry, number: int) -> None:
    offered, withheld = choices.choices(registry), choices.refusals(registry)
    assert len(offered) + len(withheld) == len(registry.targets), number
    for choice in offered:
        assert choices.require(registry, choice.id) == choice
    for target in registry.targets:
        for version in target.versions:
            lines = acceptance.lines(registry, target, version)
            assert len(lines) == len(registry.acceptance_set.clips)
            reason = acceptance.acceptance_reason(registry, version)
            chosen = any(one.id == target.id and one.version == version.label for one in offered)
            assert not (chosen and reason), number
    assert differences.differences(registry, registry) == ()


def test_some_of_them_go_through_a_file_and_a_damaged_one_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "targets.json"
    for number in range(ON_DISK):
        chance = random.Random(number)
        made = document(chance)
        for _ in range(chance.randrange(3)):
            spoil(made, chance)
        before = json.dumps(made).encode()
        path.write_bytes(before)
        file = RegistryFile(path)
        try:
            file.update(lambda known: known)
        except TargetError:
            assert path.read_bytes() == before, number
        else:
            written = json.loads(path.read_bytes())
            added = len(written["targets"]) - len(made.get("targets", []))
            written["targets"] = written["targets"][added:]  # the service's own come first
            assert not lost(made, written), (number, lost(made, written))


def test_ten_thousand_results_lose_nothing_of_the_registry() -> None:
    known = 0
    registry = with_built_ins(Registry())
    for number in range(RESULTS):
        chance = random.Random(number)
        if number % 25 == 0:
            registry = with_built_ins(Registry.model_validate(document(chance)))
        target_id = chance.choice(["avatar:a0", "avatar:a1", "default", "avatar:nobody", ""])
        try:
            after, sentence = note_result(
                registry,
                target_id,
                chance.choice(["1", "2", "3", ""]),
                chance.choice(["", "skeleton-1:a:x", "skeleton-1:c:x", "\x00"]),
                is_accepted=chance.choice([None, True, False]),
                now=datetime(2026, 6, 1, tzinfo=UTC),
                reported=chance.choice([None, "1", "2", f"new {number}"]),
                rest_summary=chance.choice(WORDS),
            )
        except TargetError:
            continue  # a version that is not known
        known += 1
        after = Registry.model_validate(after.model_dump())  # as it is written
        _nothing_is_lost(registry, after, number)
        if sentence:
            changed = after.target(target_id)
            assert changed is not None
            assert changed.current is None, "news about a version takes it out of use"
        registry = after
    assert known > RESULTS // 20


def _nothing_is_lost(before: Registry, after: Registry, number: int) -> None:
    for target in before.targets:
        now: Target | None = after.target(target.id)
        assert now is not None, number
        for version in target.versions:
            kept = now.version(version.label)
            assert kept is not None, number
            assert kept.acceptance == version.acceptance, number
            assert kept.history[: len(version.history)] == version.history, number
