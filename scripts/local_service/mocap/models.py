# SPDX-License-Identifier: GPL-3.0-or-later
"""The two pinned model files and the interpreter that runs them on the CPU.

Both come inside the npm package @mediapipe/pose (Apache-2.0): the detector finds people in a whole
image, the landmark model reads 33 landmarks from a square cut-out of one person. Knows the files
and the runtime; not what the numbers mean (`detector`, `landmarks`).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DETECTOR_SHA256 = "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85"
HEAVY_SHA256 = "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"
FULL_SHA256 = "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"
THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Models:
    """Paths of the pose detector and of the landmark model (heavy, or full where time is short)."""

    detector: Path
    landmarks: Path


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


class Network:
    """One TensorFlow Lite model with one image input; outputs by name.

    Results are the same for every number of threads on one machine, so repeats are identical.
    """

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(path), num_threads=THREADS)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = {
            detail["name"]: detail["index"] for detail in self._interpreter.get_output_details()
        }

    def run(self, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Outputs for one image (height, width, 3), RGB in the model's own range."""
        self._interpreter.set_tensor(self._input, image[None])
        self._interpreter.invoke()
        return {
            name: self._interpreter.get_tensor(index)[0] for name, index in self._outputs.items()
        }
