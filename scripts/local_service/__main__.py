# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the service from any Python 3.11 or newer: `python3 scripts/local_service`.

Standard library only: the packages the service needs live in an environment of its own, which
`launch` enters before anything else is imported.
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    # Run as a folder, Python puts this folder first on the path, where modules of the service
    # could hide those of others. The folder that holds `scripts` takes its place.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from scripts.local_service.launch import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
