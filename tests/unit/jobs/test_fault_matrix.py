# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every step ends in the right state, and the committed table says so."""

from __future__ import annotations

import pytest

from aimocap_blender.jobs.job import OPEN_STATES, JobState
from tests.fake_service.server import Step
from tests.unit.jobs.fault_matrix import TABLE, Outcome, run_all, table_of

Outcomes = dict[tuple[str, Step, bool], Outcome]


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    return run_all()


def test_the_table_is_as_it_was_read(outcomes: Outcomes) -> None:
    assert table_of(outcomes) == TABLE.read_text(encoding="utf-8")


def test_no_cell_charges_twice_or_leaks_the_key(outcomes: Outcomes) -> None:
    for cell, outcome in outcomes.items():
        assert outcome.admissions <= 1, cell
        assert outcome.leaks == 0, cell


def test_what_is_said_about_the_charge_is_true(outcomes: Outcomes) -> None:
    for cell, outcome in outcomes.items():
        if outcome.charge == "nothing":
            assert outcome.admissions == 0, cell
        if outcome.charge == "charged":
            assert outcome.admissions == 1, cell
        if outcome.admissions and outcome.state is not JobState.READY:
            assert outcome.state in OPEN_STATES or outcome.charge in ("unknown", "charged"), cell


def test_whatever_goes_wrong_once_on_the_way_back_is_mended(outcomes: Outcomes) -> None:
    for (fault, step, always), outcome in outcomes.items():
        if not always and step in ("status", "result", "download"):
            assert outcome.state is JobState.READY, (fault, step)


def test_following_never_ends_while_the_service_may_know_the_job(outcomes: Outcomes) -> None:
    for (fault, step, always), outcome in outcomes.items():
        if always and step == "status" and fault != "404":
            assert outcome.state in OPEN_STATES, fault
            assert outcome.trouble, fault
