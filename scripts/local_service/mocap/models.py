# SPDX-License-Identifier: GPL-3.0-or-later
"""The two model files and the interpreter that runs them on the CPU.

The detector finds people in a whole image, the landmark model reads 33 landmarks from a square
cut-out of one person (MediaPipe Pose, Apache-2.0). Whoever calls names the files. Knows the
runtime; not what the numbers mean (`detector`, `landmarks`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Models:
    """Paths of the pose detector and of the landmark model (heavy, or full where time is short)."""

    detector: Path
    landmarks: Path


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
