# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion as the checks see it, and the pair of them that is compared.

World space: metres, Z up. Lengths are compared at one size: thigh plus shin are 0.9 m (`SIZE`).
Orientations are *canonical*: a body part that stands as in the canonical pose (arms out, palms
down, legs down, facing -Y) has no turn, whatever the rig's own bone axes (see `canonical`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..canonical import Body, Part, Shared
from ..carry import Carry, Rested, correspondence
from ..contacts import LEG as SIZE
from ..contacts import in_contact, planted_height
from ..mapping.roles import Role, Side, arm, leg
from ..rotations import FloatArray, multiply, normalized, rotate
from ..skeleton import Motion, Pose, forward

_UNKNOWN_SOLE = 0.02
"""Height of a standing toe joint over the floor at `SIZE`, where the rest pose does not say."""
_SHORTEST = 0.005
"""Metres at `SIZE`: joints nearer than this mark no direction."""

_SHARING = frozenset(
    {Role.SPINE, Role.NECK} | {r for side in Side for r in (*arm(side)[1:3], *leg(side)[:2])}
)
"""Parts whose turn some rigs spread over several bones."""


@dataclass(frozen=True, eq=False)
class Take:
    """One motion of one body.

    pose       joints and bone orientations in the world, filled for the body's bones
    canonical  part -> the constant that turns a bone's orientation into its part's (see `carry`)
    rest       (bones, 3) joints at rest in the world of the first frame
    ground     world height of the floor under the armature object
    """

    body: Body
    motion: Motion
    pose: Pose
    canonical: Mapping[Part, FloatArray]
    rest: FloatArray
    ground: float

    @classmethod
    def of(cls, body: Body, motion: Motion, shared: Shared, ground: float | None = None) -> Take:
        """`ground` None: the height of the armature object's origin at its lowest."""
        pose = forward(motion, body.bones.values(), space=motion.world)
        world = motion.world if motion.world.ndim == 2 else motion.world[0]
        rest = body.skeleton.heads @ world[:3, :3].T + world[:3, 3]
        if ground is None:
            ground = float(np.min(motion.world[..., 2, 3]))
        return cls(body, motion, pose, Rested.of(body, shared).factors, rest, ground)

    def turned(self, turn: FloatArray) -> Take:
        """The same turned about its hips by world quaternions (frames, 4)."""
        turn = turn.astype(self.pose.orientations.dtype)[:, None]
        pivot = self.joint((Role.HIPS, 0))[:, None]
        places = pivot + rotate(turn, self.pose.positions - pivot)
        return replace(self, pose=Pose(multiply(turn, self.pose.orientations), places))

    @property
    def frames(self) -> int:
        return self.motion.frames

    @property
    def fps(self) -> float:
        return self.motion.fps

    def has(self, *roles: Role) -> bool:
        """Whether the body has all these roles."""
        return all((role, 0) in self.body.bones for role in roles)

    def joint(self, part: Part) -> FloatArray:
        """(frames, 3) where the part begins."""
        return self.pose.positions[:, self.body.bones[part]]

    def orientation(self, part: Part) -> FloatArray:
        """(frames, 4) canonical orientation of the part."""
        turn = self.pose.orientations[:, self.body.bones[part]]
        return multiply(turn, self.canonical[part].astype(turn.dtype))

    def basis(self, part: Part) -> FloatArray:
        """(frames, 4) the bone's own rotation against its rest, as it is keyed."""
        return self.motion.rotations[:, self.body.bones[part]]

    def name(self, part: Part) -> str:
        """The bone of the part."""
        return self.body.skeleton.names[self.body.bones[part]]

    @cached_property
    def leg_length(self) -> float:
        """Thigh plus shin in metres, in the pose; 0 without a leg."""
        lengths = [
            sum(_median_gap(self, a, b) for a, b in ((thigh, shin), (shin, foot)))
            for thigh, shin, foot in (leg(side)[:3] for side in Side)
            if self.has(thigh, shin, foot)
        ]
        return float(np.mean(lengths)) if lengths else 0.0

    @cached_property
    def arm_length(self) -> float:
        """Upper arm plus forearm in metres; 0 without an arm."""
        lengths = [
            sum(_median_gap(self, a, b) for a, b in ((upper, fore), (fore, hand)))
            for _, upper, fore, hand in (arm(side) for side in Side)
            if self.has(upper, fore, hand)
        ]
        return float(np.mean(lengths)) if lengths else 0.0

    @cached_property
    def size(self) -> float:
        """Metres of this world that are one metre at `SIZE`: by the legs, else by the height."""
        if self.leg_length > 0.0:
            return self.leg_length / SIZE
        bones = list(self.body.bones.values())
        return max(float(np.ptp(self.rest[bones, 2])), 1e-6) / 1.6


def _median_gap(take: Take, near: Role, far: Role) -> float:
    gap = take.joint((far, 0)) - take.joint((near, 0))
    return float(np.median(np.linalg.norm(gap, axis=-1)))


@dataclass(frozen=True, eq=False)
class Limb:
    """A stretch of the body that both rigs mark with a joint at either end.

    part, far              the target's part it begins with and the one at its far end
    source_part, source_far  the same of the source
    """

    part: Part
    far: Part
    source_part: Part
    source_far: Part


@dataclass(frozen=True)
class StripMove:
    """How the strip lies now, against when the motion was placed by it.

    shift   samples by which it plays later
    rate    its speed, 1 as then, 2 twice as fast; NaN when it has no one speed any more
    longer  seconds of the scene by which it is longer
    """

    shift: float
    rate: float
    longer: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """A source and what became of it, sampled at the same moments: sample i of both is one frame.

    source, target  the takes; beyond its own keys a motion stands still
    first           scene frame of sample 0
    keyed           first and last sample (may be fractional, may lie outside) of the target's keys
    in_place        the way through the room was left out on purpose
    upper_body      only torso, arms and head were meant to move
    shares_twist    the target spreads the turn of limbs and spine over several bones, so that the
                    one that is mapped tells where the part points, not how it is turned
    strip           how the strip lies now; None where there is none
    """

    source: Take
    target: Take
    first: int
    keyed: tuple[float, float]
    in_place: bool = False
    upper_body: bool = False
    shares_twist: bool = False
    strip: StripMove | None = None

    @property
    def frames(self) -> int:
        return self.target.frames

    @property
    def fps(self) -> float:
        return self.target.fps

    @cached_property
    def scale(self) -> float:
        """Target size through source size."""
        return self.target.size / self.source.size

    @cached_property
    def carries(self) -> dict[Part, Carry]:
        """Target's part -> the source's parts it stands for."""
        found = correspondence(self.source.body, self.target.body)
        return {carry.part: carry for carry in found}

    @cached_property
    def shared(self) -> tuple[tuple[Part, Part], ...]:
        """(target's part, source's part) pairs that follow each other one to one."""
        return tuple((c.part, c.low) for c in self.carries.values() if c.mix == 0.0)

    @property
    def turning(self) -> tuple[tuple[Part, Part], ...]:
        """Of these the pairs whose whole orientation can be compared."""
        if not self.shares_twist:
            return self.shared
        return tuple(pair for pair in self.shared if pair[0][0] not in _SHARING)

    @cached_property
    def limbs(self) -> tuple[Limb, ...]:
        """The limbs both rigs mark; a chain of other length counts as one piece."""
        found = []
        for part, mate in self.shared:
            role, place = part
            chain = role in (Role.SPINE, Role.NECK)
            uneven = len(self.source.body.chain(role)) != len(self.target.body.chain(role))
            if role is Role.HIPS or (chain and uneven and place > 0):
                continue
            if chain and uneven:
                ends = _chain_end(self.target.body, role), _chain_end(self.source.body, role)
                if ends[0] and ends[1]:
                    found.append(Limb(part, ends[0], mate, ends[1]))
                continue
            ends = _far_end(self.target.body, part), _far_end(self.source.body, mate)
            if ends[0] and ends[1] and ends[0][0] is ends[1][0]:
                found.append(Limb(part, ends[0], mate, ends[1]))
        return tuple(found)

    def both(self, *roles: Role) -> bool:
        """Whether source and target have all these roles."""
        return self.source.has(*roles) and self.target.has(*roles)

    @cached_property
    def directions(self) -> dict[Part, tuple[FloatArray, FloatArray]]:
        """Target's part -> unit directions (frames, 3) of target and source, world."""
        found = {}
        for limb in self.limbs:
            ours = self.target.joint(limb.far) - self.target.joint(limb.part)
            theirs = self.source.joint(limb.source_far) - self.source.joint(limb.source_part)
            if _is_long(ours, self.target.size) and _is_long(theirs, self.source.size):
                found[limb.part] = normalized(ours), normalized(theirs)
        return found

    @cached_property
    def standing(self) -> dict[Side, Part]:
        """The joint each leg stands on: the toe where both rigs have one, else the ankle."""
        found = {}
        for side in Side:
            thigh, shin, foot, toe = leg(side)
            if self.both(thigh, shin, foot):
                found[side] = (toe if self.both(toe) else foot, 0)
        return found

    @cached_property
    def source_floor(self) -> float:
        """World height of the source's standing joints, found from its motion."""
        paths = [self.source.joint(part) for part in self.standing.values()]
        return planted_height(paths, self.fps, self.source.leg_length) if paths else 0.0

    @cached_property
    def target_floor(self) -> float:
        """World height at which the target's standing joints should be: as at rest over the ground.

        A rig whose feet do not rest at its origin (BVH hips at zero) tells nothing: a usual sole.
        """
        bones = [self.target.body.bones[part] for part in self.standing.values()]
        if not bones:
            return self.target.ground
        world = self.target.motion.world
        origin = float(world[2, 3] if world.ndim == 2 else world[0, 2, 3])
        over = float(np.mean(self.target.rest[bones, 2])) - origin
        if not -0.02 < over / self.target.leg_length < 0.25:
            over = _UNKNOWN_SOLE * self.target.size
        return self.target.ground + over

    @cached_property
    def contacts(self) -> dict[Side, NDArray[np.bool_]]:
        """(frames,) True while the source's foot stands."""
        return {
            side: in_contact(
                self.source.joint(part), self.fps, self.source.leg_length, self.source_floor
            )
            for side, part in self.standing.items()
        }


def _is_long(gap: FloatArray, size: float) -> bool:
    """Whether two joints are apart: some files put neighbours into one place."""
    return bool(np.median(np.linalg.norm(gap, axis=-1)) > _SHORTEST * size)


def _chain_end(body: Body, role: Role) -> Part | None:
    return _far_end(body, (role, len(body.chain(role)) - 1))


def _far_end(body: Body, part: Part) -> Part | None:
    bone = body.next_bone(part)
    if bone is None:
        return None
    return next(other for other, at in body.bones.items() if at == bone)
