# SPDX-License-Identifier: GPL-3.0-or-later
"""The target registry as this Blender knows it: its file, what was read of it, what may be chosen.

The file may lie on a drive that answers slowly or not at all, so it is read beside the main
thread. Must not know jobs or panels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..errors import AimocapError
from . import capture, windows
from .aside import Aside

if TYPE_CHECKING:
    from ..targets.document import Registry
    from ..targets.registry import RegistryFile

_FRAME_SECONDS = 0.016
"""How long a window may stand still for a reading: a local drive takes a tenth of it."""
_HEADLESS_SECONDS = 60.0
_WRITING_SECONDS = 10.0
_LATELY_SECONDS = 60.0
"""For how long what was read of a slow drive is good enough to spend v-credits on."""
_SLOW_SECONDS = 0.5
_MOST_NEWS = 6

EnumItem = tuple[str, str, str, int]
NOTHING_READ: tuple[EnumItem, ...] = (("default", "Default", "The service's own character", 0),)
"""The target menu before the registry was read."""


class StillReading(AimocapError):
    """The registry has to be read before this, and its drive has not answered yet."""


@dataclass(frozen=True)
class Reading:
    """What was found in the file. A file that can't be understood leaves the service's own targets,
    and `trouble`; `news` and `remarks` are sentences.
    """

    registry: Registry
    trouble: str
    news: tuple[str, ...]
    remarks: tuple[str, ...]


class KnownTargets:
    """The registry read last. `trouble` says why its file can't be understood, "" when it can;
    `remarks` what else there is to know about it: read only, missing, slow; `news` what others
    have changed in it. `items` is the target menu, held here because Blender keeps no copy of its
    texts. All of them are found when the file is read, so that drawing reads nothing.

    `patience_seconds` is how long a reading is waited for: a frame in a window, else long.
    """

    def __init__(self, path: Path, patience_seconds: float | None = None) -> None:
        from ..targets.document import Registry, with_built_ins
        from ..targets.registry import RegistryFile

        if patience_seconds is None:
            patience_seconds = _HEADLESS_SECONDS if bpy.app.background else _FRAME_SECONDS
        self.file = RegistryFile(path)
        self.registry: Registry = with_built_ins(Registry())
        self.trouble = ""
        self.news: tuple[str, ...] = ()
        self.items = NOTHING_READ
        self._patience_seconds = patience_seconds
        self._remarks: tuple[str, ...] = ()
        self._reading: Aside[Reading] | None = None
        self._read_at: float | None = None
        self.reload()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Whole sentences about the file as it was found, or that it is being read."""
        if self._reading is None:
            return self._remarks
        return (f'"{self.file.path.name}" is being read: its drive is slow.', *self._remarks)

    @property
    def is_reading(self) -> bool:
        """Whether the file is being read beside the main thread."""
        return self._reading is not None

    @property
    def is_read(self) -> bool:
        """Whether the file has been read at all."""
        return self._read_at is not None

    def reload(self) -> Registry:
        """Read the file anew. The registry as it is on disk now, where the drive answers within a
        frame; else as it was, and the reading is taken in by a later `step`.
        """
        self._take_in()  # what is under way began before now
        if self._reading is None:
            self._reading = Aside(lambda: _read(self.file), "registry")
        self._take_in(self._patience_seconds)
        return self.registry

    def for_spending(self, target_id: str) -> Registry:
        """The registry, read lately enough to spend v-credits on that target.

        The service's own targets can always be chosen. Errors: `StillReading`.
        """
        self.reload()
        long_ago = self._read_at is None or time.monotonic() - self._read_at > _LATELY_SECONDS
        target = self.registry.target(target_id)
        if self._reading is not None and long_ago and (target is None or not target.is_built_in):
            raise StillReading(
                f'The target registry "{self.file.path.name}" is still being read: its drive is'
                " slow. Nothing was sent.",
                remedy="Try again when the Targets panel does not say so any more.",
            )
        return self.registry

    def change(self, change: Callable[[Registry], Registry]) -> None:
        """Write a change of the registry; waits for the drive.

        Errors: `TargetError`, `StillReading`; then nothing was written.
        """
        self._take_in(_WRITING_SECONDS)
        if self._reading is not None:  # the file is one thread's at a time
            raise StillReading(
                f'The target registry "{self.file.path.name}" is still being read: nothing was'
                " written.",
                remedy="Check that its drive is connected, then try again.",
            )
        self.file.update(change)
        self._hear(self.file.news.sentences)
        self._keep(_read(self.file))

    def has_work(self) -> bool:
        """Whether a reading is over and can be taken in."""
        return self._reading is not None and self._reading.answer() is not None

    def step(self, _context: bpy.types.Context) -> None:
        """Take in what was read, if it is there, and have it shown."""
        if self.has_work():
            self._take_in()
            windows.redraw()

    def forget_news(self) -> None:
        """The user has read what others changed."""
        self.news = ()

    def _take_in(self, patience_seconds: float = 0.0) -> None:
        if self._reading is not None and (found := self._reading.answer(patience_seconds)):
            self._reading = None
            self._keep(found)

    def _keep(self, found: Reading) -> None:
        self.registry, self.trouble = found.registry, found.trouble
        self._remarks = found.remarks
        self._read_at = time.monotonic()
        self._hear(found.news)
        self.items = tuple(capture.target_items(self.registry))

    def _hear(self, sentences: tuple[str, ...]) -> None:
        self.news = (*self.news, *sentences)[-_MOST_NEWS:]


def _read(file: RegistryFile) -> Reading:
    """Read the file and look at how it lies there: on the main thread, or beside it."""
    from ..targets.document import Registry, with_built_ins

    try:
        registry, trouble, news = file.load(), "", file.news.sentences
    except AimocapError as error:
        registry, news = with_built_ins(Registry()), ()
        trouble = f"{error} Until then only the service's own targets can be chosen."
    return Reading(registry, trouble, news, tuple(_remarks_on(file)))


def _remarks_on(file: RegistryFile) -> Iterator[str]:
    name, folder = file.path.name, file.path.parent
    if not folder.is_dir():
        yield f'The registry\'s folder "{folder.name}" is not there: is its drive connected?'
    elif file.is_gone:
        yield f'"{name}" is gone: nothing can be recorded until it is back.'
    elif not file.path.exists():
        yield f'There is no "{name}" yet: it is made when the first avatar is recorded.'
    elif not file.is_writable:
        yield f'"{name}" can only be read here: nothing can be recorded in it.'
    if file.reading_seconds > _SLOW_SECONDS:
        yield f'"{name}" lies on a slow drive: reading it took {file.reading_seconds:.1f} s.'
