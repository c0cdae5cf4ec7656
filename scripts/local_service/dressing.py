# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured motion on a custom avatar, in a process of its own that runs `avatar_fbx`.

Runs in worker processes only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .mocap.blender_process import run_module
from .mocap.failures import CaptureFailure

TIMEOUT_SECONDS = 300.0
CODE = "avatar_unusable"
UNUSABLE_EXIT = 4
"""Exit code of the inner process when it can tell what is wrong with the avatar."""


def dress(motion: Path, character: Path, binding: Mapping[str, str], target: Path) -> None:
    """Write the motion on the character's own skeleton to `target`.

    Raises CaptureFailure("avatar_unusable") with what is wrong with the character.
    """
    order = {
        "motion": str(motion),
        "character": str(character),
        "binding": dict(binding),
        "target": str(target),
    }
    try:
        done = run_module(
            f"{__package__}.avatar_fbx",
            json.dumps(order),
            beside=target,
            timeout_seconds=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise CaptureFailure(CODE, "The motion could not be put on the avatar in time.") from error
    if done.returncode == 0 and target.is_file():
        return
    sys.stderr.write(done.stderr)
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    words = last if done.returncode == UNUSABLE_EXIT else "The motion could not be put on it."
    raise CaptureFailure(CODE, f"The avatar cannot be used: {words}")
