# SPDX-License-Identifier: GPL-3.0-or-later
"""Work beside Blender's main thread: one question each, and its answer when it is there.

What is asked runs in a thread of its own, so it must not touch Blender's data.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Aside(Generic[Answer]):
    """Begun when made; asked for its answer on the main thread."""

    def __init__(self, work: Callable[[], Answer], name: str) -> None:
        self._work = work
        self._told: queue.SimpleQueue[tuple[Answer | None, Exception | None]] = queue.SimpleQueue()
        self._answer: Answer | None = None
        threading.Thread(target=self._run, name=f"aimocap-{name}", daemon=True).start()

    def answer(self, patience_seconds: float = 0.0) -> Answer | None:
        """The answer; None when it does not come within that time. Raises what the work raised."""
        if self._answer is None:
            try:
                self._answer, mistake = self._told.get(timeout=patience_seconds)
            except queue.Empty:
                return None
            if mistake is not None:
                raise mistake
        return self._answer

    def _run(self) -> None:
        try:
            self._told.put((self._work(), None))
        except Exception as mistake:  # noqa: BLE001 (the top frame of a thread)
            self._told.put((None, mistake))
