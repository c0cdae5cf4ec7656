# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that have to fit: long names are cut in the middle, never the state beside them."""

from __future__ import annotations


def shorten_middle(text: str, length: int) -> str:
    """`text` in at most `length` characters, an ellipsis in place of its middle."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    tail = length - 1 - head
    return f"{text[:head]}…{text[-tail:]}"


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` characters, broken between words where it can be."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
