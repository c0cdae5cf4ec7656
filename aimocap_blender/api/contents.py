# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a fetched file what it should be? Checked before anyone opens it: answers are untrusted.

Errors everywhere: `DamagedArtifact`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

from .bodies import NotJson, parse_json
from .failures import A_WEB_PAGE, DamagedArtifact
from .fbx_check import BINARY_SIGNATURE, FbxDamaged, check_binary_fbx

Kind = Literal["fbx", "motion_json", "preview"]

MAX_BYTES: dict[Kind, int] = {
    "fbx": 1024**3,
    "motion_json": 128 * 1024**2,
    "preview": 4 * 1024**3,
}
"""Larger than anything the service makes; a bound, not a measure."""

_MAX_FRAMES = 1_000_000
_ASCII_SIGNATURE = b"; FBX"


def check(kind: Kind, path: Path) -> None:
    """Look into a file of that kind."""
    match kind:
        case "fbx":
            _check_fbx(path)
        case "motion_json":
            _check_motion(path)
        case "preview":
            _check_mp4(path)


def _check_fbx(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(BINARY_SIGNATURE):
        reason = ""
        try:
            check_binary_fbx(path)
        except FbxDamaged as error:
            reason = str(error)
        if reason:
            raise _damaged(f"The fetched FBX file is damaged: {reason}.")
    elif not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_ASCII_SIGNATURE) or b"\0" in head:
        what = A_WEB_PAGE if head.lstrip()[:1] == b"<" else "something else"
        raise _damaged(f"Fetching the result failed: {what} came instead of the FBX file.")


def _check_mp4(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(12)
    if head[4:8] != b"ftyp":
        raise _damaged("The fetched preview is not an MP4 video.")


def _check_motion(path: Path) -> None:
    try:
        value = parse_json(path.read_bytes())
    except NotJson:
        value = None
    if not isinstance(value, dict):
        raise _damaged("The fetched robot motion is not readable JSON.")
    reason = motion_fault(value)
    if reason:
        raise _damaged(f"The fetched robot motion is damaged: {reason}.")


def motion_fault(motion: dict[str, Any]) -> str:
    """What is wrong with a robot motion, "" when nothing.

    Shapes: `root_pos` (frames, 3) metres Z up, `root_rot_xyzw` (frames, 4), `dof_pos`
    (frames, joints) radians.
    """
    frames, fps = motion.get("frameCount"), motion.get("fps")
    if not isinstance(frames, int) or isinstance(frames, bool) or not 0 < frames <= _MAX_FRAMES:
        return "frameCount is no number of frames"
    if not isinstance(fps, int | float) or isinstance(fps, bool) or not 0 < fps <= 1000:
        return "fps is no frame rate"
    for name, width in (("root_pos", 3), ("root_rot_xyzw", 4), ("dof_pos", None)):
        fault = _rows_fault(motion.get(name), frames, width)
        if fault:
            return f"{name} {fault}"
    return ""


def _rows_fault(rows: Any, frames: int, width: int | None) -> str:
    if not isinstance(rows, list) or len(rows) != frames:
        return f"does not hold {frames} frames"
    wanted = width
    for row in rows:
        if not isinstance(row, list) or not row:
            return "has a frame without numbers"
        wanted = len(row) if wanted is None else wanted
        if len(row) != wanted:
            return "has frames of different lengths"
        for number in row:
            if not isinstance(number, int | float) or not math.isfinite(number):
                return "holds something that is no number"
    return ""


def _damaged(what: str) -> DamagedArtifact:
    return DamagedArtifact(what, step="download")
