# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheels in the manifest: each pinned, and together enough for every Blender and platform."""

from __future__ import annotations

import tomllib

import pytest

from scripts.common import wheels
from scripts.common.requirements import PYDANTIC
from scripts.common.wheels import Wheel

MANIFEST = tomllib.loads(wheels.MANIFEST.read_text("utf-8"))
# As the wheels' platform tags begin and end.
PLATFORMS = {
    "linux-x64": ("manylinux_2_17", "x86_64"),
    "linux-arm64": ("manylinux_2_17", "aarch64"),
    "macos-x64": ("macosx_10", "x86_64"),
    "macos-arm64": ("macosx_11", "arm64"),
    "windows-x64": ("win", "amd64"),
    "windows-arm64": ("win", "arm64"),
}


def test_every_wheel_has_its_sha256() -> None:
    assert {wheel.file_name for wheel in wheels.bundled()} == set(wheels._pins())
    assert all(len(pin) == 64 for pin in wheels._pins().values())


@pytest.mark.parametrize("platform", MANIFEST["platforms"])
@pytest.mark.parametrize("python", ["cp311", "cp313"])
def test_every_platform_has_pydantic_for_both_pythons(platform: str, python: str) -> None:
    begin, end = PLATFORMS[platform]
    found = [
        wheel
        for wheel in wheels.bundled()
        if wheel.distribution == "pydantic_core"
        and wheel.python == python
        and wheel.platform.startswith(begin)
        and wheel.platform.endswith(end)
    ]
    assert len(found) == 1


def test_the_tests_run_on_the_pydantic_that_is_bundled() -> None:
    (bundled,) = [wheel for wheel in wheels.bundled() if wheel.distribution == "pydantic"]
    assert (f"pydantic=={bundled.version}",) == PYDANTIC


def test_a_wheels_name_says_what_to_fetch() -> None:
    name = "pydantic_core-2.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    wheel = Wheel.of(name)
    assert (wheel.distribution, wheel.version) == ("pydantic_core", "2.1")
    assert (wheel.python, wheel.platform) == ("cp311", "manylinux_2_17_x86_64")
    assert not wheel.is_pure


def test_the_manifest_keeps_blenders_rules() -> None:
    texts = (MANIFEST["tagline"], *MANIFEST["permissions"].values())
    assert all(len(text) <= 64 and text[-1].isalnum() for text in texts)
    assert "blender" not in MANIFEST["name"].lower()
    assert MANIFEST["blender_version_min"] == "4.2.0"
