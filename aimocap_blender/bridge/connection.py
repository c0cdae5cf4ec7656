# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences' Test Connection: one harmless question to the service, off the main thread.

No call of the contract is made for testing; asking for a job that can't exist is free and tells
both things: whether the service is there, and whether it takes the key.
"""

from __future__ import annotations

import time

from ..errors import AimocapError
from .aside import Aside

_NO_JOB = "connection-test"
_LONGEST_SECONDS = 60.0


class ConnectionTest:
    """One test: begun when made, over when `words` has an answer. Main thread only."""

    def __init__(self, base_url: str, key: str) -> None:
        self._asked = Aside(lambda: _ask(base_url, key), "test")

    @property
    def words(self) -> str:
        """What came of it, a sentence; "Asking..." while it runs."""
        return self._asked.answer() or "Asking..."

    @property
    def is_over(self) -> bool:
        """Whether the answer is there."""
        return self._asked.answer() is not None

    def wait(self) -> None:
        """Block until it is over: for scripts without a window."""
        self._asked.answer(_LONGEST_SECONDS)


def _ask(base_url: str, key: str) -> str:
    """In a thread of its own: knows no Blender."""
    from ..api import failures
    from ..api.client import ApiClient
    from ..api.secret import Secret

    began = time.monotonic()
    outcome = "key accepted"
    try:
        ApiClient(base_url, Secret(key)).job(_NO_JOB)
    except failures.NotFound:
        pass
    except failures.Unauthorised:
        outcome = "but it does not take this key"
    except AimocapError as error:
        return error.what
    return f"Reached, {(time.monotonic() - began) * 1000:.0f} ms, {outcome}"
