# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest files that pass for what they are, made here byte by byte."""

from __future__ import annotations

import json
import struct
from typing import Any

MP4 = (
    struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp41")
    + struct.pack(">I4s", 16, b"mdat")
    + bytes(8)
)
"""An MP4 with a head and no picture."""


def _record(name: bytes, properties: bytes, count: int, children: bytes, start: int) -> bytes:
    body = properties + (children + bytes(13) if children else b"")
    end = start + 13 + len(name) + len(body)
    return struct.pack("<IIIB", end, count, len(properties), len(name)) + name + body


def small_fbx(comment: bytes = b"fake") -> bytes:
    """A binary FBX 7.4 with one record, a child and an array; other comments, other hashes."""
    head = b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 7400)
    text = b"S" + struct.pack("<I", len(comment)) + comment
    outer_start = len(head)
    child_start = outer_start + 13 + len(b"FBXHeaderExtension") + len(text)
    array = b"d" + struct.pack("<III", 3, 0, 24) + struct.pack("<3d", 1, 2, 3)
    child = _record(b"Values", array, 1, b"", child_start)
    return head + _record(b"FBXHeaderExtension", text, 1, child, outer_start) + bytes(13 + 16)


SMALL_FBX = small_fbx()


def robot_motion(frames: int = 3, joints: int = 29) -> dict[str, Any]:
    """A robot motion that stands still."""
    return {
        "version": 1,
        "robotType": "unitree_g1",
        "fps": 30,
        "frameCount": frames,
        "root_pos": [[0.0, 0.0, 0.793]] * frames,
        "root_rot_xyzw": [[0.0, 0.0, 0.0, 1.0]] * frames,
        "dof_pos": [[0.0] * joints] * frames,
    }


def robot_motion_bytes() -> bytes:
    """The same as a file."""
    return json.dumps(robot_motion()).encode()
