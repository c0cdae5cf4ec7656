# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender's windows show of the jobs: the list's rows, and the areas that are drawn again."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

_AREAS = frozenset({"SEQUENCE_EDITOR", "VIEW_3D", "PREFERENCES"})


def show_rows(local_ids: Iterable[str]) -> None:
    """Bring the list's rows in line with the jobs; nothing is written when they already are."""
    shown = getattr(bpy.context.window_manager, "aimocap", None)
    if shown is None:
        return
    wanted = list(local_ids)
    if [row.name for row in shown.rows] == wanted:
        return
    selected = shown.rows[shown.row].name if 0 <= shown.row < len(shown.rows) else ""
    shown.rows.clear()
    for local_id in wanted:
        shown.rows.add().name = local_id
    shown.row = wanted.index(selected) if selected in wanted else 0


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
