# SPDX-License-Identifier: GPL-3.0-or-later
"""A character's surface as a cloud of points that follow its bones.

Points are spread over the triangles of the meshes the armature deforms, and carried by linear blend
skinning, as the armature modifier does it. So a character can be drawn at any frame without moving
the scene there. Subdivision, shape keys and other modifiers are left out: it is a small picture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from ....motion.skeleton import Skeleton
from .canvas import FloatArray

_POINTS = 24000
_MOST_TRIANGLES = 2500
_MOST_INFLUENCES = 3
_VERTICES_AT_ONCE = 400

_Part = tuple[FloatArray, FloatArray, np.ndarray, FloatArray]


@dataclass(frozen=True, eq=False)
class Skin:
    """Points of the surface at rest, world space.

    places, normals  (points, 3)
    bones, weights   (points, influences): which bones carry a point, and how much of it
    """

    places: FloatArray
    normals: FloatArray
    bones: np.ndarray
    weights: FloatArray

    def posed(self, carries: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Places and normals (points, 3) with the bones moved by `carries` (bones, 4, 4), world."""
        moved = np.zeros_like(self.places)
        turned = np.zeros_like(self.normals)
        for column in range(self.bones.shape[1]):
            matrix = carries[self.bones[:, column]]
            weight = self.weights[:, column, None]
            moved += weight * (np.einsum("nij,nj->ni", matrix[:, :3, :3], self.places)
                               + matrix[:, :3, 3])  # fmt: skip
            turned += weight * np.einsum("nij,nj->ni", matrix[:, :3, :3], self.normals)
        length = np.linalg.norm(turned, axis=-1, keepdims=True)
        return moved, turned / np.maximum(length, 1e-9)


def sampled(armature: bpy.types.Object, skeleton: Skeleton) -> Iterator[Skin | None]:
    """The surface of all visible meshes on the armature, in small steps.

    Yields None after each step, at the end the whole; only None for an armature without meshes.
    """
    meshes = [item for item in bpy.data.objects if _is_worn(item, armature)]
    total = sum(_size(item) for item in meshes)
    rng = np.random.default_rng(1)
    parts: list[_Part] = []
    for item in meshes:
        part = yield from _sampled(item, armature, skeleton, _size(item) / total, rng)
        if part is not None:
            parts.append(part)
        yield None
    if parts:
        places, normals, bones, weights = (
            np.concatenate(rows) for rows in zip(*parts, strict=True)
        )
        small = places.astype(np.float32), normals.astype(np.float32)
        yield Skin(*small, bones, weights.astype(np.float32))


def _is_worn(item: bpy.types.Object, armature: bpy.types.Object) -> bool:
    if item.type != "MESH" or item.hide_render or not item.data.polygons:
        return False
    if item.parent == armature and item.parent_type == "BONE":
        return True
    return any(getattr(m, "object", None) == armature for m in item.modifiers)


def _size(item: bpy.types.Object) -> float:
    """What share of the points a mesh deserves: the square of its extent."""
    corners = np.array(item.bound_box)
    extent = np.ptp(corners, axis=0) * np.abs(np.array(item.matrix_world.to_scale()))
    return float(extent @ extent) + 1e-9


def _sampled(
    item: bpy.types.Object,
    armature: bpy.types.Object,
    skeleton: Skeleton,
    share: float,
    rng: np.random.Generator,
) -> Generator[None, None, _Part | None]:
    """Points of one mesh, its share of them: places, normals, bones, weights."""
    corners, vertices = _triangles(item, _at_rest(item, armature))
    yield
    a, b, c = (vertices[corners[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    area = 0.5 * np.linalg.norm(across, axis=-1)
    if not len(area) or area.sum() <= 0.0:
        return None
    yield
    few = _some(area, max(20, round(_MOST_TRIANGLES * share)), rng)
    yield
    count = max(60, round(_POINTS * share))
    chosen = rng.choice(few, size=count, p=area[few] / area[few].sum())
    u, v = rng.random(count), rng.random(count)
    flip = u + v > 1.0
    u, v = np.where(flip, 1.0 - u, u), np.where(flip, 1.0 - v, v)
    mix = np.stack((1.0 - u - v, u, v), axis=-1)
    triangle = corners[chosen]
    places = np.einsum("ni,nij->nj", mix, vertices[triangle])
    normals = across[chosen] / np.maximum(2.0 * area[chosen, None], 1e-12)
    # One corner's bones for the whole point: what differs inside a triangle is not seen here.
    nearest = triangle[np.arange(count), np.argmax(mix, axis=-1)]
    yield
    bones, weights = yield from _influences(item, skeleton, nearest)
    return places, normals, bones, weights


def _triangles(item: bpy.types.Object, world: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """(triangles, 3) vertex numbers and (vertices, 3) places in the world, at rest."""
    mesh = item.data
    mesh.calc_loop_triangles()
    corners = np.empty(3 * len(mesh.loop_triangles), dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    local = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", local)
    return corners.reshape(-1, 3), local.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def _some(area: FloatArray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Triangles with an area; of many only some, the large rather than the small."""
    real = np.flatnonzero(area)
    if len(real) <= most:
        return real
    return rng.choice(real, size=most, replace=False, p=area[real] / area[real].sum())


def _at_rest(item: bpy.types.Object, armature: bpy.types.Object) -> FloatArray:
    """(4, 4) mesh space -> world with the armature at rest."""
    if item.parent == armature and item.parent_type == "BONE":
        bone = armature.data.bones.get(item.parent_bone)
        if bone is not None:
            tail = np.eye(4)
            tail[1, 3] = bone.length
            rest = np.array(armature.matrix_world) @ np.array(bone.matrix_local) @ tail
            return rest @ np.array(item.matrix_parent_inverse) @ np.array(item.matrix_basis)
    if item.parent == armature:
        inverse = np.array(item.matrix_parent_inverse)
        return np.array(armature.matrix_world) @ inverse @ np.array(item.matrix_basis)
    return np.array(item.matrix_world)


def _influences(
    item: bpy.types.Object, skeleton: Skeleton, vertices: np.ndarray
) -> Generator[None, None, tuple[np.ndarray, FloatArray]]:
    """(points, influences) bones and weights of vertices; weights sum to 1."""
    number = {name: bone for bone, name in enumerate(skeleton.names)}
    bones = np.zeros((len(vertices), _MOST_INFLUENCES), dtype=np.int64)
    weights = np.zeros((len(vertices), _MOST_INFLUENCES))
    weights[:, 0] = 1.0
    if item.parent_type == "BONE" and item.parent_bone in number:
        bones[:, 0] = number[item.parent_bone]
        return bones, weights
    groups = [number.get(group.name, -1) for group in item.vertex_groups]
    unique, back = np.unique(vertices, return_inverse=True)
    some_bones = np.zeros((len(unique), _MOST_INFLUENCES), dtype=np.int64)
    some = np.zeros((len(unique), _MOST_INFLUENCES))
    for row, vertex in enumerate(unique.tolist()):
        if row % _VERTICES_AT_ONCE == 0:
            yield
        found = [
            (entry.weight, groups[entry.group])
            for entry in item.data.vertices[vertex].groups
            if entry.group < len(groups) and groups[entry.group] >= 0 and entry.weight > 0.0
        ]
        for column, (weight, bone) in enumerate(sorted(found, reverse=True)[:_MOST_INFLUENCES]):
            some_bones[row, column], some[row, column] = bone, weight
    sums = some.sum(axis=-1, keepdims=True)
    some = np.where(sums > 0.0, some / np.maximum(sums, 1e-9), np.eye(_MOST_INFLUENCES)[0])
    return some_bones[back], some[back]
