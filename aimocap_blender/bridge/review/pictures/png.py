# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as PNG files: 8 bits a channel, no alpha (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_BAND = 48
Bytes = NDArray[np.uint8]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(pixels: NDArray[np.floating]) -> bytes:
    """The file of a picture (height, width, 3) of numbers from 0 to 1."""
    parts: list[bytes] = []
    for _ in steps(pixels, parts):
        pass
    return b"".join(parts)


def steps(pixels: NDArray[np.floating], parts: list[bytes]) -> Iterator[None]:
    """The same in small steps: `parts` is the whole file when they are done."""
    height, width = pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts += [_SIGNATURE, _chunk(b"IHDR", header)]
    packer = zlib.compressobj(6)
    above = np.zeros(3 * width, dtype=np.uint8)
    for start in range(0, height, _BAND):
        band, above = _filtered(pixels[start : start + _BAND], above)
        packed = packer.compress(band)
        if packed:
            parts.append(_chunk(b"IDAT", packed))
        yield
    parts += [_chunk(b"IDAT", packer.flush()), _chunk(b"IEND", b"")]


def _filtered(pixels: NDArray[np.floating], above: Bytes) -> tuple[bytes, Bytes]:
    """Rows as differences to the row above (filter 2), and the last row as it is."""
    eight = np.rint(np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 255.0).astype(np.uint8)
    rows = eight.reshape(len(eight), -1)
    coded = np.empty((len(rows), 1 + rows.shape[1]), dtype=np.uint8)
    coded[:, 0] = 2
    coded[0, 1:] = rows[0] - above
    coded[1:, 1:] = rows[1:] - rows[:-1]
    return coded.tobytes(), rows[-1]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )
