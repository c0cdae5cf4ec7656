# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the list, and what a failure is said to mean."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from aimocap_blender.api.codes import REFUSALS
from aimocap_blender.errors import Charge
from aimocap_blender.jobs.job import (
    OPEN_STATES,
    CaptureRequest,
    Cause,
    Failure,
    Job,
    JobAction,
    JobState,
    Moment,
    Placement,
    ServiceRef,
    estimate_v_credits,
)
from aimocap_blender.jobs.plan import RetryCost, cause_of, plan_for
from aimocap_blender.jobs.states import TABLE
from aimocap_blender.jobs.views import duration_words, price_words, rate_words, view_of

NOW = Moment(1_800_000_072.0, 72.0)
CLOUD = ServiceRef("aimocap", "https://aimocap.net")


def job_in(state: JobState, **changes: object) -> Job:
    request = CaptureRequest(
        "walk", CLOUD, Path("/c/walk.mp4"), "walk.mp4", 20.0, 0.0, 12.4, 30, "full_body",
        "avatar:9", "Knight", "3", Placement("Scene", "walk", "Rig", 40.0),
    )  # fmt: skip
    job = Job("a" * 32, request, state, 1_800_000_000.0, 1_800_000_000.0)
    return dataclasses.replace(job, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (job_in(JobState.UPLOADING, progress=0.62, rate=4.1e6), "Uploading  62 %  4.1 MB/s"),
        (job_in(JobState.UPLOADING, progress=0.004, rate=900.0), "Uploading  0 %  1 kB/s"),
        (job_in(JobState.PROCESSING), "Processing  1:12"),
        (job_in(JobState.PROCESSING, trouble="cut"), "Processing  1:12  trying again"),
        (job_in(JobState.CREATING, waiting_reason="No API key"), "Starting  No API key"),
        (job_in(JobState.READY), "Ready to import"),
        (
            job_in(JobState.READY, waiting_reason="leave Edit Mode"),
            "Ready to import: leave Edit Mode",
        ),
        (
            job_in(JobState.FAILED, failure=Failure("x", "No person.", Charge.NOTHING, "")),
            "Failed: No person. Not charged",
        ),
        (job_in(JobState.APPLIED), "Applied"),
        (job_in(JobState.QUEUED, mine=False), "Queued  1:12  (followed by another Blender)"),
    ],
)
def test_lines_read_as_in_the_sketch(job: Job, line: str) -> None:
    assert view_of(job, NOW).line == line


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_has_words_target_price_and_fitting_buttons(state: JobState) -> None:
    failure = Failure("timed_out", "It took too long.", Charge.NOTHING, "Retry.")
    job = job_in(state, failure=None if state in OPEN_STATES else failure)
    view = view_of(job, NOW)
    assert view.word
    assert view.target == "Knight, version 3"
    assert view.price == "about 13 v-credits"
    assert JobAction.COPY_REPORT in view.actions
    assert (JobAction.FORGET in view.actions) is (state not in OPEN_STATES)
    if JobAction.RETRY in view.actions:
        plan = plan_for(job)
        assert plan is not None
        assert plan.event is None or (state, plan.event) in TABLE


def test_a_job_of_another_blender_has_no_buttons_that_move_it() -> None:
    view = view_of(job_in(JobState.PROCESSING, mine=False), NOW)
    assert view.actions == {JobAction.COPY_REPORT}
    assert not view.moving


def test_every_documented_code_has_a_cause_and_a_step() -> None:
    for code in REFUSALS:
        assert cause_of(code) in Cause
        failure = Failure(code, REFUSALS[code].what, Charge.NOTHING, REFUSALS[code].remedy)
        plan = plan_for(job_in(JobState.REJECTED, failure=failure))
        assert plan is not None
        assert plan.next_step == REFUSALS[code].remedy
        assert plan.cost in (RetryCost.FREE, RetryCost.NO_USE)
    assert cause_of("never_heard_of") is Cause.SERVICE


@pytest.mark.parametrize(
    ("job", "cost"),
    [
        (job_in(JobState.STOPPED, admitted=False), RetryCost.FREE),
        (job_in(JobState.STOPPED, admitted=True, remote_id="m"), RetryCost.ALREADY_PAID),
        (job_in(JobState.BROKEN, admitted=None, remote_id="m"), RetryCost.ALREADY_PAID),
        (job_in(JobState.MISSING, admitted=True, remote_id="m"), RetryCost.ALREADY_PAID),
        (job_in(JobState.FAILED, admitted=True), RetryCost.AGAIN),
        (job_in(JobState.CANCELED, admitted=True), RetryCost.AGAIN),
        (job_in(JobState.UNSURE, admitted=None), RetryCost.AGAIN),
    ],
)
def test_what_a_retry_costs_is_said(job: Job, cost: RetryCost) -> None:
    plan = plan_for(job)
    assert plan is not None
    assert plan.cost is cost


@pytest.mark.parametrize(
    ("seconds", "v_credits"),
    [(12.4, 13), (12.0, 12), (12.00001, 12), (0.2, 1), (0.0, 0), (59.99, 60)],
)
def test_estimates_round_up_but_not_for_rounding_noise(seconds: float, v_credits: int) -> None:
    assert estimate_v_credits(seconds, CLOUD) == v_credits
    assert estimate_v_credits(seconds, ServiceRef("local", "http://127.0.0.1:1")) == 0


def test_numbers_in_words() -> None:
    assert duration_words(-5) == "0:00"
    assert duration_words(3723) == "1:02:03"
    assert rate_words(999_999) == "1000 kB/s"
    assert price_words(0) == "nothing is charged"
