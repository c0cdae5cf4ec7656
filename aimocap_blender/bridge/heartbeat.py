# SPDX-License-Identifier: GPL-3.0-or-later
"""The pulse: an application timer that wakes the modal operator when there is something to do.

Blender skips auto-save while any modal operator runs, and loading a file ends every one. So the
operator (`ops/follow.py`) lives only while something moves; this timer sleeps in between, survives
file loads and starts it again when the next poll is due.
"""

from __future__ import annotations

import bpy
from bpy.app.handlers import persistent

from ..errors import AimocapError
from . import buttons, session, windows

_FIRST_SECONDS = 0.2
_RESTING_SECONDS = 1.0
_WAKING_SECONDS = 0.1
_WARMING_SECONDS = 0.02
_TROUBLED_SECONDS = 10.0


def start() -> None:
    """Begin to beat. Blender's background mode has no event loop: there nothing ever fires."""
    bpy.app.handlers.load_post.append(_after_load)
    if not bpy.app.background:
        bpy.app.timers.register(_beat, first_interval=_FIRST_SECONDS, persistent=True)


def stop() -> None:
    """Fall silent."""
    if bpy.app.timers.is_registered(_beat):
        bpy.app.timers.unregister(_beat)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)


@persistent
def _after_load(_path: str) -> None:
    session.file_loaded()


def _beat() -> float:
    """Seconds until the next beat."""
    if not session.is_warm():
        session.warm_up()
        return _WARMING_SECONDS
    try:
        current = session.current()
    except AimocapError:  # the panels show it; a folder that comes back is found again
        windows.redraw()
        return _TROUBLED_SECONDS
    if current.is_followed:
        return _RESTING_SECONDS
    if current.is_moving:
        current.refresh()
    due = current.seconds_until_due()
    if due is None:
        return _RESTING_SECONDS
    if due > 0.0:
        return min(due, _RESTING_SECONDS)
    _wake(current)
    return _WAKING_SECONDS


def _wake(current: session.Session) -> None:
    """Start the modal operator; with no window open, take the step right here.

    Blender gives its timers the first window. Overriding the context with one is not safe: see
    `windows.showing`.
    """
    if bpy.context.window is None:
        current.step(bpy.context)
    else:
        buttons.follow()
