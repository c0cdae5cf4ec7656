# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels on rigs that nobody here made: Rigify's own, and real files where they are present."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.bridge.armatures import read_skeleton
from aimocap_blender.motion.mapping import (
    Found,
    Kind,
    Labelling,
    NotHumanoid,
    Role,
    deform_bones,
    label,
    rigify_controls,
)
from aimocap_blender.motion.mapping.roles import BODY, FINGERS, METACARPALS
from tests.blender import people

PARTS = ("shoulder", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")


def labelled(rig: bpy.types.Object, **options: object) -> Labelling:
    return label(read_skeleton(rig), world=np.array(rig.matrix_world), **options)


def animal(kind: str) -> bpy.types.Object:
    """One of Rigify's metarigs by its module's name, on a fresh armature."""
    people.metarig("helper")
    bpy.ops.object.armature_add()
    rig = bpy.context.object
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in list(rig.data.edit_bones):
        rig.data.edit_bones.remove(bone)
    importlib.import_module(f"rigify.metarigs.{kind}").create(rig)
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def limbs(labelling: Labelling) -> list[str | None]:
    return [labelling.bone(role) for role in BODY[4:]]


def test_the_human_metarig_is_labelled_completely() -> None:
    labelling = labelled(people.metarig())
    assert labelling.bones(Role.HIPS) == ("spine",)
    assert labelling.bones(Role.SPINE) == ("spine.001", "spine.002", "spine.003")
    assert labelling.bones(Role.NECK) == ("spine.004", "spine.005")
    assert labelling.bones(Role.HEAD) == ("spine.006",)
    arms, legs = PARTS[:4], PARTS[4:]
    assert limbs(labelling) == [f"{p}.{s}" for group in (arms, legs) for s in "LR" for p in group]
    assert all(role in labelling.chains for role in (*FINGERS, *METACARPALS))
    assert np.allclose(labelling.front, (0.0, -1.0, 0.0), atol=0.1)


def test_a_metarig_without_its_names_is_the_same_body() -> None:
    skeleton = read_skeleton(people.metarig())
    named = label(skeleton)
    blind = label(replace(skeleton, names=tuple(f"b{i}" for i in range(len(skeleton.names)))))
    for role in BODY:
        expected = [skeleton.index(name) for name in named.bones(role)]
        assert [int(name[1:]) for name in blind.bones(role)] == expected


def test_a_generated_rig_is_read_by_its_deform_bones_and_keyed_by_its_controls() -> None:
    rig = people.generated_rig()
    assert "rig_id" in rig.data
    deform = labelled(rig, only=deform_bones([bone.name for bone in rig.data.bones]))
    assert limbs(deform) == [
        f"DEF-{part}.{side}" for group in (PARTS[:4], PARTS[4:]) for side in "LR" for part in group
    ]
    assert deform.halves(Role.LEFT_UPPER_ARM) == ("DEF-upper_arm.L", "DEF-upper_arm.L.001")
    assert deform.halves(Role.RIGHT_SHIN) == ("DEF-shin.R", "DEF-shin.R.001")
    controls = rigify_controls([bone.name for bone in rig.data.bones])
    assert controls is not None
    whole = labelled(rig)
    for role in (*BODY[4:], *FINGERS):
        assert controls.roles[role] == whole.bones(role)
    for switch in controls.switches:
        assert switch.property in rig.pose.bones[switch.bone]


@pytest.mark.parametrize(
    "kind", ["Basic.basic_quadruped", "Animals.horse", "Animals.cat", "Animals.wolf",
             "Animals.bird", "Animals.shark"],
)  # fmt: skip
def test_animals_are_refused(kind: str) -> None:
    with pytest.raises(NotHumanoid) as refused:
        labelled(animal(kind))
    assert refused.value.what.endswith(".")


def imported(path: Path) -> bpy.types.Object:
    match path.suffix:
        case ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(path))
        case ".glb":
            bpy.ops.import_scene.gltf(filepath=str(path))
        case ".bvh":
            bpy.ops.import_anim.bvh(filepath=str(path))
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


@pytest.mark.parametrize(
    ("name", "family", "expected"),
    [
        ("ue4_ThirdPersonRun_MIT.fbx", "Unreal Engine 4 mannequin",
         {Role.HIPS: "pelvis", Role.LEFT_FOREARM: "lowerarm_l", Role.RIGHT_TOE: "ball_r"}),
        ("maya_humanik_ufbx.fbx", "HumanIK (Maya, MotionBuilder)",
         {Role.HIPS: "Character1_Hips", Role.LEFT_SHIN: "Character1_LeftLeg",
          Role.RIGHT_LITTLE_3: "Character1_RightHandPinky3"}),
        ("cc0_kaykit_knight.glb", "KayKit",
         {Role.HIPS: "hips", Role.LEFT_HAND: "wrist.l", Role.RIGHT_TOE: "toes.r"}),
        ("cmu_01_01_cgspeed.bvh", "CMU motion capture",
         {Role.HIPS: "Hips", Role.LEFT_THIGH: "LeftUpLeg", Role.HEAD: "Head"}),
    ],
)  # fmt: skip
def test_real_files_are_labelled(
    name: str, family: str, expected: dict[Role, str], shared_file: Callable[[str], Path]
) -> None:
    labelling = labelled(imported(shared_file(f"rigs/{name}")))
    assert labelling.family == family
    for role, bone in expected.items():
        assert labelling.bone(role) == bone
    assert {match.found for match in labelling.matches()} == {Found.PRESET}
    helpers = {spare.bone for spare in labelling.spares if spare.kind is Kind.CONTROL}
    assert not helpers & {match.bone for match in labelling.matches()}
    legs = {Role.LEFT_THIGH, Role.RIGHT_THIGH, Role.LEFT_FOOT, Role.RIGHT_FOOT}
    assert legs <= labelling.chains.keys()
