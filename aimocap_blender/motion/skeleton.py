# SPDX-License-Identifier: GPL-3.0-or-later
"""A skeleton at rest, a motion on it, and forward kinematics between the two.

Spaces: *armature space* is the space of the armature object (Blender's `bone.matrix_local`);
*world* is Z up, metres, what `Motion.world` leads to. *Basis* is Blender's pose channel: the
rotation and location of a bone relative to its rest pose, in the bone's own rest axes
(bone direction = +Y). Knows nothing of bone names' meaning (see `mapping`) or of Blender.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .rotations import FloatArray, to_matrix


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Bones in an order in which parents come before their children.

    names    (bones,) unique bone names
    parents  (bones,) index of the parent bone, -1 for a root
    rest     (bones, 4, 4) rest matrix of every bone, armature space, no scale in it
    lengths  (bones,) head to tail, armature units
    """

    names: tuple[str, ...]
    parents: NDArray[np.intp]
    rest: FloatArray
    lengths: FloatArray

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
    inverse = np.linalg.inv(skeleton.rest)
    has_parent = skeleton.parents >= 0
    local = skeleton.rest.copy()
    local[has_parent] = inverse[skeleton.parents[has_parent]] @ skeleton.rest[has_parent]
    return local


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
        pose[:, bone] = local[:, bone] if parent < 0 else pose[:, parent] @ local[:, bone]
    return pose
