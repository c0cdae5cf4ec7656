# SPDX-License-Identifier: GPL-3.0-or-later
"""Words on the console: one line per step, one sentence per failure.

A script's `main` is wrapped by `run`, which turns a `ScriptError` into its sentence on stderr and
exit code 1, without a traceback. Knows nothing of what the scripts do.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TextIO

BAR_WIDTH = 30


class ScriptError(Exception):
    """A script cannot go on. `str()` is one sentence or two: what happened and what to do."""


def say(text: str = "") -> None:
    """Print one line at once, also when the output is a file or a pipe."""
    print(text, flush=True)


def run(main: Callable[[], int]) -> None:
    """Run a script's `main` and leave the process with its exit code."""
    try:
        code = main()
    except ScriptError as error:
        sys.stdout.flush()
        print(f"error: {error}", file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr, flush=True)
        code = 130
    sys.exit(code)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what begins, and afterwards how long it took: `text ...` and `text: done in 3.2 s`."""
    say(f"{text} ...")
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say(f"{text}: failed after {time.monotonic() - began:.1f} s")
        raise
    say(f"{text}: done in {time.monotonic() - began:.1f} s")


@contextmanager
def hushed() -> Iterator[None]:
    """Keep what libraries below Python print (Blender's renderer, importers, the runtime of the
    models) off both outputs. What is raised inside is told afterwards.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept, nowhere = {number: os.dup(number) for number in (1, 2)}, os.open(os.devnull, os.O_WRONLY)
    for number in kept:
        os.dup2(nowhere, number)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, before in kept.items():
            os.dup2(before, number)
            os.close(before)
        os.close(nowhere)


class ProgressBar:
    """A bar that redraws itself on a terminal and prints a line every few seconds elsewhere.

    `with ProgressBar("Processing") as bar: bar.show(0.4, "frame 120 of 300")`. Fractions are 0-1;
    the elapsed time always stands beside the bar, so that a waiting bar is seen to live.
    """

    def __init__(self, label: str, *, stream: TextIO = sys.stdout, every_seconds: float = 5.0):
        self._label = label
        self._stream = stream
        self._redraws = stream.isatty()
        self._every = 0.1 if self._redraws else every_seconds
        self._began = time.monotonic()
        self._shown = float("-inf")
        self._fraction = 0.0
        self._note = ""
        self._lock = threading.Lock()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._draw()
            if self._redraws:
                self._stream.write("\n")
                self._stream.flush()

    def show(self, fraction: float, note: str = "") -> None:
        """Take in how far things are; draws at most as often as is readable."""
        with self._lock:
            self._fraction = min(max(fraction, 0.0), 1.0)
            self._note = note
            if time.monotonic() - self._shown >= self._every:
                self._draw()

    def _draw(self) -> None:
        self._shown = time.monotonic()
        filled = round(self._fraction * BAR_WIDTH)
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        elapsed = self._shown - self._began
        line = f"{self._label:<12} [{bar}] {self._fraction:4.0%} {elapsed:6.1f} s  {self._note}"
        self._stream.write(f"\r\x1b[2K{line}" if self._redraws else f"{line.rstrip()}\n")
        self._stream.flush()
