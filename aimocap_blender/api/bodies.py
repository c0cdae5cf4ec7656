# SPDX-License-Identifier: GPL-3.0-or-later
"""Untrusted JSON: bounded in size and depth before it is parsed, and where codes may hide in it."""

from __future__ import annotations

import json
import re
from typing import Any

from .secret import scrubbed

MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 32

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}\Z")


class NotJson(ValueError):
    """The bytes are not JSON within bounds. Carries no part of them."""


def parse_json(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text. Errors: `NotJson` for anything else, also when nested too deep."""
    if depth_of(data, max_depth) > max_depth:
        raise NotJson("nested too deep")
    broken = False
    value: Any = None
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        broken = True
    if broken:
        raise NotJson("not JSON")
    return value


def depth_of(data: bytes, enough: int) -> int:
    """How deep brackets nest outside strings; stops counting once past `enough`."""
    depth = deepest = 0
    for match in _TOKEN.finditer(data):
        first = data[match.start()]
        if first in b"[{":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > enough:
                    return deepest
        elif first in b"]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def unwrapped(value: Any) -> Any:
    """What lies inside the `data` envelope, or the value itself when there is none."""
    if isinstance(value, dict) and isinstance(value.get("data"), dict):
        return value["data"]
    return value


def find_code(value: Any) -> str:
    """The error code of an answer, from wherever it may stand; "" when there is none."""
    for text in _candidates(value):
        if _CODE.match(text):
            return text
    return ""


def find_words(value: Any) -> str:
    """What an answer says about its error beside the code, scrubbed; "" when nothing."""
    for text in _candidates(value):
        if not _CODE.match(text):
            return scrubbed(text)
    for holder in _holders(value):
        for name in ("message", "detail", "errorMessage"):
            words = holder.get(name)
            if isinstance(words, str) and words.strip():
                return scrubbed(words)
    return ""


def _holders(value: Any) -> list[dict[str, Any]]:
    """Places to look, in the contract's order: top, its error, data, data's error, job."""
    if not isinstance(value, dict):
        return []
    holders: list[dict[str, Any]] = []
    for outer in (value, value.get("data")):
        if isinstance(outer, dict):
            holders.append(outer)
            holders += [
                inner
                for inner in (outer.get("error"), outer.get("detail"), outer.get("job"))
                if isinstance(inner, dict)
            ]
            job = outer.get("job")
            if isinstance(job, dict) and isinstance(job.get("error"), dict):
                holders.append(job["error"])
    return holders


def _candidates(value: Any) -> list[str]:
    found: list[str] = []
    for holder in _holders(value):
        for name in ("error", "code", "errorCode"):
            text = holder.get(name)
            if isinstance(text, str) and text.strip():
                found.append(text.strip())
    return found
