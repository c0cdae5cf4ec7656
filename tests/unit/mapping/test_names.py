# SPDX-License-Identifier: GPL-3.0-or-later
"""Names taken apart: words, sides, numbers, and what they mean."""

from __future__ import annotations

import pytest

from aimocap_blender.motion.mapping.lexicon import Atom
from aimocap_blender.motion.mapping.meanings import Part, finger_of, helper_kind, parts_of
from aimocap_blender.motion.mapping.reading import read_names, split
from aimocap_blender.motion.mapping.roles import ABOVE, BODY, NEXT, Role, Side


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("mixamorig:LeftForeArm", ["mixamorig", "Left", "Fore", "Arm"]),
        ("lShldrBend", ["l", "Shldr", "Bend"]),
        ("LUpArmTwist", ["L", "Up", "Arm", "Twist"]),
        ("upper_arm.L.001", ["upper", "arm", "L", "001"]),
        ("toe1-1.L", ["toe", "1", "1", "L"]),
        ("heelIK.l", ["heel", "IK", "l"]),
        ("左足IK", ["左足", "IK"]),
        ("", []),
        ("...", []),
    ],
)
def test_names_fall_apart_at_humps_digits_and_separators(name: str, tokens: list[str]) -> None:
    assert split(name) == tokens


@pytest.mark.parametrize(
    ("name", "side", "part"),
    [
        ("LeftUpLeg", Side.LEFT, Part.THIGH),
        ("calf_r", Side.RIGHT, Part.SHIN),
        ("rForearmBend", Side.RIGHT, Part.FOREARM),
        ("lefthand", Side.LEFT, Part.HAND),
        ("HandLeft", Side.LEFT, Part.HAND),
        ("lthigh", Side.LEFT, Part.THIGH),
        ("RIGHT_UPPER_ARM", Side.RIGHT, Part.UPPER_ARM),
        ("Oberschenkel.R", Side.RIGHT, Part.THIGH),
        ("左ひじ", Side.LEFT, Part.FOREARM),
        ("右足首", Side.RIGHT, Part.FOOT),
        ("Tête", None, Part.HEAD),
        ("LowerBack", None, Part.SPINE),
        ("upper body2", None, Part.SPINE),
        ("NPC L Thigh [LThg]", Side.LEFT, Part.THIGH),
    ],
)
def test_names_say_their_side_and_part(name: str, side: Side | None, part: Part) -> None:
    (reading,) = read_names([name])
    assert reading.side is side
    parts = parts_of(reading)
    assert max(parts, key=lambda found: parts[found]) is part


@pytest.mark.parametrize(
    "name",
    [
        "ik_foot_l", "LeftFootCtrl", "PoleTarget.L", "左足ＩＫ", "kneeIK.l", "HeadTop_End",
        "Head_end",
        "ball_leaf_l", "thigh_twist_01_l", "LeftForeArmRoll", "ShoulderPart1_L", "handslot.l",
        "Props_LeftArm", "breast.L", "J_Sec_L_SkirtSide0_01", "MCH-thigh_ik.L", "ORG-forearm.L",
        "LeftToe_End", "Bip001 L Toe0Nub", "weapon_hand_r", "kneecap_l", "earring_r", "forehead",
        "handbag_l", "shoulderpad_l", "armor_arm",
    ],
)  # fmt: skip
def test_helpers_mean_no_limb_or_a_doubtful_one(name: str) -> None:
    (reading,) = read_names([name])
    assert max(parts_of(reading).values(), default=0.0) < 0.7


def test_every_name_of_a_helper_has_its_reason() -> None:
    for name in ("thigh_twist_01_l", "ik_foot_l", "Head_end", "breast.L", "MCH-hand.L"):
        (reading,) = read_names([name])
        found = helper_kind(reading)
        assert found is not None
        assert found[1]


@pytest.mark.parametrize(
    ("name", "finger"),
    [
        ("LeftHandIndex1", "index"),
        ("f_pinky.02.R", "little"),
        ("Bip001 L Finger01", "finger"),
        ("左薬指２", "ring"),
        ("third1_L", "ring"),
        ("lMid2", "middle"),
        ("leftThumbMetacarpal", "thumb"),
        ("indextoe_01_l", None),
        ("MiddleHand.L", None),
        ("spine_middle", None),
    ],
)
def test_names_say_their_finger(name: str, finger: str | None) -> None:
    (reading,) = read_names([name])
    assert finger_of(reading) == finger


def test_what_most_names_share_is_a_prefix_and_means_nothing() -> None:
    parts = ("Hips", "Spine", "Neck", "Head", "L_Hand", "R_Hand", "L_Foot", "R_Foot", "Tail")
    readings = read_names([f"ZorgV2_{part}" for part in parts])
    assert all(reading.unknown == () for reading in readings)
    assert readings[0].atoms == {Atom.HIPS}


def test_any_text_can_be_read() -> None:
    for name in ("\0", "🦴", "ß", "ﬁnger", "İ", "a" * 500, "1", "-", ":", "l", "LR", "left_right"):
        (reading,) = read_names([name])
        parts_of(reading)


def test_every_role_hangs_on_the_hips_and_has_its_mirror() -> None:
    for role in Role:
        current, steps = role, 0
        while current in ABOVE:
            current, steps = ABOVE[current], steps + 1
        assert current is Role.HIPS
        assert steps < 12
        assert role.mirrored.mirrored is role
        assert (role.mirrored is role) == (role.side is None)
    assert {NEXT[role].side for role in NEXT if role.side} == set(Side)
    assert len(BODY) == 20
