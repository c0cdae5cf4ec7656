# SPDX-License-Identifier: GPL-3.0-or-later
"""The test runner: counts come from reports, and a run that goes wrong is never a success."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from scripts.common import pytest_runs
from scripts.common.pytest_runs import Outcome, Run

MIXED = """
import pytest
def test_passes(): pass
def test_fails(): assert 1 == 2
def test_is_skipped(): pytest.skip("not on a Tuesday")
@pytest.fixture
def broken(): raise OSError("gone")
def test_has_an_error(broken): pass
"""


@pytest.fixture
def run_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`run_tests(code, ...)`: the outcome of a tier that holds one file with that code."""
    monkeypatch.setattr(pytest_runs, "REPOSITORY", tmp_path)

    def run(code: str, *, timeout: float = 30.0, expression: str = "") -> Outcome:
        folder = tmp_path / "tests" / "some"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "test_some.py").write_text(code)
        wanted = Run("some", "", Path(sys.executable), timeout, expression)
        return pytest_runs.execute(wanted, tmp_path / "results")

    return run


def test_every_kind_of_end_is_counted(run_tests) -> None:
    outcome = run_tests(MIXED)
    assert (outcome.passed, outcome.failed, outcome.skipped) == (1, 2, 1)
    assert outcome.skip_reasons == ("not on a Tuesday",)
    assert outcome.trouble == ""


def test_a_run_that_hangs_is_stopped_and_fails(run_tests) -> None:
    began = time.monotonic()
    outcome = run_tests("import time\ndef test_hangs(): time.sleep(60)\n", timeout=3.0)
    assert time.monotonic() - began < 20
    assert outcome.failed == 1
    assert outcome.trouble == "stopped after 3 s"


def test_a_run_that_crashes_fails(run_tests) -> None:
    outcome = run_tests("import os\ndef test_crashes(): os.abort()\n")
    assert outcome.failed == 1
    assert outcome.trouble == "ended by signal 6"


def test_a_run_that_ends_without_a_report_fails(run_tests) -> None:
    outcome = run_tests("import os\ndef test_leaves(): os._exit(0)\n")
    assert outcome.failed == 1
    assert outcome.trouble == "ended with code 0 and no report"


def test_a_file_that_cannot_be_imported_fails(run_tests) -> None:
    outcome = run_tests("import no_such_module\n")
    assert outcome.passed == 0
    assert outcome.failed >= 1


def test_a_tier_without_tests_fails_unless_they_were_deselected(run_tests) -> None:
    assert run_tests("x = 1\n").failed == 1
    outcome = run_tests("def test_a(): pass\n", expression="nothing_like_this")
    assert (outcome.passed, outcome.failed) == (0, 0)
