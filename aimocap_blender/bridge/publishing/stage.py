# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene a target's results are looked at in: a double of its armature for each clip.

The doubles share the character's data and stand side by side; the user's scene is not touched.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...errors import AimocapError
from ...jobs.job import CHECKED_PICTURE, GLANCE_PICTURE, Job
from .. import windows

if TYPE_CHECKING:
    from ..review import checking
    from ..workroom import Workroom

_FPS = 30
_GAP = 1.2

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """What the checks said (pass, look or fail), the picture's path, and words when there is none.

    A motion that can't be checked is one to look at. `fingerprint` and `rest_summary`
    are of the skeleton that came back.
    """

    overall: str
    picture: str
    note: str = ""
    fingerprint: str = ""
    rest_summary: str = ""


def performed(
    context: bpy.types.Context,
    work: Workroom,
    job: Job,
    original: bpy.types.Object,
    name: str,
) -> Seen:
    """The job's motion on a double of `original` in the scene the job names, checked and drawn.

    Errors: `AimocapError`; then nothing of it is left in the scene.
    """
    scene = ensure(job.request.placement.scene_name)
    with windows.showing(context, scene):  # only what is shown is evaluated
        figure = double(scene, original, name)
        try:
            applied = work.apply(context, job.local_id, figure)
        except AimocapError:
            remove(figure)
            raise
        found = checked(figure, job)
    seen = drawn(scene, found, job)
    work.thumbnails.forget(glance_of(seen.picture))
    return replace(
        seen, fingerprint=applied.skeleton_fingerprint, rest_summary=applied.rest_summary
    )


def glance_of(picture: str) -> str:
    """The small part of a picture that a panel shows; "" for no picture."""
    return str(Path(picture).with_name(GLANCE_PICTURE)) if picture else ""


def ensure(name: str) -> bpy.types.Scene:
    """The scene with that name, made when it is missing."""
    scene = bpy.data.scenes.get(name)
    if scene is None:
        scene = bpy.data.scenes.new(name)
        scene.render.fps, scene.render.fps_base = _FPS, 1.0
    return scene


def double(scene: bpy.types.Scene, original: bpy.types.Object, name: str) -> bpy.types.Object:
    """The armature once more in the scene, with what it wears, beside those that are there."""
    figure: Any = original.copy()
    figure.name = name
    figure.animation_data_clear()
    figure.parent = None
    figure.matrix_world = original.matrix_world.copy()
    count = sum(1 for item in scene.objects if item.type == "ARMATURE")
    figure.location.x += count * _GAP * max(original.dimensions.x, original.dimensions.z, 0.5)
    scene.collection.objects.link(figure)
    for worn in [item for item in bpy.data.objects if _is_worn(item, original)]:
        garment: Any = worn.copy()
        if worn.parent == original:
            garment.parent = figure
            garment.matrix_parent_inverse = worn.matrix_parent_inverse.copy()
        for modifier in garment.modifiers:
            if modifier.type == "ARMATURE" and modifier.object == original:
                modifier.object = figure
        scene.collection.objects.link(garment)
    for bone in figure.pose.bones:
        bone.matrix_basis.identity()
    return figure


def remove(figure: bpy.types.Object) -> None:
    """Take a double away again, with what it wears."""
    for item in [one for one in bpy.data.objects if _is_worn(one, figure)]:
        bpy.data.objects.remove(item)
    bpy.data.objects.remove(figure)


def strike(name: str) -> None:
    """Take that scene away again, with its doubles and the motions that were put on them."""
    scene = bpy.data.scenes.get(name)
    if scene is None:
        return
    for item in list(scene.objects):
        data = item.animation_data
        motion = data.action if data is not None else None
        bpy.data.objects.remove(item)
        if motion is not None and motion.users <= int(motion.use_fake_user):
            bpy.data.actions.remove(motion)
    if len(bpy.data.scenes) > 1:
        bpy.data.scenes.remove(scene)


def checked(figure: bpy.types.Object, job: Job) -> checking.Checked | str:
    """The checks of the motion that was just applied; a sentence when it can't be checked."""
    from ..review import checking

    try:
        return checking.check_action(figure, jobs=(job,))
    except AimocapError as error:
        return f"It could not be checked: {error.what}"


def drawn(scene: bpy.types.Scene, found: checking.Checked | str, job: Job) -> Seen:
    """The motion beside its video, as a picture with the job's other files.

    Not while the scene is `shown`: frames of the video are rendered in a scene of their own.
    """
    from ..review.origins import Footage
    from ..review.pictures import png
    from ..review.pictures.sheet import Sheet

    if isinstance(found, str):
        return Seen("look", "", found)
    scene.frame_start = min(scene.frame_start, int(found.frames[0]))
    scene.frame_end = max(scene.frame_end, int(found.frames[-1]))
    overall = found.report.overall.word
    motion = job.artifact("fbx")
    if motion is None:
        return Seen(overall, "")
    placement = job.request.placement
    footage = Footage(
        job.request.clip_path,
        job.request.trim_start_seconds,
        placement.first_frame,
        scene.render.fps / scene.render.fps_base,
        placement.time_scale,
    )
    sheet = Sheet(found, footage, f"{found.armature_name}: {overall}")
    try:
        sheet.finish()
        path = sheet.save(motion.path.parent / CHECKED_PICTURE)
        path.with_name(GLANCE_PICTURE).write_bytes(png.encode(sheet.glance()))
    except OSError as error:
        logger.warning("no picture of %s: %s", found.armature_name, error)
        return Seen(overall, "", "Its picture could not be written")
    return Seen(overall, str(path))


def _is_worn(item: bpy.types.Object, armature: bpy.types.Object) -> bool:
    modifiers: Any = item.modifiers  # Blender's stubs know no kinds of modifiers
    worn = any(m.type == "ARMATURE" and m.object == armature for m in modifiers)
    return item.type == "MESH" and (worn or item.parent == armature)
