# SPDX-License-Identifier: GPL-3.0-or-later
"""A job as text and back: for the ledger and for the job's own folder.

Progress, rates and who follows a job are of the moment and are not written. Artifact paths are
written relative to the job's folder, so that the whole folder can be moved.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any

from ..errors import AimocapError
from .job import Artifact, Job

VERSION = 1
_OF_THE_MOMENT = frozenset({"progress", "rate", "trouble", "mine"})
_ATOMS = (str, int, float, bool)


class DamagedRecord(AimocapError):
    """A record that is no job."""


def to_text(job: Job) -> str:
    """The job as one line of JSON, in ASCII: a path may hold bytes that are no characters."""
    fields = {name: value for name, value in _plain(job).items() if name not in _OF_THE_MOMENT}
    return json.dumps({"version": VERSION, **fields}, separators=(",", ":"))


def from_text(text: str, folder: Path) -> Job:
    """The job of a record; `folder` is the job's own. Errors: `DamagedRecord`."""
    try:
        value = json.loads(text)
        job = _typed(Job, value if value["version"] == VERSION else None)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedRecord("A job's record cannot be read.") from error
    assert isinstance(job, Job)
    artifacts = tuple(_absolute(artifact, folder) for artifact in job.artifacts)
    return dataclasses.replace(job, artifacts=artifacts)


def _absolute(artifact: Artifact, folder: Path) -> Artifact:
    """Only the file's name is believed: a record never points outside its folder."""
    return dataclasses.replace(artifact, path=folder / artifact.path.name)


def _plain(value: Any) -> Any:
    if isinstance(value, Artifact):
        value = dataclasses.replace(value, path=Path(value.path.name))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Path):
        return os.fspath(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _typed(kind: Any, value: Any) -> Any:
    """That value as a `kind` of the few kinds our dataclasses use. Raises on any other shape."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in arguments:
            return None
        return _typed(next(item for item in arguments if item is not type(None)), value)
    if origin is typing.Literal:
        if value not in arguments:
            raise ValueError("not one of the known words")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError("not a list")
        return tuple(_typed(arguments[0], item) for item in value)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value)
    return _atom(kind, value)


def _dataclass(kind: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    hints = _hints(kind)
    return kind(**{name: _typed(hints[name], value[name]) for name in hints if name in value})


def _atom(kind: Any, value: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind[value]
    if kind is Path:
        return Path(_atom(str, value))
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind in _ATOMS and type(value) is kind:
        return value
    raise TypeError("a value of another kind")


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
