# SPDX-License-Identifier: GPL-3.0-or-later
"""The target as joints hanging on joints: what stays rigid between mapped bones, and back to keys.

Bones between two mapped bones (twist halves, helpers) and bones outside the map keep the pose
they are in; so every mapped joint hangs at a fixed offset on the mapped bone above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from .canonical import Body, Part
from .mapping.roles import Role
from .rotations import FloatArray, conjugate, from_matrix, multiply, rotate
from .skeleton import (
    Motion,
    Placement,
    Pose,
    Skeleton,
    empty_track,
    forward,
    local_rest,
    rest_quaternions,
)


@dataclass(frozen=True, eq=False)
class Figure:
    """The target in the world, before anything moves.

    held    one frame: the pose unmapped bones keep (basis rotations and locations)
    pose    `held` in the world, one frame
    base    the armature object's place, turn and scale
    """

    body: Body
    held: Motion
    pose: Pose
    base: Placement

    @classmethod
    def of(cls, body: Body, held: Motion) -> Figure:
        pose = forward(held, space=held.world)
        return cls(body, held, pose, Placement.of(held.world))

    def offset(self, part: Part, above: int) -> FloatArray:
        """(3,) from the head of bone `above` to the head of `part`, in the axes of `above`."""
        bone = self.body.bones[part]
        gap = self.pose.positions[0, bone] - self.pose.positions[0, above]
        return rotate(conjugate(self.pose.orientations[0, above]), gap)

    def is_detached(self, part: Part) -> bool:
        """True when the rig's parents do not carry the part along with the part it hangs on."""
        above = self.body.above(part)
        return above is not None and not self.body.skeleton.descends(self.body.bones[part], above)

    def leg_length(self, roles: tuple[Role, Role, Role]) -> float:
        """Thigh plus shin in world units; `roles` are thigh, shin and foot."""
        joints = [self.pose.positions[0, self.body.bones[role, 0]] for role in roles]
        return float(sum(np.linalg.norm(b - a) for a, b in pairwise(joints)))


def joint_paths(
    figure: Figure, orientations: Mapping[Part, FloatArray], root: FloatArray, wanted: list[Part]
) -> dict[Part, FloatArray]:
    """World positions (frames, 3) of `wanted` parts, with the hips at `root` (frames, 3)."""
    body = figure.body
    by_bone = {bone: part for part, bone in body.bones.items()}
    paths: dict[Part, FloatArray] = {(Role.HIPS, 0): root}

    def path(part: Part) -> FloatArray:
        if part not in paths:
            above = body.above(part)
            bone = body.bones[part]
            if above is None or by_bone[above] not in orientations:
                paths[part] = np.broadcast_to(
                    figure.pose.positions[0, bone].astype(root.dtype), root.shape
                )
            else:
                holder = by_bone[above]
                offset = figure.offset(part, above).astype(root.dtype)
                paths[part] = path(holder) + rotate(orientations[holder], offset)
        return paths[part]

    for part in wanted:
        path(part)
    return paths


@dataclass(frozen=True, eq=False)
class Channels:
    """What is to be keyed on the target: basis rotations and locations.

    motion   the whole motion; rows outside `turned` and `moved` hold the pose that is kept
    turned   bones with rotations of their own
    moved    bones with locations of their own
    """

    motion: Motion
    turned: tuple[int, ...]
    moved: tuple[int, ...]


def to_channels(
    figure: Figure,
    orientations: Mapping[Part, FloatArray],
    places: Mapping[Part, FloatArray],
    fps: float,
    base_place: FloatArray | None = None,
) -> Channels:
    """World orientations (and places of some parts) as basis channels of the rig's own bones.

    In parent order: basis = (parent's orientation * local rest)^-1 * orientation wanted, and for
    the parts in `places` the location that brings the bone's head there.

    base_place  (frames, 3) where the armature object stands when it travels; None: where it is
    """
    skeleton = figure.body.skeleton
    sample = next(iter(orientations.values()))
    dtype = sample.dtype
    part_of = {figure.body.bones[part]: part for part in orientations}
    located = set(skeleton.ancestry(figure.body.bones[part] for part in places).tolist())
    sockets = _Sockets.of(figure, dtype, base_place)
    track = _held(figure.held, len(sample), dtype)
    for bone in skeleton.ancestry(part_of):
        part = part_of.get(int(bone))
        if bone in located:
            wanted = places.get(part) if part is not None else None
            if wanted is not None:
                track.locations[:, bone] = sockets.location_for(bone, wanted)
            sockets.place(bone, wanted, figure.held.locations[0, bone].astype(dtype))
        if part is None:
            sockets.turn(bone, figure.held.rotations[0, bone].astype(dtype))
        else:
            track.rotations[:, bone] = sockets.rotation_for(bone, orientations[part])
    moved = tuple(sorted(figure.body.bones[part] for part in places))
    motion = Motion(skeleton, fps, track.rotations, track.locations, figure.held.world)
    return Channels(motion, tuple(sorted(part_of)), moved)


def _held(held: Motion, frames: int, dtype: DTypeLike) -> Motion:
    """The held pose over all frames, to be written into."""
    count = len(held.skeleton.names)
    rotations, locations = (empty_track(frames, count, width, dtype) for width in (4, 3))
    # Filled in the order of memory, one bone's component after the other.
    np.moveaxis(rotations, 0, -1)[...] = held.rotations[0][..., None]
    np.moveaxis(locations, 0, -1)[...] = held.locations[0][..., None]
    return Motion(held.skeleton, held.fps, rotations, locations, held.world)


@dataclass(frozen=True, eq=False)
class _Sockets:
    """World turns and places of the bones done so far: what the next bone is relative to."""

    skeleton: Skeleton
    base: Placement
    local_turns: FloatArray
    local_offsets: FloatArray
    rest: FloatArray
    turns: dict[int, FloatArray]
    places: dict[int, FloatArray]

    @classmethod
    def of(cls, figure: Figure, dtype: DTypeLike, base_place: FloatArray | None) -> _Sockets:
        skeleton = figure.body.skeleton
        local = local_rest(skeleton)
        base = Placement.of(figure.held.world, dtype)
        if base_place is not None:
            base = Placement(base.turn, base_place.astype(dtype), base.scale)
        rest = multiply(base.turn, rest_quaternions(skeleton).astype(dtype))
        turns = from_matrix(local[:, :3, :3]).astype(dtype)
        return cls(skeleton, base, turns, local[:, :3, 3].astype(dtype), rest, {}, {})

    def _above(self, bone: int) -> tuple[FloatArray, FloatArray]:
        parent = int(self.skeleton.parents[bone])
        if parent < 0:
            return self.base.turn, self.base.place
        return self.turns[parent], self.places.get(parent, self.base.place)

    def _socket(self, bone: int) -> FloatArray:
        parent, above = int(self.skeleton.parents[bone]), self._above(bone)[0]
        if parent >= 0 and self.skeleton.hinges is not None and self.skeleton.hinges[bone]:
            above = self.rest[parent]
        return multiply(above, self.local_turns[bone])

    def turn(self, bone: int, basis: FloatArray) -> None:
        """Note where a bone with a fixed basis rotation (4,) points."""
        self.turns[bone] = multiply(self._socket(bone), basis)

    def rotation_for(self, bone: int, orientation: FloatArray) -> FloatArray:
        """The basis rotation that gives `orientation`, which is noted."""
        self.turns[bone] = orientation
        return multiply(conjugate(self._socket(bone)), orientation)

    def place(self, bone: int, wanted: FloatArray | None, location: FloatArray) -> None:
        """Note where a bone's head is: `wanted`, else what its fixed basis location gives."""
        above, origin = self._above(bone)
        inside = self.local_offsets[bone] + rotate(self.local_turns[bone], location)
        given = origin + rotate(above, inside * self.base.scale)
        self.places[bone] = given if wanted is None else wanted

    def location_for(self, bone: int, wanted: FloatArray) -> FloatArray:
        """The basis location that brings the bone's head to `wanted` (frames, 3)."""
        above, origin = self._above(bone)
        inside = rotate(conjugate(above), wanted - origin) / self.base.scale
        return rotate(conjugate(self.local_turns[bone]), inside - self.local_offsets[bone])
