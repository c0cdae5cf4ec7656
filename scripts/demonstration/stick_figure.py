# SPDX-License-Identifier: GPL-3.0-or-later
"""A body for an armature without one: an octahedron per bone, left blue, right orange.

Rest geometry is not deformed; the mesh is set to the posed bones of the frame at hand.
"""

from __future__ import annotations

import re

import bpy
import numpy as np

_COLOURS = {
    "left": (0.12, 0.35, 0.85, 1.0),
    "right": (0.93, 0.42, 0.08, 1.0),
    "middle": (0.55, 0.57, 0.6, 1.0),
}
_SIDES = tuple(_COLOURS)
_WIDTH = 0.14  # of the bone's length
_THINNEST = 0.012  # of the figure's height
_SHORTEST = 0.012  # of the figure's height: shorter bones only clutter the picture
_FACE_HEIGHT = 0.86  # of the figure's height: above it
_FACE_LENGTH = 0.06  # of the figure's height: and shorter than this, a bone belongs to the face
_FACES = ((0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 1), (5, 2, 1), (5, 3, 2), (5, 4, 3), (5, 1, 4))
_CONTROLS = re.compile(
    r"^(MCH|ORG|WGT|VIS|IK|CTRL)[-_.]|_ik|_fk|tweak|_target|_parent", re.IGNORECASE
)


class StickFigure:
    """The mesh object of one armature's deforming bones."""

    def __init__(self, scene: bpy.types.Scene, armature: bpy.types.Object) -> None:
        self._bones = _drawn_bones(armature)
        self._height = _height(armature) * max(
            abs(scale) for scale in armature.matrix_world.to_scale()
        )
        mesh = bpy.data.meshes.new("stick figure")
        count = len(self._bones)
        faces = [
            tuple(6 * bone + corner for corner in face) for bone in range(count) for face in _FACES
        ]
        mesh.from_pydata(np.zeros((6 * count, 3)).tolist(), [], faces)
        for side in _SIDES:
            material = bpy.data.materials.new(f"stick {side}")
            material.diffuse_color = _COLOURS[side]
            mesh.materials.append(material)
        sides = [_SIDES.index(_side(armature, name)) for name in self._bones]
        mesh.polygons.foreach_set("material_index", np.repeat(sides, len(_FACES)).astype(np.int32))
        self.object = bpy.data.objects.new("stick figure", mesh)
        scene.collection.objects.link(self.object)

    def pose(self, posed: bpy.types.Object) -> None:
        """Bring the mesh to the pose of the evaluated armature."""
        world = np.array(posed.matrix_world)
        bones = [posed.pose.bones[name] for name in self._bones]
        matrices = world @ np.array([bone.matrix for bone in bones])
        heads = matrices[:, :3, 3]
        tails = (world @ np.array([(*bone.tail, 1.0) for bone in bones])[..., None])[:, :3, 0]
        length = np.linalg.norm(tails - heads, axis=1, keepdims=True)
        across = matrices[:, :3, 0] / np.linalg.norm(matrices[:, :3, 0], axis=1, keepdims=True)
        along = matrices[:, :3, 2] / np.linalg.norm(matrices[:, :3, 2], axis=1, keepdims=True)
        waist = heads + 0.2 * (tails - heads)
        width = np.maximum(_WIDTH * length, np.minimum(_THINNEST * self._height, 0.3 * length))
        corners = np.stack(
            (heads, waist + width * across, waist + width * along, waist - width * across,
             waist - width * along, tails), axis=1,
        )  # fmt: skip
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


def _drawn_bones(armature: bpy.types.Object) -> list[str]:
    """Deforming bones that are no controls; all bones when none is marked as deforming."""
    bones = armature.data.bones
    deforming = [bone.name for bone in bones if bone.use_deform and not _CONTROLS.search(bone.name)]
    names = deforming or [bone.name for bone in bones]
    height = _height(armature)
    return [name for name in names if _is_worth_drawing(bones[name], height)]


def _is_worth_drawing(bone: bpy.types.Bone, height: float) -> bool:
    is_of_face = bone.head_local.z > _FACE_HEIGHT * height and bone.length < _FACE_LENGTH * height
    return bone.length > _SHORTEST * height and not is_of_face


def _height(armature: bpy.types.Object) -> float:
    """How tall the figure stands at rest, in armature units."""
    bones = [bone for bone in armature.data.bones if bone.use_deform] or armature.data.bones
    heights = [z for bone in bones for z in (bone.head_local.z, bone.tail_local.z)]
    return max(max(heights, default=1.0) - min(heights, default=0.0), 1e-6)


def _side(armature: bpy.types.Object, name: str) -> str:
    """Which side a bone is on at rest; the figure's left is +X in Blender's convention."""
    bone = armature.data.bones[name]
    middle = (bone.head_local + bone.tail_local) / 2
    if abs(middle.x) < 0.02 * max(abs(middle.z), bone.length):
        return "middle"
    return "left" if middle.x > 0 else "right"
