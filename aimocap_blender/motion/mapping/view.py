# SPDX-License-Identifier: GPL-3.0-or-later
"""A skeleton as the labelling sees it: joints in space and who hangs on whom.

Only joint heads count: tails and rolls of imported files are inventions of the importer.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from ..rotations import FloatArray
from ..skeleton import Skeleton

Array = NDArray[np.float64]


class View:
    """Some bones of a skeleton, their joints in world space, and the tree between them.

    bones     (n,) index of every seen bone in the skeleton; everything else here counts 0..n-1
    names     their names
    heads     (n, 3) joints; world space, no unit: `size` is the measure
    parent    (n,) the nearest seen ancestor, -1 for none
    children  for every bone its seen children
    size      extent of the joints, for tolerances
    """

    def __init__(
        self, skeleton: Skeleton, world: FloatArray | None, only: Collection[str] | None
    ) -> None:
        wanted = None if only is None else set(only)
        seen = [i for i, name in enumerate(skeleton.names) if wanted is None or name in wanted]
        place = {bone: i for i, bone in enumerate(seen)}
        self.bones = seen
        self.names = [skeleton.names[i] for i in seen]
        heads = np.asarray(skeleton.heads, dtype=np.float64)[seen].reshape(-1, 3)
        self.linear: Array = np.eye(3) if world is None else np.asarray(world, float)[:3, :3]
        self.heads: Array = heads @ self.linear.T
        self.parent = [_nearest_seen(skeleton.parents, bone, place) for bone in seen]
        self.children: list[list[int]] = [[] for _ in seen]
        for child, parent in enumerate(self.parent):
            if parent >= 0:
                self.children[parent].append(child)
        self._ancestors = self._ancestor_masks(skeleton, place)
        self.depth = [mask.bit_count() for mask in self._ancestors]
        self.size = self._extent()

    def __len__(self) -> int:
        return len(self.names)

    def _ancestor_masks(self, skeleton: Skeleton, place: dict[int, int]) -> list[int]:
        """For every bone its seen ancestors as a bit set; through unseen bones as well."""
        masks: list[int] = []
        for parent in skeleton.parents:
            mask = 0 if parent < 0 else masks[parent]
            if parent >= 0 and int(parent) in place:
                mask |= 1 << place[int(parent)]
            masks.append(mask)
        return [masks[bone] for bone in self.bones]

    def _extent(self) -> float:
        if not len(self):
            return 0.0
        low, high = np.percentile(self.heads, (2, 98), axis=0)
        extent = float(np.linalg.norm(high - low))
        return extent or float(np.linalg.norm(np.ptp(self.heads, axis=0)))

    def is_above(self, ancestor: int, bone: int) -> bool:
        """Whether `ancestor` is a parent of `bone`, or a parent's parent, ..."""
        return bool(self._ancestors[bone] >> ancestor & 1)

    def path(self, ancestor: int, bone: int) -> list[int]:
        """The bones strictly between an ancestor and a bone, downwards; -1 stands for the top."""
        found = []
        current = self.parent[bone]
        while current not in (ancestor, -1):
            found.append(current)
            current = self.parent[current]
        return found[::-1]

    def chain(self, bone: int) -> list[int]:
        """The bone and everything it hangs on, the root first."""
        return [*self.path(-1, bone), bone]

    def common(self, bones: Collection[int]) -> int:
        """The lowest bone that is above, or is, every one of `bones`; -1 when there is none."""
        shared: int | None = None
        for bone in bones:
            mask = self._ancestors[bone] | 1 << bone
            shared = mask if shared is None else shared & mask
        if not shared:
            return -1
        members = [i for i in range(len(self)) if shared >> i & 1]
        return max(members, key=lambda i: self.depth[i])

    def below(self, bone: int) -> list[int]:
        """Everything that hangs on a bone."""
        return [i for i in range(len(self)) if self._ancestors[i] >> bone & 1]

    def distance(self, a: int, b: int) -> float:
        return float(np.linalg.norm(self.heads[a] - self.heads[b]))


def _nearest_seen(parents: NDArray[np.intp], bone: int, place: dict[int, int]) -> int:
    current = int(parents[bone])
    while current >= 0 and current not in place:
        current = int(parents[current])
    return place[current] if current >= 0 else -1
