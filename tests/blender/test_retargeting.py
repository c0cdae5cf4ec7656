# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting inside Blender: read against Blender's own pose, written, and read back by it."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.bridge import actions, armatures, compat, fbx, object_places
from aimocap_blender.bridge.object_places import ArmatureError
from aimocap_blender.bridge.retarget import retargeting
from aimocap_blender.bridge.retarget.retargeting import (
    ErrorBound,
    RetargetError,
    RetargetOptions,
    retarget_file,
    retarget_onto,
)
from aimocap_blender.errors import AimocapError
from aimocap_blender.motion.mapping.labelling import label
from aimocap_blender.motion.mapping.labels import Labelling
from aimocap_blender.motion.mapping.roles import Role, Side, arm, leg
from aimocap_blender.motion.rotations import angle_between
from aimocap_blender.motion.skeleton import pose_matrices
from scripts.common.console import hushed
from tests.blender import people, snapshot

UE_RUN = "rigs/ue4_ThirdPersonRun_MIT.fbx"
LIMBS = [
    (role, following)
    for side in Side
    for chain in (arm(side)[1:], leg(side)[:3])
    for role, following in pairwise(chain)
]


def waving_metarig(name: str = "Source", *, frames: int = 20) -> bpy.types.Object:
    """A metarig in which many bones turn, one key a frame, the hips travelling."""
    rig = people.metarig(name)
    rng = np.random.default_rng(5)
    for number, bone in enumerate(rig.pose.bones):
        if number % 3 == 0 or bone.name in ("spine", "upper_arm.L", "thigh.R", "forearm.R"):
            axis, speed = rng.normal(size=3), rng.uniform(0.1, 0.4)
            axis /= np.linalg.norm(axis)
            for frame in range(1, frames + 1):
                angle = 0.6 * math.sin(speed * frame)
                turn = (math.cos(angle / 2.0), *(axis * math.sin(angle / 2.0)))
                bone.rotation_mode = "QUATERNION"
                bone.rotation_quaternion = turn
                bone.keyframe_insert("rotation_quaternion", frame=frame)
    hips = rig.pose.bones["spine"]
    for frame in range(1, frames + 1):
        hips.location = (0.01 * frame, 0.02 * math.sin(frame), 0.03 * frame)
        hips.keyframe_insert("location", frame=frame)
    return rig


def evaluated(item: bpy.types.Object, frame: float) -> np.ndarray:
    """(bones, 4, 4) Blender's own posed matrices in the world, in the order of pose bones."""
    bpy.context.scene.frame_set(math.floor(frame), subframe=frame - math.floor(frame))
    posed = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    world = np.array(posed.matrix_world)
    return np.array([world @ np.array(bone.matrix) for bone in posed.pose.bones])


def read_pose(item: bpy.types.Object, frames: list[float]) -> np.ndarray:
    """(frames, bones, 4, 4) the same from our own reading."""
    motion = armatures.read_motion(item, frames=np.array(frames, dtype=float), fps=24.0)
    order = [motion.skeleton.index(bone.name) for bone in item.pose.bones]
    return np.asarray(motion.world)[..., None, :, :] @ pose_matrices(motion)[:, order]


def assert_reads_as_blender_does(item: bpy.types.Object, frames: list[float]) -> None:
    ours = read_pose(item, frames)
    for row, frame in enumerate(frames):
        theirs = evaluated(item, frame)
        size = max(1e-6, np.ptp(theirs[:, :3, 3], axis=0).max())
        assert np.abs(ours[row, :, :3, 3] - theirs[:, :3, 3]).max() < 1e-4 * size
        scale = np.linalg.norm(theirs[:, :3, :3], axis=-2, keepdims=True)
        mine = np.linalg.norm(ours[row, :, :3, :3], axis=-2, keepdims=True)
        apart = ours[row, :, :3, :3] / mine - theirs[:, :3, :3] / scale
        assert np.abs(apart).max() < 2e-4


def test_a_motion_is_read_as_blender_evaluates_it():
    assert_reads_as_blender_does(waving_metarig(), [1.0, 7.0, 13.0, 20.0, 25.0])


def test_keys_between_frames_are_read_as_blender_evaluates_them():
    rig = people.metarig()
    bone = rig.pose.bones["forearm.L"]
    bone.rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (9, 1.2), (20, -0.4)):
        bone.rotation_euler = (angle, 0.3 * angle, 0.0)
        bone.keyframe_insert("rotation_euler", frame=frame)
    assert_reads_as_blender_does(rig, [1.0, 4.0, 6.5, 15.25, 20.0])


@pytest.mark.parametrize("mode", ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX", "AXIS_ANGLE"])
def test_every_rotation_mode_is_read(mode):
    rig = people.metarig()
    bone = rig.pose.bones["upper_arm.R"]
    bone.rotation_mode = mode
    path = "rotation_axis_angle" if mode == "AXIS_ANGLE" else "rotation_euler"
    for frame in range(1, 6):
        value = (0.2 * frame, 0.3, -0.1 * frame)
        setattr(bone, path, (*value, 0.5) if mode == "AXIS_ANGLE" else value)
        bone.keyframe_insert(path, frame=frame)
    assert_reads_as_blender_does(rig, [1.0, 3.0, 5.0])


def test_motion_of_the_object_and_of_its_parents_is_read():
    rig = waving_metarig()
    empty = bpy.data.objects.new("Holder", None)
    bpy.context.scene.collection.objects.link(empty)
    empty.scale = (0.01, 0.01, 0.01)
    empty.rotation_euler = (math.radians(90.0), 0.0, 0.3)
    rig.parent = empty
    rig.rotation_mode = "QUATERNION"
    for frame in range(1, 21):
        rig.location = (0.0, 30.0 * frame, 1.0)
        rig.keyframe_insert("location", frame=frame)
        rig.rotation_quaternion = (math.cos(frame / 40.0), 0.0, 0.0, math.sin(frame / 40.0))
        rig.keyframe_insert("rotation_quaternion", frame=frame)
    assert_reads_as_blender_does(rig, [1.0, 11.0, 20.0])


def test_constraints_are_left_to_blender():
    rig = waving_metarig()
    copy = rig.pose.bones["forearm.L"].constraints.new("COPY_ROTATION")
    copy.target, copy.subtarget = rig, "forearm.R"
    bpy.context.scene.frame_set(4)
    assert_reads_as_blender_does(rig, [2.0, 9.0, 17.0])
    bpy.context.scene.frame_set(4)
    read_pose(rig, [9.0])
    assert bpy.context.scene.frame_current == 4


def test_bones_that_do_not_inherit_rotation_are_read():
    rig = waving_metarig()
    rig.data.bones["thigh.L"].use_inherit_rotation = False
    assert_reads_as_blender_does(rig, [1.0, 12.0])


def directions(
    item: bpy.types.Object, labelling: Labelling, frame: float
) -> dict[Role, np.ndarray]:
    """World limb directions by role, from Blender's evaluated pose."""
    heads = dict(
        zip((b.name for b in item.pose.bones), evaluated(item, frame)[:, :3, 3], strict=True)
    )
    found = {}
    for role, following in LIMBS:
        near, far = labelling.bone(role), labelling.bone(following)
        if near and far:
            gap = heads[far] - heads[near]
            found[role] = gap / np.linalg.norm(gap)
    return found


def worst_degrees(one: dict[Role, np.ndarray], other: dict[Role, np.ndarray]) -> float:
    assert len(one.keys() & other.keys()) >= 8
    cosines = [float(np.clip(np.dot(one[r], other[r]), -1.0, 1.0)) for r in one.keys() & other]
    return math.degrees(math.acos(min(cosines)))


def labelled(item: bpy.types.Object, only: list[str] | None = None) -> Labelling:
    return label(armatures.read_skeleton(item), world=object_places.world_now(item), only=only)


def onto(source: bpy.types.Object, target: bpy.types.Object, **options: object):
    chosen = RetargetOptions(**{"feet_on": False, **options})
    return retarget_onto(
        source, target, action_name="Result", start_frame=1.0, scene_fps=24.0, options=chosen
    )


def test_the_result_read_back_by_blender_points_where_the_source_points():
    source, target = waving_metarig(), people.metarig("Target")
    target.rotation_euler.z = 1.1
    target.location = (3.0, 1.0, 0.0)
    target.scale = (0.01, 0.01, 0.01)
    outcome = onto(source, target)
    assert (outcome.first_frame, outcome.last_frame) == (1, 20)
    for frame in (1.0, 8.0, 20.0):
        theirs = directions(source, labelled(source), frame)
        assert worst_degrees(theirs, directions(target, labelled(target), frame)) < 0.1


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "YXZ", "ZYX", "AXIS_ANGLE"])
def test_the_rotation_mode_stays_and_the_pose_is_the_same_in_each(mode):
    source, target = waving_metarig(), people.metarig("Target")
    for bone in target.pose.bones:
        bone.rotation_mode = mode
    onto(source, target)
    assert {bone.rotation_mode for bone in target.pose.bones} == {mode}
    for frame in (1.0, 8.0, 20.0):
        theirs = directions(source, labelled(source), frame)
        assert worst_degrees(theirs, directions(target, labelled(target), frame)) < 0.1


def test_only_mapped_bones_are_keyed_linearly_on_every_frame():
    source, target = waving_metarig(), people.metarig("Target")
    outcome = onto(source, target)
    mapped = {pair.target for pair in outcome.bone_map.pairs}
    curves = compat.curves_of(outcome.action, outcome.slot)
    keyed = {curve.data_path.split('"')[1] for curve in curves}
    assert keyed == mapped
    assert {len(curve.keyframe_points) for curve in curves} == {20}
    points = [point for curve in curves for point in curve.keyframe_points]
    assert {point.interpolation for point in points} == {"LINEAR"}
    assert {point.handle_left_type for point in points} == {"VECTOR"}
    assert target.animation_data.action == outcome.action
    assert compat.active_slot(target) == outcome.slot


def test_locked_channels_are_left_alone():
    source, target = waving_metarig(), people.metarig("Target")
    locked, half = target.pose.bones["forearm.L"], target.pose.bones["thigh.L"]
    locked.lock_rotation = (True, True, True)
    half.rotation_mode = "XYZ"
    half.lock_rotation = (False, True, False)
    target.pose.bones["spine"].lock_location = (True, False, False)
    outcome = onto(source, target)
    paths = {
        (curve.data_path, curve.array_index)
        for curve in compat.curves_of(outcome.action, outcome.slot)
    }
    assert not any("forearm.L" in path for path, _ in paths)
    assert {i for path, i in paths if "thigh.L" in path} == {0, 2}
    assert {i for path, i in paths if path == 'pose.bones["spine"].location'} == {1, 2}


def test_the_action_before_is_kept_and_one_step_brings_it_back():
    source, target = waving_metarig(), waving_metarig("Target")
    before = target.animation_data.action
    keys = sum(len(c.keyframe_points) for c in compat.curves_of(before, compat.active_slot(target)))
    outcome = onto(source, target)
    assert outcome.previous_action == before.name
    assert before.use_fake_user
    assert actions.compare_with_previous(target) == before.name
    assert target.animation_data.action == before
    assert actions.compare_with_previous(target) == outcome.action.name
    assert target.animation_data.action == outcome.action
    assert actions.take_back(target) == before.name
    assert target.animation_data.action == before
    slot = compat.active_slot(target)
    assert sum(len(c.keyframe_points) for c in compat.curves_of(before, slot)) == keys
    assert "Result" not in bpy.data.actions


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
def test_reduced_keys_stay_within_their_bound(mode):
    source, target = waving_metarig(), people.metarig("Target")
    for bone in target.pose.bones:
        bone.rotation_mode = mode
    full = onto(source, target)
    frames = np.arange(1.0, 21.0)
    whole = armatures.read_motion(target, frames=frames, fps=24.0)
    keys = sum(len(c.keyframe_points) for c in compat.curves_of(full.action, full.slot))
    less = onto(source, target, reduce=ErrorBound(degrees=0.5, millimetres=2.0))
    reduced = armatures.read_motion(target, frames=frames, fps=24.0)
    kept = sum(len(c.keyframe_points) for c in compat.curves_of(less.action, less.slot))
    assert kept < 0.8 * keys
    assert np.degrees(angle_between(whole.rotations, reduced.rotations)).max() < 0.5
    apart = np.linalg.norm(whole.locations - reduced.locations, axis=-1)
    assert apart.max() < 0.002


def test_an_upper_body_leaves_legs_hips_and_root_without_keys():
    source, target = waving_metarig(), people.metarig("Target")
    outcome = onto(source, target, upper_body=True)
    paths = {curve.data_path for curve in compat.curves_of(outcome.action, outcome.slot)}
    assert paths
    for word in ("thigh", "shin", "foot", "toe", '"spine"', "location"):
        assert not any(word in path for path in paths), word


def test_the_object_takes_the_way_when_it_is_chosen_to():
    source, target = waving_metarig(), people.metarig("Target")
    holder = bpy.data.objects.new("Holder", None)
    bpy.context.scene.collection.objects.link(holder)
    holder.scale = (2.0, 2.0, 2.0)
    target.parent = holder
    bpy.context.view_layer.update()
    on_bone = onto(source, target)
    hips = labelled(target).bone(Role.HIPS)
    row = target.pose.bones.find(hips)
    where = evaluated(target, 20.0)[row, :3, 3]
    on_object = onto(source, target, root="object")
    assert np.allclose(evaluated(target, 20.0)[row, :3, 3], where, atol=1e-4)
    paths = {c.data_path for c in compat.curves_of(on_object.action, on_object.slot)}
    assert "location" in paths
    assert on_bone.action != on_object.action


@pytest.mark.parametrize("feet_on", [False, True])
def test_a_generated_rigify_rig_is_driven_by_its_fk_controls(feet_on):
    source, rig = waving_metarig(), people.generated_rig()
    outcome = onto(source, rig, feet_on=feet_on)
    paths = {curve.data_path for curve in compat.curves_of(outcome.action, outcome.slot)}
    assert 'pose.bones["upper_arm_parent.L"]["IK_FK"]' in paths
    assert 'pose.bones["torso"].location' in paths
    assert 'pose.bones["thigh_fk.L"].rotation_quaternion' in paths
    assert not any(word in path for path in paths for word in ("DEF-", "MCH-", "ORG-", "tweak"))
    deform = labelled(rig, [bone.name for bone in rig.data.bones if bone.use_deform])
    hips = (deform.bone(Role.HIPS), labelled(source).bone(Role.HIPS))
    places = []
    for frame in (1.0, 8.0, 20.0):
        if not feet_on:
            theirs = directions(source, labelled(source), frame)
            assert worst_degrees(theirs, directions(rig, deform, frame)) < 0.1
        rows = rig.pose.bones.find(hips[0]), source.pose.bones.find(hips[1])
        places.append(
            evaluated(rig, frame)[rows[0], :3, 3] - evaluated(source, frame)[rows[1], :3, 3]
        )
    assert np.abs(np.array(places) - places[0]).max() < 1e-3


@pytest.mark.parametrize("make", [people.metarig, people.generated_rig])
def test_the_result_does_not_hang_on_the_pose_the_rig_is_in(make):
    source, rig = waving_metarig(), make()
    calm = onto(source, rig).action
    values = {
        (curve.data_path, curve.array_index): [key.co[1] for key in curve.keyframe_points]
        for curve in compat.curves_of(calm, compat.slot_for(calm, rig))
    }
    bpy.context.scene.frame_set(17)  # in the middle of the motion, hips away from their place
    again = onto(source, rig).action
    for curve in compat.curves_of(again, compat.slot_for(again, rig)):
        before = values.pop((curve.data_path, curve.array_index))
        assert [key.co[1] for key in curve.keyframe_points] == pytest.approx(before, abs=1e-4)
    assert not values


def test_ik_switches_are_back_when_the_action_before_is():
    source, rig = waving_metarig(), people.generated_rig()
    switched = rig.pose.bones["thigh_parent.L"]
    switched["IK_FK"] = 0.25
    rig.pose.bones["hand_ik.L"].keyframe_insert("location", frame=1)
    onto(source, rig)
    bpy.context.scene.frame_set(12)
    assert switched["IK_FK"] == 1.0
    actions.compare_with_previous(rig)
    bpy.context.scene.frame_set(13)
    assert switched["IK_FK"] == 0.25
    actions.compare_with_previous(rig)
    bpy.context.scene.frame_set(12)
    assert switched["IK_FK"] == 1.0
    actions.take_back(rig)
    assert switched["IK_FK"] == 0.25
    assert np.allclose(rig.pose.bones["torso"].matrix_basis, np.eye(4), atol=1e-6)


@pytest.mark.parametrize("with_action", [False, True])
def test_no_pose_is_left_behind_by_the_action_that_goes(with_action):
    source, rig = waving_metarig(), people.metarig("Target")
    lone, leg_bone = rig.pose.bones["heel.02.L"], rig.pose.bones["thigh.R"]
    leg_bone.rotation_mode = "QUATERNION"
    leg_bone.rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    if with_action:
        for frame, angle in ((1, 0.0), (20, 1.0)):
            lone.location = (angle, 0.0, 0.0)
            lone.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(3)
    here = tuple(lone.location)
    onto(source, rig)
    bpy.context.scene.frame_set(15)
    assert leg_bone.rotation_quaternion.w != pytest.approx(0.8, abs=1e-3)
    if with_action:
        actions.compare_with_previous(rig)
        bpy.context.scene.frame_set(20)
        assert tuple(leg_bone.rotation_quaternion) == pytest.approx((0.8, 0.6, 0.0, 0.0))
        assert lone.location.x == pytest.approx(1.0)
        actions.compare_with_previous(rig)
        assert tuple(lone.location) == pytest.approx(here)
    actions.take_back(rig)
    assert tuple(leg_bone.rotation_quaternion) == pytest.approx((0.8, 0.6, 0.0, 0.0))


def test_an_object_that_travelled_stands_again_where_it_began():
    source, rig = waving_metarig(), people.metarig("Target")
    onto(source, rig)
    places = [evaluated(rig, frame) for frame in (1.0, 9.0)]
    onto(source, rig, root="object")
    bpy.context.scene.frame_set(18)
    assert rig.location.length > 0.01
    onto(source, rig)
    for frame, wanted in zip((1.0, 9.0), places, strict=True):
        assert np.abs(evaluated(rig, frame) - wanted).max() < 1e-4
    actions.compare_with_previous(rig)
    bpy.context.scene.frame_set(18)
    assert rig.location.length > 0.01
    actions.compare_with_previous(rig)
    assert np.abs(evaluated(rig, 9.0) - places[1]).max() < 1e-4


def test_controls_are_found_where_one_constraint_says_so():
    source, rig = waving_metarig(), people.metarig("Rig")
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    arm_bone = bones["upper_arm.L"]
    control = bones.new("lift the arm")
    control.head, control.tail, control.roll = arm_bone.head, arm_bone.tail, arm_bone.roll
    control.parent, control.use_deform = arm_bone.parent, False
    bpy.ops.object.mode_set(mode="OBJECT")
    copy = rig.pose.bones["upper_arm.L"].constraints.new("COPY_TRANSFORMS")
    copy.target, copy.subtarget = rig, "lift the arm"
    outcome = onto(source, rig)
    paths = {curve.data_path for curve in compat.curves_of(outcome.action, outcome.slot)}
    assert 'pose.bones["lift the arm"].rotation_quaternion' in paths
    assert not any('"upper_arm.L"' in path for path in paths)
    for frame in (4.0, 15.0):
        theirs = directions(source, labelled(source), frame)
        assert worst_degrees(theirs, directions(rig, labelled(source), frame)) < 0.1


def test_a_constraint_that_overrules_keys_is_named():
    source, rig = waving_metarig(), people.metarig("Rig")
    bones = rig.pose.bones["shin.L"].constraints
    bones.new("IK").name = "Old leg"
    outcome = onto(source, rig)
    assert any('"Old leg" on "shin.L"' in warning for warning in outcome.warnings)


def limited(target: bpy.types.Object) -> None:
    limit = target.pose.bones["forearm.L"].constraints.new("LIMIT_ROTATION")
    limit.use_limit_x = True


def driven(target: bpy.types.Object) -> None:
    target.pose.bones["upper_arm.L"].driver_add("rotation_quaternion", 1).driver.expression = "0.5"


def at_rest(target: bpy.types.Object) -> None:
    target.data.pose_position = "REST"


def under_a_solo_track(target: bpy.types.Object) -> None:
    track = target.animation_data_create().nla_tracks.new()
    track.strips.new("Wave", 1, bpy.data.actions.new("Wave"))
    track.is_solo = True


def counting_half(target: bpy.types.Object) -> None:
    track = target.animation_data_create().nla_tracks.new()
    track.strips.new("Wave", 1, bpy.data.actions.new("Wave"))
    target.animation_data.action_influence = 0.5


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (limited, 'The constraint "Limit Rotation" on "forearm.L" moves it'),
        (driven, 'A driver on "upper_arm.L" turns it'),
        (at_rest, "shows its rest position"),
        (under_a_solo_track, "Only the NLA track"),
        (counting_half, "counts only in part"),
    ],
)
def test_whatever_hides_the_new_motion_is_told(prepare, sentence):
    target = people.metarig("Target")
    prepare(target)
    outcome = onto(waving_metarig(), target)
    assert sum(sentence in warning for warning in outcome.warnings) == 1


@pytest.mark.parametrize("make", [people.metarig, people.generated_rig])
def test_nothing_is_told_where_nothing_hides_the_motion(make):
    target = make()
    assert onto(waving_metarig(), target).warnings == ()


def test_a_target_in_whose_rest_pose_nobody_stands_is_told_so():
    target = people.metarig("Target")
    bpy.context.view_layer.objects.active = target
    bpy.ops.object.mode_set(mode="EDIT")
    bones = target.data.edit_bones
    for thigh in (bones["thigh.L"], bones["thigh.R"]):
        place = thigh.head.copy()
        for bone in (thigh, *thigh.children_recursive):
            bone.use_connect = False
        for bone in (thigh, *thigh.children_recursive):
            for end in ("head", "tail"):
                point = getattr(bone, end)
                setattr(bone, end, (point.x, point.y, 2.0 * place.z - point.z))
    bpy.ops.object.mode_set(mode="OBJECT")
    (warning,) = onto(waving_metarig(), target).warnings
    assert "Nobody stands in the rest pose" in warning


def test_an_armature_under_a_moving_parent_is_where_that_has_it_now():
    rig = people.metarig("Target")
    empty = bpy.data.objects.new("Cart", None)
    bpy.context.scene.collection.objects.link(empty)
    rig.parent = empty
    for frame, place in ((1, 0.0), (50, 8.0)):
        empty.location = (place, 0.0, 0.0)
        empty.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(50)
    assert object_places.world_now(rig)[:3, 3] == pytest.approx((8.0, 0.0, 0.0))
    assert len(onto(waving_metarig(), rig).bone_map.pairs) > 20


def test_an_unreal_run_arrives_on_rigifys_human(shared_file):
    target = people.metarig("Target")
    with hushed():
        before = snapshot.take()
        outcome = retarget_file(
            bpy.context,
            shared_file(UE_RUN),
            target,
            start_frame=10.0,
            options=RetargetOptions(feet_on=False),
        )
        changed = snapshot.differences(before, snapshot.take())
    assert outcome.first_frame == 10
    assert outcome.action.name == Path(UE_RUN).stem
    new = outcome.action.name
    assert all(new in path or path in ("data/actions", "object/Target/action") for path in changed)
    with hushed(), fbx.imported(bpy.context, shared_file(UE_RUN)) as guests:
        source = guests.armatures[0]
        rate = guests.fps / 24.0
        for frame in (10, 15):
            moment = guests.first_frame + (frame - 10) * rate
            motion = armatures.read_motion(source, frames=np.array([moment]), fps=guests.fps)
            theirs = _directions_of(motion, labelled(source))
            assert worst_degrees(theirs, directions(target, labelled(target), frame)) < 0.1


def _directions_of(motion, labelling) -> dict[Role, np.ndarray]:
    pose = np.asarray(motion.world)[..., None, :, :] @ pose_matrices(motion)
    found = {}
    for role, following in LIMBS:
        near, far = labelling.bone(role), labelling.bone(following)
        gap = (
            pose[0, motion.skeleton.index(far), :3, 3] - pose[0, motion.skeleton.index(near), :3, 3]
        )
        found[role] = gap / np.linalg.norm(gap)
    return found


def refused(match: str, source, target, **options):
    before = list(bpy.data.actions)
    with pytest.raises(AimocapError, match=match):
        onto(source, target, **options)
    assert list(bpy.data.actions) == before


def test_a_source_without_an_action_is_refused():
    refused("has no animation", people.metarig("Source"), people.metarig("Target"))


def test_a_single_frame_is_refused():
    refused("single frame", waving_metarig(frames=1), people.metarig("Target"))


def test_a_motion_in_which_nothing_moves_is_refused():
    source = people.metarig("Source")
    for frame in range(1, 9):
        source.pose.bones["spine"].keyframe_insert("location", frame=frame)
    refused("Nothing moves", source, people.metarig("Target"))


def test_keys_that_are_no_numbers_are_refused():
    source = waving_metarig()
    curve = compat.curves_of(source.animation_data.action, compat.active_slot(source))[0]
    curve.keyframe_points[3].co[1] = math.nan
    refused("no numbers", source, people.metarig("Target"))


def test_a_stray_key_far_away_is_told_instead_of_filling_the_memory():
    source, rig = waving_metarig(), people.metarig("Rig")
    curve = compat.curves_of(source.animation_data.action, compat.active_slot(source))[0]
    for far, told in ((1_000_000.0, "lasts 1e\\+06 frames"), (float("inf"), "at most 200,000")):
        curve.keyframe_points[-1].co[0] = far
        refused(told, source, rig)


def test_a_rig_with_everything_locked_is_told_so():
    source, rig = waving_metarig(), people.metarig("Rig")
    for bone in rig.pose.bones:
        bone.lock_rotation, bone.lock_location = (True, True, True), (True, True, True)
    refused("is locked", source, rig)


@pytest.mark.parametrize("where", ["object", "bone"])
def test_a_target_in_a_place_that_is_no_number_is_refused(where):
    source, rig = waving_metarig(), people.metarig("Rig")
    thing = rig if where == "object" else rig.pose.bones["hand.L"]
    thing.location = (float("nan"), 0.0, 0.0)
    refused("no number", source, rig)


def test_a_motion_in_strips_only_says_how_to_get_it_out():
    source, rig = waving_metarig(), people.metarig("Rig")
    data = source.animation_data
    action, data.action = data.action, None
    data.nla_tracks.new().strips.new("Wave", 1, action)
    refused("but in NLA strips", source, rig)


def test_an_armature_without_bones_is_refused():
    empty = bpy.data.objects.new("Empty", bpy.data.armatures.new("Empty"))
    bpy.context.scene.collection.objects.link(empty)
    refused("has no bones", waving_metarig(), empty)


def test_an_armature_in_edit_mode_is_refused():
    source, target = waving_metarig(), people.metarig("Target")
    bpy.context.view_layer.objects.active = target
    bpy.ops.object.mode_set(mode="EDIT")
    refused("edit mode", source, target)
    bpy.ops.object.mode_set(mode="OBJECT")


def test_uneven_scale_is_refused_on_either_side():
    source, target = waving_metarig(), people.metarig("Target")
    target.scale = (1.0, 2.0, 1.0)
    refused("scaled differently", source, target)
    target.scale, source.scale = (1.0, 1.0, 1.0), (1.0, 1.0, 0.5)
    refused("scaled differently", source, target)


def test_a_mesh_is_no_target():
    mesh = bpy.data.objects.new("Mesh", bpy.data.meshes.new("Mesh"))
    with pytest.raises(ArmatureError, match="is no armature"):
        onto(waving_metarig(), mesh)


def test_a_target_is_not_its_own_source():
    rig = waving_metarig()
    with pytest.raises(RetargetError, match="same armature"):
        onto(rig, rig)


def test_a_linked_rig_says_what_to_do_and_an_override_works(tmp_path):
    rig = people.metarig("Linked")
    path = tmp_path / "library.blend"
    bpy.data.libraries.write(str(path), {rig})
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(path), link=True) as (_there, here):
        here.objects = ["Linked"]
    linked = here.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    source = waving_metarig()
    refused("linked from another file", source, linked)
    override = linked.override_create(remap_local_usages=True)
    outcome = onto(source, override)
    assert override.animation_data.action == outcome.action
    theirs = directions(source, labelled(source), 9.0)
    assert worst_degrees(theirs, directions(override, labelled(override), 9.0)) < 0.1


def two_rigs_file(path: Path) -> Path:
    waving_metarig("One")
    waving_metarig("Two")
    with hushed():
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            object_types={"ARMATURE"},
            add_leaf_bones=False,
            bake_anim_use_all_actions=False,
            bake_anim_use_nla_strips=False,
        )
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


def test_a_file_with_two_moving_armatures_asks_which(tmp_path):
    path = two_rigs_file(tmp_path / "two.fbx")
    target = people.metarig("Target")
    with hushed(), pytest.raises(RetargetError, match="2 armatures with motion"):
        retarget_file(bpy.context, path, target, start_frame=1.0)
    assert not bpy.data.actions
    with hushed():
        outcome = retarget_file(bpy.context, path, target, start_frame=1.0, source_name="Two")
    assert outcome.last_frame > outcome.first_frame


def test_the_operators_do_the_same_in_one_call(addon, tmp_path):
    path = people.lifting_arm_fbx(tmp_path / "lift.fbx")
    target = people.metarig("Target")
    with hushed():
        assert bpy.ops.aimocap.retarget_fbx(filepath=str(path), start_frame=5.0) == {"FINISHED"}
    assert target.animation_data.action.frame_range[0] == 5.0
    source = waving_metarig()
    bpy.ops.object.select_all(action="DESELECT")
    source.select_set(True)
    target.select_set(True)
    bpy.context.view_layer.objects.active = target
    assert bpy.ops.aimocap.retarget_armature() == {"FINISHED"}
    assert bpy.ops.aimocap.compare_previous() == {"FINISHED"}
    assert target.animation_data.action.name == "lift"
    assert bpy.ops.aimocap.compare_previous() == {"FINISHED"}
    assert bpy.ops.aimocap.undo_retarget() == {"FINISHED"}
    assert target.animation_data.action.name == "lift"


def test_a_missing_file_is_told_in_a_sentence(addon, tmp_path):
    people.metarig("Target")
    with pytest.raises(RuntimeError, match="nowhere"):
        bpy.ops.aimocap.retarget_fbx(filepath=str(tmp_path / "nowhere.fbx"))


def test_nothing_of_the_scene_changes_but_the_new_action():
    source, target = waving_metarig(), people.metarig("Target")
    scene = bpy.context.scene
    scene.frame_set(7)
    scene.render.fps, scene.frame_end = 50, 77
    other = target.pose.bones["heel.02.L"]
    other.rotation_mode = "XYZ"
    other.rotation_euler = (0.1, 0.2, 0.3)
    retargeting.retarget_armature(bpy.context, source, target)
    assert (scene.frame_current, scene.render.fps, scene.frame_end) == (7, 50, 77)
    assert np.allclose(other.rotation_euler, (0.1, 0.2, 0.3))
    assert bpy.context.object == target
