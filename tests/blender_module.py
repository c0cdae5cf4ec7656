# SPDX-License-Identifier: GPL-3.0-or-later
"""The bpy module under pytest: its settings folder, and how its process ends.

Imported by the conftests of the tiers that run inside it, before anything else imports bpy.
"""

from __future__ import annotations

import os
import sys
import tempfile

import pytest

if "BLENDER_USER_RESOURCES" not in os.environ:
    # Otherwise Blender reads and writes the settings of whoever runs the tests.
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="aimocap-blender-")

import bpy

__all__ = ["bpy", "pytest_sessionfinish", "pytest_unconfigure"]

_EXIT_CODE = pytest.StashKey[int]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_EXIT_CODE] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without Python's shutdown: with an operator or a panel still registered, Blender 4.2
    crashes there and 4.5 never ends. Reports are written by now."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(config.stash.get(_EXIT_CODE, int(pytest.ExitCode.INTERNAL_ERROR)))
