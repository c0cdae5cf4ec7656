# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances made by rule, for any rig: walks with planted feet, turns, jumps, reaches.

A performance is what the body does in the world: canonical orientations of its parts and the way
of the hips. `on` makes a motion of it on a rig. Written for feet that stand exactly: the legs are
solved from where the feet are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aimocap_blender.motion.canonical import Body, Part, Shared
from aimocap_blender.motion.carry import Rested
from aimocap_blender.motion.figure import Figure, joint_paths, to_channels
from aimocap_blender.motion.mapping.roles import Role, Side, arm, leg
from aimocap_blender.motion.rotations import (
    FloatArray,
    conjugate,
    from_axis_angle,
    from_matrix,
    multiply,
    normalized,
    rotate,
)
from aimocap_blender.motion.skeleton import Motion, forward, still

FPS = 30.0
X, Y, Z = np.eye(3)
HIPS: Part = (Role.HIPS, 0)


@dataclass(frozen=True, eq=False)
class Acting:
    """What a body does, sizes in leg lengths, angles in radians, all over (frames,).

    heading   about Z; 0 faces -Y
    place     (frames, 3) the hips' way on the floor and, in z, how far they are above standing
    feet      side -> (frames, 3) where the ankle is: on the floor and, in z, over standing
    lean      forward lean of the trunk
    turn      turn of the chest about the spine
    arms      side -> (swing forwards, lift sideways, elbow bend)
    """

    heading: FloatArray
    place: FloatArray
    feet: Mapping[Side, FloatArray]
    lean: FloatArray
    turn: FloatArray
    arms: Mapping[Side, tuple[FloatArray, FloatArray, FloatArray]]


def on(body: Body, world: FloatArray, acting: Acting) -> Motion:
    """The performance on a rig: a motion of its own bones."""
    skeleton = body.skeleton
    frames = len(acting.heading)
    figure = Figure.of(body, still(skeleton, 1, FPS, world))
    factors = Rested.of(body, Shared.of(body, body)).factors
    length = figure.leg_length(leg(Side.LEFT)[:3])
    hips_part = figure.pose.positions[0, body.bones[HIPS]]
    standing = {side: figure.pose.positions[0, body.bones[leg(side)[2], 0]] for side in Side}
    root = np.zeros((frames, 3))
    root[:, :2] = acting.place[:, :2] * length
    root[:, 2] = hips_part[2] + (acting.place[:, 2] - 0.04) * length
    heading = from_axis_angle(np.broadcast_to(Z, (frames, 3)), acting.heading)
    turns = _upper_body(body, acting, heading)
    turns[HIPS] = heading
    orientations = {p: multiply(q, conjugate(factors[p])) for p, q in turns.items()}
    hips_paths = joint_paths(figure, orientations, root, [(leg(side)[0], 0) for side in Side])
    for side in Side:
        goal = acting.feet[side] * length
        goal[:, 2] += standing[side][2]
        _solve_leg(figure, side, heading, hips_paths[leg(side)[0], 0], goal, factors, orientations)
    places = {HIPS: root}
    return to_channels(figure, orientations, places, FPS).motion


def _upper_body(body: Body, acting: Acting, heading: FloatArray) -> dict[Part, FloatArray]:
    """Canonical orientations of trunk, head, arms and hands."""
    turns: dict[Part, FloatArray] = {}
    spine = body.chain(Role.SPINE)
    chest = heading
    for place in range(len(spine)):
        share = (place + 1) / len(spine)
        bent = multiply(_about(Z, acting.turn * share), _about(X, acting.lean * share))
        chest = multiply(heading, bent)
        turns[Role.SPINE, place] = chest
    for part in body.bones:
        if part[0] in (Role.NECK, Role.HEAD):
            turns[part] = multiply(heading, _about(Z, acting.turn * 0.5))
    for side in Side:
        sign = 1.0 if side is Side.LEFT else -1.0
        swing, lift, bend = acting.arms[side]
        clavicle, upper, fore, hand = ((role, 0) for role in arm(side))
        hanging = multiply(_about(X, swing), _about(Y, sign * (np.pi / 2 - lift)))
        turns[clavicle] = chest
        turns[upper] = multiply(chest, hanging)
        turns[fore] = multiply(turns[upper], _about(Z, -sign * bend))
        turns[hand] = multiply(turns[fore], _about(Z, -sign * 0.2 * bend))
    return {part: turn for part, turn in turns.items() if part in body.bones}


def _solve_leg(
    figure: Figure,
    side: Side,
    heading: FloatArray,
    hip: FloatArray,
    ankle: FloatArray,
    factors: Mapping[Part, FloatArray],
    orientations: dict[Part, FloatArray],
) -> None:
    """Thigh and shin by the law of cosines, knee to the front; the foot flat, or as it falls."""
    body = figure.body
    thigh, shin, foot, toe = ((role, 0) for role in leg(side))
    joints = [figure.pose.positions[0, body.bones[part]] for part in (thigh, shin, foot)]
    upper, lower = (float(np.linalg.norm(b - a)) for a, b in pairwise(joints))
    gap = ankle - hip
    reach = np.clip(
        np.linalg.norm(gap, axis=-1), abs(upper - lower) * 1.05, (upper + lower) * 0.998
    )
    along = normalized(gap)
    front = rotate(heading, np.broadcast_to(-Y, gap.shape))
    across = normalized(np.cross(along, front))
    ahead = np.cross(across, along)
    cosine = (upper**2 + reach**2 - lower**2) / (2.0 * upper * reach)
    sine = np.sqrt(np.maximum(1.0 - cosine**2, 0.0))
    thigh_way = along * cosine[:, None] + ahead * sine[:, None]
    shin_way = normalized(along * reach[:, None] - thigh_way * upper)
    for part, way in ((thigh, thigh_way), (shin, shin_way)):
        up = -way
        left = normalized(np.cross(np.cross(up, across), up)) * -1.0
        left = np.where(np.sum(left * rotate(heading, np.broadcast_to(X, left.shape)), -1,
                               keepdims=True) < 0, -left, left)  # fmt: skip
        turn = from_matrix(np.stack((left, np.cross(up, left), up), axis=-1))
        orientations[part] = multiply(turn, conjugate(factors[part]))
    for part in (foot, toe):
        if part in body.bones:
            orientations[part] = multiply(heading, conjugate(factors[part]))


def _about(axis: FloatArray, angle: FloatArray) -> FloatArray:
    return from_axis_angle(np.broadcast_to(axis, (len(angle), 3)), np.asarray(angle))


# The performances ---------------------------------------------------------------------------


def _stepping(
    heading: FloatArray, place: FloatArray, period: float, width: float = 0.11
) -> dict[Side, FloatArray]:
    """Feet under a body that goes along `place`: each stands 62 % of the period, then swings."""
    frames = len(heading)
    time = np.arange(frames) / FPS
    feet = {}
    for side in Side:
        sign = 1.0 if side is Side.LEFT else -1.0
        phase = time / period + (0.0 if side is Side.LEFT else 0.5)
        step, part = np.floor(phase), phase - np.floor(phase)

        def spot(number: FloatArray, sign: float = sign, side: Side = side) -> FloatArray:
            middle = (number + 0.31 - (0.0 if side is Side.LEFT else 0.5)) * period * FPS
            at = np.clip(middle, 0, frames - 1)
            index = np.arange(frames)
            x, y, h = (np.interp(at, index, c) for c in (place[:, 0], place[:, 1], heading))
            return np.stack((x + sign * width * np.cos(h), y + sign * width * np.sin(h)), -1)

        here, there = spot(step), spot(step + 1.0)
        swing = np.clip((part - 0.62) / 0.38, 0.0, 1.0)
        ease = swing * swing * (3.0 - 2.0 * swing)
        level = here + (there - here) * ease[:, None]
        moves = np.linalg.norm(there - here, axis=-1) > 1e-3
        lift = 0.13 * np.sin(np.pi * swing) ** 2 * moves
        feet[side] = np.concatenate((level, lift[:, None]), axis=-1)
    return feet


def _swinging(
    time: FloatArray, period: float, size: float
) -> dict[Side, tuple[FloatArray, FloatArray, FloatArray]]:
    arms = {}
    for side in Side:
        sign = 1.0 if side is Side.LEFT else -1.0
        beat = sign * np.sin(2.0 * np.pi * time / period + 0.6)
        arms[side] = (-size * beat, 0.15 + 0.03 * beat, 0.35 + 0.25 * size * beat + 0.1 * sign)
    return arms


def _way(heading: FloatArray, speed: FloatArray, bob: FloatArray) -> FloatArray:
    step = speed / FPS
    x = np.cumsum(np.sin(heading) * step)
    y = np.cumsum(-np.cos(heading) * step)
    return np.stack((x, y, bob), axis=-1)


def _walk(seconds: float, curve: float, period: float, speed: float, seed: int) -> Acting:
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * FPS)) / FPS
    heading = 0.3 * rng.normal() + curve * time / seconds
    place = _way(
        heading, np.full_like(time, speed), -0.04 + 0.015 * np.cos(4 * np.pi * time / period)
    )
    beat = np.sin(2.0 * np.pi * time / period)
    return Acting(heading, place, _stepping(heading, place, period), 0.06 + 0.02 * beat,
                  0.12 * beat, _swinging(time, period, 0.45))  # fmt: skip


def walk() -> Acting:
    """Straight ahead."""
    return _walk(4.0, 0.0, 1.1, 1.25, 1)


def curved_walk() -> Acting:
    """Along a curve."""
    return _walk(5.0, 2.2, 1.2, 1.0, 2)


def run() -> Acting:
    """Faster, with long steps."""
    return _walk(3.0, 0.3, 0.75, 2.1, 3)


def turn_on_the_spot() -> Acting:
    """Small steps, the body turning to and fro."""
    time = np.arange(round(4.0 * FPS)) / FPS
    heading = 1.4 * np.sin(0.9 * time)
    place = _way(heading, np.full_like(time, 0.02), np.full_like(time, -0.04))
    return Acting(heading, place, _stepping(heading, place, 0.9), np.full_like(time, 0.05),
                  0.5 * np.sin(1.6 * time), _swinging(time, 1.9, 0.7))  # fmt: skip


def jump() -> Acting:
    """Crouch, leap ahead, land on both feet."""
    time = np.arange(round(3.2 * FPS)) / FPS
    heading = np.full_like(time, 0.2)
    crouch = np.exp(-(((time - 1.0) / 0.22) ** 2)) + np.exp(-(((time - 1.95) / 0.25) ** 2))
    flight = np.clip(1.0 - ((time - 1.47) / 0.27) ** 2, 0.0, None)
    ahead = 0.55 * np.clip((time - 1.2) / 0.54, 0.0, 1.0)
    place = np.stack((np.sin(heading) * ahead, -np.cos(heading) * ahead,
                      -0.05 - 0.28 * crouch + 0.3 * flight), -1)  # fmt: skip
    feet = {}
    for side in Side:
        sign = 1.0 if side is Side.LEFT else -1.0
        level = place[:, :2] + sign * 0.12 * np.stack((np.cos(heading), np.sin(heading)), -1)
        feet[side] = np.concatenate((level, 0.3 * flight[:, None]), axis=-1)
    swing = -0.8 * crouch + 1.8 * np.exp(-(((time - 1.45) / 0.25) ** 2))
    arms = dict.fromkeys(Side, (swing, 0.2 + 0.2 * flight, 0.3 + 0.5 * crouch))
    return Acting(heading, place, feet, 0.5 * crouch, 0.1 * np.sin(2 * time), arms)


def reach() -> Acting:
    """Standing, both arms reaching about."""
    time = np.arange(round(4.0 * FPS)) / FPS
    heading = np.full_like(time, -0.4)
    sway = 0.05 * np.sin(1.7 * time)
    place = np.stack((sway, 0.02 * np.sin(2.3 * time), -0.06 - 0.12 * np.sin(0.9 * time) ** 2), -1)
    feet = {}
    for side in Side:
        sign = 1.0 if side is Side.LEFT else -1.0
        spot = sign * 0.14 * np.stack((np.cos(heading), np.sin(heading)), -1)
        feet[side] = np.concatenate((spot, np.zeros((len(time), 1))), axis=-1)
    arms = {
        Side.LEFT: (0.4 + 1.0 * np.sin(1.3 * time), 0.6 + 0.5 * np.sin(2.1 * time),
                    0.9 + 0.5 * np.cos(1.9 * time)),
        Side.RIGHT: (0.3 + 0.7 * np.sin(0.8 * time + 2.0), 0.3 + 0.3 * np.cos(1.1 * time),
                     0.6 + 0.4 * np.sin(2.7 * time)),
    }  # fmt: skip
    return Acting(
        heading, place, feet, 0.15 + 0.15 * np.sin(0.9 * time), 0.4 * np.sin(1.3 * time), arms
    )


def dance() -> Acting:
    """Sideways steps with fast arms and a turning trunk."""
    time = np.arange(round(5.0 * FPS)) / FPS
    heading = 0.8 * np.sin(1.1 * time)
    place = _way(heading + np.pi / 2, 0.5 * np.cos(1.6 * time), -0.08 + 0.03 * np.cos(7.0 * time))
    arms = {
        side: (0.9 * np.sin(3.1 * time + shift), 0.9 + 0.6 * np.sin(2.3 * time + shift),
               0.9 + 0.7 * np.sin(3.7 * time - shift))
        for side, shift in ((Side.LEFT, 0.0), (Side.RIGHT, 1.9))
    }  # fmt: skip
    return Acting(heading, place, _stepping(heading, place, 0.8, 0.14), 0.1 * np.sin(2.9 * time),
                  0.5 * np.sin(3.3 * time), arms)  # fmt: skip


PERFORMANCES: Mapping[str, Callable[[], Acting]] = {
    "walk": walk,
    "curved walk": curved_walk,
    "run": run,
    "turn on the spot": turn_on_the_spot,
    "jump": jump,
    "reach": reach,
    "dance": dance,
}


def world_pose(motion: Motion, body: Body) -> tuple[dict[Part, FloatArray], FloatArray]:
    """World orientations of every mapped part, and the hips' path: what `faults` change."""
    pose = forward(motion, body.bones.values(), space=motion.world)
    turns = {part: pose.orientations[:, bone] for part, bone in body.bones.items()}
    return turns, pose.positions[:, body.bones[HIPS]]
