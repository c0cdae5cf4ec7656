# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs with known labels, motions made for them, and limb directions read off a pose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from aimocap_blender.motion.canonical import Body, Part
from aimocap_blender.motion.mapping.labels import Found, Labelling, Match
from aimocap_blender.motion.mapping.presets import FAMILIES
from aimocap_blender.motion.mapping.roles import BODY, CHAINS, NEXT, Role, Side, leg
from aimocap_blender.motion.rotations import FloatArray, from_axis_angle, from_matrix
from aimocap_blender.motion.skeleton import Motion, forward, still
from tests.rigs.build import Rig, build, turned
from tests.rigs.figure import ADULT, Proportions
from tests.rigs.spec import from_family

HEAVY = Proportions(0.97, 0.22, 0.45, 0.08, 0.15, 0.50, 0.40, 0.33, 0.27, 0.10, 0.08, 0.22)
"""Another adult, with thighs longer for the shins and wider hips."""

QUARTER_X = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)))


def rig(
    family: str = "mixamo",
    *,
    proportions: Proportions = ADULT,
    degrees_down: float = 0.0,
    seed: int = 0,
    scale: float = 1.0,
    lying: bool = False,
) -> Rig:
    """A family's rig at rest with random bone rolls, its object scaled or turned."""
    spec = from_family(next(one for one in FAMILIES if one.key == family))
    built = build(
        spec, proportions=proportions, degrees_down=degrees_down, seed=seed, helpers=False
    )
    if scale == 1.0 and not lying:
        return built
    return turned(built, QUARTER_X if lying else np.eye(3), scale)


def body(one: Rig) -> Body:
    """The rig labelled by the truth, not by the mapper."""
    axes = np.linalg.inv(one.world)[:3, :3]
    axes = axes / np.linalg.norm(axes, axis=0)
    chains = {
        role: tuple(Match(role, n, Found.PRESET, 1.0, "", i) for i, n in enumerate(names))
        for role, names in one.truth.items()
    }
    return Body.of(
        Labelling(
            one.skeleton,
            chains,
            left=tuple(axes[:, 0]),
            up=tuple(axes[:, 2]),
            front=tuple(-axes[:, 1]),
        )
    )


def rest(one: Rig, frames: int = 1, fps: float = 30.0) -> Motion:
    return still(one.skeleton, frames, fps, one.world)


def tossed(one: Rig, *, frames: int = 40, fps: float = 30.0, seed: int = 1) -> Motion:
    """Every mapped bone turns smoothly about an axis of its own, up to 35 degrees; hips travel."""
    rng = np.random.default_rng(seed)
    motion = rest(one, frames, fps)
    time = np.arange(frames) / fps
    for name in (name for names in one.truth.values() for name in names):
        bone = one.skeleton.index(name)
        axis = rng.normal(size=3)
        angle = np.radians(35.0) * np.sin(time * rng.uniform(1.0, 3.0) + rng.uniform(0.0, 6.0))
        motion.rotations[:, bone] = from_axis_angle(axis / np.linalg.norm(axis), angle)
    hips = one.skeleton.index(one.truth[Role.HIPS][0])
    size = 1.0 / np.linalg.norm(one.world[:3, 0])
    way = np.stack((0.4 * np.sin(time), -1.1 * time, 0.05 * np.cos(3.0 * time)), axis=-1) * size
    axes = np.linalg.inv(one.world)[:3, :3] / size
    motion.locations[:, hips] = (way @ axes.T) @ one.skeleton.rest[hips, :3, :3]
    return motion


def bent(one: Rig, turns: Mapping[Role, FloatArray], way: FloatArray, fps: float) -> Motion:
    """A motion in which parts turn in the body's own axes (frames, 4), the hips going `way`.

    A part's turn is applied to the rest orientation on top of that of what it hangs on; only for
    rigs at scale 1 whose object is not turned.
    """
    skeleton = one.skeleton
    motion = still(skeleton, len(way), fps, one.world)
    for role, turn in turns.items():
        bone = skeleton.index(one.truth[role][0])
        at_rest = from_matrix(skeleton.rest[bone, :3, :3])
        inverse = at_rest * np.array((1.0, -1.0, -1.0, -1.0))
        motion.rotations[:, bone] = _times(inverse, _times(turn, at_rest))
    hips = skeleton.index(one.truth[Role.HIPS][0])
    motion.locations[:, hips] = way @ skeleton.rest[hips, :3, :3]
    return motion


def _times(a: FloatArray, b: FloatArray) -> FloatArray:
    """Hamilton's product once more, written out: the tests do not lean on what they test."""
    a, b = np.broadcast_arrays(a, b)
    w = a[..., :1] * b[..., :1] - np.sum(a[..., 1:] * b[..., 1:], axis=-1, keepdims=True)
    v = a[..., :1] * b[..., 1:] + b[..., :1] * a[..., 1:] + np.cross(a[..., 1:], b[..., 1:])
    return np.concatenate((w, v), axis=-1)


def limbs(one: Body) -> dict[Part, tuple[int, int]]:
    """Body parts with both their joints: bone, and the bone at the far end."""
    found = {}
    for part, bone in one.bones.items():
        role, place = part
        if role not in BODY or role is Role.HIPS:
            continue
        far = one.bones.get((role, place + 1)) if role in CHAINS else None
        following = NEXT.get(role)
        while far is None and following is not None:
            far = one.bones.get((following, 0))
            following = NEXT.get(following) if role in CHAINS else None
        if far is not None:
            found[part] = (bone, far)
    return found


def directions(one: Body, motion: Motion) -> dict[Part, FloatArray]:
    """(frames, 3) unit limb directions in the world."""
    places = forward(motion, space=motion.world).positions.astype(np.float64)
    result = {}
    for part, (near, far) in limbs(one).items():
        gap = places[:, far] - places[:, near]
        result[part] = gap / np.linalg.norm(gap, axis=-1, keepdims=True)
    return result


def degrees_between(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1)))


def places(one: Body, motion: Motion, role: Role) -> FloatArray:
    """(frames, 3) world places of a role's joint."""
    bone = one.bones[role, 0]
    return forward(motion, [bone], space=motion.world).positions[:, bone].astype(np.float64)


def leg_length(one: Body, motion: Motion) -> float:
    """Thigh plus shin in the world."""
    joints = [places(one, motion, role)[0] for role in leg(Side.LEFT)[:3]]
    return float(sum(np.linalg.norm(b - a) for a, b in pairwise(joints)))


def world_turned(motion: Motion, degrees: float) -> Motion:
    """The motion's object turned about the world's Z."""
    angle = np.radians(degrees)
    turn = np.eye(4)
    turn[:2, :2] = ((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle)))
    return replace(motion, world=turn @ motion.world)
