# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs no table holds: other studios, other languages, names that say nothing or that lie."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest

from aimocap_blender.motion.mapping import Found, NotHumanoid, Role, Side, label
from aimocap_blender.motion.mapping.families_characters import FAMILIES
from aimocap_blender.motion.skeleton import Skeleton
from tests.rigs.build import Rig, build, mirrored
from tests.rigs.figure import ADULT, SMALL
from tests.rigs.score import score_labels, wrong_bones
from tests.rigs.spec import from_family
from tests.rigs.strangers import specs

OWN = {family.key: from_family(family) for family in FAMILIES}
STRANGERS = specs()

WHOLE = [
    "ue4_mannequin", "mixamo", "humanik", "vroid", "reallusion_cc", "daz_genesis9", "smplx",
    "source_valvebiped", "bvh_cmu_cgspeed", "kenney", "biped_bip001", "kaykit", "metahuman_body",
    "rokoko_newton", "synty", "renderpeople", "bvh_perception_neuron",
]  # fmt: skip
"""Families whose trees are a body's: what they look like without names is unambiguous."""


def renamed(rig: Rig, rename: Callable[[str], str]) -> Rig:
    """The same bones under other names, the truth with them."""
    new = {name: rename(name) for name in rig.skeleton.names}
    return replace(
        rig,
        skeleton=replace(rig.skeleton, names=tuple(new.values())),
        truth={role: tuple(map(new.__getitem__, names)) for role, names in rig.truth.items()},
    )


@pytest.mark.parametrize("key", STRANGERS)
def test_rigs_of_other_studios_and_languages_are_labelled(key: str) -> None:
    for proportions in (ADULT, SMALL):
        for degrees in (0.0, 45.0):
            rig = build(STRANGERS[key], proportions=proportions, degrees_down=degrees, seed=5)
            labelling = label(rig.skeleton)
            score = score_labels(rig, labelling)
            assert wrong_bones(rig, labelling) == []
            assert score.right == score.all
            assert score.fingers_right == score.fingers_all


def test_no_stranger_is_in_the_tables() -> None:
    known = {frozenset(spec.names()) for spec in OWN.values()}
    assert not known & {frozenset(spec.names()) for spec in STRANGERS.values()}


@pytest.mark.parametrize("key", WHOLE)
@pytest.mark.parametrize("degrees", [0.0, 45.0])
def test_names_that_say_nothing_leave_the_body_to_hierarchy_and_shape(
    key: str, degrees: float
) -> None:
    rig = build(OWN[key], degrees_down=degrees, seed=2)
    order = np.random.default_rng(1).permutation(len(rig.skeleton.names))
    numbers = dict(zip(rig.skeleton.names, order.tolist(), strict=True))
    blind = renamed(rig, lambda name: f"Bone.{numbers[name]:03d}" if numbers[name] else "Bone")
    labelling = label(blind.skeleton)
    assert wrong_bones(blind, labelling) == []
    assert score_labels(blind, labelling).perfect
    assert {match.found for match in labelling.matches()} == {Found.GEOMETRY}
    assert labelling.warnings


@pytest.mark.parametrize("seed", range(6))
def test_names_dealt_out_to_the_wrong_bones_are_not_believed(seed: int) -> None:
    rig = build(OWN[WHOLE[seed]], degrees_down=20.0, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(list(rig.skeleton.names)).tolist()
    lying = renamed(rig, dict(zip(rig.skeleton.names, shuffled, strict=True)).__getitem__)
    labelling = label(lying.skeleton)
    assert wrong_bones(lying, labelling) == []
    assert score_labels(lying, labelling).perfect
    assert labelling.family == ""


@pytest.mark.parametrize("key", ["mixamo", "ue5_manny_quinn", "mmd_japanese", "biped_bip001"])
def test_sides_are_where_the_bones_stand_whatever_the_names_say(key: str) -> None:
    rig = mirrored(build(OWN[key], degrees_down=30.0))
    labelling = label(rig.skeleton)
    assert wrong_bones(rig, labelling) == []
    assert score_labels(rig, labelling).perfect
    assert any("side" in warning for warning in labelling.warnings)
    assert all(match.confidence < 0.9 for match in labelling.chains[Role.LEFT_HAND])


def test_names_without_sides_are_told_apart_by_place() -> None:
    spec = OWN["unity_humanoid"]
    rig = build(spec, degrees_down=45.0)

    def without_side(name: str) -> str:
        if name.startswith("Left"):
            return name.removeprefix("Left")
        return f"{name.removeprefix('Right')}.001" if name.startswith("Right") else name

    unsided = renamed(rig, without_side)
    labelling = label(unsided.skeleton)
    assert wrong_bones(unsided, labelling) == []
    assert score_labels(unsided, labelling).right == 22


def test_a_rest_that_is_no_pose_leaves_the_sides_to_the_names() -> None:
    rig = folded_star()
    labelling = label(rig)
    assert labelling.bone(Role.LEFT_FOOT) == "LeftFoot"
    assert labelling.bone(Role.RIGHT_HAND) == "RightHand"
    assert labelling.bones(Role.SPINE) == ("Spine", "Spine1", "Spine2")


def test_a_rest_that_is_no_pose_and_names_that_say_nothing_are_refused() -> None:
    star = folded_star()
    blind = replace(star, names=tuple(f"b{i}" for i in range(len(star.names))))
    with pytest.raises(NotHumanoid):
        label(blind)


def folded_star() -> Skeleton:
    """A rest as LAFAN1 files have it: every bone along +X of its parent, all rotations zero."""
    joints: list[tuple[str, str | None, tuple[float, float, float]]] = [
        ("Hips", None, (0.0, 0.0, 0.0)),
        ("Spine", "Hips", (6.9, -2.6, 0.0)),
        ("Spine1", "Spine", (12.6, 0.0, 0.0)),
        ("Spine2", "Spine1", (12.6, 0.0, 0.0)),
        ("Neck", "Spine2", (24.8, -2.1, 0.0)),
        ("Head", "Neck", (11.1, 0.0, 0.0)),
    ]
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        name = side.value.title()
        joints += [
            (f"{name}UpLeg", "Hips", (0.1, 1.86, 10.55 * sign)),
            (f"{name}Leg", f"{name}UpLeg", (43.5, 0.0, 0.0)),
            (f"{name}Foot", f"{name}Leg", (42.4, 0.0, 0.0)),
            (f"{name}Toe", f"{name}Foot", (17.3, 0.0, 0.0)),
            (f"{name}Shoulder", "Spine2", (11.7, 1.9, 4.6 * sign)),
            (f"{name}Arm", f"{name}Shoulder", (10.8, 0.0, 0.0)),
            (f"{name}ForeArm", f"{name}Arm", (33.0, 0.0, 0.0)),
            (f"{name}Hand", f"{name}ForeArm", (25.2, 0.0, 0.0)),
        ]
    names = tuple(name for name, _, _ in joints)
    parents = np.array([names.index(p) if p else -1 for _, p, _ in joints], dtype=np.intp)
    rest = np.tile(np.eye(4), (len(joints), 1, 1))
    for bone, (_, _, offset) in enumerate(joints):
        above = rest[parents[bone], :3, 3] if parents[bone] >= 0 else np.zeros(3)
        rest[bone, :3, 3] = above + offset
    return Skeleton(names, parents, rest, np.full(len(joints), 10.0))


@pytest.mark.parametrize("extra", ["wings", "tail", "skirt", "hair"])
def test_what_people_lack_does_not_become_a_limb(extra: str) -> None:
    rig = build(OWN["mixamo"], degrees_down=45.0)
    grown = replace(rig, skeleton=_with(rig.skeleton, extra))
    for blind in (False, True):
        tried = renamed(grown, scrambled) if blind else grown
        try:
            labelling = label(tried.skeleton)
        except NotHumanoid:
            assert blind
            continue
        assert wrong_bones(tried, labelling) == []


def scrambled(name: str) -> str:
    return f"q{crc32(name.encode())}"


def _with(skeleton: Skeleton, extra: str) -> Skeleton:
    """Chains that grow out of a body, both sides where there are two."""
    heads = dict(zip(skeleton.names, skeleton.heads, strict=True))
    at, step, count, both = {
        "wings": ("mixamorig:Spine2", (0.25, 0.12, 0.1), 4, True),
        "tail": ("mixamorig:Hips", (0.0, 0.15, -0.08), 6, False),
        "skirt": ("mixamorig:Hips", (0.03, -0.02, -0.14), 4, True),
        "hair": ("mixamorig:Head", (0.05, 0.05, -0.1), 5, True),
    }[extra]
    names, parents = list(skeleton.names), list(skeleton.parents)
    rest, lengths = list(skeleton.rest), list(skeleton.lengths)
    for sign in (1.0, -1.0) if both else (1.0,):
        above, place = names.index(at), heads[at] + np.array((0.05 * sign * both, 0.02, 0.0))
        for number in range(count):
            matrix = np.eye(4)
            matrix[:3, 3] = place + number * np.array(step) * (sign if both else 1.0, 1.0, 1.0)
            names.append(f"{extra}_{'LR'[sign < 0]}_{number}")
            parents.append(above)
            rest.append(matrix)
            lengths.append(0.1)
            above = len(names) - 1
    return Skeleton(
        tuple(names), np.array(parents, dtype=np.intp), np.array(rest), np.array(lengths)
    )


@pytest.mark.parametrize("part", ["Shoulder", "Hand", "Foot", "Neck", "Head", "Hips", "Spine1"])
def test_one_word_we_do_not_know_is_filled_in_by_the_tree(part: str) -> None:
    words = {f"{side}{part}" for side in ("", "Left", "Right")}
    rig = build(OWN["bvh_lafan1"], degrees_down=30.0)
    strange = renamed(rig, lambda name: name.replace(part, "Zork") if name in words else name)
    labelling = label(strange.skeleton)
    assert wrong_bones(strange, labelling) == []
    assert score_labels(strange, labelling).perfect
    filled = [m for m in labelling.matches() if "Zork" in m.bone]
    assert {match.found for match in filled} == {Found.HIERARCHY}


@pytest.mark.parametrize("swapped", ["Arm", "Leg"])
def test_one_pair_of_limbs_with_swapped_names_is_put_right(swapped: str) -> None:
    rig = build(OWN["unity_humanoid"], degrees_down=40.0)
    limb = re.compile("Arm|Hand|Shoulder|Thumb|Index|Middle|Ring|Little" if swapped == "Arm" else
                      "Leg|Foot|Toes")  # fmt: skip

    def swap(name: str) -> str:
        if not limb.search(name):
            return name
        return name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")

    crossed = renamed(rig, swap)
    labelling = label(crossed.skeleton)
    assert wrong_bones(crossed, labelling) == []
    assert score_labels(crossed, labelling).perfect


def test_bent_elbows_alone_do_not_overrule_the_names() -> None:
    """A rest with the elbows bent the wrong way and no toes is a bad rest, not a mirrored body."""
    rig = build(OWN["bvh_perception_neuron"], degrees_down=0.0)
    rest = rig.skeleton.rest.copy()
    for side in ("Left", "Right"):
        rest[rig.skeleton.index(f"{side}ForeArm"), 1, 3] -= 0.12
        rest[rig.skeleton.index(f"{side}Leg"), 1, 3] += 0.10
    bent = replace(rig, skeleton=replace(rig.skeleton, rest=rest))
    assert score_labels(bent, label(bent.skeleton)).perfect
