# SPDX-License-Identifier: GPL-3.0-or-later
"""Every family we know by name, in both rests and bodies, however its object stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.mapping import Found, Kind, Labelling, Role, label, pair
from aimocap_blender.motion.mapping.families_characters import FAMILIES
from tests.rigs.build import Rig, build, turned
from tests.rigs.figure import ADULT, SMALL
from tests.rigs.score import (
    Score,
    body_places,
    score_labels,
    score_pair,
    total,
    wrong_bones,
)
from tests.rigs.shared_table import read
from tests.rigs.spec import RigSpec, from_family

OWN = {family.key: from_family(family) for family in FAMILIES}


def quarter_turn() -> np.ndarray:
    """Y up as FBX files have it: armature data turned by 90 degrees about X."""
    return np.array(((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)))


def slanted() -> np.ndarray:
    """A turn about no axis in particular."""
    turn, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(3, 3)))
    return turn * np.sign(np.linalg.det(turn))


@pytest.mark.parametrize("key", OWN)
def test_every_bone_of_a_known_family_is_right(key: str) -> None:
    for proportions, degrees in product((ADULT, SMALL), (0.0, 45.0)):
        rig = build(OWN[key], proportions=proportions, degrees_down=degrees, seed=3)
        labelling = label(rig.skeleton)
        score = score_labels(rig, labelling)
        assert wrong_bones(rig, labelling) == []
        assert score.right == score.all
        assert score.fingers_right == score.fingers_all


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("turn", [quarter_turn, slanted])
def test_scales_turns_and_rolls_change_no_label(
    scale: float, turn: Callable[[], np.ndarray]
) -> None:
    for key in ("mixamo", "ue5_manny_quinn", "smplx", "synty", "kaykit", "biped_bip001"):
        still = build(OWN[key], degrees_down=30.0, seed=1)
        moved = turned(build(OWN[key], degrees_down=30.0, seed=2), turn(), scale)
        expected = label(still.skeleton)
        found = label(moved.skeleton, world=moved.world)
        assert _bones(found) == _bones(expected)
        assert np.allclose(moved.world[:3, :3] @ found.front * scale, expected.front, atol=1e-6)


def _bones(labelling: Labelling) -> dict[Role, tuple[str, ...]]:
    return {role: labelling.bones(role) for role in labelling.chains}


def test_every_label_says_how_it_was_found_and_how_sure_it_is() -> None:
    labelling = label(build(OWN["mixamo"]).skeleton)
    assert labelling.family == "Mixamo"
    for match in labelling.matches():
        assert match.found is Found.PRESET
        assert 0.9 < match.confidence <= 1.0
        assert match.bone in match.why


def test_twists_controls_and_ends_are_listed_with_a_reason() -> None:
    rig = build(OWN["ue5_manny_quinn"])
    labelling = label(rig.skeleton)
    listed = {spare.bone: spare for spare in labelling.spares}
    mapped = {match.bone for match in labelling.matches()}
    assert listed.keys() | mapped == set(rig.skeleton.names)
    assert not listed.keys() & mapped
    assert all(spare.why for spare in labelling.spares)
    assert listed["thigh_twist_01_l"].kind is Kind.TWIST
    assert listed["thigh_twist_01_l"].of == "thigh_l"
    assert listed["ik_foot_l"].kind is Kind.CONTROL


def test_the_halves_of_a_limb_are_told_apart_from_what_hangs_beside_it() -> None:
    rigify = label(build(OWN["rigify_deform"]).skeleton)
    parents = {"DEF-upper_arm.L.001": "DEF-upper_arm.L", "DEF-forearm.L": "DEF-upper_arm.L.001"}
    cut = RigSpec(**{**vars(OWN["rigify_deform"]), "parents": parents})
    assert rigify.halves(Role.LEFT_UPPER_ARM) == ("DEF-upper_arm.L",)
    assert label(build(cut).skeleton).halves(Role.LEFT_UPPER_ARM) == (
        "DEF-upper_arm.L",
        "DEF-upper_arm.L.001",
    )
    first_half = {"thigh_twist.l": "root.x", "thigh_stretch.l": "thigh_twist.l"}
    auto_rig_pro = RigSpec(**{**vars(OWN["auto_rig_pro_export"]), "parents": first_half})
    assert label(build(auto_rig_pro).skeleton).halves(Role.LEFT_THIGH) == (
        "thigh_twist.l",
        "thigh_stretch.l",
    )


def test_a_second_copy_of_every_bone_is_no_reason_to_refuse() -> None:
    spec = OWN["mixamo"]
    doubles = tuple(f"{name}.001" for names in spec.roles.values() for name in names)
    parents = {double: double[: -len(".001")] for double in doubles}
    rig = build(RigSpec(spec.key, spec.roles, spec.twist, (*spec.extra, *doubles), parents))
    labelling = label(rig.skeleton)
    assert wrong_bones(rig, labelling) == []
    assert score_labels(rig, labelling).perfect
    assert {spare.kind for spare in labelling.spares if spare.bone in doubles} <= {
        Kind.DOUBLED,
        Kind.TWIST,
        Kind.END,
    }


@pytest.mark.parametrize(
    "prefix", ["", "mixamorig:", "mixamorig12:", "mixamorig_", "Hero:", "a|b|mixamorig:", "Bob_"]
)
def test_prefixes_do_not_matter(prefix: str) -> None:
    spec = OWN["mixamo"]
    plain = {name: prefix + name.removeprefix("mixamorig:") for name in spec.names()}
    rig = build(spec.renamed(plain))
    assert score_labels(rig, label(rig.skeleton)).perfect


def test_running_numbers_of_web_exporters_do_not_matter() -> None:
    spec = OWN["mixamo"]
    numbered = {name: f"{name}_{i:02d}" for i, name in enumerate(spec.names(), start=1)}
    rig = build(spec.renamed(numbered), helpers=False)
    score = score_labels(rig, label(rig.skeleton))
    assert score.perfect
    assert score.fingers_right == score.fingers_all


def test_a_rig_is_labelled_in_the_blink_of_an_eye() -> None:
    rig = build(OWN["mixamo"])
    label(rig.skeleton)
    spent = []
    for _ in range(5):
        begin = time.process_time()
        label(rig.skeleton)
        spent.append(time.process_time() - begin)
    assert min(spent) < 0.02


def _pairs(rigs: dict[str, Rig]) -> dict[tuple[str, str], Score]:
    labels = {key: label(rig.skeleton) for key, rig in rigs.items()}
    scores = {}
    for a, b in permutations(rigs, 2):
        pairs = [(p.source, p.target) for p in pair(labels[a], labels[b]).pairs]
        scores[a, b] = score_pair(rigs[a], rigs[b], pairs)
    return scores


def _assert_reached(scores: dict[tuple[str, str], Score]) -> None:
    summed = total(scores.values())
    perfect = sum(score.perfect for score in scores.values())
    print(
        f"\n{len(scores)} ordered pairs: {summed.share:.2%} of the body bones right, "
        f"{perfect / len(scores):.2%} of the pairs perfect, {summed.wrong} wrong bones, fingers "
        f"{summed.fingers_right} of {summed.fingers_all}"
    )
    assert summed.wrong == 0
    assert summed.share >= 0.98
    assert perfect >= 0.9 * len(scores)
    assert summed.fingers_right == summed.fingers_all


def test_all_ordered_pairs_of_our_own_families_are_mapped() -> None:
    angles = {key: 45.0 * (i % 2) for i, key in enumerate(OWN)}
    _assert_reached(_pairs({k: build(s, degrees_down=angles[k]) for k, s in OWN.items()}))


def test_all_ordered_pairs_of_the_shared_table_are_mapped(
    shared_file: Callable[[str], Path],
) -> None:
    specs = read(shared_file("rig-families.json"))
    assert len(specs) == 46
    rigs = {
        key: build(
            spec,
            proportions=SMALL if i % 3 == 0 else ADULT,
            degrees_down=spec.degrees_down if spec.degrees_down is not None else 45.0 * (i % 2),
            seed=i,
        )
        for i, (key, spec) in enumerate(specs.items())
    }
    assert all(len(body_places(rig.truth)) >= 19 for rig in rigs.values())
    _assert_reached(_pairs(rigs))
