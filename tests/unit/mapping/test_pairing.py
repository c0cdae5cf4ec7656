# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs of two labelled skeletons: chains of other lengths, corrections, what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aimocap_blender.motion.mapping import BoneMap, Found, Role, label, pair
from aimocap_blender.motion.mapping.families_characters import FAMILIES
from tests.rigs.build import build
from tests.rigs.spec import RigSpec, from_family

OWN = {family.key: from_family(family) for family in FAMILIES}


def mapped(source: str, target: str) -> BoneMap:
    return pair(label(build(OWN[source]).skeleton), label(build(OWN[target]).skeleton))


def spine_of(count: int) -> RigSpec:
    names = tuple(f"Spine{i}" for i in range(count))
    return replace(OWN["unity_humanoid"], roles={**OWN["unity_humanoid"].roles, Role.SPINE: names})


@pytest.mark.parametrize("source", range(1, 7))
@pytest.mark.parametrize("target", range(1, 7))
def test_spines_of_any_two_lengths_are_followed_in_order_and_end_together(
    source: int, target: int
) -> None:
    pairs = pair(
        label(build(spine_of(source)).skeleton), label(build(spine_of(target)).skeleton)
    ).of(Role.SPINE)
    followed = [int(p.source.removeprefix("Spine")) for p in pairs]
    assert [p.target for p in pairs] == [f"Spine{i}" for i in range(target)]
    assert [p.index for p in pairs] == list(range(target))
    assert followed == sorted(followed)
    assert followed[-1] == source - 1
    if source == target:
        assert followed == list(range(source))
    if source < target:
        assert set(followed) == set(range(source))


def test_a_role_one_of_the_two_lacks_stays_out_and_is_named() -> None:
    bone_map = mapped("mixamo", "kaykit")
    assert bone_map.of(Role.NECK) == ()
    assert bone_map.of(Role.LEFT_CLAVICLE) == ()
    assert Role.NECK in bone_map.missing()
    assert Role.HEAD not in bone_map.missing()
    assert bone_map.source_of("wrist.l") == "mixamorig:LeftHand"
    assert bone_map.source_of("handslot.l") is None


def test_a_pair_is_as_sure_as_the_less_sure_of_its_two_bones() -> None:
    known = label(build(OWN["mixamo"]).skeleton)
    rig = build(OWN["ue4_mannequin"], degrees_down=45.0)
    blind = replace(rig.skeleton, names=tuple(f"b{i}" for i in range(len(rig.skeleton.names))))
    for found in pair(known, label(blind)).pairs:
        assert found.found is Found.GEOMETRY
        assert found.confidence < 0.7


def test_a_correction_holds_and_takes_the_bone_from_its_old_role() -> None:
    bone_map = mapped("mixamo", "synty").edited(Role.LEFT_TOE, target=["Toes_L"])
    (toe,) = bone_map.of(Role.LEFT_TOE)
    assert (toe.target, toe.source) == ("Toes_L", "mixamorig:LeftToeBase")
    assert bone_map.target.chains[Role.LEFT_TOE][0].found is Found.USER
    moved = bone_map.edited(Role.LEFT_FOOT, target=["Toes_L"])
    assert moved.of(Role.LEFT_TOE) == ()
    assert moved.of(Role.LEFT_FOOT)[0].target == "Toes_L"
    assert "Ankle_L" in {spare.bone for spare in moved.target.spares}


def test_a_role_can_be_emptied() -> None:
    bone_map = mapped("mixamo", "synty").edited(Role.HEAD, target=[])
    assert bone_map.of(Role.HEAD) == ()
    assert Role.HEAD in bone_map.target.emptied


def test_a_correction_that_cannot_be_is_refused() -> None:
    bone_map = mapped("mixamo", "synty")
    with pytest.raises(ValueError, match="no bone called"):
        bone_map.edited(Role.HEAD, target=["Nobody"])
    with pytest.raises(ValueError, match="Only one bone"):
        bone_map.edited(Role.HEAD, target=["Head", "Neck"])
    longer = bone_map.edited(Role.NECK, target=["Neck", "Head"])
    assert [p.target for p in longer.of(Role.NECK)] == ["Neck", "Head"]
