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
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from ..errors import AimocapError
from .job import Artifact, Job

VERSION = 1
RECORD_NAME = "job.json"
"""The record's file in its job's own folder."""
_OF_THE_MOMENT = frozenset({"progress", "rate", "trouble", "mine"})

Reader = Callable[[Any], Any]


class DamagedRecord(AimocapError):
    """A record that is no job."""


def to_text(job: Job) -> str:
    """The job as one line of JSON, in ASCII: a path may hold bytes that are no characters."""
    fields = _plain(job)
    for name in _OF_THE_MOMENT:
        del fields[name]
    return json.dumps({"version": VERSION, **fields}, separators=(",", ":"))


def from_text(text: str, folder: Path) -> Job:
    """The job of a record; `folder` is the job's own. Errors: `DamagedRecord`."""
    try:
        value = json.loads(text)
        job = reader(Job)(value if value["version"] == VERSION else None)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedRecord("A job's record cannot be read.") from error
    assert isinstance(job, Job)
    artifacts = tuple(_absolute(artifact, folder) for artifact in job.artifacts)
    return dataclasses.replace(job, artifacts=artifacts) if artifacts else job


def _absolute(artifact: Artifact, folder: Path) -> Artifact:
    """Only the file's name is believed: a record never points outside its folder."""
    return dataclasses.replace(artifact, path=folder / artifact.path.name)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return os.fspath(value)
    fields = {name: _plain(getattr(value, name)) for name in _names(value.__class__)}
    if isinstance(value, Artifact):
        fields["path"] = value.path.name
    return fields


@functools.cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def reader(kind: Any) -> Reader:
    """Makes a `kind` of a JSON value; raises on any other shape. Knows our dataclasses' kinds.

    Made once per kind: a thousand records are read while Blender waits.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        inner = reader(next(item for item in arguments if item is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is typing.Literal:
        words = {word: word for word in arguments}
        return words.__getitem__
    if origin is tuple:
        item = reader(arguments[0])
        return lambda value: tuple([item(each) for each in _of(list, value)])
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(kind)
    if issubclass(kind, Enum):
        members = dict(kind.__members__)
        return members.__getitem__
    if kind is Path:
        return lambda value: Path(_of(str, value))
    if kind is float:
        return _number
    return lambda value: _of(kind, value)


def _dataclass_reader(kind: Any) -> Reader:
    readers = {name: reader(hint) for name, hint in typing.get_type_hints(kind).items()}

    def read_all(value: Any) -> Any:
        fields = _of(dict, value)
        return kind(
            **{name: read(fields[name]) for name, read in readers.items() if name in fields}
        )

    return read_all


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError("a value of another kind")
    return value


def _number(value: Any) -> float:
    return float(value) if type(value) is int else float(_of(float, value))


reader(Job)  # with the imports, which are done beside Blender's start: not when jobs are waited for
