# SPDX-License-Identifier: GPL-3.0-or-later
"""The client under answers made from the OpenAPI description: a model or an `ApiFailure`."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimocap_blender.api.client import ApiClient
from aimocap_blender.api.failures import ApiFailure
from aimocap_blender.api.models import Draft, RemoteJob, RemoteResult
from aimocap_blender.api.secret import Secret
from aimocap_blender.api.transport import Timeouts
from tests.described_answers import SIGNATURE, DescribedAnswers
from tests.fake_service import FakeService, Fault
from tests.unit.api.test_client import NEW_JOB

CALLS: dict[str, tuple[Callable[[ApiClient], Any], type | tuple[type, ...]]] = {
    "create": (lambda client: client.create_job(NEW_JOB), Draft),
    "complete": (lambda client: client.complete_upload("mocap_1"), (RemoteJob, type(None))),
    "status": (lambda client: client.job("mocap_1"), RemoteJob),
    "result": (lambda client: client.result("mocap_1"), RemoteResult),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> DescribedAnswers:
    return DescribedAnswers(tmp_path_factory.mktemp("described"))


@pytest.fixture(scope="module")
def service() -> Iterator[FakeService]:
    with FakeService() as one:
        yield one


@pytest.mark.parametrize("step", sorted(CALLS))
@settings(max_examples=150, deadline=5000, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_described_answer_is_understood_or_a_failure(
    service: FakeService, answers: DescribedAnswers, step: str, data: st.DataObject
) -> None:
    body = data.draw(answers.of(step))
    code = data.draw(st.sampled_from([200, 200, 200, 201, 202, 400, 404, 409, 422, 429, 500, 503]))
    service.fail(step, Fault("answer", code, body, {"Content-Type": "application/json"}))  # type: ignore[arg-type]
    client = ApiClient(service.base_url, Secret(service.key), timeouts=Timeouts(2, 2, 4))
    call, wanted = CALLS[step]
    try:
        told = call(client)
    except ApiFailure as failure:
        text = f"{failure} {failure.what} {failure.remedy}" + "".join(
            traceback.format_exception(failure)
        )
        told_of = failure.what
    else:
        assert isinstance(told, wanted)
        text = told_of = repr(told)
    assert told_of
    assert SIGNATURE not in text
    assert service.key not in text
