# SPDX-License-Identifier: GPL-3.0-or-later
"""Random requests: every answer is one that the service's own OpenAPI description promises."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .running import Running

FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\ud800", "\x00", "default", "unitree_g1", "avatar:1", "full_body", ""])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = [
    "title",
    "sourceFilename",
    "sourceDurationSec",
    "trimStartSec",
    "trimEndSec",
    "exportFps",
    "mocapType",
    "targetIds",
    "targetId",
    "sourceType",
    "sourceBytes",
]
# Mostly good, with some fields anything: random objects alone never come past the first check.
bodies = st.builds(
    lambda wild, tame: {"sourceFilename": "a.mp4", "targetIds": ["default"]} | tame | wild,
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "sourceDurationSec": st.floats(-1, 1000),
            "trimStartSec": st.floats(-1, 1000),
            "trimEndSec": st.floats(-1, 1000),
            "exportFps": st.sampled_from([24, 30, 60, 120, 25]),
            "sourceBytes": st.integers(0, 2**60),
        },
    ),
)


@pytest.fixture(scope="module")
def promised(service: Running) -> dict[str, Any]:
    """Which statuses the OpenAPI description names, by path and method."""
    paths = requests.get(f"{service.url}/openapi.json", timeout=10).json()["paths"]
    return {
        f"{method} {path}": {int(status) for status in operation["responses"]}
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def check(answer: requests.Response, statuses: set[int]) -> None:
    assert answer.status_code < 500, answer.text
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert error["code"]
        assert error["message"]


def test_every_documented_call_is_described(promised: dict[str, set[int]]) -> None:
    jobs = "/api/v1/mocap/jobs"
    assert set(promised) >= {
        f"post {jobs}",
        f"get {jobs}/{{job_id}}",
        f"get {jobs}/{{job_id}}/result",
        f"post {jobs}/{{job_id}}/complete-upload",
        "put /uploads/{job_id}/{token}",
        "get /artifacts/{job_id}/{name}",
    }


@FUZZ
@given(body=bodies | values)
def test_no_create_request_breaks_the_service(
    service: Running, promised: dict[str, set[int]], body: Any
) -> None:
    answer = service.session.post(
        f"{service.url}/api/v1/mocap/jobs",
        data=json.dumps(body),  # also NaN, Infinity and lone surrogates, which json lets through
        headers={"Content-Type": "application/json"},
        timeout=20,
    )
    check(answer, promised["post /api/v1/mocap/jobs"])
    if answer.status_code == 200:
        made = answer.json()["data"]
        assert service.job(made["jobId"])["job"]["status"] == "draft"


@FUZZ
@given(raw=st.binary(max_size=200), kind=st.sampled_from(["application/json", "text/html", "*"]))
def test_no_bytes_break_the_service(
    service: Running, promised: dict[str, set[int]], raw: bytes, kind: str
) -> None:
    url = f"{service.url}/api/v1/mocap/jobs"
    answer = service.session.post(url, data=raw, headers={"Content-Type": kind}, timeout=20)
    check(answer, promised["post /api/v1/mocap/jobs"])


@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "PATCH", "DELETE", "OPTIONS"]),
    start=st.sampled_from(["api/v1/mocap/jobs", "uploads", "artifacts", ""]),
    parts=st.lists(st.text(min_size=1, max_size=20) | st.just(".."), max_size=4),
    query=st.dictionaries(
        st.sampled_from(["expires", "signature"]), st.text(max_size=10) | st.integers().map(str)
    ),
)
def test_no_address_breaks_the_service(
    service: Running, method: str, start: str, parts: list[str], query: dict[str, str]
) -> None:
    path = "/".join([start, *(quote(part.encode("utf-8", "replace"), safe="") for part in parts)])
    answer = service.session.request(
        method, f"{service.url}/{path}", params=query, data=b"x", timeout=20
    )
    assert answer.status_code < 500, answer.text
    if method != "HEAD" and answer.status_code >= 400:
        assert answer.json()["error"]["code"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(min_size=1, max_size=3000))
def test_no_upload_breaks_the_service(
    service: Running, promised: dict[str, set[int]], content: bytes
) -> None:
    job_id = service.uploaded(content)
    answer = service.complete(job_id)
    check(answer, promised["post /api/v1/mocap/jobs/{job_id}/complete-upload"])
    assert service.job(job_id)["job"]["status"] == "failed"
