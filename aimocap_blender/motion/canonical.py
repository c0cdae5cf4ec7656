# SPDX-License-Identifier: GPL-3.0-or-later
"""The canonical rest pose: what makes two rigs comparable however they stand at rest.

A rig may rest in a T or an A pose, arms down, knees bent, with any bone axes and rolls. Here every
mapped bone is given the turn that carries its limb from the rig's rest pose into one pose all
rigs share: standing, arms out to the sides, palms down, legs straight down, feet forward. Limb
directions (joint head to next joint head) decide it; bone axes and rolls are never looked at.

*Canonical space* has the character's left along +X, its back along +Y and its top along +Z.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .mapping.labels import Labelling
from .mapping.roles import ABOVE, CHAINS, FINGER_NAMES, NEXT, Role, Side, arm, finger, leg
from .mapping.roles import metacarpal as metacarpal_role
from .rotations import FloatArray, between, from_axes, from_matrix, multiply, normalized, rotate
from .skeleton import Skeleton

LEFT = np.array((1.0, 0.0, 0.0))
FRONT = np.array((0.0, -1.0, 0.0))
UP = np.array((0.0, 0.0, 1.0))
DOWN = -UP

_SHORTEST_PELVIS = 0.08
"""Hips closer to the spine than this part of the torso give no direction: some files put both
joints in one place."""

_STEEP_FOOT = 0.85
"""A foot whose rest direction goes down by more than this (sine) does not stand on the ground."""

_THUMB_OUT = normalized(LEFT + FRONT)
"""The left thumb of the canonical pose: half way between the fingers and the front."""

_MOST_LEAN, _MOST_TURN = np.radians(20.0), np.radians(5.0)
"""A rest pose that leans or turns less than this out of the armature's axes stands straight: the
line through its joints is not its plumb line."""

Part = tuple[Role, int]
"""A role and the place in its chain (0 for roles that are one bone)."""


@dataclass(frozen=True, eq=False)
class Body:
    """A labelled skeleton in canonical space.

    bones  part -> bone index
    axes   (3, 3) columns left, back, up in armature space: canonical -> armature
    heads  (bones, 3) joints at rest, canonical space, armature units
    """

    skeleton: Skeleton
    bones: Mapping[Part, int]
    axes: FloatArray
    heads: FloatArray
    _chains: Mapping[Role, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        chains: dict[Role, tuple[int, ...]] = {}
        for (role, _), bone in self.bones.items():
            chains[role] = (*chains.get(role, ()), bone)
        object.__setattr__(self, "_chains", chains)

    @classmethod
    def of(cls, labelling: Labelling) -> Body:
        skeleton = labelling.skeleton
        index = {name: bone for bone, name in enumerate(skeleton.names)}
        bones = {
            (role, place): index[name]
            for role in Role
            for place, name in enumerate(labelling.bones(role))
        }
        up = _squared(np.asarray(labelling.up, dtype=np.float64), _MOST_LEAN)
        side = np.asarray(labelling.left, dtype=np.float64)
        left = _squared(side - np.dot(side, up) * up, _MOST_TURN)
        axes = np.stack((left, np.cross(up, left), up), axis=-1)
        return cls(skeleton, bones, axes, skeleton.heads.astype(np.float64) @ axes)

    def bone(self, role: Role, place: int = 0) -> int | None:
        """The bone of a part, or None."""
        return self.bones.get((role, place))

    def chain(self, role: Role) -> tuple[int, ...]:
        """The bones of a role, bottom to top."""
        return self._chains.get(role, ())

    def next_bone(self, part: Part) -> int | None:
        """The bone whose head is the far end of a part; None when nothing marks it."""
        role, place = part
        if (role, place + 1) in self.bones:
            return self.bones[role, place + 1]
        following = Role.SPINE if role is Role.HIPS else NEXT.get(role)
        while following is not None and (following, 0) not in self.bones:
            following = NEXT.get(following) if role in CHAINS or role is Role.HIPS else None
        return None if following is None else self.bones[following, 0]

    def next_joint(self, part: Part) -> FloatArray | None:
        """(3,) the joint at the far end of a part, canonical space; None when nothing marks it."""
        bone = self.next_bone(part)
        return None if bone is None else self.heads[bone]

    def direction(self, part: Part) -> FloatArray | None:
        """(3,) unit limb direction of a part at rest, canonical space, or None."""
        bone, far = self.bones.get(part), self.next_joint(part)
        if bone is None or far is None:
            return None
        return _direction(self.heads[bone], far, self.height)

    def knuckles(self, side: Side) -> tuple[FloatArray, FloatArray] | None:
        """Hand direction and the direction from index to little finger, or None.

        Needs the first joints of two fingers beside the thumb.
        """
        hand = self.bone(arm(side)[3])
        joints = [self.bone(finger(side, name)[0]) for name in FINGER_NAMES[1:]]
        found = [self.heads[joint] for joint in joints if joint is not None]
        if hand is None or len(found) < 2:
            return None
        along = _direction(self.heads[hand], np.mean(found, axis=0), self.height)
        across = _direction(found[0], found[-1], self.height)
        if along is None or across is None or abs(np.dot(along, across)) > 0.95:
            return None
        return along, across

    def tip(self, part: Part) -> FloatArray | None:
        """(3,) unit direction of a last joint towards the one bone that hangs on it, or None."""
        bone = self.bones.get(part)
        if bone is None:
            return None
        children = np.flatnonzero(self.skeleton.parents == bone)
        if len(children) != 1:
            return None
        return _direction(self.heads[bone], self.heads[children[0]], self.height)

    @property
    def height(self) -> float:
        """The extent of the joints from bottom to top, armature units."""
        return float(np.ptp(self.heads[:, 2])) or 1.0

    def above(self, part: Part) -> int | None:
        """The mapped bone the part hangs on: by the rig's parents, else by the body's build."""
        mapped = set(self.bones.values())
        parent = int(self.skeleton.parents[self.bones[part]])
        while parent >= 0 and parent not in mapped:
            parent = int(self.skeleton.parents[parent])
        if parent >= 0:
            return parent
        role, place = part
        if place > 0:
            return self.bones[role, place - 1]
        higher = ABOVE.get(role)
        while higher is not None:
            if chain := self.chain(higher):
                return chain[-1]
            higher = ABOVE.get(higher)
        return None


@dataclass(frozen=True)
class Shared:
    """What both rigs mark: a direction is only compensated where both sides have it.

    palms  hands whose knuckles give a palm
    toes   feet with a toe joint
    tips   last joints with an end bone
    soles  feet that are carried by their soles instead of the line from ankle to toe: ankles stand
           at different heights over the soles, a foot copied by that line stands on its heel or
           its tip. Only where the rest pose shows a foot on the ground.
    pelvis True when the hips are apart from the first spine joint
    """

    palms: frozenset[Side]
    toes: frozenset[Side]
    tips: frozenset[Role]
    soles: frozenset[Side]
    pelvis: bool

    @classmethod
    def of(cls, one: Body, other: Body, *, level_feet: bool = False) -> Shared:
        bodies = (one, other)
        fingertips = [finger(side, name)[-1] for side in Side for name in FINGER_NAMES]
        return cls(
            frozenset(side for side in Side if all(body.knuckles(side) for body in bodies)),
            frozenset(
                side for side in Side if all(body.bone(leg(side)[3]) is not None for body in bodies)
            ),
            frozenset(
                role for role in fingertips if all(b.tip((role, 0)) is not None for b in bodies)
            ),
            frozenset(
                side for side in Side if level_feet and all(_has_sole(b, side) for b in bodies)
            ),
            all(_has_pelvis(body) for body in bodies),
        )


def canonical_turns(body: Body, shared: Shared) -> dict[Part, FloatArray]:
    """The quaternion of every part, canonical space: from the rest into the canonical pose.

    Torso and feet are carried with a known second direction (the character's left, its top);
    arms, legs and fingers by the shortest turns, the upper part first: forearm after upper arm,
    shin after thigh, fingers after the hand.
    """
    turns: dict[Part, FloatArray] = {}
    _pose_torso(body, shared, turns)
    for side in Side:
        _pose_leg(body, shared, side, turns)
        _pose_arm(body, shared, side, turns)
        _pose_fingers(body, shared, side, turns)
    return turns


def _pose_torso(body: Body, shared: Shared, turns: dict[Part, FloatArray]) -> None:
    for part in body.bones:
        if part[0] in (Role.SPINE, Role.NECK):
            turns[part] = _framed(body.direction(part), LEFT, UP, LEFT)
    hips = (Role.HIPS, 0)
    if hips in body.bones:
        turns[hips] = _framed(body.direction(hips) if shared.pelvis else None, LEFT, UP, LEFT)
    if (Role.HEAD, 0) in body.bones:
        turns[Role.HEAD, 0] = _framed(None, LEFT, UP, LEFT)


def _pose_leg(body: Body, shared: Shared, side: Side, turns: dict[Part, FloatArray]) -> None:
    thigh, shin, foot, toe = leg(side)
    carried = _swing(body, (thigh, 0), DOWN, None, turns)
    _swing(body, (shin, 0), DOWN, carried, turns)
    direction = body.direction((foot, 0)) if side in shared.toes else None
    steep = direction is not None and abs(direction[2]) > _STEEP_FOOT
    level = None if direction is None or steep else normalized(direction * (1.0, 1.0, 0.0))
    if (foot, 0) in body.bones:
        along = level if side in shared.soles else direction
        beside = LEFT if steep else UP
        turns[foot, 0] = _framed(along, beside, FRONT, beside)
    if (toe, 0) in body.bones:
        turns[toe, 0] = turns[foot, 0] if steep else _framed(level, UP, FRONT, UP)


def _pose_arm(body: Body, shared: Shared, side: Side, turns: dict[Part, FloatArray]) -> None:
    clavicle, upper, fore, hand = arm(side)
    out = LEFT if side is Side.LEFT else -LEFT
    if (clavicle, 0) in body.bones:
        turns[clavicle, 0] = _framed(body.direction((clavicle, 0)), UP, out, UP)
    carried = _swing(body, (upper, 0), out, None, turns)
    carried = _swing(body, (fore, 0), out, carried, turns)
    if (hand, 0) not in body.bones:
        return
    turns[hand, 0] = carried
    knuckles = body.knuckles(side)
    if side in shared.palms and knuckles is not None:
        along, across = knuckles
        back = np.cross(along, across) * (1.0 if side is Side.LEFT else -1.0)
        turns[hand, 0] = _framed(along, back, out, UP)


def _pose_fingers(body: Body, shared: Shared, side: Side, turns: dict[Part, FloatArray]) -> None:
    hand = turns.get((arm(side)[3], 0))
    out = LEFT if side is Side.LEFT else -LEFT
    for name in FINGER_NAMES:
        straight = _THUMB_OUT * ((1.0, 1.0, 1.0) if side is Side.LEFT else (-1.0, 1.0, 1.0))
        target = straight if name == "thumb" else out
        carried = hand
        palm = metacarpal_role(side, name)
        for role in (*((palm,) if palm else ()), *finger(side, name)):
            if (role, 0) in body.bones:
                direction = body.tip((role, 0)) if role in shared.tips else None
                carried = _swing(body, (role, 0), target, carried, turns, direction)


def _swing(
    body: Body,
    part: Part,
    target: FloatArray,
    carried: FloatArray | None,
    turns: dict[Part, FloatArray],
    direction: FloatArray | None = None,
) -> FloatArray:
    """Turn a part onto `target` by the shortest way, after the turn `carried` of the part above."""
    before = np.array((1.0, 0.0, 0.0, 0.0)) if carried is None else carried
    if part not in body.bones:
        return before
    direction = body.direction(part) if direction is None else direction
    if direction is None:
        turns[part] = before
    else:
        turns[part] = multiply(between(rotate(before, direction), target), before)
    return turns[part]


def _framed(
    direction: FloatArray | None, second: FloatArray, target: FloatArray, target_second: FloatArray
) -> FloatArray:
    """The turn that carries `direction` onto `target` and `second` as near as can be.

    Without a direction the part rests as the canonical pose has it: no turn. Where both point the
    same way the second says nothing: the shortest turn.
    """
    if direction is None:
        return np.array((1.0, 0.0, 0.0, 0.0))
    if abs(np.dot(direction, normalized(second))) > 0.985:
        return between(direction, target)
    return from_matrix(from_axes(target, target_second) @ from_axes(direction, second).T)


def _squared(direction: FloatArray, tolerance: float) -> FloatArray:
    """The unit vector, along an axis where it is within `tolerance` (radians) of one."""
    unit = normalized(direction)
    axis = int(np.argmax(np.abs(unit)))
    if abs(unit[axis]) < np.cos(tolerance):
        return unit
    squared: FloatArray = np.eye(3)[axis] * np.sign(unit[axis])
    return squared


def _direction(start: FloatArray, end: FloatArray, height: float) -> FloatArray | None:
    """Unit vector between two joints; None when they coincide (under 1/2000 of the height)."""
    gap = end - start
    length = float(np.linalg.norm(gap))
    return gap / length if length > height / 2000.0 else None


def _has_sole(body: Body, side: Side) -> bool:
    """True when the foot rests on the ground, more or less."""
    direction = body.direction((leg(side)[2], 0))
    return direction is not None and abs(float(direction[2])) <= _STEEP_FOOT


def _has_pelvis(body: Body) -> bool:
    """True when the hips joint stands clearly apart from the first joint of the spine."""
    hips, far = body.bone(Role.HIPS), body.next_joint((Role.HIPS, 0))
    chest = body.chain(Role.SPINE) + body.chain(Role.NECK) + body.chain(Role.HEAD)
    if hips is None or far is None or not chest:
        return False
    torso = np.linalg.norm(body.heads[chest[-1]] - body.heads[hips])
    return bool(np.linalg.norm(far - body.heads[hips]) > _SHORTEST_PELVIS * torso)
