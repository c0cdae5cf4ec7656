# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded motions out of BVH files, read without Blender, cut into takes at 30 frames a second.

The format is Biovision's: a HIERARCHY of offsets and channels, then a MOTION of Euler angles in
degrees, applied in the order in which the channels stand.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.mapping.labelling import label
from aimocap_blender.motion.mapping.roles import Side, leg
from aimocap_blender.motion.rotations import FloatArray, from_axis_angle, multiply
from aimocap_blender.motion.skeleton import Motion, Skeleton, empty_track

FPS = 30.0
_SECONDS = 5.0
_LEG_METRES = 0.85
_AXES = {"X": 0, "Y": 1, "Z": 2}
_UPRIGHT = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)))
"""Y up to Z up."""


def takes(path: Path) -> tuple[Body, FloatArray, list[Motion]]:
    """The rig of a file, its world, and its motion in pieces of five seconds."""
    words = path.read_text(encoding="utf-8", errors="replace").split()
    skeleton, channels, at = _hierarchy(words)
    frames = int(words[words.index("Frames:", at) + 1])
    seconds = float(words[words.index("Time:", at) + 1])
    start = words.index("Time:", at) + 2
    width = sum(len(names) for names in channels)
    table = np.array(words[start : start + frames * width], dtype=np.float64).reshape(frames, width)
    table = table[:: max(1, round(1.0 / (FPS * seconds)))]
    rotations, locations = _tracks(skeleton, channels, table)
    body = Body.of(label(skeleton, world=_world(1.0)))
    world = _world(_LEG_METRES / _leg(body))
    length = round(_SECONDS * FPS)
    pieces = [
        Motion(skeleton, FPS, rotations[a : a + length], locations[a : a + length], world)
        for a in range(0, len(table) - length + 1, length)
    ]
    return body, world, pieces


def _world(scale: float) -> FloatArray:
    world = np.eye(4)
    world[:3, :3] = _UPRIGHT * scale
    return world


def _leg(body: Body) -> float:
    joints = [body.heads[body.bones[role, 0]] for role in leg(Side.LEFT)[:3]]
    return float(sum(np.linalg.norm(b - a) for a, b in pairwise(joints)))


def _hierarchy(words: list[str]) -> tuple[Skeleton, list[list[str]], int]:
    """Bones, their channels, and where the motion begins."""
    names: list[str] = []
    parents: list[int] = []
    heads: list[FloatArray] = []
    channels: list[list[str]] = []
    stack: list[int] = []
    at, ends = 0, 0
    while words[at] != "MOTION":
        word = words[at]
        if word in ("ROOT", "JOINT", "End"):
            ends += word == "End"
            names.append(words[at + 1] if word != "End" else f"end_{ends}")
            parents.append(stack[-1] if stack else -1)
            channels.append([])
            heads.append(np.zeros(3))
            at += 1
        elif word == "{":
            stack.append(len(names) - 1)
        elif word == "}":
            stack.pop()
        elif word == "OFFSET":
            above = heads[parents[-1]] if parents[-1] >= 0 else np.zeros(3)
            heads[-1] = above + np.array([float(v) for v in words[at + 1 : at + 4]])
            at += 3
        elif word == "CHANNELS":
            count = int(words[at + 1])
            channels[-1] = words[at + 2 : at + 2 + count]
            at += 1 + count
        at += 1
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, 3] = heads
    return Skeleton(tuple(names), np.array(parents), rest, np.ones(len(names))), channels, at


def _tracks(
    skeleton: Skeleton, channels: list[list[str]], table: FloatArray
) -> tuple[FloatArray, FloatArray]:
    rotations = empty_track(len(table), len(skeleton.names), 4)
    locations = empty_track(len(table), len(skeleton.names), 3)
    rotations[...] = (1.0, 0.0, 0.0, 0.0)
    locations[...] = 0.0
    column = 0
    for bone, names in enumerate(channels):
        turn = np.broadcast_to(np.array((1.0, 0.0, 0.0, 0.0)), (len(table), 4))
        for name in names:
            axis, values = _AXES[name[0]], table[:, column]
            if name.endswith("position"):
                offset = skeleton.rest[bone, axis, 3] if skeleton.parents[bone] < 0 else 0.0
                locations[:, bone, axis] = values - offset
            else:
                unit = np.broadcast_to(np.eye(3)[axis], (len(table), 3))
                turn = multiply(turn, from_axis_angle(unit, np.radians(values)))
            column += 1
        rotations[:, bone] = turn
    return rotations, locations
