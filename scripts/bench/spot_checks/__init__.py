# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the spot checks see faults, how rarely they cry wolf: `scripts/bench.py --checks`."""
