# SPDX-License-Identifier: GPL-3.0-or-later
"""What each check measures, by faults of a known size at a known place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.checks import bodies, timing
from aimocap_blender.motion.checks.check import Measure, Verdict
from aimocap_blender.motion.checks.run import check
from aimocap_blender.motion.checks.take import StripMove
from aimocap_blender.motion.checks.thresholds import LABELS, THRESHOLDS
from aimocap_blender.motion.mapping.roles import Role, Side
from aimocap_blender.motion.options import RetargetOptions
from aimocap_blender.motion.rotations import conjugate, from_axis_angle, from_matrix, multiply
from aimocap_blender.motion.solve import solve
from scripts.bench.spot_checks.faults import Faulty, every
from scripts.bench.spot_checks.performances import PERFORMANCES, on

from .staged import Staged, cut, staged


def reported(stage: Staged, faulty: Faulty):
    """The named check's line for a faulty motion."""
    return check(stage.against(faulty.motion, keyed=faulty.keyed)).check(faulty.named)


def by_kind(stage: Staged) -> dict[str, list[Faulty]]:
    found = defaultdict(list)
    for faulty in every(stage.good, 5):
        found[faulty.kind].append(faulty)
    return found


@pytest.fixture(scope="module")
def faults(walk: Staged) -> dict[str, list[Faulty]]:
    return by_kind(walk)


def test_a_good_retarget_passes_every_check(walk: Staged, dance: Staged) -> None:
    for stage in (walk, dance):
        report = check(stage.pair)
        failed = {c.measure: c.finding.value for c in report.checks if c.verdict is Verdict.FAIL}
        assert not failed
    assert check(walk.pair).overall is Verdict.PASS


def test_a_motion_held_against_itself_has_no_error_at_all(walk: Staged) -> None:
    same = Staged(walk.target, walk.carried, walk.target, walk.carried)
    for found in check(same.pair).checks:
        assert found.finding.value == pytest.approx(0.0, abs=1e-4), found.measure


def test_every_check_has_a_limit_a_reason_and_a_name() -> None:
    for measure in Measure:
        limit = THRESHOLDS[measure]
        assert 0.0 < limit.look <= limit.fail
        assert len(limit.reason) > 20
        assert LABELS[measure]


@pytest.mark.parametrize("centimetres", [3, 5, 10])
def test_a_foot_that_slides_is_told_with_its_length(faults, walk: Staged, centimetres: int) -> None:
    for faulty in faults[f"foot slides {centimetres} cm"]:
        found = reported(walk, faulty)
        assert found.finding.value == pytest.approx(centimetres, rel=0.35)
        assert faulty.frames[0] <= found.frame < faulty.frames[1]
        assert found.finding.bone.startswith(("foot", "ball"))


def test_a_motion_over_the_floor_floats_by_that_much(faults, walk: Staged) -> None:
    for faulty in faults["3 cm over the floor"]:
        assert reported(walk, faulty).finding.value == pytest.approx(3.0, abs=0.4)


def test_a_motion_under_the_floor_sinks_in_by_that_much(faults, walk: Staged) -> None:
    for faulty in faults["3 cm under the floor"]:
        assert reported(walk, faulty).finding.value == pytest.approx(3.0, abs=0.4)


@pytest.mark.parametrize("degrees", [10, 20])
@pytest.mark.parametrize("limb", ["arm or spine", "leg"])
def test_a_limb_that_is_off_is_told_with_its_angle(
    faults, walk: Staged, limb: str, degrees: int
) -> None:
    for faulty in faults[f"{limb} off by {degrees} deg"]:
        found = reported(walk, faulty)
        assert found.finding.value == pytest.approx(degrees, abs=2.5)
        assert (
            found.finding.bone
            == walk.target.body.skeleton.names[walk.target.body.bones[faulty.parts[0]]]
        )


@pytest.mark.parametrize("frames", [2, 5])
def test_a_shift_in_time_is_found_in_frames(faults, walk: Staged, frames: int) -> None:
    early_or_late = set()
    for faulty in faults[f"{frames} frames late or early"]:
        found = reported(walk, faulty)
        assert found.finding.value == pytest.approx(frames, abs=0.2)
        early_or_late.add(found.finding.note)
    assert early_or_late == {"early", "late"}


def test_a_wrong_frame_rate_is_found_in_per_cent(faults, walk: Staged) -> None:
    values = [
        reported(walk, faulty).finding.value for faulty in faults["24 fps read as 30, 30 as 24"]
    ]
    assert values == pytest.approx([25.0, 20.0], abs=0.01)


def test_jitter_is_told_with_its_size(faults, walk: Staged) -> None:
    for faulty in faults["jitter of 2 deg"]:
        assert reported(walk, faulty).finding.value == pytest.approx(2.0, rel=0.55)


@pytest.mark.parametrize(
    "kind",
    [
        "left arm follows the right",
        "left arm mirrors the right",
        "left and right swapped",
        "left and right mirrored",
        "elbow flipped",
        "frozen for 2 frames",
        "root scaled by 0.01",
        "root scaled by 1.1",
        "facing backwards",
        "root lost",
        "a bone missing",
    ],
)
def test_the_named_check_tells_the_fault_its_bone_and_its_frame(kind: str, faults) -> None:
    stage = staged("walk")
    cases = faults[kind] or by_kind(staged("reach"))[kind]
    assert cases
    for faulty in cases:
        stage = staged("walk") if faults[kind] else staged("reach")
        found = reported(stage, faulty)
        names = {
            stage.body.skeleton.names[stage.body.bones[part]]
            for part in faulty.parts
            if part in stage.body.bones
        }
        assert found.verdict is not Verdict.PASS
        assert not names or found.finding.bone in names
        assert faulty.frames[0] <= found.frame < faulty.frames[1]


def test_one_wild_frame_is_a_sudden_turn_there_and_no_jitter(walk: Staged) -> None:
    rotations = walk.carried.rotations.copy()
    bone = walk.body.bones[Role.LEFT_UPPER_ARM, 0]
    turn = from_axis_angle(np.array((0.0, 0.0, 1.0)), np.radians(40.0))
    rotations[57, bone] = multiply(rotations[57, bone], turn.astype(np.float32))
    report = check(walk.against(replace(walk.carried, rotations=rotations), first=100))
    found = report.check(Measure.ROTATION_STEP)
    assert found.finding.value == pytest.approx(40.0, abs=4.0)
    assert found.frame in (157, 158)
    assert found.finding.bone == walk.body.skeleton.names[bone]
    assert report.check(Measure.JITTER).verdict is Verdict.PASS


def test_a_motion_that_ends_early_is_too_short_by_that_much(walk: Staged) -> None:
    pair = walk.against(walk.carried, keyed=(0.0, walk.carried.frames - 16.0))
    found = check(pair).check(Measure.LENGTH)
    assert found.finding.value == pytest.approx(0.5)
    assert found.finding.note == "too short"


def test_hands_that_touched_and_do_not_any_more_are_told() -> None:
    actor = staged().source
    acting = PERFORMANCES["reach"]()
    frames = len(acting.heading)
    meeting = tuple(np.full(frames, angle) for angle in (0.6, -0.5, 1.9))
    apart = tuple(np.full(frames, angle) for angle in (0.6, 0.0, 1.9))
    together = on(actor.body, actor.world, replace(acting, arms=dict.fromkeys(Side, meeting)))
    missed = {Side.LEFT: meeting, Side.RIGHT: apart}
    beside = on(actor.body, actor.world, replace(acting, arms=missed))
    pair = Staged(actor, together, actor, beside).pair
    hands = (Role.LEFT_HAND, 0), (Role.RIGHT_HAND, 0)
    takes = (pair.source, pair.target)
    gaps = [np.linalg.norm(np.subtract(*map(t.joint, hands)), axis=-1) for t in takes]
    assert gaps[0].max() < 0.2 * pair.source.size
    found = check(pair).check(Measure.REACH).finding
    wanted = 55.0 * np.abs(gaps[1] - gaps[0]).max() / pair.target.arm_length
    assert found.value >= wanted - 1e-3 > 3.0
    assert "hand" in found.note


def test_the_gap_of_two_segments_is_that_of_a_brute_search() -> None:
    rng = np.random.default_rng(3)
    p1, q1, p2, q2 = rng.normal(size=(4, 40, 3))
    q1[0], q2[1] = p1[0], p2[1]
    q2[2] = p2[2] + 2.0 * (q1[2] - p1[2])
    way = np.linspace(0.0, 1.0, 201)
    one = p1[:, None] + way[None, :, None] * (q1 - p1)[:, None]
    two = p2[:, None] + way[None, :, None] * (q2 - p2)[:, None]
    brute = np.linalg.norm(one[:, :, None] - two[:, None, :], axis=-1).min(axis=(1, 2))
    assert bodies.segment_gap(p1, q1, p2, q2) == pytest.approx(brute, abs=0.02)


def test_the_best_lag_is_found_between_the_frames() -> None:
    angle = np.cumsum(np.random.default_rng(1).normal(size=400)) * 0.05
    smooth = np.convolve(angle, np.hanning(15) / np.hanning(15).sum(), "same")
    at = np.arange(300, dtype=float) + 50.0

    def signal(moments):
        a = np.interp(moments, np.arange(400), smooth)
        return np.stack((np.cos(a), np.sin(a), 0 * a), axis=-1)[:, :, None]

    fit = timing.best_lag(signal(at - 3.5), signal(at), 30)
    assert fit.lag == pytest.approx(3.5, abs=0.15)
    assert fit.explains


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_very_short_motions_are_measured_without_stumbling(walk: Staged, frames: int) -> None:
    part = slice(10, 10 + frames)
    short = Staged(walk.source, cut(walk.motion, part), walk.target, cut(walk.carried, part))
    report = check(short.pair)
    assert report.overall is not Verdict.FAIL
    assert all(np.isfinite(c.finding.value) for c in report.checks)


def test_numbers_that_are_none_fail(walk: Staged) -> None:
    rotations = walk.carried.rotations.copy()
    rotations[20, walk.body.bones[Role.LEFT_UPPER_ARM, 0]] = np.nan
    report = check(walk.against(replace(walk.carried, rotations=rotations)))
    assert report.overall is Verdict.FAIL


def test_an_upper_body_result_is_not_blamed_for_its_legs(walk: Staged) -> None:
    rotations, locations = walk.carried.rotations.copy(), walk.carried.locations.copy()
    legs = [
        b for (role, _), b in walk.body.bones.items() if "thigh" in role.value or role is Role.HIPS
    ]
    rotations[:, legs] = rotations[:1, legs]
    locations[:, legs] = locations[:1, legs]
    still = replace(walk.carried, rotations=rotations, locations=locations)
    report = check(walk.against(still, upper_body=True))
    for measure in (Measure.LEG_DIRECTION, Measure.ROOT_PATH, Measure.FOOT_SLIDE, Measure.FLOATING):
        assert report.check(measure).verdict is Verdict.PASS


def test_an_upper_body_is_compared_as_it_sits_on_the_hips(walk: Staged) -> None:
    held = walk.target.rest
    options = RetargetOptions(upper_body=True)
    carried = solve(walk.source.body, walk.motion, walk.body, held, options).channels.motion
    report = check(walk.against(carried, upper_body=True))
    assert report.overall is Verdict.PASS
    assert report.check(Measure.LIMB_DIRECTION).finding.value < 0.1


def test_a_rig_that_shares_twist_among_bones_is_not_blamed_for_it(walk: Staged) -> None:
    rotations = walk.carried.rotations.copy()
    bone = walk.body.bones[Role.LEFT_UPPER_ARM, 0]
    child = walk.body.bones[Role.LEFT_FOREARM, 0]
    axis = walk.body.skeleton.rest[bone, :3, :3].T @ (
        walk.body.skeleton.heads[child] - walk.body.skeleton.heads[bone]
    )
    turn = from_axis_angle(axis / np.linalg.norm(axis), np.radians(40.0)).astype(np.float32)
    rotations[:, bone] = multiply(rotations[:, bone], turn)
    rotations[:, child] = multiply(
        _between_rests(walk, bone, child, turn * np.array((1, -1, -1, -1), np.float32)),
        rotations[:, child],
    )
    twisted = replace(walk.carried, rotations=rotations)
    blamed = check(walk.against(twisted)).check(Measure.LIMB_TWIST).finding
    assert blamed.value == pytest.approx(40.0, abs=0.5)
    spared = check(walk.against(twisted, shares_twist=True))
    assert spared.check(Measure.LIMB_TWIST).finding.value < 0.5
    assert spared.check(Measure.JOINT_LIMITS).verdict is Verdict.PASS


def test_a_flipped_elbow_is_found_on_a_rig_that_shares_twist(walk: Staged) -> None:
    flipped = next(fault for fault in every(walk.good, 0) if fault.kind == "elbow flipped")
    found = check(walk.against(flipped.motion, shares_twist=True)).check(Measure.JOINT_LIMITS)
    assert found.verdict is Verdict.FAIL
    assert flipped.frames[0] <= found.frame < flipped.frames[1]


def _between_rests(stage: Staged, above: int, bone: int, turn: np.ndarray) -> np.ndarray:
    """A turn in the axes of `above` as one in those of `bone` at rest."""
    rest = stage.body.skeleton.rest[:, :3, :3]
    way = from_matrix(rest[above].T @ rest[bone]).astype(np.float32)
    return multiply(multiply(conjugate(way), turn), way)


def test_a_motion_in_place_is_not_blamed_for_the_way(walk: Staged) -> None:
    body = walk.body
    pair = walk.pair
    hips = pair.target.joint((Role.HIPS, 0))
    way = hips[:, :2] - hips[:1, :2]
    world = np.tile(walk.carried.world, (pair.frames, 1, 1))
    world[:, :2, 3] -= way
    report = check(walk.against(replace(walk.carried, world=world), in_place=True))
    assert body.bones[Role.HIPS, 0] >= 0
    assert report.check(Measure.ROOT_PATH).verdict is Verdict.PASS
    assert (
        check(walk.against(replace(walk.carried, world=world))).check(Measure.ROOT_PATH).verdict
        is Verdict.FAIL
    )


def test_a_strip_that_was_moved_since_is_told_in_frames(walk: Staged) -> None:
    moved = check(replace(walk.pair, strip=StripMove(-4.0, 1.0, 0.0))).check(Measure.TIME_OFFSET)
    assert moved.finding.value == pytest.approx(4.0)
    assert moved.verdict is Verdict.FAIL
    assert moved.finding.note == "the strip lies 4 frames earlier now"
    unmoved = check(replace(walk.pair, strip=StripMove(0.1, 1.0, 0.0))).check(Measure.TIME_OFFSET)
    assert unmoved.finding.value == 0.0


def test_keys_that_went_the_strips_way_are_in_time_with_it(walk: Staged) -> None:
    late = replace(
        walk.carried,
        rotations=np.roll(walk.carried.rotations, 3, axis=0),
        locations=np.roll(walk.carried.locations, 3, axis=0),
    )
    pair = walk.against(late, keyed=(3.0, walk.carried.frames - 1.0))
    assert check(pair).check(Measure.TIME_OFFSET).finding.value == pytest.approx(3.0, abs=0.2)
    with_strip = check(replace(pair, strip=StripMove(3.0, 1.0, 0.0)))
    assert with_strip.check(Measure.TIME_OFFSET).finding.value < 0.2


def test_a_strip_of_another_speed_or_length_is_told(walk: Staged) -> None:
    report = check(replace(walk.pair, strip=StripMove(0.0, 0.5, -0.4)))
    rate, length = report.check(Measure.FRAME_RATE), report.check(Measure.LENGTH)
    assert rate.finding.value == pytest.approx(100.0)
    assert rate.finding.note == "the strip plays at 50 % of its speed now"
    assert length.finding.value == pytest.approx(0.4)
    assert length.verdict is Verdict.LOOK
    assert "shorter" in length.finding.note


def test_a_strip_without_one_speed_fails(walk: Staged) -> None:
    report = check(replace(walk.pair, strip=StripMove(0.0, np.nan, 0.0)))
    assert report.check(Measure.FRAME_RATE).verdict is Verdict.FAIL


def test_another_skeleton_than_the_accepted_one_is_worth_a_look(walk: Staged) -> None:
    assert check(walk.pair, same_skeleton=False).check(Measure.SKELETON).verdict is Verdict.LOOK
    assert check(walk.pair, same_skeleton=True).check(Measure.SKELETON).verdict is Verdict.PASS
    assert check(walk.pair).check(Measure.SKELETON).finding.note


def test_turning_the_whole_scene_changes_no_number(walk: Staged) -> None:
    turn = np.eye(4)
    turn[:2, :2] = ((0.6, -0.8), (0.8, 0.6))
    turned = Staged(
        walk.source, replace(walk.motion, world=turn @ walk.motion.world),
        walk.target, replace(walk.carried, world=turn @ walk.carried.world),
    )  # fmt: skip
    before, after = check(walk.pair), check(turned.pair)
    for one, other in zip(before.checks, after.checks, strict=True):
        assert other.finding.value == pytest.approx(one.finding.value, abs=2e-3), one.measure
