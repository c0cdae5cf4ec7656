# SPDX-License-Identifier: GPL-3.0-or-later
"""The one window of the bpy module. Imports nothing of the extension: package tests use it too."""

from __future__ import annotations

import bpy


def the_window() -> bpy.types.Window:
    """The window there is: in 4.2 the context's may be one that a file load has freed."""
    return bpy.data.window_managers[0].windows[0]
