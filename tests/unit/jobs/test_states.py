# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of states, whole."""

from __future__ import annotations

import itertools

import pytest

from aimocap_blender.jobs.job import OPEN_STATES, JobState
from aimocap_blender.jobs.states import TABLE, ForbiddenStep, JobEvent, after

PAIRS = list(itertools.product(JobState, JobEvent))


@pytest.mark.parametrize(("state", "event"), PAIRS, ids=lambda item: item.name)
def test_every_pair_has_a_state_or_an_error_that_names_both(
    state: JobState, event: JobEvent
) -> None:
    if (state, event) in TABLE:
        assert after(state, event) is TABLE[state, event]
        return
    with pytest.raises(ForbiddenStep) as caught:
        after(state, event)
    assert state.value in str(caught.value)
    assert event.name in str(caught.value)


def test_every_state_can_be_reached() -> None:
    reached, new = {JobState.CHECKING}, {JobState.CHECKING}
    while new:
        new = {to for (state, _), to in TABLE.items() if state in new} - reached
        reached |= new
    assert reached == set(JobState)


def test_every_open_state_can_be_stopped_and_none_is_a_dead_end() -> None:
    for state in OPEN_STATES:
        assert TABLE[state, JobEvent.STOPPED_BY_USER] is JobState.STOPPED
    for state in JobState:
        ways_out = [to for (start, _), to in TABLE.items() if start is state and to is not state]
        ends = {JobState.APPLIED, JobState.KEPT, JobState.FAILED, JobState.CANCELED}
        assert ways_out or state in ends


def test_money_is_only_spent_through_the_hand_over() -> None:
    """No way leads from the start to a running job around complete-upload, but to share one."""
    shares = {JobEvent.FOLLOW_CHOSEN, JobEvent.REUSE_CHOSEN}
    asked = {JobEvent.ASKED_AGAIN, JobEvent.FETCHED_AGAIN}
    rebuilt = (JobState.UPLOADING, JobEvent.ANSWER_LOST)
    reached, new = {JobState.CHECKING}, {JobState.CHECKING}
    while new:
        new = {
            to
            for (state, event), to in TABLE.items()
            if state in new and event not in shares | asked and (state, event) != rebuilt
            if to is not JobState.COMPLETING
        } - reached
        reached |= new
    assert not reached & {JobState.QUEUED, JobState.PROCESSING, JobState.FETCHING}
