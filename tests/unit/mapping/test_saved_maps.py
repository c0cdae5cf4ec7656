# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone maps as files, and recognising the skeleton they are for."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.motion.fingerprint import fingerprint, same_skeleton
from aimocap_blender.motion.mapping import (
    BoneMapUnreadable,
    Found,
    Role,
    dump,
    label,
    load,
    saved_labels,
)
from aimocap_blender.motion.mapping.families_characters import FAMILIES
from aimocap_blender.motion.skeleton import Skeleton
from tests.rigs.build import build, turned
from tests.rigs.figure import ADULT, SMALL
from tests.rigs.spec import from_family

OWN = {family.key: from_family(family) for family in FAMILIES}


def content(**changes: Any) -> dict[str, Any]:
    labelling = label(build(OWN["synty"]).skeleton)
    whole: dict[str, Any] = json.loads(dump([saved_labels(labelling, "Hero")]))
    whole.update(changes)
    return whole


def test_corrections_survive_a_file() -> None:
    fresh = label(build(OWN["synty"]).skeleton)
    edited = fresh.edited(Role.LEFT_TOE, ["Toes_L"]).edited(Role.HEAD, [])
    (saved,) = load(dump([saved_labels(edited, "Hero")]))
    assert saved.name == "Hero"
    assert saved.fits(fresh)
    again = saved.applied(fresh)
    assert again.bones(Role.LEFT_TOE) == ("Toes_L",)
    assert again.chains[Role.LEFT_TOE][0].found is Found.USER
    assert again.bones(Role.HEAD) == ()
    assert again.bones(Role.SPINE) == fresh.bones(Role.SPINE)
    assert {spare.bone for spare in again.spares} >= {"Head", "Ball_L"}


def test_several_skeletons_share_a_file() -> None:
    labellings = [label(build(OWN[key]).skeleton) for key in ("mixamo", "mmd_japanese")]
    read = load(dump(saved_labels(labelling) for labelling in labellings))
    assert [saved.fits(one) for saved, one in zip(read, labellings, strict=True)] == [True, True]
    assert not read[0].fits(labellings[1])


def test_what_a_later_version_adds_is_passed_over() -> None:
    whole = content(colour="blue")
    whole["skeletons"][0] |= {"mood": "good", "emptied": ["left_wing"]}
    whole["skeletons"][0]["roles"] |= {"left_wing": {"bones": ["Wing"]}}
    whole["skeletons"][0]["roles"]["head"] |= {"found": "telepathy", "shape": 3}
    (saved,) = load(json.dumps(whole))
    assert saved.roles[Role.HEAD][0].found is Found.USER
    assert saved.emptied == frozenset()


def test_a_file_of_a_newer_schema_says_what_to_do() -> None:
    with pytest.raises(BoneMapUnreadable, match="version 2") as refused:
        load(json.dumps(content(version=2)))
    assert "Update" in refused.value.remedy


def test_bones_a_skeleton_lacks_are_left_out_and_named() -> None:
    whole = content()
    whole["skeletons"][0]["roles"]["head"]["bones"] = ["OldHead"]
    labelling = label(build(OWN["synty"]).skeleton)
    applied = load(json.dumps(whole))[0].applied(labelling)
    assert applied.bones(Role.HEAD) == ("Head",)
    assert any("OldHead" in warning for warning in applied.warnings)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        '{"schema": "other"}',
        json.dumps({"schema": "aimocap-bone-map"}),
        json.dumps({"schema": "aimocap-bone-map", "version": "1", "skeletons": []}),
        json.dumps({"schema": "aimocap-bone-map", "version": 1, "skeletons": {}}),
        json.dumps({"schema": "aimocap-bone-map", "version": 1, "skeletons": [3]}),
        json.dumps({"schema": "aimocap-bone-map", "version": 1, "skeletons": [{"roles": {}}]}),
        "[" * 100_000,
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence(damage: str) -> None:
    with pytest.raises(BoneMapUnreadable, match="no bone map"):
        load(damage)


@pytest.mark.parametrize(
    "filled",
    [
        3,
        {"bones": "Head"},
        {"bones": [""]},
        {"bones": ["Head", "Neck"]},
        {"bones": ["Head"], "confidence": 2.0},
        {"bones": ["Head"], "confidence": "high"},
        {"bones": ["Neck"]},
    ],
)
def test_a_role_filled_with_nonsense_is_named(filled: object) -> None:
    whole = content()
    whole["skeletons"][0]["roles"]["head"] = filled
    with pytest.raises(BoneMapUnreadable, match=r"skeletons\[0\]"):
        load(json.dumps(whole))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_does_anything_but_refuse(data: st.DataObject) -> None:
    text = json.dumps(content())
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.text(max_size=3)) + text[at + 1 :]
    with suppress(BoneMapUnreadable):
        load(damaged)


def _shuffled(skeleton: Skeleton, seed: int) -> Skeleton:
    """The same bones in another order that still has parents first."""
    rng = np.random.default_rng(seed)
    depth = [0] * len(skeleton.names)
    for bone, parent in enumerate(skeleton.parents):
        depth[bone] = depth[parent] + 1 if parent >= 0 else 0
    order = sorted(range(len(depth)), key=lambda bone: (depth[bone], rng.random()))
    place = {bone: i for i, bone in enumerate(order)}
    parents = [place[p] if (p := int(skeleton.parents[bone])) >= 0 else -1 for bone in order]
    return Skeleton(
        tuple(skeleton.names[bone] for bone in order),
        np.array(parents, dtype=np.intp),
        skeleton.rest[order],
        skeleton.lengths[order],
    )


def test_scale_turn_rolls_and_order_do_not_change_a_fingerprint() -> None:
    rig = build(OWN["mixamo"], seed=1)
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    moved = turned(build(OWN["mixamo"], seed=2), turn * np.linalg.det(turn), 100.0)
    assert same_skeleton(fingerprint(rig.skeleton), fingerprint(moved.skeleton))
    assert fingerprint(_shuffled(rig.skeleton, 5)) == fingerprint(rig.skeleton)


@pytest.mark.parametrize("seed", range(5))
def test_a_trembling_import_is_the_same_skeleton(seed: int) -> None:
    skeleton = build(OWN["ue5_manny_quinn"]).skeleton
    rest = skeleton.rest.copy()
    rest[:, :3, 3] += np.random.default_rng(seed).normal(scale=1e-4, size=(len(rest), 3))
    shaken = replace(skeleton, rest=rest)
    assert same_skeleton(fingerprint(skeleton), fingerprint(shaken))


def test_other_names_parents_or_bodies_are_other_skeletons() -> None:
    skeleton = build(OWN["mixamo"], proportions=ADULT).skeleton
    known = fingerprint(skeleton)
    other_name = replace(skeleton, names=("Other", *skeleton.names[1:]))
    parents = skeleton.parents.copy()
    parents[-1] = 0
    other_body = build(OWN["mixamo"], proportions=SMALL).skeleton
    for other in (other_name, replace(skeleton, parents=parents), other_body):
        assert not same_skeleton(known, fingerprint(other))


@pytest.mark.parametrize("text", ["", "1-2", "x-y-z-w", "1-00-zz"])
def test_what_is_no_fingerprint_is_of_no_skeleton(text: str) -> None:
    assert not same_skeleton(fingerprint(build(OWN["mixamo"]).skeleton), text)


def test_an_empty_skeleton_has_a_fingerprint() -> None:
    nothing = Skeleton((), np.zeros(0, dtype=np.intp), np.zeros((0, 4, 4)), np.zeros(0))
    assert same_skeleton(fingerprint(nothing), fingerprint(nothing))
