# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's windows: the one at hand, and what they show of the jobs (the list's rows, and the
areas that are drawn again).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..errors import AimocapError

_AREAS = frozenset({"SEQUENCE_EDITOR", "VIEW_3D", "PREFERENCES"})


def at_hand(context: bpy.types.Context) -> bpy.types.Window | None:
    """The user's window, else the first there is; None without any.

    `context.window` itself may belong to a window manager that a file load has freed (4.2 and 5.0
    without a window of their own): setting a property through it writes into freed memory.
    """
    windows = [window for manager in bpy.data.window_managers for window in manager.windows]
    ours = (window for window in windows if window == context.window)
    return next(ours, windows[0] if windows else None)


@contextmanager
def showing(context: bpy.types.Context, scene: bpy.types.Scene) -> Iterator[bpy.types.ViewLayer]:
    """Have a window show the scene for a moment, so that operators work in it; gives its layer.

    Overriding the context instead is not enough: importers written in Python enter Edit Mode, and
    the active object is always taken from the window's own scene. It is not safe either: operators
    run without Python's lock, and up to Python 3.11 Blender takes a lock that another thread holds
    for its own when it asks an overridden context for its members. With our threads at work that
    crashes Blender (4.5, once in a few dozen imports). So only where the window at hand is not
    the context's own it is overridden too. The user's mode survives. Errors: AimocapError without
    any window.
    """
    window = at_hand(context)
    if window is None:
        raise AimocapError(
            "Blender has no window to work in.", remedy="Open a window and try again."
        )
    before, layer = window.scene, window.view_layer.name
    window.scene = scene
    try:
        if window == context.window:
            yield window.view_layer
        else:
            with context.temp_override(window=window, scene=scene, view_layer=window.view_layer):
                yield window.view_layer
    finally:
        window.scene = before
        window.view_layer = before.view_layers[layer]


class Rows:
    """The list's rows as they were made last: Blender is asked for them only when jobs come or go.

    One for each window manager's life: after a file load there are none any more.
    """

    def __init__(self) -> None:
        self._shown: tuple[str, ...] | None = None

    def show(self, local_ids: tuple[str, ...]) -> None:
        """Bring the rows in line with the jobs. The same tuple again is nothing to do."""
        held = getattr(bpy.context.window_manager, "aimocap", None)
        if held is None or (local_ids is self._shown and len(held.rows) == len(local_ids)):
            return
        selected = held.rows[held.row].name if 0 <= held.row < len(held.rows) else ""
        for index, local_id in enumerate(local_ids):
            row = held.rows[index] if index < len(held.rows) else held.rows.add()
            if row.name != local_id:
                row.name = local_id
        while len(held.rows) > len(local_ids):
            held.rows.remove(len(held.rows) - 1)
        held.row = max(0, held.rows.find(selected))
        self._shown = local_ids


def select_row(local_id: str) -> None:
    """Unfold that job in the list."""
    shown = getattr(bpy.context.window_manager, "aimocap", None)
    if shown is not None and local_id in shown.rows:
        shown.row = shown.rows.find(local_id)


def redraw() -> None:
    """Have everything that shows jobs, results or preferences drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in _AREAS:
                area.tag_redraw()
