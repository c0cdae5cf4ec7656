# SPDX-License-Identifier: GPL-3.0-or-later
"""A loopback service that speaks the contract and misbehaves on request. Standard library only.

    with FakeService(fbx=path.read_bytes()) as service:
        service.fail("complete", lost_answer())
        ...
        assert service.count("complete") == 1 and service.admitted_seconds == [12.4]

Clips and artifacts go to a second server on another port, which is another origin: a bearer seen
there is a leak (`service.leaks`).
"""

from .faults import (
    Fault,
    captive_portal,
    corrupted,
    cut,
    drip,
    garbage,
    lost_answer,
    packed,
    redirect,
    stall,
    status,
    truncated,
    wrong_length,
)
from .samples import MP4, SMALL_FBX, robot_motion, small_fbx
from .server import FakeService, RemoteJob, Seen

__all__ = [
    "MP4",
    "SMALL_FBX",
    "FakeService",
    "Fault",
    "RemoteJob",
    "Seen",
    "captive_portal",
    "corrupted",
    "cut",
    "drip",
    "garbage",
    "lost_answer",
    "packed",
    "redirect",
    "robot_motion",
    "small_fbx",
    "stall",
    "status",
    "truncated",
    "wrong_length",
]
