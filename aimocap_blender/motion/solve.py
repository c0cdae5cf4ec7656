# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion of one humanoid solved onto another: the whole retarget in named steps.

    1  source pose in the world                       skeleton.forward
    2  rotations carried through the canonical pose   carry.carried
    3  hips path scaled by the leg lengths            _root_path
    4  contacts, soles, floor, leg IK                 feet
    5  basis channels of the target's own bones       figure.to_channels

World space throughout: metres (or whatever the scene calls one unit), Z up. The target stands where
its armature object stands; limbs point in the world where the source's limbs point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import AimocapError
from .canonical import FRONT, Body, Part, Shared
from .carry import Carry, Rested, carried, correspondence, loose_limbs
from .controls import Controls, control_channels
from .feet import Stance, Step, ease_pelvis, find_steps, floor_shift, plant, sunken
from .figure import Channels, Figure, joint_paths, to_channels
from .mapping.roles import UPPER_BODY, Role, Side, leg
from .options import RetargetOptions
from .rotations import FloatArray, conjugate, multiply, rotate
from .skeleton import Motion, Pose, at_rest, forward

HIPS: Part = (Role.HIPS, 0)
_TRAVEL_SECONDS = 1.0


class CannotRetarget(AimocapError):
    """A motion can not be carried onto a rig; the sentence says why."""


@dataclass(frozen=True, eq=False)
class Solution:
    """What a retarget gives.

    channels     basis rotations and locations of the target's bones
    object_path  (frames, 3) world places of the armature object when it travels, else None
    steps        contacts by side, empty with the feet off
    scale        target size through source size, world units
    """

    channels: Channels
    object_path: FloatArray | None
    steps: dict[Side, Step]
    scale: float


def solve(
    source: Body,
    motion: Motion,
    target: Body,
    held: Motion,
    options: RetargetOptions,
    controls: Controls | None = None,
) -> Solution:
    """Carry `motion` on `source` over to `target`.

    motion  of the source, sampled at the rate wanted; `motion.world` leads to the world, its
            origin is the spot that becomes the target object's place
    held    one frame of the target: the pose that bones outside the map keep, and in `held.world`
            where its armature object stands
    controls  what is keyed where the target is animated by controls; `target` is then the body of
            its deform bones
    """
    shared = Shared.of(source, target, level_feet=options.feet_on and not options.upper_body)
    pose = forward(motion, source.bones.values(), space=motion.world)
    ours, theirs = Rested.of(target, shared), Rested.of(source, shared)
    carries = correspondence(source, target)
    if options.upper_body:
        carries = [carry for carry in carries if carry.part[0] in UPPER_BODY]
    figure = Figure.of(target, _cleared(held, target, [carry.part for carry in carries], controls))
    if not carries:
        raise CannotRetarget("The two rigs have no part of the body in common.")
    if options.upper_body:
        return _solve_upper_body(theirs, ours, figure, motion, pose, carries, controls)
    loose = loose_limbs(theirs, motion)
    orientations = carried(theirs, ours, pose, carries, loose)
    stance = Stance.of(source, figure, pose, shared, motion.fps)
    scale = stance.scale if stance is not None else _height_scale(source, figure, pose)
    if HIPS not in orientations:
        channels = _channels(figure, controls, orientations, None, motion.fps)
        return Solution(channels, None, {}, scale)
    root = _root_path(source, figure, pose, scale)
    steps: dict[Side, Step] = {}
    if stance is not None:
        steps = find_steps(source, pose, stance, motion.fps)
        root = _stand(figure, ours, stance, steps, orientations, root, options, motion.fps)
    object_path, root = _travel(figure, root, motion.fps, options)
    channels = _channels(figure, controls, orientations, root, motion.fps, object_path)
    return Solution(channels, object_path, steps if options.feet_on else {}, scale)


def _cleared(held: Motion, target: Body, parts: list[Part], controls: Controls | None) -> Motion:
    """The held pose with what will be keyed at rest: the result must not hang on the pose of now.

    Locations stay, but for the hips': those of other bones are not keyed and keep their effect.
    Deform bones of a rig with controls may hang on controls, which are cleared likewise.
    """
    turned = [target.bones[part] for part in parts]
    moved = [target.bones[HIPS]] if HIPS in parts else []
    if controls is not None:
        names = controls.skeleton.names
        keyed = [names[controls.bones[part]] for part in controls.keyed(parts)]
        turned += [target.skeleton.index(name) for name in keyed]
        if HIPS in parts:
            moved.append(target.skeleton.index(names[controls.bones[controls.carrier]]))
    return at_rest(held, turned, moved)


def _root_path(source: Body, figure: Figure, pose: Pose, scale: float) -> FloatArray:
    """(frames, 3) the hips' path: the source's, scaled, from the target object's place."""
    path = pose.positions[:, source.bones[HIPS]]
    dtype = path.dtype.type
    return path * dtype(scale) + figure.base.place.astype(path.dtype)


def _height_scale(source: Body, figure: Figure, pose: Pose) -> float:
    """Target size through source size where no legs tell: by the extent of the rest poses."""
    theirs = source.height * float(np.mean(_world_scale(source, pose)))
    return figure.body.height * float(figure.base.scale[0]) / theirs


def _world_scale(source: Body, pose: Pose) -> FloatArray:
    """World length of the longest rest bone over its armature length, from the first frame."""
    skeleton = source.skeleton
    bones = [b for b in source.bones.values() if int(skeleton.parents[b]) in source.bones.values()]
    gaps = [np.linalg.norm(source.heads[b] - source.heads[skeleton.parents[b]]) for b in bones]
    if not bones or max(gaps) <= 0.0:
        return np.ones(1)
    bone = bones[int(np.argmax(gaps))]
    world = pose.positions[0, bone] - pose.positions[0, skeleton.parents[bone]]
    return np.array([np.linalg.norm(world) / max(gaps)])


def _stand(
    figure: Figure,
    ours: Rested,
    stance: Stance,
    steps: dict[Side, Step],
    orientations: dict[Part, FloatArray],
    root: FloatArray,
    options: RetargetOptions,
    fps: float,
) -> FloatArray:
    """Put the motion on the floor and, with the feet on, plant the feet; the hips' new path."""
    raised = root + np.array(
        (0.0, 0.0, floor_shift(figure, stance, steps, orientations, root)), dtype=root.dtype
    )
    if options.feet_on:
        fronts = {
            (leg(side)[0], 0): rotate(ours.factors[leg(side)[0], 0], FRONT) for side in stance.sides
        }
        raised = ease_pelvis(figure, stance, steps, orientations, raised, fps)
        planted = plant(figure, stance, steps, orientations, raised, fronts, fps)
        more = sunken(figure, stance, steps, {**orientations, **planted}, raised, fps)
        if more is not None:
            raised[:, 2] += more.astype(raised.dtype)
            planted = plant(figure, stance, steps, orientations, raised, fronts, fps)
        orientations.update(planted)
    return raised


def _travel(
    figure: Figure, root: FloatArray, fps: float, options: RetargetOptions
) -> tuple[FloatArray | None, FloatArray]:
    """Who goes through the room: (path of the armature object or None, path of the hips)."""
    if options.in_place:
        way = _smoothed(root[:, :2] - root[:1, :2], fps)
        stay = root.copy()
        stay[:, :2] -= way.astype(root.dtype)
        return None, stay
    if options.root == "object":
        path = np.broadcast_to(figure.base.place, root.shape).astype(root.dtype)
        path = path.copy()
        path[:, :2] += root[:, :2] - figure.base.place[:2].astype(root.dtype)
        return path, root
    return None, root


def _smoothed(way: FloatArray, fps: float) -> FloatArray:
    """A path (frames, 2) averaged over a second: the way without the sway of the steps."""
    half = min(round(_TRAVEL_SECONDS * fps / 2.0), (len(way) - 1) // 2)
    if half < 1:
        return way
    ahead = 2.0 * way[-1] - way[-2 : -half - 2 : -1]
    behind = 2.0 * way[0] - way[half:0:-1]
    padded = np.concatenate((behind, way, ahead)).astype(np.float64)
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in (0, 1)], axis=-1)


def _channels(
    figure: Figure,
    controls: Controls | None,
    orientations: dict[Part, FloatArray],
    root: FloatArray | None,
    fps: float,
    object_path: FloatArray | None = None,
) -> Channels:
    """What is to be keyed: of the controls where there are some, else of the bones themselves.

    Beside the hips, limbs that the rig's parents do not carry along get locations.
    """
    if controls is not None:
        return control_channels(controls, figure, orientations, root, fps, object_path)
    places: dict[Part, FloatArray] = {}
    if root is not None:
        loose = [part for part in orientations if part != HIPS and figure.is_detached(part)]
        paths = joint_paths(figure, orientations, root, loose)
        places = {HIPS: root, **{part: paths[part] for part in loose}}
    return to_channels(figure, orientations, places, fps, object_path)


def _solve_upper_body(
    theirs: Rested,
    ours: Rested,
    figure: Figure,
    motion: Motion,
    pose: Pose,
    carries: list[Carry],
    controls: Controls | None,
) -> Solution:
    """Torso, arms and head, relative to the hips the target has."""
    source = theirs.body
    loose = loose_limbs(theirs, motion)
    orientations = carried(theirs, ours, pose, carries, loose)
    if HIPS in source.bones and HIPS in figure.body.bones:
        seen = pose.orientations[:, source.bones[HIPS]]
        moving = multiply(seen, theirs.factors[HIPS].astype(seen.dtype))
        held = figure.pose.orientations[0, figure.body.bones[HIPS]]
        still = multiply(held, ours.factors[HIPS])
        turn = multiply(still.astype(seen.dtype), conjugate(moving))
        orientations = {part: multiply(turn, q) for part, q in orientations.items()}
    channels = _channels(figure, controls, orientations, None, motion.fps)
    return Solution(channels, None, {}, 1.0)
