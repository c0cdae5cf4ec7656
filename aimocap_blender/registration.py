# SPDX-License-Identifier: GPL-3.0-or-later
"""Every class the extension gives to Blender, in order, and the way back out.

When one registration fails, those before it are undone and the error goes on: an extension that
is half there is worse than one that says why it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import bpy

from . import ops, ui
from .bridge import heartbeat, scene_settings, session

CLASSES: tuple[Any, ...] = (*scene_settings.CLASSES, *ops.CLASSES, *ui.CLASSES)


def register() -> None:
    """Register all classes, properties, handlers and timers; all or nothing."""
    try:
        for cls in CLASSES:
            bpy.utils.register_class(cls)
        scene_settings.attach()
        heartbeat.start()
    except BaseException as failure:
        for error in _take_back():
            failure.add_note(f"and while undoing: {error}")
        raise


def unregister() -> None:
    """Take back everything that is there; all of it is tried before a failure is raised."""
    failures = _take_back()
    if failures:
        raise failures[0]


def _take_back() -> list[Exception]:
    """Undo what `register` did, last first, also after a part of it; returns what failed."""
    steps: list[Callable[[], None]] = [heartbeat.stop, session.close, scene_settings.detach]
    failures: list[Exception] = []
    for step in steps:
        _try(step, failures)
    for cls in reversed(CLASSES):
        if cls.is_registered:
            _try(partial(bpy.utils.unregister_class, cls), failures)
    return failures


def _try(step: Callable[[], None], failures: list[Exception]) -> None:
    try:
        step()
    except Exception as failure:  # noqa: BLE001 - one step that fails must not keep the others
        failures.append(failure)
