# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip and a driven desk for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.jobs.driving import CLIP_BYTES, Driver, driving


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "walk take 3 — 歩く.mp4"
    path.write_bytes(CLIP_BYTES)
    return path


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    with driving(tmp_path / "jobs") as one:
        yield one
