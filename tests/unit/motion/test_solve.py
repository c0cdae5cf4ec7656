# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole retargets between rigs whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.mapping.presets import FAMILIES
from aimocap_blender.motion.mapping.roles import CHAINS, UPPER_BODY, Role, Side, arm, leg
from aimocap_blender.motion.options import RetargetOptions
from aimocap_blender.motion.rotations import angle_between, from_axis_angle, multiply
from aimocap_blender.motion.skeleton import Motion, forward
from aimocap_blender.motion.solve import CannotRetarget, Solution, solve
from tests.rigs.figure import ADULT
from tests.unit.motion import bodies
from tests.unit.motion.bodies import HEAVY, body, degrees_between, directions, rest, rig, tossed

FEET_OFF = RetargetOptions(feet_on=False)
FEW = ("mixamo", "ue4_mannequin", "rigify_metarig_human", "biped_bip001", "kaykit")


def retarget(source, target, motion=None, options=FEET_OFF) -> Solution:
    motion = tossed(source) if motion is None else motion
    return solve(body(source), motion, body(target), rest(target), options)


@pytest.mark.parametrize("family", FEW)
def test_a_motion_on_its_own_rig_comes_back_unchanged(family):
    one = rig(family)
    motion = tossed(one)
    result = retarget(one, one, motion).channels
    for bone in result.turned:
        assert (
            angle_between(result.motion.rotations[:, bone], motion.rotations[:, bone]).max() < 1e-3
        )
    hips = result.moved[0]
    # The floor may lift the whole motion by a constant.
    way = result.motion.locations[:, hips] - motion.locations[:, hips]
    assert np.abs(way - way[0]).max() < 1e-5


@pytest.mark.parametrize("target", FEW)
@pytest.mark.parametrize("source", FEW)
def test_limbs_point_where_the_sources_point_on_every_pair(source, target):
    a = rig(source, degrees_down=0.0, seed=1)
    b = rig(target, degrees_down=50.0, seed=2, proportions=HEAVY)
    motion = tossed(a)
    result = retarget(a, b, motion).channels
    wanted, found = directions(body(a), motion), directions(body(b), result.motion)
    uneven = {r for r in CHAINS if len(body(a).chain(r)) != len(body(b).chain(r))}
    compared = [p for p in wanted.keys() & found.keys() if p[0] not in uneven]
    assert len(compared) >= 8
    for part in compared:
        assert degrees_between(wanted[part], found[part]).max() < 0.05, part


@pytest.mark.parametrize("family", [one.key for one in FAMILIES if one.key != "rigify_generated"])
def test_every_family_gives_and_takes_limb_directions(family):
    a, b = rig("mixamo", seed=1), rig(family, degrees_down=35.0, seed=2, proportions=HEAVY)
    for source, target in ((a, b), (b, a)):
        motion = tossed(source)
        result = retarget(source, target, motion).channels
        wanted, found = directions(body(source), motion), directions(body(target), result.motion)
        uneven = {r for r in CHAINS if len(body(a).chain(r)) != len(body(b).chain(r))}
        parts = [part for part in wanted.keys() & found.keys() if part[0] not in uneven]
        errors = {part: degrees_between(wanted[part], found[part]).max() for part in parts}
        assert len(parts) >= 8
        assert max(errors.values()) < 0.05, errors


@pytest.mark.parametrize(("scale", "lying"), [(0.01, False), (100.0, True), (1.0, True)])
def test_scaled_and_turned_objects_change_nothing_in_the_world(scale, lying):
    a, plain = rig("mixamo"), rig("ue4_mannequin", degrees_down=45.0)
    odd = rig("ue4_mannequin", degrees_down=45.0, scale=scale, lying=lying)
    motion = tossed(a)
    straight = retarget(a, plain, motion).channels.motion
    turned = retarget(a, odd, motion).channels.motion
    for role in (Role.HIPS, Role.LEFT_HAND, Role.RIGHT_TOE, Role.HEAD):
        assert np.allclose(
            bodies.places(body(plain), straight, role),
            bodies.places(body(odd), turned, role),
            atol=2e-4,
        )


def test_a_source_scaled_and_turned_gives_the_same_result():
    plain, odd = rig("mixamo", seed=3), rig("mixamo", seed=3, scale=0.01, lying=True)
    target = rig("rigify_metarig_human", degrees_down=28.0)
    one = retarget(plain, target, tossed(plain)).channels.motion
    other = retarget(odd, target, tossed(odd)).channels.motion
    for role in (Role.HIPS, Role.LEFT_HAND, Role.RIGHT_TOE):
        assert np.allclose(
            bodies.places(body(target), one, role),
            bodies.places(body(target), other, role),
            atol=2e-4,
        )


@pytest.mark.parametrize("options", [FEET_OFF, RetargetOptions()])
def test_turning_the_source_turns_the_result(options):
    a, b = rig("mixamo"), rig("ue4_mannequin", degrees_down=45.0)
    motion = walk(a)
    straight = bodies.world_turned(retarget(a, b, motion, options).channels.motion, 70.0)
    turned = retarget(a, b, bodies.world_turned(motion, 70.0), options).channels.motion
    for role in (Role.HIPS, Role.LEFT_HAND, Role.RIGHT_TOE, Role.HEAD):
        assert np.allclose(
            bodies.places(body(b), straight, role), bodies.places(body(b), turned, role), atol=1e-3
        )


@pytest.mark.parametrize("family", ["ue4_mannequin", "rigify_metarig_human"])
def test_there_and_back_again_is_where_it_began(family):
    a, b = rig("mixamo", seed=4), rig(family, degrees_down=40.0, proportions=HEAVY, seed=5)
    motion = tossed(a)
    there = retarget(a, b, motion).channels.motion
    back = retarget(b, a, there).channels.motion
    uneven = {r for r in CHAINS if len(body(a).chain(r)) != len(body(b).chain(r))}
    wanted, found = directions(body(a), motion), directions(body(a), back)
    for part in wanted.keys() & directions(body(b), there).keys():
        if part[0] not in uneven:
            assert degrees_between(wanted[part], found[part]).max() < 0.05, part


def test_a_raised_arm_of_an_a_pose_is_no_turn_for_a_t_pose():
    a, b = rig("mixamo", degrees_down=45.0), rig("mixamo", degrees_down=0.0, seed=9)
    up = from_axis_angle(np.array((0.0, -1.0, 0.0)), np.full(4, np.radians(45.0)))
    motion = bodies.bent(a, {Role.LEFT_UPPER_ARM: up}, np.zeros((4, 3)), 30.0)
    result = retarget(a, b, motion).channels.motion
    upper = b.skeleton.index(b.truth[Role.LEFT_UPPER_ARM][0])
    none = np.array((1.0, 0.0, 0.0, 0.0))
    assert np.degrees(angle_between(result.rotations[:, upper], none)).max() < 0.05


@pytest.mark.parametrize("role", [Role.LEFT_UPPER_ARM, Role.RIGHT_FOREARM, Role.LEFT_THIGH])
def test_a_twist_about_a_limb_arrives_as_the_same_twist(role):
    a, b = rig("mixamo", seed=1), rig("ue4_mannequin", degrees_down=50.0, seed=2)
    still, twisted = rest(a, 3), rest(a, 3)
    at = directions(body(a), still)[role, 0][0]
    twist = from_axis_angle(at, np.full(3, np.radians(40.0)))
    twisted = bodies.bent(a, {role: twist}, np.zeros((3, 3)), 30.0)
    bone = body(b).bones[role, 0]
    before = forward(retarget(a, b, still).channels.motion).orientations[:, bone]
    after = forward(retarget(a, b, twisted).channels.motion).orientations[:, bone]
    assert np.degrees(angle_between(after, multiply(twist, before))).max() < 0.05


def test_the_hips_go_the_sources_way_scaled_by_the_legs():
    a, b = rig("mixamo"), rig("ue4_mannequin", proportions=HEAVY, degrees_down=45.0)
    motion = tossed(a, frames=90)
    result = retarget(a, b, motion).channels.motion
    scale = bodies.leg_length(body(b), rest(b)) / bodies.leg_length(body(a), rest(a))
    wanted = scale * bodies.places(body(a), motion, Role.HIPS)
    found = bodies.places(body(b), result, Role.HIPS)
    error = np.linalg.norm((found - found[0]) - (wanted - wanted[0]), axis=-1)
    assert error.max() < 0.005 * bodies.leg_length(body(b), rest(b))


def walk(one, *, seconds: float = 3.0, fps: float = 30.0, stride: float = 0.5) -> Motion:
    """A walk towards -Y made by hand: hips at constant speed, feet that really stand, knees bent.

    Legs are solved here in the plane they walk in, apart from the code under test.
    """
    labelled = body(one)
    heads = labelled.heads
    frames = int(seconds * fps)
    time = np.arange(frames) / fps
    turns: dict[Role, np.ndarray] = {}
    sink = 0.04
    for side in Side:
        thigh, shin, foot, _ = leg(side)
        hip, knee, ankle = (heads[labelled.bones[role, 0]] for role in (thigh, shin, foot))
        phase = (time + (0.0 if side is Side.LEFT else 0.5)) % 1.0
        swing = np.clip((phase - 0.6) / 0.4, 0.0, 1.0)
        eased = swing * swing * (3.0 - 2.0 * swing)
        steps = np.floor(time + (0.0 if side is Side.LEFT else 0.5))
        ahead = 2.0 * stride * (steps + eased) - 2.0 * stride * time
        ahead -= np.mean(ahead)
        lift = 0.08 * np.sin(np.pi * swing)
        goal = np.stack((np.zeros(frames), -ahead, lift + sink), axis=-1) + (ankle - hip)
        turns[thigh], turns[shin] = _plane_leg(knee - hip, ankle - knee, goal)
        back = turns[thigh] * np.array((1.0, -1.0, -1.0, -1.0))
        turns[shin] = bodies._times(back, turns[shin])
        turns[foot] = bodies._times(turns[shin] * np.array((1.0, -1.0, -1.0, -1.0)), back)
    way = np.stack((np.zeros(frames), -2.0 * stride * time, np.full(frames, -sink)), axis=-1)
    return bodies.bent(one, turns, way, fps)


def _plane_leg(thigh, shin, goal):
    """Turns about X (frames, 4) that bring a leg's ankle to `goal` seen from the side."""
    a, b = np.hypot(*thigh[1:]), np.hypot(*shin[1:])
    reach = np.minimum(np.hypot(goal[:, 1], goal[:, 2]), (a + b) * 0.9999)
    inner = np.arccos((a * a + reach**2 - b * b) / (2.0 * a * reach))
    outer = np.arccos((b * b + reach**2 - a * a) / (2.0 * b * reach))
    towards = np.arctan2(goal[:, 1], -goal[:, 2])
    at_rest = np.arctan2(thigh[1], -thigh[2]), np.arctan2(shin[1], -shin[2])
    axis = np.array((1.0, 0.0, 0.0))
    return (
        from_axis_angle(axis, towards - inner - at_rest[0]),
        from_axis_angle(axis, towards + outer - at_rest[1]),
    )


def toe_contacts(one, motion: Motion, side: Side):
    """Frames in contact by the definition of the bench, and the toe's path at leg length 0.9 m."""
    scale = 0.9 / bodies.leg_length(body(one), motion)
    toe = bodies.places(body(one), motion, leg(side)[3]) * scale
    speed = np.linalg.norm(np.diff(toe, axis=0), axis=-1) * motion.fps
    mean = np.convolve(speed, np.ones(5) / 5.0, "same")
    low = toe[1:, 2] - toe[:, 2].min() < 0.05
    return low & (mean < 0.15), speed, toe


@pytest.mark.parametrize("target", ["ue4_mannequin", "rigify_metarig_human", "biped_bip001"])
def test_feet_that_stand_on_the_source_stand_on_the_target(target):
    a, b = rig("mixamo"), rig(target, proportions=HEAVY, degrees_down=45.0)
    motion = walk(a)
    result = retarget(a, b, motion, RetargetOptions()).channels.motion
    floor = bodies.places(body(b), rest(b), Role.LEFT_TOE)[0, 2]
    size = 0.9 / bodies.leg_length(body(b), rest(b))
    for side in Side:
        stands, theirs, _ = toe_contacts(a, motion, side)
        _, ours, toe = toe_contacts(b, result, side)
        assert stands.sum() > 20
        assert ours[stands].mean() < 1.15 * theirs[stands].mean() + 0.005
        assert np.abs(toe[1:][stands, 2] - floor * size).mean() < 0.003
        assert toe[:, 2].min() > floor * size - 0.005


def test_legs_stay_near_the_sources_and_do_not_pop_with_the_feet_on():
    a, b = rig("mixamo"), rig("ue4_mannequin", proportions=HEAVY, degrees_down=45.0)
    motion = walk(a)
    result = retarget(a, b, motion, RetargetOptions()).channels.motion
    wanted, found = directions(body(a), motion), directions(body(b), result)
    legs = [(role, 0) for side in Side for role in leg(side)[:2]]
    arms = [(role, 0) for side in Side for role in arm(side)[1:3]]
    off = np.stack([degrees_between(wanted[part], found[part]) for part in legs])
    assert off.mean() < 2.0
    assert off.max() < 12.0
    for part in arms:
        assert degrees_between(wanted[part], found[part]).max() < 0.1
    for part in legs:
        steps = degrees_between(found[part][1:], found[part][:-1])
        theirs = degrees_between(wanted[part][1:], wanted[part][:-1])
        assert np.all(steps <= theirs + 2.0)


def swinging_hips(one, degrees: float = 15.0) -> Motion:
    """Hips that swing about the vertical over legs that do not: with narrow hips the feet stand."""
    fps, frames = 30.0, 90
    yaw = np.radians(degrees) * np.sin(np.arange(frames) / fps * 4.0)
    turn = from_axis_angle(np.array((0.0, 0.0, 1.0)), yaw)
    back = turn * np.array((1.0, -1.0, -1.0, -1.0))
    turns = {Role.HIPS: turn, **{leg(side)[0]: back for side in Side}}
    return bodies.bent(one, turns, np.zeros((frames, 3)), fps)


def test_wide_hips_stand_over_feet_that_do_not_slide():
    a = rig("mixamo", proportions=replace(ADULT, hip_width=0.02))
    b = rig("ue4_mannequin", proportions=replace(ADULT, hip_width=0.6))
    motion = swinging_hips(a)
    result = retarget(a, b, motion, RetargetOptions()).channels.motion
    wanted, found = directions(body(a), motion), directions(body(b), result)
    legs = [(role, 0) for side in Side for role in leg(side)[:2]]
    off = np.stack([degrees_between(wanted[part], found[part]) for part in legs])
    assert off.mean() < 2.0
    for side in Side:
        stands, theirs, _ = toe_contacts(a, motion, side)
        _, ours, _ = toe_contacts(b, result, side)
        assert stands.sum() > 80
        assert ours[stands].mean() < 1.15 * theirs[stands].mean() + 0.005
    paths = [bodies.places(body(one), m, Role.HIPS) for one, m in ((a, motion), (b, result))]
    apart = (paths[1] - paths[1][0]) - (paths[0] - paths[0][0])
    assert np.linalg.norm(apart, axis=-1).mean() < 0.005 * bodies.leg_length(body(b), rest(b))


def test_a_clip_that_ends_up_on_a_chair_keeps_its_way():
    """Feet that are quiet only high up are not on the floor; what came before is not lifted."""
    a, b = rig("mixamo"), rig("ue4_mannequin", proportions=HEAVY, degrees_down=45.0)
    way = np.zeros((60, 3))
    way[:, 1] = -1.5 / 30.0 * np.minimum(np.arange(60), 30)
    way[:, 2] = 0.7 * np.clip((np.arange(60) - 15) / 15.0, 0.0, 1.0)
    motion = bodies.bent(a, {}, way, 30.0)
    result = retarget(a, b, motion, RetargetOptions()).channels.motion
    paths = [
        bodies.places(body(one), m, Role.HIPS) / bodies.leg_length(body(one), m)
        for one, m in ((a, motion), (b, result))
    ]
    apart = (paths[1] - paths[1][0]) - (paths[0] - paths[0][0])
    assert np.linalg.norm(apart, axis=-1).max() < 0.005
    floor = bodies.places(body(b), rest(b), Role.LEFT_TOE)[0, 2]
    toe = bodies.places(body(b), result, Role.LEFT_TOE)
    assert np.abs(toe[:15, 2] - floor).max() < 0.01


@pytest.mark.parametrize("options", [FEET_OFF, RetargetOptions()])
def test_the_result_does_not_hang_on_the_pose_the_rig_is_in(options):
    a, b = rig("mixamo"), rig("ue4_mannequin", proportions=HEAVY, degrees_down=45.0)
    motion, calm = walk(a), rest(b)
    jumping = rest(b)
    rng = np.random.default_rng(3)
    for names in b.truth.values():
        for name in names:
            axis = rng.normal(size=3)
            jumping.rotations[:, b.skeleton.index(name)] = from_axis_angle(
                axis / np.linalg.norm(axis), np.array(0.7)
            )
    hips = b.skeleton.index(b.truth[Role.HIPS][0])
    jumping.locations[:, hips] = (0.3, 0.8, -0.2)
    results = [solve(body(a), motion, body(b), held, options) for held in (calm, jumping)]
    one, other = (result.channels.motion for result in results)
    turned = list(results[0].channels.turned)
    assert np.abs(one.rotations[:, turned] - other.rotations[:, turned]).max() < 1e-4
    assert np.abs(one.locations[:, hips] - other.locations[:, hips]).max() < 1e-4


def test_in_place_takes_the_way_and_keeps_the_pose():
    a, b = rig("mixamo"), rig("ue4_mannequin")
    motion = walk(a)
    travelling = retarget(a, b, motion, FEET_OFF).channels.motion
    staying = retarget(a, b, motion, RetargetOptions(feet_on=False, in_place=True)).channels.motion
    assert np.ptp(bodies.places(body(b), travelling, Role.HIPS)[:, 1]) > 2.0
    assert np.ptp(bodies.places(body(b), staying, Role.HIPS)[:, 1]) < 0.02
    for part, direction in directions(body(b), travelling).items():
        assert degrees_between(direction, directions(body(b), staying)[part]).max() < 0.01


def test_the_object_travels_when_it_is_chosen_to():
    a, b = rig("mixamo"), rig("ue4_mannequin")
    motion = walk(a)
    on_bone = retarget(a, b, motion, FEET_OFF)
    on_object = retarget(a, b, motion, RetargetOptions(feet_on=False, root="object"))
    path = on_object.object_path
    assert on_bone.object_path is None
    assert np.ptp(path[:, 2]) < 1e-6
    worlds = np.tile(b.world, (len(path), 1, 1))
    worlds[:, :3, 3] = path
    moved = replace(on_object.channels.motion, world=worlds)
    assert np.allclose(
        bodies.places(body(b), moved, Role.RIGHT_TOE),
        bodies.places(body(b), on_bone.channels.motion, Role.RIGHT_TOE),
        atol=1e-4,
    )
    hips = on_object.channels.moved[0]
    assert np.ptp(on_object.channels.motion.locations[:, hips], axis=0).max() < 0.1


def test_an_upper_body_result_turns_nothing_below_the_chest():
    a, b = rig("mixamo"), rig("ue4_mannequin", degrees_down=45.0)
    result = retarget(a, b, options=RetargetOptions(upper_body=True)).channels
    upper = {n for role in UPPER_BODY for n in b.truth.get(role, ())}
    assert result.moved == ()
    assert {b.skeleton.names[bone] for bone in result.turned} <= upper
    assert len(result.turned) > 20


def test_the_target_stays_where_it_stands():
    a, b = rig("mixamo"), rig("ue4_mannequin")
    motion = walk(a)
    held = rest(b)
    aside = held.world.copy()
    aside[:3, 3] = (5.0, -3.0, 1.0)
    here = solve(body(a), motion, body(b), held, FEET_OFF).channels.motion
    there = solve(body(a), motion, body(b), replace(held, world=aside), FEET_OFF).channels.motion
    shift = bodies.places(body(b), there, Role.HIPS) - bodies.places(body(b), here, Role.HIPS)
    assert np.allclose(shift, (5.0, -3.0, 1.0), atol=1e-4)


def test_a_joint_that_is_moved_by_itself_still_points_where_it_points():
    a, b = rig("mixamo"), rig("ue4_mannequin")
    motion = rest(a, 5)
    fore = a.skeleton.index(a.truth[Role.LEFT_FOREARM][0])
    motion.locations[:, fore] = (0.05, 0.02, -0.03)
    result = retarget(a, b, motion).channels.motion
    wanted, found = directions(body(a), motion), directions(body(b), result)
    part = (Role.LEFT_UPPER_ARM, 0)
    assert degrees_between(wanted[part], directions(body(a), rest(a, 5))[part]).min() > 2.0
    assert degrees_between(wanted[part], found[part]).max() < 0.05


def test_twist_and_helper_bones_in_a_chain_keep_their_pose():
    b = rig("daz_genesis3_8")
    a = rig("mixamo")
    result = retarget(a, b).channels
    mapped = {name for names in b.truth.values() for name in names}
    assert {b.skeleton.names[bone] for bone in result.turned} <= mapped


def test_rigs_without_a_part_in_common_are_refused_in_a_sentence():
    a, b = rig("mixamo"), rig("ue4_mannequin")
    nothing = replace(body(b), bones={})
    with pytest.raises(CannotRetarget, match="no part of the body in common"):
        solve(body(a), tossed(a), nothing, rest(b), FEET_OFF)


def test_ten_thousand_frames_stay_within_the_memory_that_was_promised():
    import tracemalloc

    a, b = rig("mixamo"), rig("ue4_mannequin")
    motion = tossed(a, frames=10_000)
    tracemalloc.start()
    retarget(a, b, motion, RetargetOptions())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.25 * 1024**3
