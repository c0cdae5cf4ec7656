# SPDX-License-Identifier: GPL-3.0-or-later
"""Single frames of a video file, decoded by Blender's Sequencer in a scene of its own.

Whatever the rates: in that scene the strip plays one frame of the file per scene frame. The
scene's colour management is set to show the file as it is.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ... import compat, windows
from .canvas import FloatArray

logger = logging.getLogger(__name__)

_HANDLERS = ("render_init", "render_pre", "render_post", "render_write", "render_complete",
             "render_cancel", "render_stats")  # fmt: skip


class Film:
    """An opened video. `fps` is the file's own rate, `frames` its length."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        """Open it to be seen in at most that many pixels. Errors: RuntimeError, OSError."""
        self._scene = bpy.data.scenes.new("aimocap film")
        try:
            self._strip = _strip_of(self._scene, path)
            self.fps = float(self._strip.fps) or 30.0
            told = compat.told_source_frames(self._strip)
            self.frames = int(told or compat.strip_times(self._strip).right_handle - 1)
            element = self._strip.elements[0]
            wide, high = max(element.orig_width, 1), max(element.orig_height, 1)
            scale = min(width / wide, height / high, 1.0)
            self._strip.transform.scale_x = self._strip.transform.scale_y = scale
            _set_up(self._scene, max(4, round(wide * scale)), max(4, round(high * scale)))
        except BaseException:
            self.close()
            raise
        self._folder = tempfile.TemporaryDirectory(prefix="aimocap_film_")

    def at(self, seconds: float) -> FloatArray | None:
        """(rows, columns, 3) of the frame shown at that moment of the file; None when it fails."""
        number = min(max(round(seconds * self.fps), 0), max(self.frames - 1, 0))
        path = Path(self._folder.name) / f"{number}.png"
        self._scene.frame_set(1 + number)
        self._scene.render.filepath = str(path)
        try:
            # Naming the scene to the operator would render its first frame (4.5).
            with _silent(), windows.showing(bpy.context, self._scene):
                bpy.ops.render.render(write_still=True)
        except RuntimeError:  # how bpy.ops tells of anything that goes wrong inside
            logger.info("frame %d was not decoded", number, exc_info=True)
            return None
        return _read(path) if path.is_file() else None

    def close(self) -> None:
        """Remove everything that was made to read it."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()
        bpy.data.scenes.remove(self._scene)


@contextmanager
def opened(path: Path, width: int, height: int) -> Iterator[Film | None]:
    """The video for a while; None when Blender can't read it."""
    film = None
    try:
        film = Film(path, width, height)
    except (RuntimeError, OSError, IndexError):
        logger.info("%s can't be shown", path.name, exc_info=True)
    try:
        yield film
    finally:
        if film is not None:
            film.close()


def _strip_of(scene: bpy.types.Scene, path: Path) -> Any:  # as many kinds as versions
    editor: Any = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences  # 4.2 to 4.3
    return strips.new_movie("film", str(path), channel=1, frame_start=1, fit_method="ORIGINAL")


def _set_up(scene: bpy.types.Scene, width: int, height: int) -> None:
    render = scene.render
    render.resolution_x, render.resolution_y = width, height
    render.resolution_percentage = 100
    render.use_sequencer, render.use_compositing = True, False
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGB"
    render.image_settings.compression = 5
    render.use_file_extension = False
    render.use_overwrite = True
    scene.view_settings.view_transform = "Standard"
    scene.frame_end = 1_000_000


def _read(path: Path) -> FloatArray:
    """A PNG through Blender's own reader, as (rows, columns, 3)."""
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        width, height = (int(side) for side in np.array(image.size))
        pixels = np.empty(width * height * image.channels, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(height, width, image.channels)[::-1, :, :3].copy()
    finally:
        bpy.data.images.remove(image)


@contextmanager
def _silent() -> Iterator[None]:
    """The user's own render handlers do not hear of our pictures."""
    kept = {name: list(getattr(bpy.app.handlers, name)) for name in _HANDLERS
            if hasattr(bpy.app.handlers, name)}  # fmt: skip
    for name in kept:
        getattr(bpy.app.handlers, name).clear()
    try:
        yield
    finally:
        for name, handlers in kept.items():
            getattr(bpy.app.handlers, name).extend(handlers)
