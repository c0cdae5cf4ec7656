# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no humanoid is refused, each with its reason."""

from __future__ import annotations

import numpy as np
import pytest

from aimocap_blender.motion.mapping import NotHumanoid, Role, label
from aimocap_blender.motion.mapping.families_characters import FAMILIES
from aimocap_blender.motion.mapping.roles import Side, arm, leg
from aimocap_blender.motion.skeleton import Skeleton
from tests.rigs.build import build
from tests.rigs.spec import RigSpec, from_family

OWN = {family.key: from_family(family) for family in FAMILIES}


def skeleton(joints: dict[str, tuple[str | None, tuple[float, float, float]]]) -> Skeleton:
    names = tuple(joints)
    rest = np.tile(np.eye(4), (len(names), 1, 1)).reshape(-1, 4, 4)
    for bone, (_, place) in enumerate(joints.values()):
        rest[bone, :3, 3] = place
    parents = [names.index(above) if above else -1 for above, _ in joints.values()]
    return Skeleton(names, np.array(parents, dtype=np.intp), rest, np.full(len(names), 0.1))


def chain(count: int) -> Skeleton:
    return skeleton(
        {f"tail{i}": (f"tail{i - 1}" if i else None, (0.0, 0.1 * i, 0.0)) for i in range(count)}
    )


def quadruped(names: dict[str, str]) -> Skeleton:
    """A dog: the spine lies flat, four legs reach the same ground."""
    joints: dict[str, tuple[str | None, tuple[float, float, float]]] = {
        "hips": (None, (0.0, 0.4, 0.6)),
        "spine": ("hips", (0.0, 0.2, 0.62)),
        "chest": ("spine", (0.0, 0.0, 0.62)),
        "neck": ("chest", (0.0, -0.2, 0.7)),
        "head": ("neck", (0.0, -0.35, 0.85)),
    }
    for side, x in (("Left", 0.1), ("Right", -0.1)):
        joints |= {
            side + names["thigh"]: ("hips", (x, 0.4, 0.55)),
            side + names["shin"]: (side + names["thigh"], (x, 0.35, 0.32)),
            side + names["foot"]: (side + names["shin"], (x, 0.45, 0.12)),
            side + names["toe"]: (side + names["foot"], (x, 0.38, 0.02)),
            side + names["upper_arm"]: ("chest", (x, -0.1, 0.5)),
            side + names["forearm"]: (side + names["upper_arm"], (x, 0.0, 0.3)),
            side + names["hand"]: (side + names["forearm"], (x, -0.05, 0.03)),
        }
    return skeleton(joints)


HUMAN_WORDS = {
    "thigh": "UpLeg", "shin": "Leg", "foot": "Foot", "toe": "ToeBase", "upper_arm": "Arm",
    "forearm": "ForeArm", "hand": "Hand",
}  # fmt: skip
NO_WORDS = {part: f"x{i}" for i, part in enumerate(HUMAN_WORDS)}


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_handful_of_bones_is_refused_with_their_number(count: int) -> None:
    with pytest.raises(NotHumanoid, match=f"{count} bones"):
        label(chain(count))


def test_a_chain_is_refused() -> None:
    with pytest.raises(NotHumanoid, match="No arms and no legs"):
        label(chain(40))


@pytest.mark.parametrize("words", [HUMAN_WORDS, NO_WORDS])
def test_what_walks_on_all_fours_is_refused_whatever_its_bones_are_called(
    words: dict[str, str],
) -> None:
    with pytest.raises(NotHumanoid) as refused:
        label(quadruped(words))
    assert refused.value.remedy
    if words is HUMAN_WORDS:
        assert "four legs" in refused.value.what


def test_bones_in_one_point_are_refused() -> None:
    rig = build(OWN["mixamo"]).skeleton
    flat = rig.rest.copy()
    flat[:, :3, 3] = 1.0
    with pytest.raises(NotHumanoid, match="one point"):
        label(Skeleton(rig.names, rig.parents, flat, rig.lengths))


def test_a_rest_pose_that_is_not_a_number_is_refused() -> None:
    rig = build(OWN["mixamo"]).skeleton
    broken = rig.rest.copy()
    broken[5, 0, 3] = np.nan
    with pytest.raises(NotHumanoid, match="not a number"):
        label(Skeleton(rig.names, rig.parents, broken, rig.lengths))


def _without(key: str, missing: set[Role]) -> RigSpec:
    spec = OWN[key]
    return RigSpec(key, {role: names for role, names in spec.roles.items() if role not in missing})


def test_legs_without_arms_are_refused() -> None:
    gone = {role for side in Side for role in arm(side)} | {r for r in Role if "_1" in r.value}
    with pytest.raises(NotHumanoid, match="no pair of arms"):
        label(build(_without("cascadeur", gone)).skeleton)


def test_an_upper_body_alone_is_taken_and_said_to_be_one() -> None:
    gone = {role for side in Side for role in leg(side)}
    labelling = label(build(_without("mixamo", gone)).skeleton)
    assert labelling.bone(Role.LEFT_HAND) == "mixamorig:LeftHand"
    assert labelling.bone(Role.LEFT_THIGH) is None
    assert any("upper body" in warning for warning in labelling.warnings)


def test_only_the_given_bones_are_looked_at() -> None:
    rig = build(OWN["rigify_deform"])
    wanted = [name for names in rig.truth.values() for name in names]
    labelling = label(rig.skeleton, only=wanted)
    assert {match.bone for match in labelling.matches()} <= set(wanted)
    assert labelling.bone(Role.HIPS) == "DEF-spine"
    with pytest.raises(NotHumanoid, match="1 bones"):
        label(rig.skeleton, only=["DEF-spine"])
