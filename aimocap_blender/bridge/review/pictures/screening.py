# SPDX-License-Identifier: GPL-3.0-or-later
"""The video's pictures at some moments, one after the other, and who decodes them.

Opening and decoding a video takes Blender tenths of a second that can't be cut into pieces. So
where there is a window a second Blender without one does it meanwhile (`Beside`); without a window,
or where none can be started, this one does (`Here`).
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import bpy
import numpy as np

from . import film
from .canvas import FloatArray

_PATIENCE_SECONDS = 60.0
"""How long the other Blender may take for its start, or for one picture."""
_STARTED = "started"

logger = logging.getLogger(__name__)

Shown = Iterator[FloatArray | None]
"""A picture (rows, columns, 3) for each moment, in order; None where there is none."""


@dataclass(frozen=True)
class Request:
    """Which pictures are wanted: moments in seconds of the file, within so many pixels."""

    path: Path
    seconds: tuple[float, ...]
    width: int
    height: int


class Screening(Protocol):
    """The pictures of one request as they become ready."""

    def is_ready(self) -> bool:
        """Whether `take` gives the next picture without waiting for it."""
        ...

    def take(self) -> FloatArray | None:
        """The next picture (rows, columns, 3); None where there is none."""
        ...


class Projector(Protocol):
    """Opens screenings."""

    def __call__(self, request: Request) -> AbstractContextManager[Screening]:
        """A screening for a while; what it needs is gone afterwards."""
        ...


class Here:
    """Decodes in this Blender, each picture when it is taken."""

    def __init__(self, request: Request) -> None:
        self._pictures = self._shown(request)

    def is_ready(self) -> bool:
        """It never waits: it works."""
        return True

    def take(self) -> FloatArray | None:
        return next(self._pictures, None)

    def close(self) -> None:
        self._pictures.close()

    @staticmethod
    def _shown(request: Request) -> Generator[FloatArray | None, None, None]:
        with film.opened(request.path, request.width, request.height) as reel:
            for seconds in request.seconds:
                yield reel.at(seconds) if reel is not None else None


class Beside:
    """Takes the pictures that another Blender puts into a folder.

    When that one never came so far as to look at the video, this one decodes; when it fell over it,
    there are no pictures: this one might fall as well.
    """

    def __init__(self, request: Request, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._request = request
        self._folder = folder
        self._process = process
        self._next = 0
        self._patient_until = time.monotonic() + _PATIENCE_SECONDS
        self._instead: Here | None = None

    def is_ready(self) -> bool:
        if self._file().is_file() or self._process.poll() is not None:
            return True
        if time.monotonic() < self._patient_until:
            return False
        logger.warning("no picture of %s came in time", self._request.path.name)
        self._process.kill()
        return True

    def take(self) -> FloatArray | None:
        while not self.is_ready():
            time.sleep(0.01)
        file = self._file()
        self._next += 1
        self._patient_until = time.monotonic() + _PATIENCE_SECONDS
        if file.is_file():
            picture = np.load(file, allow_pickle=False)
            return picture.astype(np.float32) / 255.0 if picture.size else None
        if self._instead is None and not (self._folder / _STARTED).is_file():
            logger.info("the other Blender did not start: this one decodes")
            self._instead = Here(self._request)
        return self._instead.take() if self._instead is not None else None

    def close(self) -> None:
        """End the other Blender."""
        if self._instead is not None:
            self._instead.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _file(self) -> Path:
        return self._folder / f"{self._next}.npy"


@contextmanager
def here(request: Request) -> Iterator[Screening]:
    """A screening in this Blender."""
    screening = Here(request)
    try:
        yield screening
    finally:
        screening.close()


@contextmanager
def beside(request: Request) -> Iterator[Screening]:
    """A screening by a second Blender, which is started now."""
    with tempfile.TemporaryDirectory(prefix="aimocap_screening_") as name:
        folder = Path(name)
        screening: Here | Beside
        try:
            screening = Beside(request, folder, _started(request, folder))
        except OSError as error:
            logger.info("no other Blender can be started (%s)", error)
            screening = Here(request)
        try:
            yield screening
        finally:
            screening.close()


def projector() -> Projector:
    """How to show a video without the window standing still; here where there is no window."""
    return here if bpy.app.background or not bpy.app.binary_path else beside


def develop(words: str) -> None:
    """What the other Blender does: decode the pictures of a request into files of its folder."""
    order = json.loads(words)
    folder = Path(order.pop("folder"))
    request = Request(Path(order.pop("path")), tuple(order.pop("seconds")), **order)
    if hasattr(os, "nice"):
        os.nice(5)  # the window comes first
    (folder / _STARTED).touch()
    with here(request) as screening:
        for number in range(len(request.seconds)):
            picture = screening.take()
            eight = np.zeros(0) if picture is None else np.rint(np.clip(picture, 0, 1) * 255)
            part = folder / f"{number}.part"
            with part.open("wb") as file:
                np.save(file, eight.astype(np.uint8), allow_pickle=False)
            part.replace(folder / f"{number}.npy")


def _started(request: Request, folder: Path) -> subprocess.Popen[bytes]:
    """Another Blender at work: no window, no network, none of the user's settings or secrets."""
    package = Path(__file__).parents[3]
    module = ".".join((package.name, *Path(__file__).relative_to(package).with_suffix("").parts))
    script = "; ".join((
        "import importlib, sys",
        "sys.dont_write_bytecode = True",
        f"sys.path.insert(0, {str(package.parent)!r})",
        f"importlib.import_module({module!r}).develop(sys.argv[-1])",
    ))  # fmt: skip
    order = {**asdict(request), "path": str(request.path), "folder": str(folder)}
    command = [bpy.app.binary_path, "--background", "--factory-startup", "--offline-mode"]
    command += ["-noaudio", "--python-exit-code", "1", "--python-expr", script]
    variables = {
        name: value for name, value in os.environ.items() if "AIMOCAP_" not in name.upper()
    }
    # A Blender that is killed leaves its temporary files behind: into the folder that goes.
    variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    with (folder / "console.txt").open("wb") as console:
        return subprocess.Popen(
            [*command, "--", json.dumps(order)],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            cwd=folder,
            start_new_session=sys.platform != "win32",
        )
