# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion as an FBX file, written by Blender's own exporter and read back to be sure.

The bpy module runs in a process of its own (`blender_process`). The motion travels to it in a .npz
file; what happens there is `blender_export`.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from aimocap_blender.motion.skeleton import Motion, Skeleton

from .blender_process import run_module
from .failures import CaptureFailure

TIMEOUT_SECONDS = 120.0
SECONDS_PER_FRAME = 0.1
FAILED = "fbx_export_failed"
ARMATURE = "Armature"


def write(motion: Motion, path: Path) -> None:
    """Write the motion to `path`; raises CaptureFailure("fbx_export_failed") when it does not
    come back from the file as it went in.
    """
    with tempfile.TemporaryDirectory(prefix="mocap-", dir=path.parent) as place:
        data = Path(place) / "motion.npz"
        save(motion, data)
        limit = TIMEOUT_SECONDS + SECONDS_PER_FRAME * motion.frames
        module = f"{__package__}.blender_export"
        try:
            done = run_module(module, str(data), str(path), beside=data, timeout_seconds=limit)
        except subprocess.TimeoutExpired as error:
            raise CaptureFailure(FAILED, "Blender's FBX exporter did not finish.") from error
    if done.returncode != 0 or not path.is_file():
        words = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise CaptureFailure(FAILED, f"Blender's FBX exporter failed: {words[0]}")


def save(motion: Motion, path: Path) -> None:
    """The motion as arrays in a file."""
    skeleton = motion.skeleton
    np.savez(
        path,
        names=np.array(skeleton.names),
        parents=skeleton.parents,
        rest=skeleton.rest,
        lengths=skeleton.lengths,
        fps=motion.fps,
        rotations=motion.rotations,
        locations=motion.locations,
    )


def load(path: Path) -> Motion:
    """The motion of `save`."""
    with np.load(path, allow_pickle=False) as data:
        skeleton = Skeleton(
            tuple(str(name) for name in data["names"]),
            data["parents"],
            data["rest"],
            data["lengths"],
        )
        fps = float(data["fps"])
        return Motion(skeleton, fps, data["rotations"], data["locations"], np.eye(4))
