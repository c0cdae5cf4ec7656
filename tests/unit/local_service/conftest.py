# SPDX-License-Identifier: GPL-3.0-or-later
"""A running service for each test that asks for one: the real program, on a free loopback port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .running import Running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts services over one data folder; what still runs at the end of the test is ended."""
    started: list[Running] = []

    def start_one(*options: str) -> Running:
        running = Running(tmp_path / "data", *options)
        started.append(running)
        return running

    yield start_one
    for running in started:
        running.kill()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service with its defaults for all tests of a file that only add jobs to it."""
    running = Running(tmp_path_factory.mktemp("shared") / "data")
    yield running
    running.kill()
