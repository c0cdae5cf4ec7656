# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender window for a story, and what the story left behind."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.common import window
from scripts.common.clips import demo_clip
from scripts.common.window import WindowBlender
from tests.conftest import REPOSITORY

DRIVER = Path(__file__).with_name("driver")
PICTURES = REPOSITORY / "build" / "window"


@dataclass(frozen=True)
class Told:
    """How a story ended: Blender's exit code, its console, and what the story noted."""

    code: int | None
    output: str
    notes: dict[str, Any]
    pictures: list[str]

    def expect_finished(self) -> dict[str, Any]:
        """The notes of a story that came to its end; fails with the console otherwise."""
        finished = self.code == 0 and self.notes.get("finished") is True
        assert finished, f"exit code {self.code}\n{self.output[-6000:]}"
        return self.notes


Tell = Callable[..., Told]
Meanwhile = Callable[[Path, threading.Event], None]


@pytest.fixture(scope="session")
def blender() -> WindowBlender:
    """A Blender with a window. Without one the tests are skipped, but not in CI."""
    try:
        return window.obtain()
    except window.NoWindowError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def package() -> Path:
    """The zip for Linux on this machine; built here unless `scripts/test.py` has done so."""
    folder = Path(os.environ.get("AIMOCAP_TEST_PACKAGES", REPOSITORY / "build" / "package"))
    if "AIMOCAP_TEST_PACKAGES" not in os.environ:
        from scripts import build

        build.build(folder)
    machine = {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine]
    (found,) = folder.glob(f"aimocap_blender-*-linux_{machine}.zip")
    return found


@pytest.fixture
def tell(blender: WindowBlender, package: Path) -> Tell:
    """`tell("story", service_url=..., key=..., timeout_seconds=...)` plays `driver/story.py`.

    `meanwhile` runs in a thread beside it, with the story's folder and an event for its end.
    """

    def play(
        story: str,
        *,
        service_url: str,
        key: str,
        timeout_seconds: float,
        meanwhile: Meanwhile | None = None,
    ) -> Told:
        with blender.place() as place, _beside(meanwhile, place.host):
            shutil.copytree(
                DRIVER, place.host / "driver", ignore=shutil.ignore_patterns("__pycache__")
            )
            for file in (package, demo_clip()):
                shutil.copyfile(file, place.host / file.name)
            order = {
                "story": story,
                "service_url": service_url,
                "package": str((place / package.name).inside),
                "clip": str((place / demo_clip().name).inside),
            }
            (place.host / "order.json").write_text(json.dumps(order), "utf-8")
            (place.host / "home").mkdir()
            ended = blender.run(
                place / "driver/begin.py",
                home=place / "home",
                timeout_seconds=timeout_seconds,
                variables={"AIMOCAP_LOCAL_KEY": key},
            )
            return _told(place.host, story, ended)

    return play


@contextmanager
def _beside(meanwhile: Meanwhile | None, folder: Path) -> Iterator[None]:
    over = threading.Event()
    helper = threading.Thread(target=meanwhile or (lambda *_: None), args=(folder, over))
    helper.start()
    try:
        yield
    finally:
        over.set()
        helper.join()


def _told(folder: Path, story: str, ended: window.Ended) -> Told:
    """Read the notes and keep the pictures and the console where people look for them."""
    kept = PICTURES / story
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for picture in folder.glob("*.png"):
        shutil.copyfile(picture, kept / picture.name)
    for page in folder.rglob("report.html"):
        shutil.copyfile(page, kept / "readiness.html")
    (kept / "console.txt").write_text(ended.output, "utf-8")
    report = folder / "report.json"
    notes = json.loads(report.read_text("utf-8")) if report.is_file() else {}
    return Told(ended.code, ended.output, notes, sorted(path.name for path in kept.glob("*.png")))
