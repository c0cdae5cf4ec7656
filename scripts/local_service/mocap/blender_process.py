# SPDX-License-Identifier: GPL-3.0-or-later
"""One module run with the bpy module in a process of its own, with its output kept.

bpy holds one scene and all that it allocated for the whole of its process, and can hang or crash
when that one ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def run_module(
    module: str, *arguments: str, beside: Path, timeout_seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module arguments` to its end.

    Blender's settings and its temporary files, which a process that is left in the middle leaves
    behind, are in a folder next to the file `beside`, gone afterwards. Errors:
    subprocess.TimeoutExpired, the process is ended then.
    """
    with tempfile.TemporaryDirectory(prefix="blender-", dir=beside.parent) as place:
        variables = {**os.environ, "BLENDER_USER_RESOURCES": place}
        variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), place)
        variables["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=variables,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
