# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way a capture fails on purpose: a code for the client and a sentence for the person."""

from __future__ import annotations


class CaptureFailure(Exception):
    """The clip cannot become a motion. `code` is snake case and stable, `message` is a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
