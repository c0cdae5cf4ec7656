# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion capture on this machine: a clip of a person in, an FBX file and a preview out.

`capture` is the whole of it; `probe` tells what a video file holds before anything is spent on it.
Runs in any process; blocks, uses the CPU's cores, and holds one picture at a time.
"""

from __future__ import annotations

from .capturing import Capture, CaptureRequest, capture
from .failures import CaptureFailure
from .models import Models
from .video import VideoFacts, probe

__all__ = [
    "Capture",
    "CaptureFailure",
    "CaptureRequest",
    "Models",
    "VideoFacts",
    "capture",
    "probe",
]
