# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a local service on this machine: the service leaves a note for its own user.

While it runs, the note `running/<port>.json` in its per-user folder names its address and the file
that holds its key; only the user can read both. So the right key is found for any local service
without being typed, and a key of the real service never goes to another program.
"""

from __future__ import annotations

import json
import os
import sys
import time
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from .consent import is_loopback

_LOOK_SECONDS = 3.0
_MOST_BYTES = 4096


def key_of(base_url: str) -> str:
    """The key that the local service at this address takes; "" when it left no note.

    The file is looked at again every few seconds at the most: panels ask at every redraw.
    """
    return _key(base_url, int(time.monotonic() / _LOOK_SECONDS))


def notes_folder() -> Path:
    """Where local services leave their notes, see `scripts/local_service`."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "aimocap-local-service" / "running"


@lru_cache(maxsize=4)
def _key(base_url: str, _look: int) -> str:
    if not is_loopback(base_url):
        return ""
    try:
        port = urlsplit(base_url).port
        note = json.loads(_text(notes_folder() / f"{port}.json"))
        return _text(Path(note["key_file"])).strip()
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(_MOST_BYTES).decode("utf-8")
