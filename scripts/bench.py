# SPDX-License-Identifier: GPL-3.0-or-later
"""`python3 scripts/bench.py`: benchmarks, as tables on the screen and as JSON.

    --job               what the main job costs the main thread: ticks, and the apply step
    --retarget          speed and quality of retargeting, beside constraints and Blender's own bake
    --checks            what the spot checks see, and how rarely they cry wolf
    --faults            500 jobs under kill -9, every fault at every step, 1000 jobs, 4 GB
    --blender 4.5       the Blender to measure with, may be repeated (retarget: 4.5 and 5.0)
    --quick             fewer frames and pairs, for a look
    --pictures FOLDER   with --retarget: only draw six pairs, the source above the target
    --json FILE         everything that was measured

Without a part all of them run. The exit code is 0 only when every part ran.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from scripts.bench import parts
from scripts.common import console

if __name__ == "__main__":
    console.run(parts.main)
