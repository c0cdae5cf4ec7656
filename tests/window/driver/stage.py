# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a story inside Blender's event loop: a generator that is resumed by an application timer.

Between two steps Blender handles events, draws and runs its own timers, as it does for a person.
A story yields the seconds until it wants to go on. What it notes goes to `report.json` in its
folder; an error ends Blender with exit code 1, a picture of the screen and the traceback.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

FRAME_SECONDS = 0.1

Story = Iterator[float]


class Missing(AssertionError):
    """Something that should have happened did not in time."""


class Stage:
    """The folder a story writes into and what it has noted so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: dict[str, object] = {}
        self._began = time.monotonic()

    def note(self, name: str, value: object) -> None:
        """Remember a fact for the test outside; also said on the console with the time."""
        self.notes[name] = value
        print(f"[{time.monotonic() - self._began:6.2f} s] {name}: {value}", flush=True)
        (self.folder / "report.json").write_text(json.dumps(self.notes, indent=1), "utf-8")

    def shoot(self, name: str) -> None:
        """A picture of the whole screen (Blender's own screenshots are black without a GPU)."""
        target = self.folder / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(target)], check=True, timeout=30)

    def play(self, story: Story) -> None:
        """Begin once Blender has drawn its first window; call it while the script is read."""
        bpy.context.preferences.view.show_splash = False
        bpy.app.timers.register(lambda: self._beat(story), first_interval=1.0, persistent=True)

    def _beat(self, story: Story) -> float | None:
        try:
            return next(story)
        except StopIteration:
            self.note("finished", True)
            bpy.ops.wm.quit_blender()
        except BaseException:  # noqa: BLE001 - whatever happens, Blender must end
            self._give_up()
        return None

    def _give_up(self) -> None:
        trace = traceback.format_exc()
        print(trace, file=sys.stderr, flush=True)
        self.note("error", trace)
        try:
            self.shoot("failure")
        finally:
            os._exit(1)


def until(condition: Callable[[], object], what: str, *, seconds: float = 30.0) -> Story:
    """Let Blender go on until `condition` holds; `Missing` with `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Missing(f"{what} (waited {seconds:.0f} s)")
        yield FRAME_SECONDS
