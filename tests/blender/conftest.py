# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender of our own for the tests: empty, without the user's settings, left in time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import blender_module

bpy = blender_module.bpy

from aimocap_blender.bridge import session  # noqa: E402 - bpy comes first
from tests.blender import movies, people, staging  # noqa: E402
from tests.fake_service import FakeService  # noqa: E402

pytest_sessionfinish = blender_module.pytest_sessionfinish
pytest_unconfigure = blender_module.pytest_unconfigure


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    """Every test begins in an empty file with one scene; add-ons stay enabled.

    What the test before left to the garbage collector goes while its data is still there: Blender
    4.2 crashes when that happens after the file is gone.
    """
    gc.collect()
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


@pytest.fixture(scope="session")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of numbered pictures at 30 a second, under a name that is not ASCII."""
    return movies.numbered_movie(tmp_path_factory.mktemp("clip") / "walk take 3 ü.mp4", frames=60)


@pytest.fixture(scope="session")
def motion(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The FBX that a service delivers for the visible part of the strip of `scene`."""
    path = tmp_path_factory.mktemp("motion") / "motion.fbx"
    return people.lifting_arm_fbx(path, seconds=24 / 30, fps=30).read_bytes()


@pytest.fixture
def service(motion: bytes) -> Iterator[FakeService]:
    """A service whose jobs complete at once."""
    with FakeService(fbx=motion, statuses=("completed",)) as running:
        yield running


@pytest.fixture
def scene(
    addon: str, service: FakeService, movie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[bpy.types.Scene]:
    """A 24-fps scene, frames 12-35 of a 30-fps movie from frame 11 on, a metarig for the motion.

    Added through the data API a movie plays frame by frame: slower here than it was filmed.
    """
    staging.point_at(addon, service.base_url, service.key, tmp_path, monkeypatch)
    scene = staging.add_strip(movie)
    scene.aimocap.armature = people.metarig("Rig")
    yield scene
    session.close()
