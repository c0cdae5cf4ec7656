# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures on disk as icons that panels can show. Each file is read once while it stays the same.

Without a window Blender has no icons: then there is none to show.
"""

from __future__ import annotations

from pathlib import Path

import bpy
import bpy.utils.previews


class Thumbnails:
    """The icons of one session; `close` gives them back."""

    def __init__(self) -> None:
        self._previews: bpy.utils.previews.ImagePreviewCollection | None = None
        self._stamps: dict[str, int] = {}

    def icon(self, path: str) -> int:
        """Id of the picture's icon; 0 when it is gone or can't be shown here."""
        if bpy.app.background:
            return 0
        held = self._previews
        if path in self._stamps and held is not None:
            return held[path].icon_id if path in held else 0
        try:
            self._stamps[path] = Path(path).stat().st_mtime_ns
        except OSError:
            return 0
        if held is None:
            held = self._previews = bpy.utils.previews.new()
        return held.load(path, path, "IMAGE").icon_id

    def forget(self, path: str) -> None:
        """Read that file again when it is shown next: it was written anew."""
        self._stamps.pop(path, None)
        if self._previews is not None and path in self._previews:
            del self._previews[path]

    def close(self) -> None:
        """Give the icons back to Blender."""
        held, self._previews = self._previews, None
        self._stamps.clear()
        if held is not None:
            bpy.utils.previews.remove(held)
