# SPDX-License-Identifier: GPL-3.0-or-later
"""A body for an armature without one: a mannequin of rounded limbs, left blue, right orange.

Its limbs run between the armature's own joints, so it shows the pose and nothing else; only its
thickness is made up, from the proportions of a grown person. The mesh is set to the posed bones of
the frame at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import bpy
import numpy as np
from numpy.typing import NDArray

from aimocap_blender.bridge import armatures, object_places
from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.mapping.labelling import label
from aimocap_blender.motion.mapping.roles import (
    FINGER_NAMES,
    Role,
    Side,
    arm,
    finger,
    leg,
    metacarpal,
)

FloatArray = NDArray[np.float64]

_COLOURS = {
    Side.LEFT: (0.16, 0.38, 0.85, 1.0),
    Side.RIGHT: (0.93, 0.45, 0.12, 1.0),
    None: (0.62, 0.64, 0.68, 1.0),
}
_SIDES = tuple(_COLOURS)
_SEGMENTS, _CAP = 14, 4
"""Corners round a limb, and rings of each of its round ends."""

# Radii as parts of the joints' height, at the near and the far end of a limb.
_ARM = ((0.030, 0.034), (0.034, 0.025), (0.025, 0.017))
_LEG = ((0.054, 0.036), (0.036, 0.023))
_FINGER, _FOOT, _HEEL = (0.008, 0.006), (0.024, 0.017), (0.020, 0.020)
_PELVIS, _WAIST, _CHEST, _NECK, _HEAD = 0.060, 0.066, 0.074, (0.034, 0.030), (0.050, 0.056)
_HEAD_SPAN = (0.035, 0.085)
"""Where the middle of the jaw and of the skull are above the head's joint."""
_INSET = 0.22
"""How far inside the joints the bars of hips and shoulders end, of their length."""
_HAND_LENGTH, _TOE_LENGTH = 0.10, 0.04


@dataclass(frozen=True, eq=False)
class _Limb:
    """A rounded limb between two points, each carried by a bone.

    bones   the bones that carry the near and the far end
    ends    (2, 3) where these are at rest, armature space
    radii   at both ends, armature units
    """

    side: Side | None
    bones: tuple[int, int]
    ends: FloatArray
    radii: tuple[float, float]


class Mannequin:
    """The mesh object of one armature's body. Errors: MappingError when it has none."""

    def __init__(self, scene: bpy.types.Scene, armature: bpy.types.Object) -> None:
        skeleton = armatures.read_skeleton(armature)
        deforming = [bone.name for bone in armature.data.bones if bone.use_deform]
        labelling = label(
            skeleton,
            world=object_places.world_now(armature),
            only=deforming or list(skeleton.names),
        )
        limbs = list(_limbs(Body.of(labelling)))
        self._names = [skeleton.names[bone] for limb in limbs for bone in limb.bones]
        self._ends = np.concatenate([limb.ends for limb in limbs])  # (2 limbs, 3)
        self._rest = np.linalg.inv(
            np.array([armature.data.bones[name].matrix_local for name in self._names])
        )
        self._radii = np.array([limb.radii for limb in limbs])  # (limbs, 2)
        self.object = bpy.data.objects.new("mannequin", _mesh([limb.side for limb in limbs]))
        scene.collection.objects.link(self.object)

    def pose(self, posed: bpy.types.Object) -> None:
        """Bring the mesh to the pose of the evaluated armature."""
        world = np.array(posed.matrix_world)
        now = np.array([posed.pose.bones[name].matrix for name in self._names])
        carried = world @ now @ self._rest
        ends = np.einsum("nij,nj->ni", carried[:, :3, :3], self._ends) + carried[:, :3, 3]
        size = np.cbrt(abs(np.linalg.det(world[:3, :3])))
        corners = _capsules(ends.reshape(-1, 2, 3), self._radii * size)
        self.object.data.vertices.foreach_set("co", corners.astype(np.float32).ravel())
        self.object.data.update()

    def remove(self) -> None:
        """Take the figure out of the file again."""
        mesh = self.object.data
        materials = [material for material in mesh.materials if material]
        bpy.data.objects.remove(self.object)
        bpy.data.meshes.remove(mesh)
        for material in materials:
            bpy.data.materials.remove(material)


def _limbs(body: Body) -> Iterator[_Limb]:
    """Every limb the rig has joints for."""
    yield from _trunk(body)
    for side in Side:
        yield from _chain(body, side, arm(side), _ARM)
        yield from _chain(body, side, leg(side)[:3], _LEG)
        yield from _hand(body, side)
        yield from _foot(body, side)


def _trunk(body: Body) -> Iterator[_Limb]:
    chain = [bone for role in (Role.HIPS, Role.SPINE) for bone in body.chain(role)]
    above = [bone for role in (Role.NECK, Role.HEAD) for bone in body.chain(role)]
    spine = [*chain, *above[:1]]
    thickness = np.linspace(_WAIST, _CHEST, len(spine))
    for place, (near, far) in enumerate(pairwise(spine)):
        last = place == len(spine) - 2
        radii = (thickness[place], _NECK[0] if last and above else thickness[place + 1])
        yield _between(body, None, (near, far), radii)
    roles = [(leg(side)[0], arm(side)[1]) for side in Side]
    for carrier, pair, radius in zip(
        (chain[:1], chain[-1:]), zip(*roles, strict=True), (_PELVIS, 0.7 * _CHEST), strict=True
    ):
        yield from _bar(body, carrier, pair, radius)
    for near, far in pairwise(above):
        yield _between(body, None, (near, far), _NECK)
    head = body.bone(Role.HEAD)
    if head is not None:
        jaw, skull = (_away(body, head, (0.0, -0.015, up)) for up in _HEAD_SPAN)
        yield _limb(body, None, (head, head), (jaw, skull), _HEAD)


def _bar(body: Body, carrier: list[int], pair: tuple[Role, ...], radius: float) -> Iterator[_Limb]:
    """What joins both thighs, or both arms, to the trunk: it turns with the trunk."""
    ends = [body.heads[bone] for role in pair if (bone := body.bone(role)) is not None]
    if len(ends) == 2 and carrier:
        left, right = ends
        inner = left + _INSET * (right - left), right + _INSET * (left - right)
        yield _limb(body, None, (carrier[0], carrier[0]), inner, (radius, radius))


def _chain(
    body: Body, side: Side, roles: tuple[Role, ...], radii: tuple[tuple[float, float], ...]
) -> Iterator[_Limb]:
    bones = [(body.bone(role), radius) for role, radius in zip(roles, (*radii, None), strict=True)]
    there = [(bone, radius) for bone, radius in bones if bone is not None]
    for (near, radius), (far, _) in pairwise(there):
        if radius is not None:
            clavicle = near == body.bone(arm(side)[0])
            yield _between(body, None if clavicle else side, (near, far), radius)


def _hand(body: Body, side: Side) -> Iterator[_Limb]:
    hand, fore = (body.bone(arm(side)[place]) for place in (3, 2))
    if hand is None:
        return
    fingers = 0
    for name in FINGER_NAMES:
        roles = (metacarpal(side, name), *finger(side, name))
        joints = [bone for role in roles if role and (bone := body.bone(role)) is not None]
        for near, far in zip((hand, *joints[:-1]), joints, strict=False):
            radius = 2.0 * _FINGER[0] if near == hand else _FINGER[0]
            yield _between(body, side, (near, far), (radius, _FINGER[0]))
            fingers += 1
        if joints and len(joints) > 1:
            tip = body.heads[joints[-1]] + 0.8 * (body.heads[joints[-1]] - body.heads[joints[-2]])
            ends = (body.heads[joints[-1]], tip)
            yield _limb(body, side, (joints[-1], joints[-1]), ends, _FINGER)
    if not fingers and fore is not None:
        along = body.heads[hand] - body.heads[fore]
        tip = body.heads[hand] + along / np.linalg.norm(along) * _HAND_LENGTH * body.height
        yield _limb(body, side, (hand, hand), (body.heads[hand], tip), (0.018, 0.012))


def _foot(body: Body, side: Side) -> Iterator[_Limb]:
    foot, toe = (body.bone(leg(side)[place]) for place in (2, 3))
    if foot is None:
        return
    ankle = body.heads[foot]
    low = body.heads[:, 2].min() + _HEEL[0] * body.height * 0.4
    heel = np.array((ankle[0], ankle[1] + 0.02 * body.height, min(low, ankle[2])))
    yield _limb(body, side, (foot, foot), (ankle, heel), (_LEG[1][1], _HEEL[1]))
    ball = _away(body, foot, (0.0, -0.10, 0.0)) if toe is None else body.heads[toe]
    yield _limb(body, side, (foot, foot), (heel, ball), _FOOT)
    if toe is not None:
        tip = _away(body, toe, (0.0, -_TOE_LENGTH, 0.0))
        yield _limb(body, side, (toe, toe), (ball, tip), (_FOOT[1], _FOOT[1] * 0.8))


def _away(body: Body, bone: int, offset: tuple[float, float, float]) -> FloatArray:
    """A place beside a joint at rest, `offset` in parts of the height, canonical space."""
    return np.asarray(body.heads[bone] + np.array(offset) * body.height)


def _between(
    body: Body, side: Side | None, bones: tuple[int, int], radii: tuple[float, float]
) -> _Limb:
    """A limb from joint to joint."""
    return _limb(body, side, bones, (body.heads[bones[0]], body.heads[bones[1]]), radii)


def _limb(
    body: Body,
    side: Side | None,
    bones: tuple[int, int],
    ends: tuple[FloatArray, FloatArray],
    radii: tuple[float, float],
) -> _Limb:
    """`ends` in canonical space, `radii` in parts of the height."""
    size = body.height
    return _Limb(side, bones, np.array(ends) @ body.axes.T, (radii[0] * size, radii[1] * size))


def _capsules(ends: FloatArray, radii: FloatArray) -> FloatArray:
    """Corners (limbs, rings, segments, 3) of limbs with ends (limbs, 2, 3), radii (limbs, 2)."""
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.where(length > 1e-9, along / np.maximum(length, 1e-9), (0.0, 0.0, 1.0))
    least = np.eye(3)[np.abs(along).argmin(1)]
    across = np.cross(along, least)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    beside = np.cross(along, across)
    turn = np.linspace(0.0, 2.0 * np.pi, _SEGMENTS, endpoint=False)
    circle = (
        np.cos(turn)[:, None] * across[:, None] + np.sin(turn)[:, None] * beside[:, None]
    )  # (limbs, segments, 3)
    rise = np.linspace(-0.5 * np.pi, 0.0, _CAP)
    near = _cap(ends[:, 0], radii[:, 0], along, circle, rise)
    far = _cap(ends[:, 1], radii[:, 1], along, circle, -rise[::-1])
    return np.concatenate((near, far), axis=1)


def _cap(
    centre: FloatArray, radius: FloatArray, along: FloatArray, circle: FloatArray, rise: FloatArray
) -> FloatArray:
    """Half a sphere (limbs, rings, segments, 3): rings at the latitudes `rise`, radians."""
    out = np.cos(rise)[None, :, None, None] * circle[:, None]
    up = np.sin(rise)[None, :, None, None] * along[:, None, None]
    return np.asarray(centre[:, None, None] + radius[:, None, None, None] * (out + up))


def _mesh(sides: list[Side | None]) -> bpy.types.Mesh:
    """The limbs' faces, smooth and coloured by side; the corners come with the pose."""
    rings = 2 * _CAP
    ring, segment = np.meshgrid(np.arange(rings - 1), np.arange(_SEGMENTS), indexing="ij")
    following = (segment + 1) % _SEGMENTS
    corners = np.stack(
        (ring * _SEGMENTS + segment, ring * _SEGMENTS + following,
         (ring + 1) * _SEGMENTS + following, (ring + 1) * _SEGMENTS + segment), axis=-1,
    ).reshape(-1, 4)  # fmt: skip
    first = rings * _SEGMENTS * np.arange(len(sides))
    faces = (corners + first[:, None, None]).reshape(-1, 4)
    mesh = bpy.data.meshes.new("mannequin")
    mesh.from_pydata(np.zeros((rings * _SEGMENTS * len(sides), 3)).tolist(), [], faces.tolist())
    for side in _SIDES:
        material = bpy.data.materials.new(f"mannequin {side.value if side else 'middle'}")
        material.diffuse_color = _COLOURS[side]
        mesh.materials.append(material)
    of_limb = np.array([_SIDES.index(side) for side in sides], dtype=np.int32)
    mesh.polygons.foreach_set("material_index", np.repeat(of_limb, len(corners)))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    return mesh
