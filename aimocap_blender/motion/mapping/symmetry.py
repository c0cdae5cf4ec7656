# SPDX-License-Identifier: GPL-3.0-or-later
"""The plane a body is the mirror image of itself in, and every bone's partner across it.

Candidates are the planes between siblings that branch off alike; the one that carries most joints
onto other joints wins. Needs no names and no idea of up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .view import Array, View

_TOLERANCE = 0.02
"""Of the size of the rig: how far a mirrored joint may miss its partner."""
_TRIED = 16
_LEAST_MIRRORED = 0.7
_UNLIKE = 0.2
"""Of the bones of two branches: one may hold a weapon, a leaf, that the other lacks."""
_MOST_SIBLINGS = 40
"""Rigs that hang hundreds of bones on one: the first will do."""


@dataclass(frozen=True, eq=False)
class Plane:
    """normal: unit vector from right to left, or from left to right; origin: a point on it."""

    normal: Array
    origin: Array

    def across(self, points: Array) -> Array:
        """Signed distance of points (..., 3) from the plane."""
        result: Array = (points - self.origin) @ self.normal
        return result

    def mirrored(self, points: Array) -> Array:
        """The points (..., 3) on the other side."""
        return points - 2.0 * self.across(points)[..., None] * self.normal


def find_plane(view: View) -> Plane | None:
    """The mirror plane of a rig, or None when it has none (posed, lopsided, a single chain)."""
    best: tuple[float, Plane] | None = None
    for plane in _candidates(view)[:_TRIED]:
        score = _mirrored_share(view, plane)
        if best is None or score > best[0] + 1e-9:
            best = (score, plane)
    if best is None or best[0] < _LEAST_MIRRORED:
        return None
    return best[1]


def _candidates(view: View) -> list[Plane]:
    """Planes between siblings that look alike, the ones between the biggest branches first.

    A branch stands where it begins, or, as arms may both begin in the middle, where its joints are
    on average.
    """
    below = np.ones(len(view))
    sums = view.heads.copy()
    for bone in range(len(view) - 1, -1, -1):
        parent = view.parent[bone]
        if parent >= 0:
            below[parent] += below[bone]
            sums[parent] += sums[bone]
    means = sums / below[:, None]
    groups = [view.children[bone] for bone in range(len(view))]
    groups.append([bone for bone in range(len(view)) if view.parent[bone] < 0])
    found = []
    for siblings in groups:
        for a, b in combinations(siblings[:_MOST_SIBLINGS], 2):
            if abs(below[a] - below[b]) > _UNLIKE * (below[a] + below[b]) + 1.0:
                continue
            for points, trust in ((view.heads, 1.0), (means, 0.9)):
                apart = points[a] - points[b]
                length = float(np.linalg.norm(apart))
                if length < _TOLERANCE * view.size:
                    continue
                plane = Plane(apart / length, (points[a] + points[b]) / 2.0)
                found.append((trust * float(below[a] + below[b]) * length, plane))
    found.sort(key=lambda item: -item[0])
    return [plane for _, plane in found]


def _mirrored_share(view: View, plane: Plane) -> float:
    """The share of joints off the plane whose mirror image is a joint."""
    off = np.abs(plane.across(view.heads)) > _TOLERANCE * view.size
    if not np.any(off):
        return 0.0
    distances = _distances(plane.mirrored(view.heads[off]), view.heads)
    return float(np.mean(distances.min(axis=1) < _TOLERANCE * view.size))


def leanings(view: View, plane: Plane) -> list[int]:
    """For every bone the side, 1 or -1, it and everything below it keeps to; 0 for the middle.

    A clavicle may begin in the middle and still be of one side.
    """
    across = plane.across(view.heads)
    tolerance = _TOLERANCE * view.size
    low = np.where(across < -tolerance, 1, 0).tolist()
    high = np.where(across > tolerance, 1, 0).tolist()
    for bone in range(len(view) - 1, -1, -1):
        parent = view.parent[bone]
        if parent >= 0:
            low[parent] += low[bone]
            high[parent] += high[bone]
    return [
        (1 if up else -1) if bool(up) != bool(down) else 0
        for up, down in zip(high, low, strict=True)
    ]


def partners(view: View, plane: Plane, leaning: list[int]) -> list[int]:
    """For every bone the bone across the plane; itself in the middle, -1 for none."""
    across = plane.across(view.heads)
    tolerance = _TOLERANCE * view.size
    distances = _distances(plane.mirrored(view.heads), view.heads)
    found: list[int] = []
    for bone in range(len(view)):
        central = abs(across[bone]) <= tolerance
        if central and not leaning[bone]:
            found.append(bone)
            continue
        near = [
            other
            for other in np.flatnonzero(distances[bone] < 2.0 * tolerance).tolist()
            if leaning[other] == -leaning[bone]
            and (not central or view.parent[other] == view.parent[bone])
        ]
        alone = bone if central else -1
        found.append(_most_alike(view, bone, near, found, distances[bone]) if near else alone)
    return found


def _most_alike(view: View, bone: int, near: list[int], known: list[int], apart: Array) -> int:
    """Of bones at the same place the one that hangs on the mirror of the parent, as deep, with as
    many bones on it, and nearest to the mirrored place.

    apart  (bones,) distance of every bone from there
    """

    def unlike(other: int) -> tuple[bool, int, int, int, float]:
        parent, others = view.parent[bone], view.parent[other]
        mirrored = known[parent] if 0 <= parent < len(known) else -1
        return (
            mirrored != others,
            abs(view.depth[bone] - view.depth[other]),
            abs(len(view.children[bone]) - len(view.children[other])),
            abs(len(view.below(bone)) - len(view.below(other))),
            float(apart[other]),
        )

    return min(near, key=unlike)


def _distances(a: Array, b: Array) -> Array:
    """(len(a), len(b)) distances between two sets of points."""
    squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1)[None, :] - 2.0 * (a @ b.T)
    result: Array = np.sqrt(np.maximum(squares, 0.0))
    return result
