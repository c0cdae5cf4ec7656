# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be made to go wrong with one request, as data."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["answer", "cut", "stall", "drip", "wrong_length", "truncated", "corrupted"]


@dataclass(frozen=True)
class Fault:
    """`after_acting`: the service does what was asked, and only the answer goes wrong."""

    kind: Kind
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_acting: bool = False
    seconds: float = 0.0
    count: int = 0


def status(
    code: int,
    *,
    error: str = "",
    retry_after: str | float | None = None,
    after_acting: bool = False,
    body: object = None,
) -> Fault:
    """An answer with that status; `error` is a code in the body."""
    headers = {"Content-Type": "application/json"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    content = body if body is not None else ({"error": error} if error else {})
    return Fault("answer", code, json.dumps(content).encode(), headers, after_acting)


def captive_portal() -> Fault:
    """200 and a sign-in page instead of the service."""
    page = b"<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>"
    return Fault("answer", 200, page, {"Content-Type": "text/html"})


def garbage(body: bytes, *, after_acting: bool = False) -> Fault:
    """200 and these bytes."""
    return Fault("answer", 200, body, {"Content-Type": "application/json"}, after_acting)


def packed(megabytes: int) -> Fault:
    """A small gzip that unpacks to a lot."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)) + packer.flush()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return Fault("answer", 200, body, headers)


def redirect(location: str, code: int = 302) -> Fault:
    """A redirect; "{other}" stands for the storage server's address, "{self}" for the same one."""
    return Fault("answer", code, b"", {"Location": location})


def cut() -> Fault:
    """The connection is cut before anything was done."""
    return Fault("cut")


def lost_answer() -> Fault:
    """Done, but the connection is cut before the answer."""
    return Fault("cut", after_acting=True)


def stall(seconds: float, *, after_acting: bool = False) -> Fault:
    """No answer for that long, then the connection is cut."""
    return Fault("stall", seconds=seconds, after_acting=after_acting)


def drip(seconds: float = 0.05) -> Fault:
    """An answer whose head comes one byte at a time, that far apart, and never ends."""
    return Fault("drip", seconds=seconds)


def wrong_length(more: int) -> Fault:
    """A good answer that announces that many bytes more than it has (negative: fewer)."""
    return Fault("wrong_length", count=more, after_acting=True)


def truncated(keep: int) -> Fault:
    """Only that many bytes of the good answer, with a Content-Length that fits them."""
    return Fault("truncated", count=keep, after_acting=True)


def corrupted() -> Fault:
    """The good answer with bytes overwritten in its middle."""
    return Fault("corrupted", after_acting=True)
