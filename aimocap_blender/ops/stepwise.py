# SPDX-License-Identifier: GPL-3.0-or-later
"""A button whose work goes on in small steps while the window lives; at one go without a window."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import bpy
from bpy.types import Context, Event, Operator

from ..bridge.review.papers import Progress
from ..errors import AimocapError
from .reporting import Outcome

_SLICE_SECONDS = 0.02
_PAUSE_SECONDS = 0.01

if TYPE_CHECKING:
    _Base = Operator
else:
    _Base = object  # Blender reads no properties of a base class that is an operator itself


class Stepwise(_Base):
    """Runs `steps` by a timer; `done` is given what the generator returns. ESC stops it."""

    _steps: Generator[Progress, None, Any]
    _timer: bpy.types.Timer

    def steps(self, context: Context) -> Generator[Progress, None, Any]:
        """The work; errors of our root and those of data that is gone end it with a report."""
        raise NotImplementedError

    def done(self, result: Any) -> Outcome:
        """What the user is told at the end."""
        raise NotImplementedError

    def invoke(self, context: Context, _event: Event) -> Outcome:
        if bpy.app.background or context.window is None:
            return self.execute(context)
        self._steps = self.steps(context)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_PAUSE_SECONDS, window=context.window)
        manager.progress_begin(0, 100)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Outcome:
        if event.type == "ESC":
            self.cancel(context)
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            self._work_for_a_moment(context)
        except StopIteration as end:
            self.cancel(context)
            outcome = self.done(end.value)
            for area in context.screen.areas:  # panels that show what was found
                area.tag_redraw()
            return outcome
        except AimocapError as error:
            return self._give_up(context, str(error))
        except (ReferenceError, KeyError):  # the armature, its action: whatever was looked up again
            return self._give_up(context, "What was worked on is gone meanwhile.")
        return {"RUNNING_MODAL"}

    def _give_up(self, context: Context, words: str) -> Outcome:
        self.cancel(context)
        self.report({"ERROR"}, words)
        return {"CANCELLED"}

    def cancel(self, context: Context) -> None:
        """Stop; Blender asks for it too, when another file is opened."""
        self._steps.close()
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()

    def _work_for_a_moment(self, context: Context) -> None:
        """Work until the slice is used up. Raises StopIteration, with the result, at the end."""
        until = time.perf_counter() + _SLICE_SECONDS
        while time.perf_counter() < until:
            progress = next(self._steps)
            context.window_manager.progress_update(100.0 * progress.done)
            if progress.is_waiting:
                return
