# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheels that the extension bundles: named in the manifest, pinned in `wheels.sha256`.

A wheel's file name says what to fetch (PEP 427: distribution-version-python-abi-platform.whl),
so the manifest's list is the only list.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from .console import ScriptError
from .downloads import Package, Source, WheelTag, archive_file
from .places import REPOSITORY

MANIFEST = REPOSITORY / "blender_manifest.toml"
PINS = Path(__file__).with_name("wheels.sha256")


@dataclass(frozen=True)
class Wheel:
    """A wheel by the parts of its file name; `platform` is the first of its platform tags."""

    file_name: str
    distribution: str
    version: str
    python: str
    platform: str

    @classmethod
    def of(cls, file_name: str) -> Wheel:
        """From a file name without a build tag (none of ours has one)."""
        distribution, version, python, _abi, platforms = file_name.removesuffix(".whl").split("-")
        return cls(file_name, distribution, version, python, platforms.split(".")[0])

    @property
    def is_pure(self) -> bool:
        return self.platform == "any"


def bundled() -> list[Wheel]:
    """The wheels that the manifest lists."""
    manifest = tomllib.loads(MANIFEST.read_text("utf-8"))
    return [Wheel.of(PurePosixPath(path).name) for path in manifest["wheels"]]


def fetch(wheel: Wheel) -> Path:
    """The wheel in the cache, its sha256 checked."""
    pin = _pins().get(wheel.file_name)
    if pin is None:
        raise ScriptError(f"{wheel.file_name} has no sha256 in {PINS.name}: add its line.")
    tag = None
    if not wheel.is_pure:
        digits = wheel.python.removeprefix("cp")
        tag = WheelTag(f"{digits[0]}.{digits[1:]}", wheel.platform)
    name = wheel.distribution.replace("_", "-")
    found = archive_file(Package(Source.WHEEL, name, wheel.version, pin, tag=tag))
    if found.name != wheel.file_name:
        raise ScriptError(f"{found.name} was fetched where {wheel.file_name} was wanted.")
    return found


@cache
def _pins() -> dict[str, str]:
    """File name -> sha256, from lines as `sha256sum` writes them."""
    lines = (line.split() for line in PINS.read_text("utf-8").splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2}
