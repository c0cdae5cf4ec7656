# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as PNG files: 8 bits a channel, no alpha (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(pixels: NDArray[np.floating]) -> bytes:
    """The file of a picture (height, width, 3) of numbers from 0 to 1."""
    height, width = pixels.shape[:2]
    eight = np.rint(np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 255.0).astype(np.uint8)
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = eight.reshape(height, -1)
    rows[1:, 1:] -= eight.reshape(height, -1)[:-1]  # filter 2: the difference to the row above
    rows[1:, 0] = 2
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )
