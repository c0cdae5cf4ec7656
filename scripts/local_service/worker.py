# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker process: reads one task from stdin, does it, tells what happens line by line.

Untrusted video is decoded here and nowhere else. The process limits itself, ends when its parent
does, and keeps the channel to its parent away from libraries that print.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

# Address space that is set aside but not touched (thread stacks, arenas) counts for the system's
# limit and not for the parent's, which looks at resident memory; this is the difference allowed.
_RESERVED_BYTES = 4 * 1024**3
_NICENESS = 5


def main() -> int:
    """Do the task on stdin. Exit code 0 means: an answer was given, also when it is a failure."""
    channel = _private_channel()
    _die_with_parent()
    task = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_watch_parent, daemon=True).start()
    _limit_self(task["memory_limit"])
    try:
        answer = _perform(task, lambda **line: _say(channel, line))
    except MemoryError:
        answer = {"kind": "failed", "code": "processing_out_of_memory", "message": ""}
    except Exception as problem:
        # A deliberate failure of the capture carries a code; anything else is a crash, with its
        # traceback in the log that stderr is.
        code, message = getattr(problem, "code", None), getattr(problem, "message", None)
        if not (isinstance(code, str) and isinstance(message, str)):
            raise
        answer = {"kind": "failed", "code": code, "message": message}
    _say(channel, answer)
    return 0


def _perform(task: dict[str, Any], say: Any) -> dict[str, Any]:
    processor = importlib.import_module(task["processor"])
    if task["kind"] == "probe":
        facts = processor.probe(Path(task["video"]))
        names = ("duration_seconds", "fps", "frames", "width", "height")
        return {"kind": "facts"} | {name: getattr(facts, name) for name in names}
    capture = processor.capture(
        video=Path(task["video"]),
        start_seconds=task["start_seconds"],
        end_seconds=task["end_seconds"],
        export_fps=task["export_fps"],
        mocap_type=task["mocap_type"],
        folder=Path(task["folder"]),
        models=task["models"],
        report=lambda stage, fraction: say(kind="progress", stage=stage, fraction=fraction),
    )
    return {
        "kind": "produced",
        "fbx": str(capture.fbx),
        "preview": str(capture.preview) if capture.preview else None,
        "frames": int(capture.frames),
        "fps": int(capture.fps),
        "seconds": float(capture.seconds),
        "notes": [str(note) for note in capture.notes],
        "avatars": {
            avatar["target_id"]: {"version": avatar["version"], "fbx": str(dressed)}
            for avatar in task.get("avatars", ())
            if (dressed := _dressed(processor, capture, avatar, Path(task["folder"])))
        },
    }


def _dressed(processor: Any, capture: Any, avatar: dict[str, Any], folder: Path) -> Path:
    """The captured motion on the avatar's own skeleton, as a file in `folder`."""
    number = sum(1 for _ in folder.glob("avatar-*.fbx")) + 1
    target = folder / f"avatar-{number}.fbx"
    processor.dress(
        motion=Path(capture.fbx),
        character=Path(avatar["character"]),
        binding=avatar["binding"],
        target=target,
    )
    return target


def _private_channel() -> TextIO:
    """Our stdout as a channel of its own; what prints to stdout afterwards goes to the log."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _say(channel: TextIO, line: dict[str, Any]) -> None:
    channel.write(json.dumps(line) + "\n")
    channel.flush()


def _watch_parent() -> None:
    """End at once when the parent is gone: its end of our stdin closes with it."""
    # Raw reads: a buffered read would hold a lock that the interpreter's own end waits for.
    while os.read(0, 1024):
        pass
    os._exit(3)


def _die_with_parent() -> None:
    """On Linux also ask the kernel, for code that never gives the watching thread a turn."""
    if sys.platform == "linux":
        import ctypes
        import signal

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG


def _limit_self(memory_bytes: int) -> None:
    with suppress(ImportError, OSError, ValueError, AttributeError):
        import resource

        # The parent measures and kills; this is the backstop for what grows faster than it looks.
        most = memory_bytes + _RESERVED_BYTES
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(_NICENESS)


if __name__ == "__main__":
    sys.exit(main())
