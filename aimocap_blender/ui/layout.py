# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pieces that several panels lay out the same way."""

from __future__ import annotations

from typing import Literal, TypeAlias

import bpy

from ..bridge.capture import Obstacle, Remedy
from ..bridge.words import wrapped

Icon: TypeAlias = Literal[
    "NONE",
    "INFO",
    "ERROR",
    "CHECKMARK",
    "IMPORT",
    "QUESTION",
    "CANCEL",
    "TIME",
    "X",
    "FILE_REFRESH",
    "USER",
    "COMMUNITY",
]

_CHARACTER_PIXELS = 7.0
_FEWEST_CHARACTERS = 20


def paragraph(layout: bpy.types.UILayout | None, text: str, *, icon: Icon = "NONE") -> None:
    """A sentence over as many lines as the region is narrow."""
    if not text or layout is None:
        return
    column = layout.column(align=True)
    for number, line in enumerate(wrapped(text, _characters())):
        column.label(text=line, icon=icon if number == 0 else "NONE")


def obstacle_row(layout: bpy.types.UILayout, obstacle: Obstacle) -> None:
    """Why the button is grey, and the button that helps."""
    column = layout.column(align=True)
    paragraph(column, obstacle.text, icon="INFO")
    match obstacle.remedy:
        case Remedy.ALLOW_ONLINE:
            column.operator("aimocap.allow_online", text=obstacle.remedy.value)
        case Remedy.OPEN_PREFERENCES:
            column.operator("aimocap.open_preferences", text=obstacle.remedy.value)
        case Remedy.NONE:
            pass


def _characters() -> int:
    region = bpy.context.region
    scale = bpy.context.preferences.system.ui_scale or 1.0
    width = region.width if region is not None else 300
    return max(_FEWEST_CHARACTERS, int(width / (scale * _CHARACTER_PIXELS)) - 6)
