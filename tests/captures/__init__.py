# SPDX-License-Identifier: GPL-3.0-or-later
"""A local service that captures each part of a video once, and then has the motion at hand.

For tests of what becomes of a motion; the capture itself has its own, and one main job goes through
the service as users start it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.common.environments import python_of
from scripts.common.local_service_process import RunningService, running_service


@contextmanager
def service(data: Path) -> Iterator[RunningService]:
    """The local service with its files in `data`, and the processor beside this module."""
    options = ("--processor", f"{__name__}.processor")
    with running_service(data, *options, python=python_of("service")) as running:
        yield running
