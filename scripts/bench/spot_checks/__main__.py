# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m scripts.bench.spot_checks [--json FILE] [--quick]`; numpy is all it needs.

The whole trial writes the table into `scripts/bench/results` and, shorter, into the README.

--json FILE  the figures
--quick      without the recorded walk and with fewer rigs, for a look; writes no table
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .table import RESULT, figures_of, hold, is_reached, put_into_readme, to_markdown


def main() -> int:
    """Hold the trial, print and write the table; 1 when something asked for is not reached."""
    parser = argparse.ArgumentParser(description="The trial of the spot checks")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    trial = hold(quick=arguments.quick)
    table = to_markdown(trial)
    print(table)
    if not arguments.quick:
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(table, encoding="utf-8")
        put_into_readme(trial)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures_of(trial), indent=1), encoding="utf-8")
    return 0 if is_reached(trial) else 1


sys.exit(main())
