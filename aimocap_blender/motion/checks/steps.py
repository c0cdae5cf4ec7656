# SPDX-License-Identifier: GPL-3.0-or-later
"""Frame to frame: sudden steps and flips, noise that was added, bones that stand still.

Everything is held against the source's own steps: a kick is no fault.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..canonical import Part
from ..mapping.roles import BODY, UPPER_BODY, Role, Side, arm, leg
from ..rotations import FloatArray, conjugate, multiply, slerp
from . import angles
from .check import Curve, Finding
from .take import Comparison, Take

_NOISE_SECONDS = 0.5
_CHI_SQUARED_MEDIAN = 0.789
_STILL_STEP, _MOVING_STEP = 0.02, 0.5
"""Degrees a frame: a bone that turns less stands still, one that turns more is seen to move."""
_STILL_RANGE, _MOVING_RANGE = 0.05, 6.0
"""Degrees over the whole motion."""
_LIMBS = frozenset(role for side in Side for role in (*arm(side)[1:3], *leg(side)[:2]))
_TOO_SHORT = "too short to tell"


def _moving_parts(pair: Comparison) -> list[tuple[Part, Part]]:
    if not pair.upper_body:
        return list(pair.shared)
    return [(part, mate) for part, mate in pair.shared if part[0] in UPPER_BODY]


def _turning_parts(pair: Comparison) -> list[tuple[Part, Part]]:
    """Those of them whose whole orientation can be compared."""
    comparable = {part for part, _ in pair.turning}
    return [(part, mate) for part, mate in _moving_parts(pair) if part in comparable]


def rotation_step(pair: Comparison) -> Finding:
    """Degrees a body part turns in one frame more than the source's does around that frame."""
    if pair.frames < 2:
        return Finding.nothing(_TOO_SHORT)
    curves = {}
    for part, mate in _turning_parts(pair):
        if part[0] in BODY:
            ours, theirs = (
                _turns(pair.target.orientation(part)),
                _turns(pair.source.orientation(mate)),
            )
            curves[part] = np.maximum(ours - _around(theirs), 0.0)
    return angles.worst_of(pair.target.body, curves)


def position_step(pair: Comparison) -> Finding:
    """Centimetres a joint moves in one frame more than the source's does around that frame.

    A joint farther from the hips than the source's may move faster in proportion.
    """
    if pair.frames < 2:
        return Finding.nothing(_TOO_SHORT)
    curves = {}
    for part, mate in _moving_parts(pair):
        if part[0] in BODY:
            ours, theirs = (
                _moves(take.joint(at)) / take.size
                for take, at in ((pair.target, part), (pair.source, mate))
            )
            longer = max(
                1.0, _outwards(pair.target, part) / max(_outwards(pair.source, mate), 1e-3)
            )
            curves[part] = 100.0 * np.maximum(ours - longer * _around(theirs), 0.0)
    return angles.worst_of(pair.target.body, curves)


def _outwards(take: Take, part: Part) -> float:
    """How far a joint is from the hips, metres at the common size; 0 for the hips."""
    if not take.has(Role.HIPS):
        return 0.0
    gap = take.joint(part) - take.joint((Role.HIPS, 0))
    return float(np.median(np.linalg.norm(gap, axis=-1))) / take.size


def jitter(pair: Comparison) -> Finding:
    """Degrees of noise on a body part that the source does not have, within half a second.

    The turn between target and source is smooth in a good retarget. White noise of deviation s on
    it has second differences of variance 6 s^2 (von Neumann et al., "The mean square successive
    difference", 1941, one order higher), whatever the slow part is. Their median is taken, by
    which a single step is no noise; over three axes it is 0.789 of the mean (chi squared).
    """
    width = max(3, round(_NOISE_SECONDS * pair.fps))
    if pair.frames < width + 2:
        return Finding.nothing(_TOO_SHORT)
    curves = {}
    for part, mate in _turning_parts(pair):
        if part[0] not in BODY:
            continue
        turn = multiply(conjugate(pair.source.orientation(mate)), pair.target.orientation(part))
        second = np.diff(angles.rotation_vectors(turn), n=2, axis=0)
        squares = np.sum(second * second, axis=-1) / (6.0 * _CHI_SQUARED_MEDIAN)
        middles = np.partition(sliding_window_view(squares, width), width // 2, axis=-1)
        curves[part] = _centred(np.sqrt(middles[:, width // 2]), pair.frames)
    return angles.worst_of(pair.target.body, curves)


def frozen(pair: Comparison) -> Finding:
    """Frames on end in which a bone keeps its rotation although the source's goes on turning."""
    if pair.frames < 3:
        return Finding.nothing(_TOO_SHORT)
    longest = Finding(0.0, curve=np.zeros(pair.frames))
    runs = np.zeros(pair.frames)
    for part, mate in _moving_parts(pair):
        if _range(pair.target.basis(part)) < _STILL_RANGE:
            continue
        ours, theirs = (_turns(q) for q in (pair.target.basis(part), _expected(pair, part, mate)))
        run = _run_lengths((ours < _STILL_STEP) & (theirs > _MOVING_STEP))
        runs = np.maximum(runs, run)
        sample = int(np.argmax(run))
        if run[sample] > longest.value:
            longest = Finding(float(run[sample]), sample, pair.target.name(part))
    return Finding(longest.value, longest.sample, longest.bone, runs)


def missing_bones(pair: Comparison) -> Finding:
    """Bones that never move although the source's do, and limbs the target does not have at all."""
    still = []
    for part, mate in _moving_parts(pair):
        if _range(pair.target.basis(part)) >= _STILL_RANGE:
            continue
        if _range(_expected(pair, part, mate)) > _MOVING_RANGE:
            still.append(pair.target.name(part))
    lacking = [
        role.value.replace("_", " ")
        for role in Role
        if role in _LIMBS
        and pair.source.has(role)
        and not pair.target.has(role)
        and not (pair.upper_body and role not in UPPER_BODY)
    ]
    note = f"the rig has no {lacking[0]}" if lacking and not still else ", ".join(still[:4])
    return Finding(float(len(still) + len(lacking)), 0, still[0] if still else "", None, note)


def _expected(pair: Comparison, part: Part, mate: Part) -> FloatArray:
    """(frames, 4) how the source turns a part against the one the target hangs it on.

    Parts the source does not have keep still with the one above them.
    """
    body = pair.target.body
    own = pair.source.orientation(mate)
    part_of = {bone: other for other, bone in body.bones.items()}
    above = body.above(part)
    while above is not None and part_of[above] not in pair.carries:
        above = body.above(part_of[above])
    if above is None:
        return own
    carry = pair.carries[part_of[above]]
    base = pair.source.orientation(carry.low)
    if carry.mix > 0.0:
        base = slerp(base, pair.source.orientation(carry.high), np.array(carry.mix))
    return multiply(conjugate(base), own)


def _turns(orientations: FloatArray) -> Curve:
    """(frames,) degrees from the frame before; 0 at the first."""
    return np.concatenate(((0.0,), angles.apart(orientations[:-1], orientations[1:])))


def _moves(path: FloatArray) -> Curve:
    """(frames,) metres from the frame before; 0 at the first."""
    return np.concatenate(
        ((0.0,), np.linalg.norm(np.diff(path.astype(np.float64), axis=0), axis=-1))
    )


def _around(curve: Curve) -> Curve:
    """The largest of each value and its two neighbours."""
    wide = np.concatenate((curve[:1], curve, curve[-1:]))
    return np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])


def _range(orientations: FloatArray) -> float:
    """Degrees of the largest turn away from the middle frame."""
    middle = orientations[len(orientations) // 2]
    return float(angles.apart(np.broadcast_to(middle, orientations.shape), orientations).max())


def _run_lengths(flags: NDArray[np.bool_]) -> Curve:
    """For each frame how many flagged frames in a row end with it."""
    count = np.arange(1, len(flags) + 1, dtype=np.float64)
    last_gap = np.maximum.accumulate(np.where(flags, 0.0, count))
    return np.where(flags, count - last_gap, 0.0)


def _centred(values: Curve, frames: int) -> Curve:
    """Values of windows, put at the windows' middles; the ends repeat."""
    before = (frames - len(values)) // 2
    return np.pad(values, (before, frames - len(values) - before), mode="edge")
