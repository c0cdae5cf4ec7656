# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty Blender into which the built zip is installed as a user does it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import blender_module
from tests.conftest import REPOSITORY

bpy = blender_module.bpy

pytest_sessionfinish = blender_module.pytest_sessionfinish
pytest_unconfigure = blender_module.pytest_unconfigure

REPOSITORY_ID = "user_default"
MODULE = f"bl_ext.{REPOSITORY_ID}.aimocap_blender"


@dataclass(frozen=True)
class Extension:
    """The installed extension: its module's name and the folder it was unpacked into."""

    module: str
    folder: Path


@pytest.fixture(scope="session")
def package() -> Path:
    """The zip for this machine; built here unless `scripts/test.py` has done so."""
    folder = Path(os.environ.get("AIMOCAP_TEST_PACKAGES", REPOSITORY / "build" / "package"))
    if "AIMOCAP_TEST_PACKAGES" not in os.environ:
        from scripts import build

        build.build(folder)
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}
    name = platform.machine().lower()
    (found,) = folder.glob(f"aimocap_blender-*-{system}_{machine.get(name, name)}.zip")
    return found


@pytest.fixture
def extension(package: Path) -> Iterator[Extension]:
    """Installed and enabled in an empty file; uninstalled afterwards if it still is there."""
    bpy.ops.wm.read_homefile(use_empty=True)
    installed = install(package)
    yield installed
    if installed.folder.exists():
        uninstall()


def install(package: Path) -> Extension:
    """Through Blender's own installer, enabled in the same step."""
    bpy.ops.extensions.package_install_files(
        filepath=str(package), repo=REPOSITORY_ID, enable_on_install=True
    )
    return Extension(MODULE, repository_folder() / "aimocap_blender")


def uninstall() -> None:
    """Through Blender's own uninstaller, which disables it first."""
    repositories = bpy.context.preferences.extensions.repos
    index = next(i for i, one in enumerate(repositories) if one.module == REPOSITORY_ID)
    bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="aimocap_blender")


def repository_folder() -> Path:
    """Where Blender unpacks extensions of that repository."""
    repositories = bpy.context.preferences.extensions.repos
    return Path(next(one.directory for one in repositories if one.module == REPOSITORY_ID))
