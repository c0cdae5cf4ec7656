# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at random moments; `scripts/bench.py --faults` does the same 500 times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.unit.jobs.kills import run_once


@pytest.mark.parametrize("seed", range(12))
def test_a_job_survives_kill_9_at_any_moment_and_is_charged_once(tmp_path: Path, seed: int) -> None:
    run = run_once(tmp_path / "run", random.Random(seed))
    assert run.is_right, run
