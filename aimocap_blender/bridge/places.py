# SPDX-License-Identifier: GPL-3.0-or-later
"""Where files live: jobs, ledger and the target registry. Blender's own folder for extensions
when we are one, a folder beside the user's configuration when run from source.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..errors import AimocapError

PACKAGE = (__package__ or "").rpartition(".")[0]
"""The extension's own module name: `bl_ext.<repo>.aimocap_blender` when installed."""


class PlaceError(AimocapError):
    """A folder can't be used."""


@dataclass(frozen=True)
class Places:
    """The folders in use, made when missing and writable.

    jobs      ledger and one folder per job
    registry  the target registry's file; it need not exist, and may be read-only
    """

    jobs: Path
    registry: Path


def current(results_folder: Path | None = None, registry_path: Path | None = None) -> Places:
    """The places in force: the user's own choice where there is one, else under our folder.

    Errors: PlaceError for a path that is none, and when the jobs' folder can't be made or written.
    """
    for chosen in (results_folder, registry_path):
        if chosen is not None and not _is_whole(chosen):
            raise PlaceError(
                f'"{chosen}" is no whole path, and preferences belong to no .blend file.',
                remedy="Choose it again in the preferences, under Files.",
            )
    home = None if results_folder and registry_path else own_folder()
    jobs = results_folder or _under(home, "jobs")
    make_writable(jobs)
    return Places(jobs=jobs, registry=registry_path or _under(home, "targets.json"))


def own_folder() -> Path:
    """The folder Blender gives this extension; made when missing.

    `extension_path_user` raises ValueError for a package that is no extension: run from source,
    the user's resource folder takes its place.
    """
    try:
        return Path(bpy.utils.extension_path_user(PACKAGE, create=True))
    except ValueError:
        name = PACKAGE.rpartition(".")[2]
        folder = Path(bpy.utils.resource_path("USER")) / "extensions" / ".user" / name
    except OSError as error:
        raise _unusable(Path(PACKAGE), error) from error
    make_writable(folder)
    return folder


def make_writable(folder: Path) -> None:
    """Make the folder when missing; PlaceError when that fails or nothing can be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(folder, PermissionError(13, "Permission denied"))


def _is_whole(path: Path) -> bool:
    """Whether it leads to the same place from every working folder. "//" is Blender's sign for
    beside the .blend file; on Windows it begins a network drive.
    """
    return path.is_absolute() and (sys.platform == "win32" or not str(path).startswith("//"))


def _under(home: Path | None, name: str) -> Path:
    return (home or own_folder()) / name


def _unusable(folder: Path, error: OSError) -> PlaceError:
    reason = error.strerror or type(error).__name__
    return PlaceError(
        f'The folder "{folder}" can\'t be used ({reason}).',
        remedy="Choose another folder in the preferences, under Files.",
    )
