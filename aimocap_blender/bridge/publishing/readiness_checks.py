# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness checks of a session: one at a time, followed beside the jobs until its packet."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...errors import AimocapError
from . import readiness

if TYPE_CHECKING:
    from ..session import Session

logger = logging.getLogger(__name__)


class ReadinessChecks:
    """`latest` is the one under way, or the last one; None before the first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.latest: readiness.ReadinessCheck | None = None

    def begin(self, context: bpy.types.Context, target_id: str, folder: str) -> None:
        """Begin a check of that target; the packet goes into `folder`, "" for beside the jobs.

        Errors: `AimocapError` with the first obstacle, or while another check is under way.
        """
        if self.has_work():
            raise AimocapError("A readiness check is under way.", remedy="Wait until it is over.")
        jobs = self._session.places.jobs
        home = Path(bpy.path.abspath(folder)) if folder else jobs / "readiness"
        place = home / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self.latest = readiness.ReadinessCheck(self._session, context, target_id, place)
        self._session.refresh()

    def has_work(self) -> bool:
        """Whether a check is under way."""
        return self.latest is not None and not self.latest.is_over

    def step(self, _context: bpy.types.Context) -> None:
        """Move the check on; when everything has come in, its packet is written."""
        if self.latest is None or self.latest.is_over:
            return
        self.latest.step()
        if self.latest.is_due:
            try:
                bpy.ops.aimocap.finish_readiness(  # type: ignore[attr-defined]
                    "EXEC_DEFAULT", True
                )
            except RuntimeError as error:  # how bpy.ops tells of a reported error
                logger.warning("the readiness check did not end well: %s", error)
