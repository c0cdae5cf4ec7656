# SPDX-License-Identifier: GPL-3.0-or-later
"""The controls of generated rigs, by the names their tool gives them."""

from __future__ import annotations

from aimocap_blender.motion.mapping import Role, deform_bones, rigify_controls
from aimocap_blender.motion.mapping.families_characters import FAMILIES
from tests.rigs.spec import from_family

GENERATED = from_family(next(f for f in FAMILIES if f.key == "rigify_generated"))
PARENTS = [f"{part}_parent.{side}" for part in ("upper_arm", "thigh") for side in "LR"]


def test_a_generated_rig_gives_its_fk_controls_and_switches() -> None:
    controls = rigify_controls([*GENERATED.names(), *PARENTS])
    assert controls is not None
    assert controls.roles[Role.HIPS] == ("torso",)
    assert controls.roles[Role.LEFT_UPPER_ARM] == ("upper_arm_fk.L",)
    assert controls.roles[Role.RIGHT_TOE] == ("toe_fk.R",)
    assert controls.roles[Role.LEFT_LITTLE_2] == ("f_pinky.02.L",)
    assert controls.roles[Role.SPINE] == ("spine_fk.002", "spine_fk.003")
    assert controls.root == "root"
    assert {switch.bone for switch in controls.switches} == {*PARENTS, "torso"}
    assert all(switch.value == 1.0 for switch in controls.switches)
    assert "hips" in controls.follow


def test_the_one_toe_of_older_rigs_is_found() -> None:
    names = [name.replace("toe_fk", "toe") for name in GENERATED.names()]
    controls = rigify_controls(names)
    assert controls is not None
    assert controls.roles[Role.LEFT_TOE] == ("toe.L",)


def test_other_rigs_have_no_rigify_controls() -> None:
    for family in FAMILIES:
        if family.key != "rigify_generated":
            assert rigify_controls(from_family(family).names()) is None


def test_deform_bones_are_told_by_their_prefix_where_there_is_a_body_of_them() -> None:
    deform = from_family(next(f for f in FAMILIES if f.key == "rigify_deform"))
    assert deform_bones([*deform.names(), "root", "ORG-spine"]) == set(deform.names())
    assert deform_bones(["DEF-jaw", "spine"]) == frozenset()
