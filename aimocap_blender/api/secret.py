# SPDX-License-Identifier: GPL-3.0-or-later
"""A text that does not show itself: API keys, upload addresses, result addresses.

Every other module passes these around as `Secret`, so that a log line, an exception text, a
dataclass repr or a pickle cannot give one away by accident. Also scrubs foreign texts.
"""

from __future__ import annotations

import re
from typing import NoReturn

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\"'<>]+")
_KEY = re.compile(r"(?i)\bsk-[^\s\"'<>]+|\bbearer\s+[^\s\"'<>]+")


class Secret:
    """A text that is only had by `reveal`; equal secrets compare and hash equal."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Call it only where it goes onto the wire."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")


def scrubbed(text: str, limit: int = 200) -> str:
    """Foreign text made fit to be shown: one line, no addresses, no keys, at most `limit` long."""
    line = " ".join(text[: limit * 8].split())
    line = "".join(character for character in line if character.isprintable())
    line = _KEY.sub("(key)", _ADDRESS.sub("(address)", line))
    return line if len(line) <= limit else line[: limit - 1] + "…"
