# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding an installed Python of a wanted version; none is ever downloaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def find(version: str) -> Path | None:
    """The interpreter of Python `version` ("3.11"), or None when this machine has none.

    Looked for in this order: the running one, PATH, the Windows launcher, pyenv's versions
    (its shims fail for versions that are installed but not selected) and those that uv manages.
    """
    return next((path for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[Path]:
    if sys.version_info[:2] == tuple(int(part) for part in version.split(".")):
        yield Path(getattr(sys, "_base_executable", None) or sys.executable)
    for entry in os.get_exec_path():
        if found := shutil.which(f"python{version}", path=entry):
            yield Path(found)
    if launcher := shutil.which("py"):
        yield from _printed([launcher, f"-{version}", "-c", "import sys; print(sys.executable)"])
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    if pyenv.is_dir():
        for folder in sorted(pyenv.glob(f"{version}.*"), key=_release, reverse=True):
            yield folder / "bin" / "python"
    if uv := shutil.which("uv"):
        yield from _printed([uv, "python", "find", "--no-python-downloads", version])


def _release(folder: Path) -> tuple[int, ...]:
    """3.11.10 stands above 3.11.9; builds with a suffix ("3.13.0t") stand last."""
    try:
        return tuple(int(part) for part in folder.name.split("."))
    except ValueError:
        return ()


def _printed(command: list[str]) -> Iterator[Path]:
    """The path that a command prints, if it succeeds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return
    if done.returncode == 0 and done.stdout.strip():
        yield Path(done.stdout.strip())


def _is(path: Path, version: str) -> bool:
    """Whether `path` runs, is a standard CPython of that version and can be a venv's base."""
    code = (
        "import sys, sysconfig; print('%d.%d' % sys.version_info[:2],"
        " sys.implementation.name, sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"
    )
    try:
        done = subprocess.run(
            [str(path), "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.split() == [version, "cpython", "0"]
