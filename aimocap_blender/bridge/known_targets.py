# SPDX-License-Identifier: GPL-3.0-or-later
"""The target registry as this Blender knows it: its file, what was read of it, what may be chosen.

Must not know jobs or panels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AimocapError
from . import capture

if TYPE_CHECKING:
    from ..targets.document import Registry

EnumItem = tuple[str, str, str, int]
NOTHING_READ: tuple[EnumItem, ...] = (("default", "Default", "The service's own character", 0),)
"""The target menu before the registry was read."""


class KnownTargets:
    """The registry read last. `trouble` says why its file can't be understood, "" when it can;
    `items` is the target menu, held here because Blender keeps no copy of its texts.
    """

    def __init__(self, path: Path) -> None:
        from ..targets.registry import RegistryFile

        self.file = RegistryFile(path)
        self.trouble = ""
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
        except AimocapError as error:
            self.registry = with_built_ins(Registry())
            self.trouble = str(error)
        self.items = tuple(capture.target_items(self.registry))
        return self.registry

    def change(self, change: Callable[[Registry], Registry]) -> None:
        """Write a change of the registry. Errors: `TargetError`; then nothing was written."""
        self.file.update(change)
        self.reload()
