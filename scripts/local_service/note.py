# SPDX-License-Identifier: GPL-3.0-or-later
"""The note a running service leaves for its own user: its address and where its key is.

`running/<port>.json` in the per-user folder, readable by nobody else; clients on this machine find
the key by it (`aimocap_blender/bridge/local_service.py` reads it). Holds the key's path, never the
key.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .settings import default_data_folder


@contextlib.contextmanager
def left(address: str, key_file: Path) -> Iterator[None]:
    """The note lies there inside the block. A folder that can't be written only means no note."""
    path = default_data_folder() / "running" / f"{urlsplit(address).port}.json"
    text = json.dumps({"url": address, "key_file": str(key_file), "pid": os.getpid()})
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        part.replace(path)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            if json.loads(path.read_text(encoding="utf-8")).get("pid") == os.getpid():
                path.unlink()
