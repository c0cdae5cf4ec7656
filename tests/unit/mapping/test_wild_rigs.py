# SPDX-License-Identifier: GPL-3.0-or-later
"""Traps that rigs of real files set, rebuilt on generated bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.mapping import NotHumanoid, Role, label
from aimocap_blender.motion.mapping.presets import FAMILIES
from aimocap_blender.motion.skeleton import Skeleton
from tests.rigs.build import Rig, build
from tests.rigs.spec import from_family


def rig(family: str = "mixamo") -> Rig:
    return build(from_family(next(one for one in FAMILIES if one.key == family)), helpers=False)


def renamed(one: Rig, names: dict[str, str]) -> Rig:
    """The rig with some bones called otherwise."""
    skeleton = replace(one.skeleton, names=tuple(names.get(n, n) for n in one.skeleton.names))
    truth = {role: tuple(names.get(n, n) for n in bones) for role, bones in one.truth.items()}
    return replace(one, skeleton=skeleton, truth=truth)


def over(one: Rig, name: str, below: str, *, rise: float = 0.0) -> Rig:
    """A new bone `name` between `below` and its parent, `rise` over the joint of `below`."""
    old = one.skeleton
    place = old.index(below)
    old_parents = [int(parent) for parent in old.parents]
    parents = [p + (p >= place) for p in old_parents]
    parents[place] = place
    parents.insert(place, old_parents[place])
    rest = np.insert(old.rest, place, old.rest[place], axis=0)
    rest[place, :3, 3] += (0.0, 0.0, rise)
    names = (*old.names[:place], name, *old.names[place:])
    lengths = np.insert(old.lengths, place, old.lengths[place])
    return replace(one, skeleton=Skeleton(names, np.array(parents, dtype=np.intp), rest, lengths))


def hung(one: Rig, bones: list[str], parent: str) -> Rig:
    """The rig with some bones hanging elsewhere."""
    parents = one.skeleton.parents.copy()
    for name in bones:
        parents[one.skeleton.index(name)] = one.skeleton.index(parent)
    return replace(one, skeleton=replace(one.skeleton, parents=parents))


@pytest.mark.parametrize("name", ["B_Root_Pelvis_L", "Bone", "LowerBodyRoot"])
def test_hips_are_what_legs_and_spine_hang_on_when_only_the_upper_half_is_called_so(name):
    plain = rig()
    hips, thighs = plain.truth[Role.HIPS][0], [plain.truth[r][0] for r in _THIGHS]
    odd = renamed(hung(over(plain, name, hips), thighs, name), {hips: "UpperPelvis"})
    found = label(odd.skeleton)
    assert found.bone(Role.HIPS) == name
    assert "UpperPelvis" not in found.bones(Role.SPINE)[1:]
    assert found.bones(Role.LEFT_THIGH) == odd.truth[Role.LEFT_THIGH]


_THIGHS = (Role.LEFT_THIGH, Role.RIGHT_THIGH)


def test_a_root_on_the_floor_is_not_the_hips_because_legs_hang_on_it():
    plain = rig()
    hips, thighs = plain.truth[Role.HIPS][0], [plain.truth[r][0] for r in _THIGHS]
    odd = hung(over(plain, "Armature_Base", hips, rise=-0.95), thighs, "Armature_Base")
    assert label(odd.skeleton).bone(Role.HIPS) == hips


def test_pivots_between_the_arms_and_the_neck_are_no_spine():
    plain = rig()
    neck = plain.truth[Role.NECK][0]
    odd = over(over(plain, "B_Root_Neck_T", neck), "B_Root_Neck_H", neck)
    found = label(odd.skeleton)
    assert found.bones(Role.SPINE) == plain.truth[Role.SPINE]
    assert found.bones(Role.NECK) == plain.truth[Role.NECK]


def test_an_unnamed_joint_over_the_hips_of_a_known_family_is_the_back():
    plain = rig("bvh_100style_xsens")
    first = plain.truth[Role.SPINE][0]
    odd = over(plain, "Qx", first, rise=-0.03)
    assert label(odd.skeleton).bones(Role.SPINE) == ("Qx", *plain.truth[Role.SPINE])


def fingers(names: list[str], *, chained: bool, thumb: str = "") -> Rig:
    """A Mixamo body without its fingers, and on the left hand bones of these names."""
    one = build(from_family(next(f for f in FAMILIES if f.key == "mixamo")), helpers=False)
    keep = [b for b, n in enumerate(one.skeleton.names) if not any(w in n for w in _FINGER_WORDS)]
    place = {bone: new for new, bone in enumerate(keep)}
    old = one.skeleton
    parents = [place.get(int(old.parents[bone]), -1) for bone in keep]
    bones, rest = [old.names[bone] for bone in keep], [old.rest[bone] for bone in keep]
    hand = place[old.index(one.truth[Role.LEFT_HAND][0])]
    for number, name in enumerate([*names, thumb] if thumb else names):
        step = 0.03 * (number + 1) if chained else 0.09
        row = old.rest[old.index(one.truth[Role.LEFT_HAND][0])].copy()
        row[:3, 3] += (step, 0.0 if chained else 0.02 * number, 0.0)
        parents.append(len(bones) - 1 if chained and number and name != thumb else hand)
        bones.append(name)
        rest.append(row)
    skeleton = Skeleton(
        tuple(bones), np.array(parents, dtype=np.intp), np.array(rest), np.full(len(bones), 0.03)
    )
    return replace(one, skeleton=skeleton)


_FINGER_WORDS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
_LEFT_FINGERS = [
    Role(f"left_{name}_{joint}")
    for name in ("thumb", "index", "middle", "ring", "little")
    for joint in (1, 2, 3)
]


def test_numbered_joints_of_one_finger_are_not_five_fingers():
    found = label(fingers(["Finger1_Left", "Finger2_Left", "Finger3_Left"], chained=True).skeleton)
    assert [role for role in _LEFT_FINGERS if found.bone(role)] == []


def test_four_numbered_fingers_beside_a_named_thumb_count_from_the_index():
    names = [f"Finger{n}_Left" for n in (1, 2, 3, 4)]
    found = label(fingers(names, chained=False, thumb="Thumb_Left").skeleton)
    first = {role: found.bone(role) for role in _LEFT_FINGERS if role.value.endswith("_1")}
    assert list(first.values()) == ["Thumb_Left", *names]


def test_three_numbered_fingers_beside_a_named_thumb_are_left_empty():
    names = [f"Finger{n}_Left" for n in (1, 2, 3)]
    found = label(fingers(names, chained=False, thumb="Thumb_Left").skeleton)
    assert [found.bone(role) for role in _LEFT_FINGERS if found.bone(role)] == ["Thumb_Left"]


def spread_neck(rise: float) -> Rig:
    """Rigify's human with its arms on the first bone of the neck, `rise` under its old place."""
    plain = rig("rigify_metarig_human")
    first = plain.truth[Role.NECK][0]
    collars = [plain.truth[role][0] for role in (Role.LEFT_CLAVICLE, Role.RIGHT_CLAVICLE)]
    odd = hung(plain, collars, first)
    rest = odd.skeleton.rest.copy()
    rest[odd.skeleton.index(first), 2, 3] -= rise
    return replace(odd, skeleton=replace(odd.skeleton, rest=rest))


def test_a_bone_that_carries_the_arms_from_below_is_the_chest_whatever_the_table_says():
    odd = spread_neck(0.12)
    found = label(odd.skeleton)
    neck = odd.truth[Role.NECK]
    assert found.bones(Role.SPINE) == (*odd.truth[Role.SPINE], neck[0])
    assert found.bones(Role.NECK) == neck[1:]


def test_a_neck_that_carries_the_arms_at_their_height_stays_the_neck():
    odd = spread_neck(0.0)
    assert label(odd.skeleton).bones(Role.NECK) == odd.truth[Role.NECK]


def blind(one: Rig) -> Rig:
    """The rig under names that say nothing."""
    return renamed(one, {name: f"node_{i}" for i, name in enumerate(one.skeleton.names)})


def beside(one: Rig, parent: str, names: list[tuple[str, float, float]]) -> Rig:
    """More bones on `parent`: name, sideways and upwards of its joint."""
    old = one.skeleton
    place = old.index(parent)
    rest = [old.rest[place].copy() for _ in names]
    for row, (_, sideways, upwards) in zip(rest, names, strict=True):
        row[:3, 3] += (sideways, 0.0, upwards)
    skeleton = Skeleton(
        (*old.names, *(name for name, _, _ in names)),
        np.array([*old.parents, *(place for _ in names)], dtype=np.intp),
        np.concatenate((old.rest, rest)),
        np.concatenate((old.lengths, np.full(len(names), 0.05))),
    )
    return replace(one, skeleton=skeleton)


def listed_after(one: Rig, parent: str, names: list[str]) -> Rig:
    """The rig with some bones listed right behind `parent`, before its other children."""
    old = one.skeleton
    moved = [old.index(name) for name in names]
    place = old.index(parent)
    others = [bone for bone in range(len(old.names)) if bone not in moved]
    cut = others.index(place) + 1
    order = [*others[:cut], *moved, *others[cut:]]
    new = {bone: position for position, bone in enumerate(order)}
    parents = [new[int(old.parents[bone])] if old.parents[bone] >= 0 else -1 for bone in order]
    skeleton = Skeleton(
        tuple(old.names[bone] for bone in order),
        np.array(parents, dtype=np.intp),
        old.rest[order],
        old.lengths[order],
    )
    return replace(one, skeleton=skeleton)


def test_without_names_helpers_in_the_joint_of_a_thigh_are_not_the_thigh():
    plain = rig()
    hips, odd = plain.truth[Role.HIPS][0], plain
    helpers = ["helper_l", "front_l", "helper_r", "front_r"]
    for thigh, helper, front in zip(_THIGHS, helpers[::2], helpers[1::2], strict=True):
        joint = plain.skeleton.rest[plain.skeleton.index(plain.truth[thigh][0])]
        odd = beside(odd, hips, [(helper, 0.0, 0.0)])
        odd.skeleton.rest[-1] = joint
        odd = beside(odd, helper, [(front, 0.0, 0.0)])
    odd = blind(listed_after(odd, hips, helpers))
    found = label(odd.skeleton)
    for thigh in _THIGHS:
        assert found.bones(thigh) == odd.truth[thigh]


def test_without_names_the_roots_of_the_eyes_are_not_the_head():
    plain = rig()
    head = plain.truth[Role.HEAD][0]
    odd = beside(plain, head, [("root_l", 0.0, 0.12), ("root_r", 0.0, 0.12)])
    odd = beside(beside(odd, "root_l", [("eye_l", 0.03, 0.0)]), "root_r", [("eye_r", -0.03, 0.0)])
    odd = blind(odd)
    assert label(odd.skeleton).bones(Role.HEAD) == odd.truth[Role.HEAD]


def on_a_beast(one: Rig, length: float) -> Rig:
    """The rig standing on the head of something long that has no limbs of its own."""
    old = one.skeleton
    count = 12
    rest = np.tile(np.eye(4), (count, 1, 1))
    rest[:, 1, 3] = np.linspace(-length, 0.0, count)
    above = [parent + count if parent >= 0 else count - 1 for parent in old.parents]
    skeleton = Skeleton(
        (*(f"back_{i}" for i in range(count)), *old.names),
        np.array([*range(-1, count - 1), *above], dtype=np.intp),
        np.concatenate((rest, old.rest)),
        np.concatenate((np.full(count, 0.1), old.lengths)),
    )
    return replace(one, skeleton=skeleton)


def test_what_looks_like_a_body_on_the_face_of_a_beast_is_none():
    """Rigify's wolf has a face in which ears and cheeks stand like arms and legs, only flatter."""
    body = rig()
    assert label(blind(on_a_beast(body, 4.0)).skeleton).bone(Role.LEFT_HAND)
    body.skeleton.rest[:, 2, 3] *= 0.6
    with pytest.raises(NotHumanoid):
        label(blind(on_a_beast(body, 4.0)).skeleton)
