# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness checks of a session: one at a time, followed beside the jobs until its packet.

A check that was under way when Blender ended goes on; of several Blenders that share their jobs,
the one that holds the note's lock has it.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...errors import AimocapError
from ...jobs import readiness_note
from .. import buttons
from . import readiness

if TYPE_CHECKING:
    from ..workroom import Workroom

_NOTE = "under-way.json"

logger = logging.getLogger(__name__)


class ReadinessChecks:
    """`latest` is the one under way, or the last one; None before the first."""

    def __init__(self, work: Workroom) -> None:
        self._work = work
        self._home = work.places.jobs / "readiness"
        self._claim = contextlib.ExitStack()
        self._interrupted = (self._home / _NOTE).exists()
        self.latest: readiness.ReadinessCheck | None = None

    def begin(self, context: bpy.types.Context, target_id: str, folder: str) -> None:
        """Begin a check of that target; the packet goes into `folder`, "" for beside the jobs.

        Errors: `AimocapError` with the first obstacle, or while another check is under way.
        """
        if self._interrupted or (self.latest is not None and not self.latest.is_over):
            raise AimocapError("A readiness check is under way.", remedy="Wait until it is over.")
        home = Path(bpy.path.abspath(folder)) if folder else self._home
        place = home / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self._take_claim()
        try:
            note = readiness.begin(self._work, context, target_id, place)
            readiness_note.write(self._home / _NOTE, note)
        except AimocapError:
            self._claim.close()
            raise
        self.latest = readiness.ReadinessCheck(self._work, note, self._home / _NOTE)
        self._work.refresh()

    def has_work(self) -> bool:
        """Whether the check under way has something to do at once."""
        return self._interrupted or (self.latest is not None and self.latest.has_work)

    def step(self, _context: bpy.types.Context) -> None:
        """Move the check on; when everything has come in, it is reviewed."""
        if self._interrupted:
            self._resume()
        check = self.latest
        if check is None or check.is_over:
            return
        check.step()
        if check.is_due:
            buttons.press("finish_readiness")
        if check.is_over:
            self._claim.close()
            self._work.refresh()

    def close(self) -> None:
        """Let go of the check under way: the next session, or another Blender, goes on with it."""
        self._claim.close()

    def _resume(self) -> None:
        self._interrupted = False
        path = self._home / _NOTE
        try:
            self._take_claim()
            note = readiness_note.read(path)
        except AimocapError as error:
            # Another Blender has it, or it can't be read: then nothing of it is left to follow.
            logger.warning("the readiness check is not resumed: %s", error)
            if isinstance(error, readiness_note.NoteTrouble):
                path.unlink(missing_ok=True)
                self._claim.close()
            return
        if note is not None:
            self.latest = readiness.ReadinessCheck(self._work, note, path)

    def _take_claim(self) -> None:
        """Errors: `AimocapError` while another Blender runs a check."""
        from ...targets.lock import locked
        from ...targets.states import TargetError

        self._claim.close()
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            self._claim.enter_context(locked(self._home / "under-way.lock", timeout_seconds=0.0))
        except TargetError as error:
            raise AimocapError(
                "Another Blender runs a readiness check.", remedy="Wait until it is over."
            ) from error
        except OSError as error:
            raise AimocapError(
                f"The readiness check can't be written down ({error.strerror}).",
                remedy="Check the results folder in the preferences.",
            ) from error
