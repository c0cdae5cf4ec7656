# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of `scripts/bench.py`: each a program of its own, run in the environment it needs."""
