# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion files (FBX, BVH, glTF) as guests: imported into a scene of their own, read, removed.

`imported` is a context manager. Inside it the armatures can be read; after it everything that
came with the file is gone and the user's scenes are as they were: importers set the frame rate of
the scene they import into, move its cursor of selection and leave meshes, materials, images,
collections and texts behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ..clips.trim import exact_rate
from . import compat, takes, windows
from .gltf_skins import with_a_skin
from .motion_files import MotionFileError, MotionFormat, examine

__all__ = ["Imported", "MotionFileError", "imported"]

logger = logging.getLogger(__name__)

_FINE_FPS = 120
"""Rate of the temporary scene until the file names its own. glTF names none: its keys, made at 24,
30 or 60 frames a second, fall on whole frames of this one."""
_FEWEST_KEYS = 3
_CLIPS_TOLD = 8
_UNEVEN = 0.1
_SAME_STEP = 1e-3


@dataclass(frozen=True)
class Imported:
    """What a motion file brought, valid only inside the `with` block.

    scene             the temporary scene it lives in
    armatures         the armature objects, those with the longest motion first
    fps               frames per second of the keys
    first_frame       scene frame of the first key, 0 for a file without a motion
    clips             names of the motions of the first armature, the one that plays first
    duration_seconds  from the first key to the last, 0 for a file without a motion
    """

    scene: bpy.types.Scene
    armatures: tuple[bpy.types.Object, ...]
    fps: float
    first_frame: float
    duration_seconds: float
    clips: tuple[str, ...]


@contextmanager
def imported(context: bpy.types.Context, path: Path, *, clip: str = "") -> Iterator[Imported]:
    """Import a motion file, yield what it brought, remove all of it again.

    clip  the motion its armatures play, where the file holds several; "" for the importer's choice

    What is made inside the `with` block stays: only what came with the file goes. Errors:
    MotionFileError when the file is no whole motion file, this Blender has no importer for it,
    the importer fails, there is no armature in it, or no clip of that name.
    """
    kind = examine(path)
    _importer(kind, path)
    before = {block.session_uid for block in _all_blocks()}
    guests: set[int] = set()
    try:
        scene = bpy.data.scenes.new(f"aimocap {path.stem}")
        scene.render.fps = _FINE_FPS
        try:
            with with_a_skin(path) if kind is MotionFormat.GLTF else nullcontext(path) as file:
                _run(context, scene, path, _importer(kind, file))
        finally:
            guests = {block.session_uid for block in _all_blocks()} - before
        yield _what_came(scene, path, clip)
    finally:
        _remove(guests)


def _run(
    context: bpy.types.Context,
    scene: bpy.types.Scene,
    path: Path,
    operator: Callable[[], object],
) -> None:
    """Run an importer as if `scene` were the user's."""
    try:
        with windows.showing(context, scene):
            operator()
    except RuntimeError as error:  # how bpy.ops tells of anything that goes wrong inside
        logger.info("import of %s failed", path.name, exc_info=True)
        raise MotionFileError(
            f'Blender can\'t import "{path.name}" ({_cause(error)}).',
            remedy="Export the file again from the program it came from.",
        ) from error


def _what_came(scene: bpy.types.Scene, path: Path, clip: str) -> Imported:
    """The armatures of the temporary scene, longest motion first, and their times."""
    armatures = [o for o in scene.objects if o.type == "ARMATURE" and o.data.bones]
    if not armatures:
        raise MotionFileError(
            f'There is no armature in "{path.name}".',
            remedy="Choose a file with a skeleton and its motion.",
        )
    if clip:
        _play(clip, armatures, path)
    armatures.sort(key=lambda armature: _length(_frame_range(armature)), reverse=True)
    fps = _put_on_whole_frames(armatures[0], scene.render.fps / scene.render.fps_base)
    first, last = _frame_range(armatures[0])
    clips = takes.names(armatures[0])
    return Imported(scene, tuple(armatures), fps, first, (last - first) / fps, clips)


def _play(clip: str, armatures: list[bpy.types.Object], path: Path) -> None:
    """Have every armature that has the clip play it; MotionFileError when none has."""
    playing = [armature for armature in armatures if takes.play(armature, clip)]
    if not playing:
        there = [name for armature in armatures for name in takes.names(armature)]
        shown = ", ".join(f'"{name}"' for name in there[:_CLIPS_TOLD])
        more = f" and {len(there) - _CLIPS_TOLD} more" if len(there) > _CLIPS_TOLD else ""
        raise MotionFileError(
            f'There is no clip "{clip}" in "{path.name}".',
            remedy=f"It has {shown}{more}." if there else "It has no motion at all.",
        )


def _importer(kind: MotionFormat, path: Path) -> Callable[[], object]:
    """The call that imports a file of this kind here; MotionFileError when there is none.

    Frames are not shifted (`anim_offset`, by default 1, moves every key), leaf bones stay (some
    rigs' leaf bones carry motion), custom properties don't come in.
    """
    file = str(path)
    match kind:
        case MotionFormat.FBX | MotionFormat.FBX_TEXT if has_operator(bpy.ops.wm, "fbx_import"):
            return lambda: bpy.ops.wm.fbx_import(
                filepath=file, anim_offset=0.0, ignore_leaf_bones=False, use_custom_props=False
            )
        case MotionFormat.FBX if has_operator(bpy.ops.import_scene, "fbx"):
            return lambda: bpy.ops.import_scene.fbx(
                filepath=file,
                anim_offset=0.0,
                ignore_leaf_bones=False,
                use_custom_props=False,
                use_image_search=False,
                automatic_bone_orientation=False,
            )
        case MotionFormat.FBX_TEXT:
            raise MotionFileError(
                f'"{path.name}" is an FBX text file, which this Blender can\'t import.',
                remedy="Export it as binary FBX, or use Blender 4.5 or newer.",
            )
        case MotionFormat.BVH if has_operator(bpy.ops.import_anim, "bvh"):
            return lambda: bpy.ops.import_anim.bvh(
                filepath=file, frame_start=0, update_scene_fps=True, rotate_mode="QUATERNION"
            )
        case MotionFormat.GLTF if has_operator(bpy.ops.import_scene, "gltf"):
            return lambda: bpy.ops.import_scene.gltf(filepath=file, disable_bone_shape=True)
        case _:
            raise MotionFileError(
                f"This Blender has no importer for {kind.value} files.",
                remedy="Enable Blender's own import add-on for them in the preferences.",
            )


def has_operator(module: object, name: str) -> bool:
    """Whether an operator exists: `bpy.ops` answers for any name until it is asked for its type."""
    try:
        getattr(module, name).get_rna_type()
    except KeyError:
        return False
    return True


def _put_on_whole_frames(armature: bpy.types.Object, fps: float) -> float:
    """Move evenly spaced keys onto whole frames; returns the frames per second they then are at.

    The Python importer keeps the times of a 30-fps motion in a file that says 25 as frames 0, 0.83,
    1.67, ...; read at whole frames, every pose would be a blend of two. Uneven keys stay.
    """
    data = armature.animation_data
    if data is None or data.action is None:
        return fps
    curves = compat.curves_of(data.action, compat.active_slot(armature))
    densest = max(curves, key=lambda curve: len(curve.keyframe_points), default=None)
    if densest is None or len(densest.keyframe_points) < _FEWEST_KEYS:
        return fps
    times = _times(densest, "co")[:, 0]
    first, step = float(times[0]), float(times[-1] - times[0]) / (len(times) - 1)
    is_even = step > 0 and np.abs(np.diff(times) - step).max() < _UNEVEN * step
    if not is_even or (abs(step - 1.0) < _SAME_STEP and abs(first - round(first)) < _SAME_STEP):
        return fps
    for curve in curves:
        for name in ("co", "handle_left", "handle_right"):
            points = _times(curve, name)
            points[:, 0] = (points[:, 0] - first) / step
            if name == "co":
                whole = np.rint(points[:, 0])
                near = np.abs(points[:, 0] - whole) < _UNEVEN
                points[:, 0] = np.where(near, whole, points[:, 0])
            curve.keyframe_points.foreach_set(name, points.ravel())
        curve.update()
    return float(exact_rate(fps / step))


def _times(curve: bpy.types.FCurve, name: str) -> NDArray[np.float32]:
    """(keys, 2) frames and values of a curve's points or handles."""
    points = np.empty(len(curve.keyframe_points) * 2, dtype=np.float32)
    curve.keyframe_points.foreach_get(name, points)
    return points.reshape(-1, 2)


def _frame_range(armature: bpy.types.Object) -> tuple[float, float]:
    """First and last key of what moves the armature; (0, 0) when nothing does."""
    data = armature.animation_data
    if data is None:
        return 0.0, 0.0
    actions = [data.action] if data.action else []
    actions += [s.action for track in data.nla_tracks for s in track.strips if s.action]
    if not actions:
        return 0.0, 0.0
    frames = actions[0].curve_frame_range
    return frames[0], frames[1]


def _length(frames: tuple[float, float]) -> float:
    return frames[1] - frames[0]


def _all_blocks() -> Iterator[bpy.types.ID]:
    """Every data-block of the file, of whatever kind this Blender knows (5.2 also lists all)."""
    for prop in bpy.data.bl_rna.properties:
        if prop.type == "COLLECTION" and prop.identifier != "all_ids":
            yield from getattr(bpy.data, prop.identifier)


def _remove(guests: set[int]) -> None:
    """Remove the data-blocks with these session ids, at one go."""
    bpy.data.batch_remove([b for b in _all_blocks() if b.session_uid in guests])


def _cause(error: RuntimeError) -> str:
    """The line of an operator's error that names the fault: the last that is no place in code."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith(("Location:", "File "))]
    return told[-1].removeprefix("Error: ").rstrip(".") if told else "no reason was given"
