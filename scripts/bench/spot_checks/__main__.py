# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial of the checks alone: `python -m scripts.bench.spot_checks` (numpy is all it needs)."""

from __future__ import annotations

import sys

from .table import run

sys.exit(0 if run() else 1)
