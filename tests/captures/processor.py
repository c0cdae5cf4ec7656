# SPDX-License-Identifier: GPL-3.0-or-later
"""The real processor, which remembers: see the package. Runs in the service's worker processes.

The captures are kept in the folder that `scripts/test.py` gives to all its processes
(`AIMOCAP_TEST_SHARED`); without it a service keeps them with its data.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

from scripts.common import locks
from scripts.local_service import processor
from scripts.local_service.model_files import fetch
from scripts.local_service.settings import PoseModel

__all__ = ["capture", "dress", "probe"]

probe = processor.probe
dress = processor.dress


def capture(
    *,
    video: Path,
    start_seconds: float,
    end_seconds: float | None,
    export_fps: int,
    mocap_type: Literal["full_body", "upper_body"],
    folder: Path,
    models: Mapping[str, str] | None,
    report: Callable[[str, float], None],
) -> SimpleNamespace:
    """What the real processor makes of that part of the video, made by it the first time."""
    assert models is None, "the service gives models to its own processor only"
    kept = Path(os.environ.get("AIMOCAP_TEST_SHARED") or folder.parents[2]) / "captures"
    content = hashlib.sha256(video.read_bytes()).hexdigest()
    asked = repr((content, start_seconds, end_seconds, export_fps, mocap_type))
    place = kept / hashlib.sha256(asked.encode()).hexdigest()[:16]
    facts = place / "facts.json"
    with locks.held(place.with_suffix(".lock")):
        if not facts.is_file():
            place.mkdir(exist_ok=True)
            files = fetch(PoseModel.HEAVY)
            made = processor.capture(
                video=video,
                start_seconds=start_seconds,
                end_seconds=end_seconds,
                export_fps=export_fps,
                mocap_type=mocap_type,
                folder=place,
                models={"detector": str(files.detector), "landmarks": str(files.landmarks)},
                report=report,
            )
            about = {"frames": made.frames, "seconds": made.seconds, "notes": made.notes}
            facts.write_text(json.dumps(about), "utf-8")
    report("preview", 1.0)
    found = {name: folder / name for name in ("motion.fbx", "preview.mp4")}
    for name, path in found.items():
        shutil.copyfile(place / name, path)
    return SimpleNamespace(
        fbx=found["motion.fbx"],
        preview=found["preview.mp4"],
        fps=export_fps,
        **json.loads(facts.read_text("utf-8")),
    )
