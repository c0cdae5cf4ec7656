# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the scripts find the repository and keep what they download or make."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE_VARIABLE = "AIMOCAP_CACHE"
CACHE_NAME = "aimocap-blender"


def cache_directory() -> Path:
    """The cache shared by all checkouts of a user; `AIMOCAP_CACHE` moves it. Made when missing."""
    override = os.environ.get(CACHE_VARIABLE)
    cache = Path(override).expanduser() if override else _user_cache() / CACHE_NAME
    cache.mkdir(parents=True, exist_ok=True)
    return cache.resolve()


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
