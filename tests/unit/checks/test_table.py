# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial's table in the README: written between its marks, from what was counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimocap_blender.motion.checks.check import Measure
from scripts.bench.spot_checks.table import README, Trial, put_into_readme
from scripts.bench.spot_checks.trial import FaultRow, GoodRow


@pytest.fixture
def trial() -> Trial:
    """Four cases of one fault, three of them reported; 200 good checks, one of which fails."""
    fault = FaultRow(Measure.FOOT_SLIDE, [3.0, 3.1, 2.9, 0.1], 3, 3, 2)
    good = GoodRow([0.0] * 200, looks=3, fails=1)
    return Trial({"foot slides": fault}, {Measure.FOOT_SLIDE: good}, 200, {3000: 0.2, 10000: 0.6})


def test_the_table_is_written_between_its_marks(trial: Trial, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    marks = "<!-- faults by check -->\nold\n<!-- end of faults by check -->"
    page.write_text(f"before\n{marks}\nafter\n", encoding="utf-8")
    assert put_into_readme(trial, page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| foot slides | foot slide | 4 | 75 % | 75 % | 50 % |" in text
    assert "0.5 % say fail" in text
    assert put_into_readme(trial, page)
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_left_alone(trial: Trial, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here", encoding="utf-8")
    assert not put_into_readme(trial, page)
    assert page.read_text(encoding="utf-8") == "nothing here"


def test_the_readme_has_the_marks() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.index("<!-- faults by check -->") < text.index("<!-- end of faults by check -->")
