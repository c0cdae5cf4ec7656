# SPDX-License-Identifier: GPL-3.0-or-later
"""The pose models: which published packages hold them, and fetching them once into the cache.

Both sets are Apache-2.0 by their packages' own words, which are kept beside the files. The heavy
landmark model is the better one; the full one needs less than half the time and no npm.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from scripts.common.console import ScriptError
from scripts.common.downloads import Member, Package, Source, WheelTag, package_files

from .settings import PoseModel

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelFiles:
    """Paths of the pose detector and of the landmark model (both TensorFlow Lite)."""

    detector: Path
    landmarks: Path


@dataclass(frozen=True)
class _ModelPackage:
    package: Package
    detector: str
    landmarks: str


# The file called packed assets is the pose detector itself.
_HEAVY = _ModelPackage(
    Package(
        Source.NPM,
        "@mediapipe/pose",
        "0.5.1675469404",
        "8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84",
        (
            Member(
                "package/pose_solution_packed_assets.data",
                "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
            ),
            Member(
                "package/pose_landmark_heavy.tflite",
                "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
            ),
            Member(
                "package/package.json",
                "0e082c0391f92c2c7b1a28585da39017e6a48d36e021cef593fb8b5514ba4478",
            ),
        ),
    ),
    detector="package/pose_solution_packed_assets.data",
    landmarks="package/pose_landmark_heavy.tflite",
)
# Only data is taken from the wheel, so the one for Linux serves every system.
_FULL = _ModelPackage(
    Package(
        Source.WHEEL,
        "mediapipe",
        "0.10.21",
        "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
        (
            Member(
                "mediapipe/modules/pose_detection/pose_detection.tflite",
                "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
            ),
            Member(
                "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
                "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            ),
            Member(
                "mediapipe-0.10.21.dist-info/LICENSE",
                "8707eef0533987efc5b155d64761eeb6e20793f50b9bd1a68dad1cf4719d0ed8",
            ),
        ),
        WheelTag("3.11", "manylinux_2_28_x86_64"),
    ),
    detector="mediapipe/modules/pose_detection/pose_detection.tflite",
    landmarks="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
)


def fetch(wanted: PoseModel) -> ModelFiles:
    """The model's files in the cache, fetched and checked by sha256 the first time.

    Raises ScriptError (a sentence) when they cannot be had.
    """
    source = _HEAVY if wanted is PoseModel.HEAVY else _FULL
    try:
        files = package_files(source.package)
    except ScriptError:
        if source is _FULL or shutil.which("npm") is not None:
            raise
        _log.warning(
            "npm was not found, so the smaller pose model is used; install Node.js for the better"
        )
        source = _FULL
        files = package_files(source.package)
    return ModelFiles(files[source.detector], files[source.landmarks])
