# SPDX-License-Identifier: GPL-3.0-or-later
"""The body as a whole against the source's: facing, path, speed, height. Sizes are compared at
one leg length (thigh plus shin 0.9 m), so that a short character takes short steps.
"""

from __future__ import annotations

import numpy as np

from ..contacts import running_mean
from ..mapping.roles import Role, Side, leg
from ..rotations import FloatArray
from .check import Curve, Finding
from .limbs import lateral
from .take import Comparison, Take

_HIPS = (Role.HIPS, 0)
_LOWEST_HIPS = 0.2
"""Leg lengths: hips of somebody who lies are compared as if they were this high."""
_NO_ROOT = "the root was left out"


def facing(pair: Comparison) -> Finding:
    """Degrees about the vertical between the fronts of both bodies (hip and shoulder joints)."""
    ours, theirs = lateral(pair.target), lateral(pair.source)
    if pair.upper_body or not (np.any(ours) and np.any(theirs)):
        return Finding.nothing("no hips or shoulders to tell it")
    cross = theirs[:, 0] * ours[:, 1] - theirs[:, 1] * ours[:, 0]
    curve = np.degrees(np.abs(np.arctan2(cross, np.sum(ours * theirs, axis=-1))))
    sample = int(np.argmax(curve))
    return Finding(float(curve[sample]), sample, _hips_name(pair), curve)


def root_path(pair: Comparison) -> Finding:
    """Centimetres between the hips' paths, laid on each other by their median distance."""
    if pair.upper_body or not pair.both(Role.HIPS):
        return Finding.nothing(_NO_ROOT)
    gap = _at_size(pair.target) - _at_size(pair.source)
    if pair.in_place:
        gap[:, :2] = 0.0
    gap -= np.median(gap, axis=0)
    curve = 100.0 * np.linalg.norm(gap, axis=-1)
    sample = int(np.argmax(curve))
    return Finding(float(curve[sample]), sample, _hips_name(pair), curve)


def root_speed(pair: Comparison) -> Finding:
    """Centimetres a second between the hips' velocities, mean of five frames."""
    if pair.upper_body or not pair.both(Role.HIPS) or pair.frames < 3:
        return Finding.nothing(_NO_ROOT)
    gap = np.diff(_at_size(pair.target) - _at_size(pair.source), axis=0) * pair.fps
    if pair.in_place:
        gap[:, :2] = 0.0
    smooth = np.stack([running_mean(gap[:, axis]) for axis in range(3)], axis=-1)
    curve = 100.0 * np.linalg.norm(smooth, axis=-1)
    curve = np.concatenate((curve[:1], curve))
    sample = int(np.argmax(curve))
    return Finding(float(curve[sample]), sample, _hips_name(pair), curve)


def hips_height(pair: Comparison) -> Finding:
    """Per cent by which the hips are too high or too low over the floor for the legs' length.

    The height of the hip joints over standing ankles, in leg lengths, target against source, at
    every moment; the median counts. The source's ankles are where they are while its feet stand,
    the target's where they would be on its floor. Wrong units of the root (0.01, 2.54) and a root
    scaled by the wrong leg show here.
    """
    if pair.upper_body or not any(contact.any() for contact in pair.contacts.values()):
        return Finding.nothing("no foot stands")
    soles = [_ankle_height(pair, take) for take in (pair.target, pair.source)]
    ours = _hip_heights(pair.target, pair.target_floor + soles[0])
    theirs = _hip_heights(pair.source, pair.source_floor + soles[1])
    curve = 100.0 * np.abs(ours - theirs) / np.maximum(theirs, _LOWEST_HIPS)
    worst = int(np.argmax(curve))
    return Finding(float(np.median(curve)), worst, _hips_name(pair), curve)


def _ankle_height(pair: Comparison, take: Take) -> float:
    """Metres from the standing joint up to the ankle while the source's feet stand."""
    gaps = []
    for side, part in pair.standing.items():
        gap = take.joint((leg(side)[2], 0))[:, 2] - take.joint(part)[:, 2]
        gaps.append(gap[pair.contacts[side]])
    return float(np.median(np.concatenate(gaps)))


def _hip_heights(take: Take, floor: float) -> Curve:
    thighs = [leg(side)[0] for side in Side if take.has(leg(side)[0])]
    joints = np.mean([take.joint((thigh, 0))[:, 2] for thigh in thighs], axis=0)
    return np.asarray((joints.astype(np.float64) - floor) / take.leg_length)


def _at_size(take: Take) -> FloatArray:
    """(frames, 3) the hips' path at the common size, metres."""
    return take.joint(_HIPS).astype(np.float64) / take.size


def _hips_name(pair: Comparison) -> str:
    return pair.target.name(_HIPS) if pair.target.has(Role.HIPS) else ""
