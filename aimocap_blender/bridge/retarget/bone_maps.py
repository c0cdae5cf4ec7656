# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone maps: recognised for an armature, corrected by the user, remembered per skeleton.

A corrected map is kept in one JSON file per skeleton, named after the fingerprint of its names and
hierarchy, and used again for every armature of that skeleton, as source and as target: characters
of other proportions on the same rig share it. The recognising itself is `motion`'s.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import bpy

from ...errors import AimocapError
from ...motion.fingerprint import fingerprint, structure_of
from ...motion.mapping import (
    BoneMapUnreadable,
    Labelling,
    Role,
    SavedLabels,
    dump,
    label,
    load,
    saved_labels,
)
from ...motion.rotations import FloatArray
from ...motion.skeleton import Skeleton
from .. import armatures, object_places, places

_FOLDER = "bone_maps"
_MOST_BYTES = 8 * 1024 * 1024


class BoneMapError(AimocapError):
    """A bone map can't be changed, written or read."""


def of_armature(armature: bpy.types.Object) -> Labelling:
    """The map in force for an armature object. Errors: `NotHumanoid`, with what is missing."""
    skeleton = armatures.read_skeleton(armature)
    return of_skeleton(skeleton, object_places.world_now(armature))


def of_skeleton(skeleton: Skeleton, world: FloatArray) -> Labelling:
    """The map in force for a skeleton: recognised, with what the user corrected for it."""
    labelling = label(skeleton, world=world)
    kept = remembered(skeleton)
    return kept.applied(labelling) if kept is not None else labelling


def remembered(skeleton: Skeleton) -> SavedLabels | None:
    """The user's map of that skeleton; None when there is none or its file can't be read."""
    with contextlib.suppress(OSError, BoneMapUnreadable, UnicodeDecodeError):
        for saved in _read(_file_of(skeleton)):
            return saved
    return None


def edit(armature: bpy.types.Object, role: Role, bones: Iterable[str]) -> Labelling:
    """Give `role` to `bones` (none empties it) and remember that for this skeleton.

    Errors: `BoneMapError`; then nothing was written.
    """
    try:
        edited = of_armature(armature).edited(role, bones)
    except ValueError as error:
        raise BoneMapError(str(error), remedy="Choose another bone.") from error
    _remember(edited, armature.name)
    return edited


def forget(armature: bpy.types.Object) -> Labelling:
    """Forget the user's corrections; returns what is recognised by itself."""
    path = _file_of(armatures.read_skeleton(armature))
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error
    return of_armature(armature)


def export(armature: bpy.types.Object, path: Path) -> None:
    """Write the map in force to a file for others. Errors: `BoneMapError`."""
    _write(path, dump([saved_labels(of_armature(armature), armature.name)]))


def take_over(armature: bpy.types.Object, path: Path) -> Labelling:
    """Use and remember a map from a file: the one made for this skeleton, else the first one.

    Errors: `BoneMapUnreadable`, `BoneMapError`; then nothing was written.
    """
    try:
        maps = _read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BoneMapError(
            f'"{path.name}" can\'t be read.', remedy="Choose another file."
        ) from error
    if not maps:
        raise BoneMapError(f'There is no map in "{path.name}".', remedy="Choose another file.")
    labelling = of_armature(armature)
    chosen = next((saved for saved in maps if saved.fits(labelling)), maps[0])
    applied = chosen.applied(labelling)
    _remember(applied, armature.name)
    return applied


def _remember(labelling: Labelling, name: str) -> None:
    _write(_file_of(labelling.skeleton), dump([saved_labels(labelling, name)]))


def _file_of(skeleton: Skeleton) -> Path:
    return places.own_folder() / _FOLDER / f"{structure_of(fingerprint(skeleton))}.json"


def _read(path: Path) -> tuple[SavedLabels, ...]:
    with path.open("rb") as stream:
        return load(stream.read(_MOST_BYTES).decode("utf-8-sig"))


def _write(path: Path, text: str) -> None:
    """Write through a temporary file: a reader sees the old map or the new one, never a part."""
    part = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(part).replace(path)
    except OSError as error:
        if part:
            Path(part).unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> BoneMapError:
    return BoneMapError(
        f'"{path}" can\'t be written ({error.strerror or type(error).__name__}).',
        remedy="Check the folder's permissions and the free space.",
    )
