# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own buttons, pressed by ourselves: by the operator it is one undo step, as for a user."""

from __future__ import annotations

import logging

import bpy

logger = logging.getLogger(__name__)


def press(name: str, **properties: str) -> None:
    """Press `aimocap.name`. What it refuses is in the log; whatever it was for says why."""
    try:
        button = getattr(bpy.ops.aimocap, name)  # type: ignore[attr-defined]
        button("EXEC_DEFAULT", True, **properties)
    except RuntimeError as error:  # how bpy.ops tells of a reported error
        logger.warning("%s was refused (%s): %s", name, ", ".join(properties.values()), error)


def follow() -> None:
    """Start the modal operator that follows the jobs. Without a window there is none: see
    `Workroom.run_until_idle`.
    """
    if not bpy.app.background:
        bpy.ops.aimocap.follow("INVOKE_DEFAULT")  # type: ignore[attr-defined]
