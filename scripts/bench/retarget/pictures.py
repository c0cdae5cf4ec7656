# SPDX-License-Identifier: GPL-3.0-or-later
"""Six pairs to look at: above the source, below it the target at the same frames, feet on.

Stick figures through the joints as Blender evaluates them, left blue, right orange, seen half from
the side and drawn at one height, on the line at which their toes stand.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np

from aimocap_blender.bridge.review.pictures import lettering, png
from aimocap_blender.bridge.review.pictures.canvas import Canvas
from aimocap_blender.motion.canonical import Part
from aimocap_blender.motion.mapping.roles import Role, Side, arm, leg
from aimocap_blender.motion.rotations import FloatArray
from scripts.bench.spot_checks import performances
from scripts.bench.spot_checks.rigs import actors

from . import quality, real_files
from .measures import Played, Seen

FILE = "retarget-pairs.jpg"
COLUMNS = 6
CELL = 92, 132
ACROSS = 2
HEAD, GAP = 24, 14
_VIEW = np.radians(35.0)
_PAPER, _INK, _FLOOR = (1.0, 1.0, 1.0), (0.15, 0.15, 0.15), (0.82, 0.82, 0.82)
_COLOURS = {Side.LEFT: (0.16, 0.38, 0.85), Side.RIGHT: (0.90, 0.42, 0.10), None: (0.4, 0.4, 0.45)}
_FILLS, _FROM, _TO = 0.86, 0.04, 0.96
GENERATED = (
    ("mixamo", "vroid", "dance"),
    ("reallusion_cc", "ue4_mannequin", "walk"),
    ("bvh_cmu_cgspeed", "kaykit", "walk"),
    ("kaykit", "mixamo", "dance"),
    ("vroid", "reallusion_cc", "dance"),
    ("ue4_mannequin", "bvh_cmu_cgspeed", "walk"),
)
"""The last four only where the real files are not beside the checkout."""
REAL = ((0, "Rigify rig"), (0, "KayKit"), (1, "HumanIK"), (3, "Unreal"))
"""Takes by their number, and the rigs they go onto."""


def make(folder: Path) -> Path:
    """Draw the six pairs into a picture in `folder`; returns its path."""
    blocks = [_block(played) for played in _pairs()]
    high, wide = blocks[0].shape[:2]
    down = -(-len(blocks) // ACROSS)
    sheet = Canvas(ACROSS * wide + (ACROSS + 1) * GAP, down * (high + GAP) + GAP, _PAPER)
    for number, block in enumerate(blocks):
        row, column = divmod(number, ACROSS)
        sheet.paste(block, GAP + column * (wide + GAP), GAP + row * (high + GAP))
    folder.mkdir(parents=True, exist_ok=True)
    return _save(sheet, folder / FILE)


def _pairs() -> Iterator[Played]:
    """The last of each pair's two: with the feet on."""
    cast = actors()
    plays = {"walk": performances.curved_walk, "dance": performances.dance}
    real = () if real_files.missing() else REAL
    for number, name in real:
        yield list(real_files.pair(real_files.TAKES[number], name, quick=False))[-1]
    for source, target, play in GENERATED[: len(GENERATED) - len(real)]:
        yield list(quality.pair(cast[source], cast[target], play, plays[play]()))[-1]


def _block(played: Played) -> FloatArray:
    """One pair: a title, the source's row and the target's."""
    wide, high = COLUMNS * CELL[0], HEAD + 2 * CELL[1]
    canvas = Canvas(wide, high, _PAPER)
    case = played.case
    title = f"{case.source} > {case.target}" + (f", {case.motion}" if case.motion else "")
    lettering.write(canvas, lettering.fitting(title, 10.0, wide), 0.0, 4.0, 10.0, _INK)
    last = len(played.theirs.joints) - 1
    frames = np.rint(np.linspace(_FROM, _TO, COLUMNS) * last).astype(int)
    for row, seen in enumerate((played.theirs, played.ours)):
        base = HEAD + (row + 1) * CELL[1] - 8.0
        canvas.line((0.0, base), (wide, base), _FLOOR, 1.0)
        for column, frame in enumerate(frames):
            _draw(canvas, seen, int(frame), ((column + 0.5) * CELL[0], base))
    return canvas.pixels


def _draw(canvas: Canvas, seen: Seen, frame: int, foot: tuple[float, float]) -> None:
    """One figure at one frame, its hips over `foot`."""
    height = float(np.median(np.ptp(_height_of(seen), axis=1)))
    scale = _FILLS * (CELL[1] - 12.0) / height
    floor = float(np.percentile(_height_of(seen).min(axis=1), 10.0))
    middle = seen.joint(seen.body.bones[Role.HIPS, 0])[frame]
    across = np.array((np.cos(_VIEW), np.sin(_VIEW), 0.0))

    def on_paper(point: FloatArray) -> tuple[float, float]:
        return (
            foot[0] + float((point - middle) @ across) * scale,
            foot[1] - (float(point[2]) - floor) * scale,
        )

    for side, chain in _chains(seen):
        points = [on_paper(seen.joint(bone)[frame]) for bone in chain]
        for start, end in pairwise(points):
            canvas.line(start, end, _COLOURS[side], 4.0 if side is None else 3.4)
    if (Role.HEAD, 0) in seen.body.bones:
        head = on_paper(seen.joint(seen.body.bones[Role.HEAD, 0])[frame])
        canvas.disc((head[0], head[1] - 5.0), 6.0, _COLOURS[None])


def _height_of(seen: Seen) -> FloatArray:
    """(frames, parts) heights of the joints that are drawn."""
    bones = sorted({bone for _, chain in _chains(seen) for bone in chain})
    return np.stack([seen.joint(bone)[:, 2] for bone in bones], axis=1)


def _chains(seen: Seen) -> Iterator[tuple[Side | None, list[int]]]:
    """Lines through the body: trunk, arms from the neck, legs from the hips; where they are."""
    bones = seen.body.bones
    spine = [*seen.body.chain(Role.SPINE), *seen.body.chain(Role.NECK)]
    trunk = [bones[Role.HIPS, 0], *spine, *seen.body.chain(Role.HEAD)]
    yield None, trunk
    top = seen.body.chain(Role.SPINE)[-1:] or (bones[Role.HIPS, 0],)
    for side in Side:
        for start, roles in ((top[0], arm(side)), (bones[Role.HIPS, 0], leg(side))):
            parts: list[Part] = [(role, 0) for role in roles]
            yield side, [start, *(bones[part] for part in parts if part in bones)]


def _save(sheet: Canvas, path: Path) -> Path:
    """A JPEG by Blender itself, of the picture as PNG."""
    with tempfile.TemporaryDirectory(prefix="aimocap-pictures-") as folder:
        plain = Path(folder, "sheet.png")
        plain.write_bytes(png.encode(sheet.pixels))
        image = bpy.data.images.load(str(plain))
        image.file_format = "JPEG"
        image.save(filepath=str(path))
        bpy.data.images.remove(image)
    return path
