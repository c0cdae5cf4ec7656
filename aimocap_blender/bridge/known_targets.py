# SPDX-License-Identifier: GPL-3.0-or-later
"""The target registry as this Blender knows it: its file, what was read of it, what may be chosen.

Must not know jobs or panels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AimocapError
from . import capture

if TYPE_CHECKING:
    from ..targets.document import Registry

_SLOW_SECONDS = 0.5
_MOST_NEWS = 6

EnumItem = tuple[str, str, str, int]
NOTHING_READ: tuple[EnumItem, ...] = (("default", "Default", "The service's own character", 0),)
"""The target menu before the registry was read."""


class KnownTargets:
    """The registry read last. `trouble` says why its file can't be understood, "" when it can;
    `remarks` what else there is to know about it: read only, missing, slow; `news` what others
    have changed in it. `items` is the target menu, held here because Blender keeps no copy of its
    texts. All of them are found when the file is read, so that drawing reads nothing.
    """

    def __init__(self, path: Path) -> None:
        from ..targets.registry import RegistryFile

        self.file = RegistryFile(path)
        self.trouble = ""
        self.remarks: tuple[str, ...] = ()
        self.news: tuple[str, ...] = ()
        self.items = NOTHING_READ
        self.registry: Registry = self.reload()

    def reload(self) -> Registry:
        """The registry as it is on disk now.

        A file that can't be understood leaves the service's own targets, and `trouble`.
        """
        from ..targets.document import Registry, with_built_ins

        try:
            self.registry = self.file.load()
            self.trouble = ""
            self._hear(self.file.news.sentences)
        except AimocapError as error:
            self.registry = with_built_ins(Registry())
            self.trouble = f"{error} Until then only the service's own targets can be chosen."
        self.remarks = tuple(self._remarks())
        self.items = tuple(capture.target_items(self.registry))
        return self.registry

    def change(self, change: Callable[[Registry], Registry]) -> None:
        """Write a change of the registry. Errors: `TargetError`; then nothing was written."""
        self.file.update(change)
        self._hear(self.file.news.sentences)
        self.reload()

    def forget_news(self) -> None:
        """The user has read what others changed."""
        self.news = ()

    def _hear(self, sentences: tuple[str, ...]) -> None:
        self.news = (*self.news, *sentences)[-_MOST_NEWS:]

    def _remarks(self) -> Iterator[str]:
        """Whole sentences about the file as it was found."""
        name, folder = self.file.path.name, self.file.path.parent
        if not folder.is_dir():
            yield f'The registry\'s folder "{folder.name}" is not there: is its drive connected?'
        elif self.file.is_gone:
            yield f'"{name}" is gone: nothing can be recorded until it is back.'
        elif not self.file.path.exists():
            yield f'There is no "{name}" yet: it is made when the first avatar is recorded.'
        elif not self.file.is_writable:
            yield f'"{name}" can only be read here: nothing can be recorded in it.'
        seconds = self.file.reading_seconds
        if seconds > _SLOW_SECONDS:
            yield f'"{name}" lies on a slow drive: reading it took {seconds:.1f} s.'
