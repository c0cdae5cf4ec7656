# SPDX-License-Identifier: GPL-3.0-or-later
"""For every tier: nothing of the user's own gets in, and the optional material beside the repo."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"

# A key or an address of the person who runs the tests must never reach one.
for _name in [name for name in os.environ if name.startswith("AIMOCAP_") and "CACHE" not in name]:
    if not _name.startswith("AIMOCAP_TEST_"):
        del os.environ[_name]
# The services of the tests are on this machine, whatever proxy it uses for others.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost,::1"

# How long an example takes says more about the machine than about the code; in CI a commit that
# passed once must pass again.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def shared_file() -> Callable[[str], Path]:
    """`shared_file("clips/NAME")`: a file beside the checkout; the test is skipped without it."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"{name} is not beside this checkout")
        return path

    return find
