# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheet: the video's frames above the posed character at the same moments.

Four rows: the video, the person in it closer by, the character from the front (the camera's side)
and from its left.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import bpy
import cv2
import numpy as np
from mathutils import Matrix, Vector

from aimocap_blender.bridge import windows
from aimocap_blender.jobs.job import CaptureRequest
from scripts.common.console import ScriptError, hushed

from .footage import footage
from .mannequin import Mannequin

COLUMNS = 6
CELL = (400, 480)  # pixels, width and height of a rendered picture
MARGIN = 6
LABEL_PIXELS = 22
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PAPER = 245
_FLOOR_COLOUR = (1.75, 1.75, 1.8)  # Workbench's studio light hardly reaches what lies flat
_VIEWS = (("front", 0.0), ("left side", math.pi / 2))


def make(
    scene: bpy.types.Scene, armature: bpy.types.Object, request: CaptureRequest, path: Path
) -> list[int]:
    """Draw the sheet into `path`; returns the scene frames it shows."""
    placement = request.placement
    fps = scene.render.fps / scene.render.fps_base
    first, last = (int(frame) for frame in armature.animation_data.action.frame_range)
    frames = sorted({round(frame) for frame in np.linspace(first, last, COLUMNS)})
    moments = [
        request.trim_start_seconds + (frame - placement.first_frame) / fps / placement.time_scale
        for frame in frames
    ]
    video = footage(request.clip_path, moments, CELL[0] / CELL[1])
    renders = _Renders(scene, armature, frames)
    try:
        rows = {"video": video.whole, "person": video.close}
        rows |= {name: renders.of(turn) for name, turn in _VIEWS}
    finally:
        renders.remove()
    titles = [
        f"frame {frame}   {moment:.2f} s" for frame, moment in zip(frames, moments, strict=True)
    ]
    _compose({name: pictures for name, pictures in rows.items() if pictures}, titles, path)
    return frames


class _Renders:
    """The character rendered with Workbench, in a scene of its own that is removed afterwards."""

    def __init__(self, scene: bpy.types.Scene, armature: bpy.types.Object, frames: list[int]):
        self._source, self._armature, self._frames = scene, armature, frames
        self._was_at = scene.frame_current
        self._bodies = [thing for thing in scene.objects if _is_body_of(thing, armature)]
        self._scene = bpy.data.scenes.new("contact sheet")
        self._figure = None if self._bodies else Mannequin(self._scene, armature)
        self._camera = bpy.data.objects.new("contact sheet", bpy.data.cameras.new("contact sheet"))
        self._scene.collection.objects.link(self._camera)
        self._scene.collection.objects.link(armature)
        for body in self._bodies:
            self._scene.collection.objects.link(body)
        self._height = _standing_height(armature, self._bodies)
        self._floor = _floor(self._scene, 0.35 * self._height)
        self._set_up()

    def _set_up(self) -> None:
        scene = self._scene
        scene.camera = self._camera
        scene.render.engine = "BLENDER_WORKBENCH"
        scene.render.resolution_x, scene.render.resolution_y = CELL
        scene.render.resolution_percentage = 100
        scene.render.fps, scene.render.fps_base = (
            self._source.render.fps, self._source.render.fps_base,
        )  # fmt: skip
        scene.render.image_settings.file_format = "PNG"
        scene.display.shading.light = "STUDIO"
        scene.display.shading.color_type = "TEXTURE" if self._bodies else "MATERIAL"
        # On characters from games, whose faces are often not joined, these draw every edge.
        scene.display.shading.show_cavity = not self._bodies
        scene.display.shading.show_object_outline = not self._bodies
        scene.world = bpy.data.worlds.new("contact sheet")
        scene.world.color = (0.86, 0.86, 0.86)
        scene.view_settings.view_transform = "Standard"
        self._camera.data.type = "ORTHO"
        self._camera.data.clip_end = 30.0 * self._height

    def of(self, turn: float) -> list[np.ndarray]:
        """One picture per frame, the camera turned by `turn` radians about the vertical."""
        pictures = []
        shown = windows.showing(bpy.context, self._scene)
        with tempfile.TemporaryDirectory() as folder, shown:
            for frame in self._frames:
                self._scene.frame_set(frame)
                posed = self._armature.evaluated_get(self._scene.view_layers[0].depsgraph)
                if self._figure is not None:
                    self._figure.pose(posed)
                self._aim(posed, turn)
                self._scene.render.filepath = str(Path(folder) / f"{frame}.png")
                with hushed():
                    bpy.ops.render.render(write_still=True)
                pictures.append(cv2.imread(self._scene.render.filepath))
        return pictures

    def _aim(self, posed: bpy.types.Object, turn: float) -> None:
        """Follow the character across the floor at one scale; the floor stays in the picture."""
        points = np.array([posed.matrix_world @ bone.head for bone in _moving_bones(posed)])
        height = self._height
        middle = Vector((*((points[:, :2].min(0) + points[:, :2].max(0)) / 2), 0.58 * height))
        direction = Matrix.Rotation(turn, 3, "Z") @ Vector((0.0, -1.0, 0.12))
        self._camera.location = middle + direction * 10.0 * height
        self._camera.rotation_euler = (-direction).to_track_quat("-Z", "Y").to_euler()
        self._camera.data.ortho_scale = 1.45 * height

    def remove(self) -> None:
        """Leave the file as it was."""
        if self._figure is not None:
            self._figure.remove()
        camera, mesh, world = self._camera.data, self._floor.data, self._scene.world
        material = mesh.materials[0]
        bpy.data.objects.remove(self._camera)
        bpy.data.objects.remove(self._floor)
        bpy.data.cameras.remove(camera)
        bpy.data.meshes.remove(mesh)
        bpy.data.materials.remove(material)
        bpy.data.scenes.remove(self._scene)
        bpy.data.worlds.remove(world)
        self._source.frame_set(self._was_at)


def _is_body_of(thing: bpy.types.Object, armature: bpy.types.Object) -> bool:
    return thing.type == "MESH" and any(
        modifier.type == "ARMATURE" and modifier.object == armature for modifier in thing.modifiers
    )


def _moving_bones(armature: bpy.types.Object) -> list[bpy.types.PoseBone]:
    """Deforming bones: controls and poles may stand far away from the body."""
    deforming = [bone for bone in armature.pose.bones if bone.bone.use_deform]
    return deforming or list(armature.pose.bones)


def _standing_height(armature: bpy.types.Object, bodies: list[bpy.types.Object]) -> float:
    """How tall the character is at rest, in metres: its meshes, or its bones without any."""
    heights = [
        (body.matrix_world @ Vector(corner)).z for body in bodies for corner in body.bound_box
    ]
    if not heights:
        heights = [
            (armature.matrix_world @ point).z
            for bone in _moving_bones(armature)
            for point in (bone.bone.head_local, bone.bone.tail_local)
        ]
    return max(max(heights) - min(heights), 1e-3)


def _floor(scene: bpy.types.Scene, square: float, half: int = 10) -> bpy.types.Object:
    """A chequered floor, so that travel can be seen; `square` is a square's side in metres."""
    mesh = bpy.data.meshes.new("floor")
    corners, faces = [], []
    for x in range(-half, half):
        for y in range(-half, half):
            if (x + y) % 2:
                faces.append(range(len(corners), len(corners) + 4))
                corners += [(x, y, 0), (x + 1, y, 0), (x + 1, y + 1, 0), (x, y + 1, 0)]
    mesh.from_pydata([tuple(square * c for c in corner) for corner in corners], [], faces)
    material = bpy.data.materials.new("floor")
    material.diffuse_color = (*_FLOOR_COLOUR, 1.0)
    mesh.materials.append(material)
    floor = bpy.data.objects.new("floor", mesh)
    floor.location.z = -0.004 * square
    scene.collection.objects.link(floor)
    return floor


def _compose(rows: dict[str, list[np.ndarray]], titles: list[str], path: Path) -> None:
    width = CELL[0]
    left = 24
    heights = [_row_height(pictures[0]) for pictures in rows.values()]
    size = (LABEL_PIXELS + sum(heights) + len(rows) * MARGIN, left + len(titles) * (width + MARGIN))
    sheet = np.full((*size, 3), _PAPER, np.uint8)
    for column, title in enumerate(titles):
        place = (left + column * (width + MARGIN) + 4, LABEL_PIXELS - 7)
        cv2.putText(sheet, title, place, _FONT, 0.48, (40, 40, 40), 1, cv2.LINE_AA)
    top = LABEL_PIXELS
    for (name, pictures), height in zip(rows.items(), heights, strict=True):
        sheet[top : top + height, :left] = _upright(name, height, left)
        for column, picture in enumerate(pictures):
            at = left + column * (width + MARGIN)
            sheet[top : top + height, at : at + width] = _fitted(picture, height)
        top += height + MARGIN
    ok, encoded = cv2.imencode(".png", sheet)
    if not ok:
        raise ScriptError("The contact sheet could not be encoded.")
    path.write_bytes(encoded.tobytes())


def _row_height(picture: np.ndarray) -> int:
    """As high as the picture at the cells' width, but no higher than a cell."""
    return min(CELL[1], round(CELL[0] * picture.shape[0] / picture.shape[1]))


def _fitted(picture: np.ndarray, height: int) -> np.ndarray:
    """The whole picture in a cell, on black where it does not fill it."""
    width = CELL[0]
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    cell = np.zeros((height, width, 3), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = small
    return cell


def _upright(text: str, height: int, width: int) -> np.ndarray:
    strip = np.full((width, height, 3), _PAPER, np.uint8)
    cv2.putText(strip, text, (8, width - 8), _FONT, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
    return cv2.rotate(strip, cv2.ROTATE_90_COUNTERCLOCKWISE)
