# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender of our own for the tests: empty, without the user's settings, left in time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import blender_module

bpy = blender_module.bpy

pytest_sessionfinish = blender_module.pytest_sessionfinish
pytest_unconfigure = blender_module.pytest_unconfigure


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    """Every test begins in an empty file with one scene; add-ons stay enabled."""
    bpy.ops.wm.read_homefile(use_empty=True)
    yield
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")


@pytest.fixture(scope="session")
def addon() -> str:
    """The add-on enabled from source, as users have it; returns its module's name."""
    import addon_utils

    name = "aimocap_blender"
    if addon_utils.enable(name, default_set=True, persistent=True) is None:
        pytest.fail("the add-on could not be enabled; Blender's message stands above")
    return name
