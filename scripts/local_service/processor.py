# SPDX-License-Identifier: GPL-3.0-or-later
"""The real processor: `mocap` behind the two functions that the worker process calls.

Imported in worker processes only, because it brings OpenCV, the pose runtime and Blender along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .admission import VideoFacts

if TYPE_CHECKING:
    from .mocap import Capture


def probe(video: Path) -> VideoFacts:
    """What the file holds. Raises CaptureFailure for anything that is not a video."""
    from .mocap import probe as look

    found = look(video)
    return VideoFacts(
        duration_seconds=found.duration_seconds,
        fps=found.fps,
        frames=found.frame_count,
        width=found.width,
        height=found.height,
    )


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
) -> Capture:
    """The motion of the trimmed part as files in `folder`. Raises CaptureFailure.

    `models` are the paths that `model_files.ModelFiles` names.
    """
    from . import mocap

    request = mocap.CaptureRequest(video, start_seconds, end_seconds, export_fps, mocap_type)
    assert models is not None
    found = mocap.Models(Path(models["detector"]), Path(models["landmarks"]))
    return mocap.capture(request, folder, found, report)


def dress(*, motion: Path, character: Path, binding: Mapping[str, str], target: Path) -> None:
    """Write the motion on the skeleton of `character` to the FBX file `target`.

    `binding` names bones by the part of the body they are for, over what is recognised. Raises
    CaptureFailure.
    """
    from . import dressing

    dressing.dress(motion, character, binding, target)
