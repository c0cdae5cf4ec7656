# SPDX-License-Identifier: GPL-3.0-or-later
"""A processor for stories about avatars: one known motion for every video, avatars for real.

Runs in the local service's worker processes. `AIMOCAP_TEST_MOTION` names the motion's FBX file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from scripts.local_service.processor import dress

__all__ = ["capture", "dress", "probe"]


def probe(video: Path) -> SimpleNamespace:
    """The demo clip's facts, whatever the file."""
    assert video.is_file()
    return SimpleNamespace(duration_seconds=7.7, fps=30.0, frames=231, width=1768, height=994)


def capture(
    *,
    video: Path,
    start_seconds: float,
    end_seconds: float | None,
    export_fps: int,
    mocap_type: str,
    folder: Path,
    models: dict[str, str] | None,
    report: Callable[[str, float], None],
) -> SimpleNamespace:
    """The known motion, as if it had been captured."""
    fbx = folder / "motion.fbx"
    shutil.copyfile(os.environ["AIMOCAP_TEST_MOTION"], fbx)
    seconds = (end_seconds or 7.7) - start_seconds
    report("exporting", 1.0)
    return SimpleNamespace(
        fbx=fbx, preview=None, frames=round(seconds * export_fps), fps=export_fps,
        seconds=seconds, notes=(),
    )  # fmt: skip
