# SPDX-License-Identifier: GPL-3.0-or-later
"""One good retarget for all tests of the checks: making it takes a while."""

from __future__ import annotations

import pytest

from .staged import Staged, staged


@pytest.fixture(scope="session")
def walk() -> Staged:
    return staged("walk")


@pytest.fixture(scope="session")
def dance() -> Staged:
    return staged("dance", "bvh_cmu_cgspeed", "vroid")
