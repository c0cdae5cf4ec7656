# SPDX-License-Identifier: GPL-3.0-or-later
"""A skeleton at rest, a motion on it, and forward kinematics between the two.

Spaces: *armature space* is the space of the armature object (Blender's `bone.matrix_local`);
*world* is Z up, metres, what `Motion.world` leads to. *Basis* is Blender's pose channel: the
rotation and location of a bone relative to its rest pose, in the bone's own rest axes
(bone direction = +Y). Knows nothing of bone names' meaning (see `mapping`) or of Blender.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .rotations import IDENTITY, FloatArray, from_matrix, multiply, rotate, to_matrix


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Bones in an order in which parents come before their children.

    names    (bones,) unique bone names
    parents  (bones,) index of the parent bone, -1 for a root
    rest     (bones, 4, 4) rest matrix of every bone, armature space, no scale in it
    lengths  (bones,) head to tail, armature units
    hinges   (bones,) True where a bone takes its parent's place but not its turn (Blender's
             "Inherit Rotation" is off); None when every bone inherits
    """

    names: tuple[str, ...]
    parents: NDArray[np.intp]
    rest: FloatArray
    lengths: FloatArray
    hinges: NDArray[np.bool_] | None = None

    @property
    def heads(self) -> FloatArray:
        """(bones, 3) joint positions at rest, armature space."""
        return self.rest[:, :3, 3]

    @property
    def tails(self) -> FloatArray:
        """(bones, 3) bone ends at rest, armature space."""
        return self.heads + self.rest[:, :3, 1] * self.lengths[:, None]

    def index(self, name: str) -> int:
        """Position of the bone called `name`; ValueError when there is none."""
        return self.names.index(name)

    def ancestry(self, bones: Iterable[int]) -> NDArray[np.intp]:
        """The given bones and all they hang on, in bone order."""
        wanted: set[int] = set()
        for start in bones:
            bone = int(start)
            while bone >= 0 and bone not in wanted:
                wanted.add(bone)
                bone = int(self.parents[bone])
        return np.array(sorted(wanted), dtype=np.intp)

    def descends(self, bone: int, ancestor: int) -> bool:
        """True when `ancestor` stands above `bone` (or is it)."""
        while bone >= 0 and bone != ancestor:
            bone = int(self.parents[bone])
        return bone == ancestor


@dataclass(frozen=True, eq=False)
class Motion:
    """A motion sampled at a constant rate.

    fps        samples per second
    rotations  (frames, bones, 4) basis rotations, quaternions w x y z
    locations  (frames, bones, 3) basis locations, armature units
    world      (4, 4) or (frames, 4, 4) armature space -> world (Z up, metres); may hold one
               uniform scale (0.01 and 100 are common) and the root motion of the object
    """

    skeleton: Skeleton
    fps: float
    rotations: FloatArray
    locations: FloatArray
    world: FloatArray

    @property
    def frames(self) -> int:
        return len(self.rotations)


def local_rest(skeleton: Skeleton) -> FloatArray:
    """(bones, 4, 4) rest matrix of every bone relative to its parent's rest."""
    has_parent = skeleton.parents >= 0
    local = skeleton.rest.copy()
    above = skeleton.rest[skeleton.parents[has_parent]]
    back = np.swapaxes(above[:, :3, :3], -1, -2)  # the inverse: rest bones are turned, not scaled
    local[has_parent, :3, :3] = back @ local[has_parent, :3, :3]
    gap = skeleton.rest[has_parent, :3, 3] - above[:, :3, 3]
    local[has_parent, :3, 3] = (back @ gap[..., None])[..., 0]
    return local


@dataclass(frozen=True, eq=False)
class Pose:
    """Where every bone stands: global rotations and joint positions of a motion.

    orientations  (frames, bones, 4) quaternions: bone axes -> the pose's space
    positions     (frames, bones, 3) bone heads in the pose's space
    Rows of bones that were not asked for are not filled.
    """

    orientations: FloatArray
    positions: FloatArray


def empty_track(frames: int, bones: int, width: int, dtype: DTypeLike = np.float32) -> FloatArray:
    """An unfilled (frames, bones, width) array whose `[:, bone]` has contiguous components."""
    return np.moveaxis(np.empty((bones, width, frames), dtype=dtype), -1, 0)


def rest_quaternions(skeleton: Skeleton) -> FloatArray:
    """(bones, 4) rest orientation of every bone, armature space."""
    return from_matrix(skeleton.rest[:, :3, :3])


def still(skeleton: Skeleton, frames: int, fps: float, world: FloatArray) -> Motion:
    """The rest pose held for `frames` samples."""
    rotations = empty_track(frames, len(skeleton.names), 4)
    rotations[...] = IDENTITY
    locations = empty_track(frames, len(skeleton.names), 3)
    locations[...] = 0.0
    return Motion(skeleton, fps, rotations, locations, world)


def at_rest(motion: Motion, turned: Iterable[int], moved: Iterable[int]) -> Motion:
    """The motion without the rotations of the bones `turned` and the locations of `moved`."""
    rotations, locations = motion.rotations.copy(), motion.locations.copy()
    rotations[:, list(turned)] = IDENTITY
    locations[:, list(moved)] = 0.0
    return replace(motion, rotations=rotations, locations=locations)


def forward(
    motion: Motion, bones: Iterable[int] | None = None, space: FloatArray | None = None
) -> Pose:
    """Forward kinematics with quaternions: the pose in armature space, or carried by `space`.

    For a bone b with parent p (rest matrices R, basis rotation q and location l of the frame)::

        orientation[b] = orientation[p] * local_rest_rotation[b] * q[b]
        position[b]    = position[p] + orientation[p] (local_rest_offset[b] + local_rest[b] l[b])

    the rule of Blender's `BKE_armature_mat_pose_to_bone`, bone by bone in parent order and
    vectorised over the frames. A hinge bone replaces orientation[p] in the first line by the
    parent's rest orientation.

    bones  only these and their ancestors are computed; None for all
    space  (4, 4) or (frames, 4, 4), uniform scale: `motion.world` gives the pose in the world
    """
    skeleton = motion.skeleton
    frames, count = motion.rotations.shape[:2]
    dtype = motion.rotations.dtype
    base = Placement.of(np.eye(4) if space is None else space, dtype)
    local = local_rest(skeleton)
    turns = from_matrix(local[:, :3, :3]).astype(dtype)
    offsets = local[:, :3, 3].astype(dtype)
    resting = multiply(base.turn[..., None, :], rest_quaternions(skeleton).astype(dtype))
    orientations = empty_track(frames, count, 4, dtype)
    positions = empty_track(frames, count, 3, dtype)
    for bone in range(count) if bones is None else skeleton.ancestry(bones):
        parent = int(skeleton.parents[bone])
        above = base.turn if parent < 0 else orientations[:, parent]
        origin = base.place if parent < 0 else positions[:, parent]
        hinged = parent >= 0 and skeleton.hinges is not None and bool(skeleton.hinges[bone])
        location = motion.locations[:, bone]
        offset = offsets[bone]
        if location.any():
            offset = offset + rotate(turns[bone], location)
        positions[:, bone] = origin + rotate(above, offset * base.scale)
        turn = multiply(turns[bone], motion.rotations[:, bone])
        orientations[:, bone] = multiply(resting[..., parent, :] if hinged else above, turn)
    return Pose(orientations, positions)


@dataclass(frozen=True, eq=False)
class Placement:
    """A matrix without shear taken apart: v -> place + turn (scale v).

    turn (..., 4), place (..., 3), scale (..., 1); the scale is uniform
    """

    turn: FloatArray
    place: FloatArray
    scale: FloatArray

    @classmethod
    def of(cls, matrix: FloatArray, dtype: DTypeLike = np.float64) -> Placement:
        """The parts of matrices (..., 4, 4); the mean column length counts as the scale."""
        matrix = np.asarray(matrix, dtype=np.float64)
        scale = np.linalg.norm(matrix[..., :3, :3], axis=-2).mean(axis=-1)
        turn = from_matrix(matrix[..., :3, :3] / scale[..., None, None])
        place = np.ascontiguousarray(matrix[..., :3, 3])
        return cls(turn.astype(dtype), place.astype(dtype), scale[..., None].astype(dtype))


def pose_matrices(motion: Motion) -> FloatArray:
    """(frames, bones, 4, 4) posed bone matrices in armature space.

    pose[b] = pose[parent] @ local_rest[b] @ basis[b], bone by bone in parent order, vectorised
    over the frames: the rule of Blender's own `armature_mat_pose_to_bone`.
    """
    skeleton = motion.skeleton
    basis = np.zeros((*motion.rotations.shape[:2], 4, 4), dtype=motion.rotations.dtype)
    basis[..., :3, :3] = to_matrix(motion.rotations)
    basis[..., :3, 3] = motion.locations
    basis[..., 3, 3] = 1.0
    local = local_rest(skeleton).astype(basis.dtype) @ basis
    pose = np.empty_like(local)
    for bone, parent in enumerate(skeleton.parents):
        above = np.eye(4) if parent < 0 else pose[:, parent]
        if parent >= 0 and skeleton.hinges is not None and skeleton.hinges[bone]:
            turned = above.copy()
            turned[:, :3, :3] = skeleton.rest[parent, :3, :3]
            pose[:, bone] = turned @ local[:, bone]
            pose[:, bone, :3, 3] = (above @ local[:, bone])[:, :3, 3]
        else:
            pose[:, bone] = above @ local[:, bone]
    return pose
