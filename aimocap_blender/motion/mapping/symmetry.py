# SPDX-License-Identifier: GPL-3.0-or-later
"""The plane a body is the mirror image of itself in, and every bone's partner across it.

Candidates are the planes between siblings that branch off alike; the one that carries most joints
onto other joints wins. Needs no names and no idea of up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .view import Array, View

_TOLERANCE = 0.02
"""Of the size of the rig: how far a mirrored joint may miss its partner."""
_TRIED = 12
_LEAST_MIRRORED = 0.7


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
    """Planes between siblings that look alike, the ones between the biggest branches first."""
    below = [0] * len(view)
    for bone in range(len(view) - 1, -1, -1):
        parent = view.parent[bone]
        if parent >= 0:
            below[parent] += below[bone] + 1
    groups = [view.children[bone] for bone in range(len(view))]
    groups.append([bone for bone in range(len(view)) if view.parent[bone] < 0])
    found = []
    for siblings in groups:
        for i, a in enumerate(siblings):
            for b in siblings[i + 1 :]:
                apart = view.heads[a] - view.heads[b]
                length = float(np.linalg.norm(apart))
                if abs(below[a] - below[b]) > 1 or length < _TOLERANCE * view.size:
                    continue
                plane = Plane(apart / length, (view.heads[a] + view.heads[b]) / 2.0)
                found.append((below[a] + below[b], length, plane))
    found.sort(key=lambda item: (-item[0], -item[1]))
    return [plane for _, _, plane in found]


def _mirrored_share(view: View, plane: Plane) -> float:
    """The share of joints off the plane whose mirror image is a joint."""
    off = np.abs(plane.across(view.heads)) > _TOLERANCE * view.size
    if not np.any(off):
        return 0.0
    distances = _distances(plane.mirrored(view.heads[off]), view.heads)
    return float(np.mean(distances.min(axis=1) < _TOLERANCE * view.size))


def partners(view: View, plane: Plane) -> list[int]:
    """For every bone the bone across the plane; itself in the middle, -1 for none."""
    across = plane.across(view.heads)
    tolerance = _TOLERANCE * view.size
    distances = _distances(plane.mirrored(view.heads), view.heads)
    found: list[int] = []
    for bone in range(len(view)):
        if abs(across[bone]) <= tolerance:
            found.append(bone)
            continue
        near = np.flatnonzero(distances[bone] < tolerance)
        found.append(_most_alike(view, bone, near.tolist(), found) if len(near) else -1)
    return found


def _most_alike(view: View, bone: int, near: list[int], known: list[int]) -> int:
    """Of bones at the same place the one at the same depth whose parent mirrors the parent."""

    def unlike(other: int) -> tuple[bool, int, int]:
        parent, others = view.parent[bone], view.parent[other]
        mirrored = known[parent] if 0 <= parent < len(known) else -1
        return (
            mirrored != others,
            abs(view.depth[bone] - view.depth[other]),
            abs(len(view.children[bone]) - len(view.children[other])),
        )

    return min(near, key=unlike)


def _distances(a: Array, b: Array) -> Array:
    """(len(a), len(b)) distances between two sets of points."""
    squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1)[None, :] - 2.0 * (a @ b.T)
    result: Array = np.sqrt(np.maximum(squares, 0.0))
    return result
