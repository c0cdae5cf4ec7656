# SPDX-License-Identifier: GPL-3.0-or-later
"""A processor with behaviour: what the "video" says, it does. Runs in the real worker process.

A fake video is a JSON object after a first line `fake video`: `seconds`, `fps`, and what to do:
`do` (at capture) and `probe` (at probing). It writes real files where a capture writes them.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MAGIC = b"fake video\n"
FBX = b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(range(256))
PREVIEW = b"\x00\x00\x00\x18ftypmp42 preview"


class FakeFailure(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def video(seconds: float = 4.0, fps: float = 30.0, **wishes: Any) -> bytes:
    """The bytes of a fake video."""
    return MAGIC + json.dumps({"seconds": seconds, "fps": fps} | wishes).encode()


def read(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    if not content.startswith(MAGIC):
        raise FakeFailure("video_unreadable", "This is no video.")
    return json.loads(content[len(MAGIC) :].split(b"\n")[0])


def probe(path: Path) -> SimpleNamespace:
    wishes = read(path)
    if wishes.get("probe") is not None:
        misbehave(wishes["probe"], path)
    frames = round(wishes["seconds"] * wishes["fps"])
    return SimpleNamespace(
        duration_seconds=wishes["seconds"], fps=wishes["fps"], frames=frames, width=64, height=48
    )


def capture(
    *,
    video: Path,
    start_seconds: float,
    end_seconds: float | None,
    export_fps: int,
    mocap_type: str,
    folder: Path,
    models: dict[str, str] | None,
    report: Callable[[str, float], None],
) -> SimpleNamespace:
    wishes = read(video)
    for tenth in range(11):
        report("pose", tenth / 10)
    time.sleep(wishes.get("pause", 0.0))
    misbehave(wishes.get("do"), video)
    fbx, preview = folder / "anything.fbx", folder / "anything.mp4"
    fbx.write_bytes(wishes.get("fbx", "").encode() or FBX)
    preview.write_bytes(PREVIEW)
    if wishes.get("do") == "point outside":
        outside = folder.parent / "outside.fbx"
        outside.write_bytes(FBX)
        fbx = outside
    report("export", 1.0)
    end = wishes["seconds"] if end_seconds is None else end_seconds
    return SimpleNamespace(
        fbx=fbx,
        preview=preview,
        frames=round((end - start_seconds) * export_fps),
        fps=export_fps,
        seconds=end - start_seconds,
        notes=(mocap_type, f"trim {start_seconds:g} to {end:g}"),
    )


def dress(*, motion: Path, character: Path, binding: dict[str, str], target: Path) -> None:
    """The motion, the character and its binding in one file, so that a test can tell them."""
    if character.read_bytes() == b"broken":
        raise FakeFailure("avatar_unusable", "The character has no armature.")
    words = json.dumps(binding).encode()
    target.write_bytes(motion.read_bytes() + character.read_bytes() + words)


def misbehave(how: str | None, video: Path) -> None:
    if how is not None:
        WAYS[how](video)


def fail(_: Path) -> None:
    raise FakeFailure("no_person_found", "There is no person in the clip.")


def hang(_: Path) -> None:
    while True:
        time.sleep(1)


def hang_once(video: Path) -> None:
    """A file that outlives the work folder tells the second attempt from the first."""
    second = video.with_name("tried")
    if not second.exists():
        second.touch()
        hang(video)


def eat(_: Path) -> None:
    eaten = []
    while True:
        eaten.append(b"x" * (32 << 20))


def leave_a_child(video: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    video.with_name("child").write_text(str(child.pid))


def babble(_: Path) -> None:
    for _number in range(20_000):
        print("noise on stdout")
    os.write(1, b'{"kind": "produced"}\n')


def stumble(_: Path) -> None:
    raise RuntimeError("a bug")


WAYS: dict[str, Callable[[Path], Any]] = {
    "fail": fail,
    "raise": stumble,
    "crash": lambda _: ctypes.string_at(0),
    "exit": lambda _: os._exit(7),
    "hang": hang,
    "hang once": hang_once,
    # Native code that never lets another Python thread run.
    "hang deaf": lambda _: ctypes.PyDLL(None).sleep(1000),
    "eat": eat,
    "leave a child": leave_a_child,
    "babble": babble,
    "point outside": lambda _: None,
}
