# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions are at work, for reports. Ours stands in the manifest and nowhere else."""

from __future__ import annotations

import platform
import tomllib
from pathlib import Path

import bpy

_MANIFEST = "blender_manifest.toml"


def at_work() -> dict[str, str]:
    """Versions by name: Blender, this extension, Python and the system."""
    return {
        "AIMoCap": _ours(),
        "Blender": bpy.app.version_string,
        "Python": platform.python_version(),
        "System": f"{platform.system()} {platform.machine()}",
    }


def _ours() -> str:
    """From the manifest beside the package (installed) or beside its folder (from source)."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package, package.parent):
        manifest = folder / _MANIFEST
        if manifest.is_file():
            return str(
                tomllib.loads(manifest.read_text(encoding="utf-8")).get("version", "unknown")
            )
    return "unknown"
