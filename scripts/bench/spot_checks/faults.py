# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults put into good motions: what goes wrong in practice, by a known amount at a known place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from aimocap_blender.motion.canonical import Body, Part, Shared
from aimocap_blender.motion.carry import Rested
from aimocap_blender.motion.checks.check import Measure
from aimocap_blender.motion.checks.take import Comparison
from aimocap_blender.motion.contacts import spans
from aimocap_blender.motion.figure import Figure, joint_paths, to_channels
from aimocap_blender.motion.legs import Leg, two_bone
from aimocap_blender.motion.mapping.roles import ABOVE, CHAINS, Role, Side, arm, leg
from aimocap_blender.motion.rotations import (
    FloatArray,
    conjugate,
    from_axis_angle,
    multiply,
    normalized,
    rotate,
)
from aimocap_blender.motion.skeleton import Motion

from .performances import HIPS, world_pose

PLACES = 3


@dataclass(frozen=True, eq=False)
class Faulty:
    """A spoilt motion and what a reviewer should be told about it.

    kind      the row of the table
    named     the check that should report it
    motion    the target's motion with the fault
    parts     where it is: any of these is the right bone; empty where it is the whole body
    frames    first frame and frame after the last of it
    keyed     first and last keyed sample
    """

    kind: str
    named: Measure
    motion: Motion
    parts: tuple[Part, ...]
    frames: tuple[int, int]
    keyed: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Good:
    """A good retarget that faults are put into."""

    figure: Figure
    pair: Comparison
    source_factors: Mapping[Part, FloatArray]
    turns: Mapping[Part, FloatArray]
    root: FloatArray

    @classmethod
    def of(cls, figure: Figure, pair: Comparison) -> Good:
        turns, root = world_pose(pair.target.motion, figure.body)
        return cls(figure, pair, pair.source.canonical, turns, root)

    @property
    def body(self) -> Body:
        return self.figure.body

    @property
    def frames(self) -> int:
        return self.pair.frames

    def motion(self, turns: Mapping[Part, FloatArray], root: FloatArray) -> Motion:
        """A motion of these world orientations and this path of the hips."""
        return to_channels(self.figure, turns, {HIPS: root}, self.pair.fps).motion

    def paths(self, *parts: Part) -> list[FloatArray]:
        found = joint_paths(self.figure, self.turns, self.root, list(parts))
        return [found[part] for part in parts]

    def below(self, part: Part) -> list[Part]:
        """A part and all that hangs on it in the body."""
        mine, grown = {part[0]}, True
        while grown:
            more = {role for role, above in _lines(self.body).items() if above in mine} - mine
            mine |= more
            grown = bool(more)
        return [
            other
            for other in self.turns
            if other[0] in mine and (other[0] is not part[0] or other[1] >= part[1])
        ]


def _lines(body: Body) -> dict[Role, Role]:
    """Role -> the role above it that this body has."""
    have = {role for role, _ in body.bones}
    lines = {}
    for role in have:
        above = ABOVE.get(role)
        while above is not None and above not in have:
            above = ABOVE.get(above)
        if above is not None:
            lines[role] = above
    return lines


def every(good: Good, seed: int) -> Iterator[Faulty]:
    """All faults at all their places in one good motion, where they make a difference."""
    rng = np.random.default_rng(seed)
    for kind, named, make in _FAULTS:
        for motion, parts, frames, keyed in make(good, rng):
            yield Faulty(kind, named, motion, parts, frames, keyed or (0.0, good.frames - 1.0))


_Made = tuple[Motion, tuple[Part, ...], tuple[int, int], tuple[float, float] | None]
_Maker = Callable[[Good, np.random.Generator], Iterator[_Made]]


def _window(frames: int, start: int, end: int, ease: int = 5) -> FloatArray:
    """(frames,) 0, easing to 1 between `start` and `end`, and back."""
    at = np.arange(frames, dtype=np.float64)
    rise = np.clip((at - start) / ease, 0.0, 1.0)
    fall = np.clip((end - 1 - at) / ease, 0.0, 1.0)
    edge = np.minimum(rise, fall)
    return edge * edge * (3.0 - 2.0 * edge)


def _intervals(good: Good) -> list[tuple[int, int]]:
    """The whole motion, its first part and its last part (at least a second)."""
    frames = good.frames
    part = max(min(frames, 36), frames // 3)
    return [(0, frames), (0, part), (frames - part, frames)]


def _turned_below(good: Good, part: Part, turn: FloatArray) -> dict[Part, FloatArray]:
    """World orientations with a part and all below turned by world quaternions (frames, 4)."""
    turn = turn.astype(np.float32)
    moved = set(good.below(part))
    return {p: multiply(turn, q) if p in moved else q for p, q in good.turns.items()}


def _limb_off(degrees: float) -> _Maker:
    def make(good: Good, rng: np.random.Generator) -> Iterator[_Made]:
        side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
        parts = [(Role.SPINE, 0), (arm(side)[1], 0), (arm(side.other)[2], 0)]
        for part, (start, end) in zip(parts, _intervals(good), strict=True):
            direction = good.pair.directions.get(part)
            if direction is not None:
                yield _swung(good, part, direction[0], degrees, start, end, rng)

    return make


def _leg_off(degrees: float) -> _Maker:
    def make(good: Good, rng: np.random.Generator) -> Iterator[_Made]:
        side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
        parts = [(leg(side)[0], 0), (leg(side.other)[0], 0), (leg(side)[1], 0)]
        for part, (start, end) in zip(parts, _intervals(good), strict=True):
            yield _swung(good, part, good.pair.directions[part][0], degrees, start, end, rng)

    return make


def _swung(
    good: Good,
    part: Part,
    direction: FloatArray,
    degrees: float,
    start: int,
    end: int,
    rng: np.random.Generator,
) -> _Made:
    """A limb off by so many degrees about an axis at right angles to it, fixed to the limb."""
    helper = rotate(good.turns[part], normalized(rng.normal(size=3)))
    axis = normalized(np.cross(direction, helper))
    angle = np.radians(degrees) * (
        _window(good.frames, start, end) if end - start < good.frames else np.ones(good.frames)
    )
    motion = good.motion(_turned_below(good, part, from_axis_angle(axis, angle)), good.root)
    return motion, (part,), (start, end), None


def _slide(metres: float) -> _Maker:
    def make(good: Good, rng: np.random.Generator) -> Iterator[_Made]:
        steps = [
            (side, start, end)
            for side, contact in good.pair.contacts.items()
            for start, end in spans(contact)
            if end - start >= 8
        ]
        rng.shuffle(steps)
        for side, start, end in steps[:PLACES]:
            yield _slid(good, side, start, end, metres, rng)

    return make


def _slid(
    good: Good, side: Side, start: int, end: int, metres: float, rng: np.random.Generator
) -> _Made:
    """A standing foot drawn over the floor, the leg following it."""
    thigh, shin, foot, _ = ((role, 0) for role in leg(side))
    hip, knee, ankle = good.paths(thigh, shin, foot)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    way = np.array((np.cos(angle), np.sin(angle), 0.0)) * metres * good.pair.target.size
    drawn = np.clip((np.arange(good.frames) - start) / (end - 1 - start), 0.0, 1.0)
    fade = np.clip((end + 8 - np.arange(good.frames)) / 8.0, 0.0, 1.0)
    goal = ankle + (drawn * fade)[:, None] * way
    front = np.broadcast_to(np.array((0.0, -1.0, 0.0)), ankle.shape)
    turns = two_bone(Leg(hip, knee, ankle, front), goal, np.zeros(good.frames))
    changed = dict(good.turns)
    for part, turn in ((thigh, turns[0]), (shin, turns[1])):
        changed[part] = multiply(turn, good.turns[part])
    toe = (leg(side)[3], 0)
    return good.motion(changed, good.root), (foot, toe), (start, end + 9), None


def _raised(metres: float) -> _Maker:
    def make(good: Good, _rng: np.random.Generator) -> Iterator[_Made]:
        parts = tuple((leg(side)[i], 0) for side in Side for i in (2, 3))
        shift = metres * good.pair.target.size
        for start, end in _intervals(good):
            stands = any(contact[start:end].any() for contact in good.pair.contacts.values())
            if not stands:
                continue
            root = good.root.copy()
            whole = end - start == good.frames
            root[:, 2] += shift * (1.0 if whole else _window(good.frames, start, end))
            yield good.motion(good.turns, root), parts, (start, end), None

    return make


def _swapped(sides: tuple[Side, ...], *, mirrored: bool) -> _Maker:
    """Limbs that follow the other side: by rotation, or mirrored in the body."""

    def make(good: Good, _rng: np.random.Generator) -> Iterator[_Made]:
        both = len(sides) == 2
        changed, parts = dict(good.turns), []
        ours = Rested.of(good.body, Shared.of(good.body, good.body)).factors
        heading = _headings(good)
        for side in sides:
            for role in (*arm(side)[1:], *(leg(side) if both else ())):
                part, mate = (role, 0), (role.mirrored, 0)
                if part in changed and mate in changed:
                    turn = multiply(good.turns[mate], ours[mate].astype(np.float32))
                    if mirrored:
                        inside = multiply(conjugate(heading), turn)
                        turn = multiply(heading, inside * np.array((1, 1, -1, -1), np.float32))
                    changed[part] = multiply(turn, conjugate(ours[part]).astype(np.float32))
                    parts.append(part)
        if _mean_change(good, changed, parts) > 6.0:
            yield good.motion(changed, good.root), tuple(parts), (0, good.frames), None

    return make


def _headings(good: Good) -> FloatArray:
    """(frames, 4) the turn about Z from facing -Y."""
    factor = Rested.of(good.body, Shared.of(good.body, good.body)).factors[HIPS]
    q = multiply(good.turns[HIPS], factor.astype(np.float32))
    flat = np.stack((q[:, 0], 0 * q[:, 0], 0 * q[:, 0], q[:, 3]), axis=-1)
    return normalized(flat)


def _mean_change(good: Good, changed: Mapping[Part, FloatArray], parts: list[Part]) -> float:
    """Mean degrees that limbs are turned: a swap of arms that hang alike is no fault to be seen."""
    dots = [np.abs(np.sum(changed[p] * good.turns[p], axis=-1)) for p in parts]
    return float(np.degrees(2.0 * np.arccos(np.clip(np.concatenate(dots), 0, 1))).mean())


def _elbow_flipped(good: Good, rng: np.random.Generator) -> Iterator[_Made]:
    for side in Side:
        upper, fore, hand = ((role, 0) for role in arm(side)[1:])
        if hand not in good.turns:
            continue
        shoulder, elbow, wrist = good.paths(upper, fore, hand)
        along, on = normalized(elbow - shoulder), normalized(wrist - elbow)
        bend = np.degrees(np.arccos(np.clip(np.sum(along * on, axis=-1), -1.0, 1.0)))
        bent = [(a, b) for a, b in spans(bend > 25.0) if b - a >= 6]
        rng.shuffle(bent)
        for start, end in bent[:2]:
            window = np.zeros(good.frames)
            window[start:end] = 1.0
            turned = _turned_below(good, fore, from_axis_angle(along, np.pi * window))
            yield good.motion(turned, good.root), (upper, fore), (start, end), None


def _freeze(good: Good, rng: np.random.Generator) -> Iterator[_Made]:
    """Two frames that repeat the one before, where the body moves."""
    speed = np.zeros(good.frames - 1)
    for track in good.turns.values():
        dots = np.abs(np.sum(track[1:] * track[:-1], axis=-1))
        speed = np.maximum(speed, np.degrees(2.0 * np.arccos(np.clip(dots, 0.0, 1.0))))
    moving = np.flatnonzero((speed[2:-2] > 2.0) & (speed[3:-1] > 2.0)) + 2
    for frame in rng.permutation(moving)[:PLACES]:
        index = np.arange(good.frames)
        index[frame + 1 : frame + 3] = frame
        turns = {part: q[index] for part, q in good.turns.items()}
        yield good.motion(turns, good.root[index]), (), (int(frame), int(frame) + 4), None


def _shifted(frames: int) -> _Maker:
    def make(good: Good, _rng: np.random.Generator) -> Iterator[_Made]:
        for by in (frames, -frames):
            index = np.clip(np.arange(good.frames) - by, 0, good.frames - 1)
            turns = {part: q[index] for part, q in good.turns.items()}
            yield good.motion(turns, good.root[index]), (), (0, good.frames), None

    return make


def _other_rate(good: Good, _rng: np.random.Generator) -> Iterator[_Made]:
    """24 frames a second read as 30, and the other way round."""
    for rate in (30.0 / 24.0, 24.0 / 30.0):
        at = np.arange(good.frames) * rate
        index = np.minimum(np.rint(at).astype(int), good.frames - 1)
        turns = {part: q[index] for part, q in good.turns.items()}
        keyed = (0.0, (good.frames - 1) / rate)
        yield good.motion(turns, good.root[index]), (), (0, good.frames), keyed


def _scaled(factor: float) -> _Maker:
    def make(good: Good, _rng: np.random.Generator) -> Iterator[_Made]:
        origin = good.figure.base.place
        root = (origin + (good.root - origin) * factor).astype(good.root.dtype)
        yield good.motion(good.turns, root), (HIPS,), (0, good.frames), None

    return make


def _about_face(good: Good, _rng: np.random.Generator) -> Iterator[_Made]:
    turn = from_axis_angle(np.tile((0.0, 0.0, 1.0), (good.frames, 1)), np.full(good.frames, np.pi))
    turns = {part: multiply(turn.astype(np.float32), q) for part, q in good.turns.items()}
    root = good.root * np.array((-1.0, -1.0, 1.0), dtype=good.root.dtype)
    yield good.motion(turns, root), (HIPS,), (0, good.frames), None


def _root_lost(good: Good, _rng: np.random.Generator) -> Iterator[_Made]:
    travel = np.linalg.norm(np.ptp(good.root, axis=0)) / good.pair.target.size
    if travel > 0.1:
        still = np.broadcast_to(good.root[:1], good.root.shape)
        yield good.motion(good.turns, still), (HIPS,), (0, good.frames), None


def _trembling(degrees: float) -> _Maker:
    def make(good: Good, rng: np.random.Generator) -> Iterator[_Made]:
        side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
        parts = [(arm(side)[1], 0), (Role.SPINE, 0), (leg(side)[0], 0)]
        for part, (start, end) in zip(parts, _intervals(good), strict=True):
            noise = rng.normal(scale=np.radians(degrees) / np.sqrt(3.0), size=(good.frames, 3))
            angle = np.linalg.norm(noise, axis=-1)
            inside = np.zeros(good.frames)
            inside[start:end] = 1.0
            turn = from_axis_angle(normalized(noise), angle * inside)
            yield (
                good.motion(_turned_below(good, part, turn), good.root),
                (part,),
                (start, end),
                None,
            )

    return make


def _missing(good: Good, rng: np.random.Generator) -> Iterator[_Made]:
    """Bones that were not keyed: they rest, and what hangs on them hangs on."""
    motion = good.pair.target.motion
    parts = [
        part
        for part in good.turns
        if part[0] in (*arm(Side.LEFT)[1:], *leg(Side.RIGHT)[:2], Role.HEAD, Role.SPINE)
        and part[0] not in CHAINS | {Role.HIPS}
        and _span(motion.rotations[:, good.body.bones[part]]) > 9.0
    ]
    for index in rng.permutation(len(parts))[:PLACES]:
        part = parts[index]
        rotations = motion.rotations.copy()
        rotations[:, good.body.bones[part]] = (1.0, 0.0, 0.0, 0.0)
        yield replace(motion, rotations=rotations), (part,), (0, good.frames), None


def _span(turns: FloatArray) -> float:
    dots = np.abs(turns @ turns[len(turns) // 2])
    return float(np.degrees(2.0 * np.arccos(np.clip(dots, 0.0, 1.0))).max())


_FAULTS: tuple[tuple[str, Measure, _Maker], ...] = (
    ("foot slides 3 cm", Measure.FOOT_SLIDE, _slide(0.03)),
    ("foot slides 5 cm", Measure.FOOT_SLIDE, _slide(0.05)),
    ("foot slides 10 cm", Measure.FOOT_SLIDE, _slide(0.10)),
    ("3 cm over the floor", Measure.FLOATING, _raised(0.03)),
    ("3 cm under the floor", Measure.FLOOR_PENETRATION, _raised(-0.03)),
    ("left arm follows the right", Measure.SIDE_SWAP, _swapped((Side.LEFT,), mirrored=False)),
    ("left arm mirrors the right", Measure.SIDE_SWAP, _swapped((Side.LEFT,), mirrored=True)),
    ("left and right swapped", Measure.SIDE_SWAP, _swapped(tuple(Side), mirrored=False)),
    ("left and right mirrored", Measure.SIDE_SWAP, _swapped(tuple(Side), mirrored=True)),
    ("arm or spine off by 10 deg", Measure.LIMB_DIRECTION, _limb_off(10.0)),
    ("arm or spine off by 20 deg", Measure.LIMB_DIRECTION, _limb_off(20.0)),
    ("leg off by 10 deg", Measure.LEG_DIRECTION, _leg_off(10.0)),
    ("leg off by 20 deg", Measure.LEG_DIRECTION, _leg_off(20.0)),
    ("elbow flipped", Measure.JOINT_LIMITS, _elbow_flipped),
    ("frozen for 2 frames", Measure.FROZEN, _freeze),
    ("2 frames late or early", Measure.TIME_OFFSET, _shifted(2)),
    ("5 frames late or early", Measure.TIME_OFFSET, _shifted(5)),
    ("24 fps read as 30, 30 as 24", Measure.FRAME_RATE, _other_rate),
    ("root scaled by 0.01", Measure.HIPS_HEIGHT, _scaled(0.01)),
    ("root scaled by 1.1", Measure.HIPS_HEIGHT, _scaled(1.1)),
    ("facing backwards", Measure.FACING, _about_face),
    ("root lost", Measure.ROOT_PATH, _root_lost),
    ("jitter of 2 deg", Measure.JITTER, _trembling(2.0)),
    ("a bone missing", Measure.MISSING, _missing),
)
