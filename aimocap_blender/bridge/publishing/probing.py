# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that a service has to refuse, sent in a thread of their own. Free of charge: nothing is
uploaded. Knows no Blender.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import AimocapError
from ...jobs.readiness import Finding
from ..aside import Aside

if TYPE_CHECKING:
    from ...jobs.job import CaptureRequest

INVALID, UNKNOWN_TARGET = "invalid request", "fallback"
_NO_AVATAR = "avatar:readiness-check"
_NO_FPS = 25

Answers = Aside[tuple[Finding, ...]]


@dataclass(frozen=True)
class Trial:
    """A request like a real one with one thing wrong: a frame rate, or a target, not on offer."""

    step: str
    fps: int = 30
    target_id: str = ""


STEPS = (INVALID, UNKNOWN_TARGET)
TRIALS = (Trial(INVALID, fps=_NO_FPS), Trial(UNKNOWN_TARGET, target_id=_NO_AVATAR))


def begin(base_url: str, key: str, request: CaptureRequest) -> Answers:
    """Send all trials; what became of them is told when the last one is over."""
    return Aside(
        lambda: tuple(refused(trial, base_url, key, request) for trial in TRIALS), "readiness"
    )


def refused(trial: Trial, base_url: str, key: str, request: CaptureRequest) -> Finding:
    """Passed when the service says no with a code of its own; blocks."""
    from ...api import failures
    from ...api.client import ApiClient
    from ...api.models import NewJob
    from ...api.secret import Secret

    new_job = NewJob(
        title="readiness check",
        source_filename=request.clip_name,
        source_duration_seconds=request.source_duration_seconds,
        trim_start_seconds=request.trim_start_seconds,
        trim_end_seconds=request.trim_end_seconds,
        export_fps=trial.fps,
        mocap_type=request.mocap_type,
        target_ids=(trial.target_id or request.target_id,),
    )
    try:
        ApiClient(base_url, Secret(key)).create_job(new_job)
    except failures.Rejected as refusal:
        return Finding(trial.step, True, f"Refused cleanly with the code {refusal.code}.")
    except AimocapError as error:
        return Finding(trial.step, False, f"Not a clean refusal: {error.what}")
    return Finding(
        trial.step, False, "The service took it. A draft was made of it; drafts are free."
    )
