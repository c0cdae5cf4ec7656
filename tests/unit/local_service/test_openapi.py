# SPDX-License-Identifier: GPL-3.0-or-later
"""schemathesis against the service's own OpenAPI description: whatever is asked, in any order.

Requests are made from the description, good ones and bad ones; every answer has to be one that the
description promises, in status, headers, media type and shape, and never a 5xx.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from .running import Running

_SLOW_IS_FINE = list(HealthCheck)


@pytest.fixture(scope="module")
def description(service: Running) -> Any:
    """The description as the running service gives it, with the key in every request."""
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    schema.config.update(headers={"Authorization": f"Bearer {service.key}"})
    # What a schema cannot say may be refused: an end before the start, no target in either field.
    schema.config.checks.update(excluded_check_names=["positive_data_acceptance"])
    return schema


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@settings(max_examples=250, deadline=None, suppress_health_check=_SLOW_IS_FINE)
@given(data=st.data())
def test_every_answer_is_one_that_the_description_promises(
    description: Any, mode: GenerationMode, data: st.DataObject
) -> None:
    calls = [found.ok() for found in description.get_all_operations()]
    call = data.draw(st.sampled_from(calls))
    case = data.draw(call.as_strategy(generation_mode=mode))
    case.call_and_validate(timeout=20)


def test_no_order_of_calls_breaks_a_promise(description: Any) -> None:
    description.as_state_machine().run(
        settings=settings(
            max_examples=40,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=_SLOW_IS_FINE,
        )
    )


def test_the_description_names_every_call(description: Any) -> None:
    named = {f"{found.ok().method} {found.ok().path}" for found in description.get_all_operations()}
    assert "post /api/v1/mocap/jobs" in named
    assert len(named) >= 7
