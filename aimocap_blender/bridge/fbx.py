# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion files (FBX, BVH, glTF) as guests: imported into a scene of their own, read, removed.

`imported` is a context manager. Inside it the armatures can be read; after it everything that
came with the file is gone and the user's scene is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..errors import AimocapError


class MotionFileError(AimocapError):
    """A motion file can't be imported."""


@dataclass(frozen=True)
class Imported:
    """What a motion file brought, valid only inside the `with` block.

    armatures         the armature objects, those with an action first
    fps               frames per second the file's keys are at, in the temporary scene
    first_frame       scene frame of the first key
    duration_seconds  from the first key to the last
    """

    armatures: tuple[bpy.types.Object, ...]
    fps: float
    first_frame: float
    duration_seconds: float


@contextmanager
def imported(context: bpy.types.Context, path: Path) -> Iterator[Imported]:
    """Import a motion file, yield what it brought, remove all of it again.

    Errors: MotionFileError when the file is no motion file, this Blender has no importer for it,
    the importer fails, or there is no armature in it.
    """
    raise NotImplementedError
    yield
