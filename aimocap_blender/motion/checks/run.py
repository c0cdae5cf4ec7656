# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks of one retarget, in order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TypeVar

from ..canonical import Body, Shared
from ..mapping.roles import Role
from ..rotations import conjugate, multiply
from ..skeleton import Motion
from . import bodies, ground, limbs, root, steps, timing
from .check import Check, CheckReport, Finding, Measure
from .take import Comparison, Take
from .thresholds import LABELS, THRESHOLDS

Result = TypeVar("Result")

_MEASURES: Mapping[Measure, Callable[[Comparison], Finding]] = {
    Measure.LIMB_DIRECTION: limbs.limb_direction,
    Measure.LEG_DIRECTION: limbs.leg_direction,
    Measure.LIMB_TWIST: limbs.limb_twist,
    Measure.FACING: root.facing,
    Measure.ROOT_PATH: root.root_path,
    Measure.ROOT_SPEED: root.root_speed,
    Measure.FOOT_SLIDE: ground.foot_slide,
    Measure.FLOOR_PENETRATION: ground.floor_penetration,
    Measure.FLOATING: ground.floating,
    Measure.CONTACT_TIMING: ground.contact_timing,
    Measure.ROTATION_STEP: steps.rotation_step,
    Measure.POSITION_STEP: steps.position_step,
    Measure.JITTER: steps.jitter,
    Measure.FROZEN: steps.frozen,
    Measure.MISSING: steps.missing_bones,
    Measure.JOINT_LIMITS: limbs.joint_limits,
    Measure.REACH: bodies.reach,
    Measure.INTERSECTION: bodies.self_intersection,
    Measure.HIPS_HEIGHT: root.hips_height,
    Measure.TIME_OFFSET: timing.time_offset,
    Measure.FRAME_RATE: timing.frame_rate,
    Measure.LENGTH: timing.length,
    Measure.SIDE_SWAP: limbs.side_swap,
}


def compare(
    source: tuple[Body, Motion],
    target: tuple[Body, Motion],
    *,
    first: int = 0,
    keyed: tuple[float, float] | None = None,
    ground: float | None = None,
    in_place: bool = False,
    upper_body: bool = False,
    shares_twist: bool = False,
) -> Comparison:
    """Two motions sampled at the same moments, ready to be checked.

    first   scene frame of the first sample
    keyed   first and last sample of the target's keys, fractional; None: all of them
    ground  world height of the floor; None: the target object's origin
    in_place, upper_body, shares_twist  see `Comparison`
    An upper body is compared as it sits on the hips: the target's keep their own pose.
    """
    shared = Shared.of(source[0], target[0], level_feet=True)
    if source[1].frames != target[1].frames:
        raise ValueError("Source and target must be sampled at the same moments.")
    theirs, ours = Take.of(*source, shared), Take.of(*target, shared, ground)
    if upper_body and theirs.has(Role.HIPS) and ours.has(Role.HIPS):
        hips = (Role.HIPS, 0)
        theirs = theirs.turned(
            multiply(ours.orientation(hips), conjugate(theirs.orientation(hips)))
        )
    return Comparison(
        theirs,
        ours,
        first,
        (0.0, target[1].frames - 1.0) if keyed is None else keyed,
        in_place,
        upper_body,
        shares_twist,
    )


def check(pair: Comparison, same_skeleton: bool | None = None) -> CheckReport:
    """Every check of one retarget.

    same_skeleton  whether the skeleton that came back is the accepted one of its target version;
                   None when none was recorded
    """
    return exhausted(one_by_one(pair, same_skeleton))


def one_by_one(
    pair: Comparison, same_skeleton: bool | None = None
) -> Generator[None, None, CheckReport]:
    """The same, giving way after each check; the report is what the generator returns."""
    findings = {Measure.SKELETON: _skeleton(same_skeleton)}
    for measure, measured in _MEASURES.items():
        findings[measure] = measured(pair)
        yield
    checks = tuple(
        Check(measure, LABELS[measure], found, THRESHOLDS[measure], pair.first + found.sample)
        for measure, found in ((measure, findings[measure]) for measure in Measure)
    )
    return CheckReport(checks, pair.first, pair.fps, pair.frames)


def exhausted(steps: Generator[object, None, Result]) -> Result:
    """What a generator returns, all its steps at one go."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def _skeleton(same: bool | None) -> Finding:
    if same is None:
        return Finding.nothing("none was accepted yet")
    return Finding(0.0) if same else Finding(1.0, note="not the accepted one")
