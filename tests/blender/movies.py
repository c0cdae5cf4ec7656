# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbered movies made by Blender itself: each frame shows its own number as eight black or white
blocks, so that a rendered picture tells which source frame it came from.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import bpy
import numpy as np

from scripts.common.console import hushed

from .window import the_window

WIDTH, HEIGHT, BITS = 128, 64, 8


def numbered_movie(
    path: Path,
    *,
    frames: int = 60,
    fps: int = 30,
    fps_base: float = 1.0,
    container: str = "MPEG4",
) -> Path:
    """Write an H.264 movie of at most 256 numbered frames at fps / fps_base."""
    pictures = path.with_suffix("")
    pictures.mkdir(parents=True)
    for number in range(frames):
        _write_png(pictures / f"{number:04}.png", number)
    scene = bpy.data.scenes.new("movie maker")
    window = the_window()
    shown, window.scene = window.scene, scene
    try:
        _make_render_settings(scene, fps, fps_base)
        scene.render.ffmpeg.format = container
        editor = scene.sequence_editor_create()
        strips = editor.strips if hasattr(editor, "strips") else editor.sequences
        strip = strips.new_image("numbers", str(pictures / "0000.png"), 1, 1)
        for number in range(1, frames):
            strip.elements.append(f"{number:04}.png")
        renamed = hasattr(strip, "duration")  # from 5.2 on
        setattr(strip, "duration" if renamed else "frame_final_duration", frames)
        scene.frame_start, scene.frame_end = 1, frames
        scene.render.filepath = str(path)
        with hushed():
            bpy.ops.render.render(animation=True, scene=scene.name)
    finally:
        window.scene = shown
        bpy.data.scenes.remove(scene)
    assert path.is_file()
    return path


def numbers_seen(scene: bpy.types.Scene, frames: Iterable[int], folder: Path) -> list[int]:
    """The number shown at each scene frame: rendered by the Sequencer and read back."""
    render = scene.render
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"
    seen = []
    for frame in frames:
        scene.frame_set(frame)
        render.filepath = str(folder / "seen.png")
        with hushed():
            bpy.ops.render.render(write_still=True, scene=scene.name)
        image = bpy.data.images.load(render.filepath)
        row = np.array(image.pixels[:]).reshape(HEIGHT, WIDTH, 4)[HEIGHT // 2, :, 0]
        bpy.data.images.remove(image)
        width = WIDTH // BITS
        seen.append(sum(1 << bit for bit in range(BITS) if row[bit * width + width // 2] > 0.5))
    return seen


def fit_picture(scene: bpy.types.Scene) -> None:
    """Give the scene the movie's size, before the strip is added: it is fitted to the scene."""
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.view_settings.view_transform = "Standard"


def _make_render_settings(scene: bpy.types.Scene, fps: int, fps_base: float) -> None:
    render = scene.render
    render.fps, render.fps_base = fps, fps_base
    render.use_file_extension = False
    fit_picture(scene)
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.codec = "H264"
    render.ffmpeg.constant_rate_factor, render.ffmpeg.gopsize = "LOSSLESS", 10


def _write_png(path: Path, number: int) -> None:
    width = WIDTH // BITS
    row = b"\0" + b"".join((b"\xff" if number >> b & 1 else b"\0") * width for b in range(BITS))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * HEIGHT)), (b"IEND", b""))
    content = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
