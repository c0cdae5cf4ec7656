# SPDX-License-Identifier: GPL-3.0-or-later
"""What no job's folder could give back to a damaged ledger: accounts of forgotten jobs, and holds.

One line of JSON for each, only ever added to, and on the disk before the ledger has it. A line
that was cut in half by a crash or a full disk is passed over, and nothing after it is lost.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .accounts import Account
from .record import reader

_VERSION = 1
_LONGEST_LINE = 100_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hold:
    """A target version to which nothing is sent until the user lifts it."""

    target_id: str
    target_version: str
    reason: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What stays of a job that was forgotten."""

    local_id: str
    account: Account


@dataclass(frozen=True, slots=True)
class Lifted:
    """The end of a hold."""

    target_id: str
    target_version: str


Line = Hold | Forgotten | Lifted
_KINDS: dict[str, type[Line]] = {"hold": Hold, "forgotten": Forgotten, "lifted": Lifted}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class Journal:
    """The file beside the ledger, written within its transactions: one writer at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, lines: Iterable[Line]) -> None:
        """Put those lines on the disk. Errors: `OSError`; then the journal is as it was."""
        text = "".join(f"{_written(line)}\n" for line in lines)
        if not text:
            return
        with self.path.open("a+b", buffering=0) as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - 1))
            start = b"" if stream.read(1) in (b"", b"\n") else b"\n"  # the last one was cut in half
            data = start + text.encode("ascii")
            try:
                _write_all(stream, data)
                os.fsync(stream.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    stream.truncate(size)
                raise

    def read(self) -> tuple[Line, ...]:
        """Every whole line, oldest first; none without a journal. Errors: `OSError`."""
        found = []
        try:
            with self.path.open("rb") as stream:
                while data := stream.readline(_LONGEST_LINE):
                    line = _read(data)
                    if line is not None:
                        found.append(line)
        except FileNotFoundError:
            return ()
        return tuple(found)


def forgotten_in(lines: Iterable[Line]) -> tuple[Forgotten, ...]:
    """What stays of forgotten jobs."""
    return tuple(line for line in lines if isinstance(line, Forgotten))


def holds_in(lines: Iterable[Line]) -> tuple[Hold, ...]:
    """The holds that were not lifted since."""
    standing: dict[tuple[str, str], Hold] = {}
    for line in lines:
        if isinstance(line, Hold):
            standing[line.target_id, line.target_version] = line
        elif isinstance(line, Lifted):
            standing.pop((line.target_id, line.target_version), None)
    return tuple(standing.values())


def _write_all(stream: io.FileIO, data: bytes) -> None:
    """A file without a buffer may take a part only: the next try says why."""
    while data:
        data = data[stream.write(data) :]


def _written(line: Line) -> str:
    value: dict[str, Any] = {"version": _VERSION, _NAMES[type(line)]: dataclasses.asdict(line)}
    return json.dumps(value, separators=(",", ":"))


def _read(data: bytes) -> Line | None:
    try:
        value = json.loads(data)
        (name,) = value.keys() - {"version"}
        kind: Any = _KINDS[name]
        line = reader(kind)(value[name])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        logger.warning("a line of the journal could not be read")
        return None
    assert isinstance(line, Line)
    return line
