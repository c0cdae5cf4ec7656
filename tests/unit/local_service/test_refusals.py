# SPDX-License-Identifier: GPL-3.0-or-later
"""Every documented error code and our own: when it comes, its HTTP status, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from . import fake_processor
from .running import Running, code_of

CREATE_REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"exportFps": 25}, 422, "export_fps_invalid"),
    ({"exportFps": "30"}, 422, "export_fps_invalid"),
    ({"exportFps": True}, 422, "export_fps_invalid"),
    ({"mocapType": "hands"}, 422, "mocap_type_invalid"),
    ({"targetIds": []}, 422, "api_target_ids_required"),
    ({"targetIds": ...}, 422, "api_target_ids_required"),
    ({"targetIds": None}, 422, "api_target_ids_required"),
    ({"targetIds": "default"}, 422, "api_target_ids_required"),
    ({"targetIds": ["unitree_g1"]}, 422, "api_target_unsupported"),
    ({"targetIds": ["default", "unitree_g1"]}, 422, "api_target_unsupported"),
    ({"targetIds": ["avatar:42"]}, 422, "api_target_unsupported"),
    ({"targetIds": ..., "targetId": "avatar:42"}, 422, "api_target_unsupported"),
    ({"sourceDurationSec": 0}, 422, "api_source_duration_invalid"),
    ({"sourceDurationSec": -3}, 422, "api_source_duration_invalid"),
    ({"sourceDurationSec": "long"}, 422, "api_source_duration_invalid"),
    ({"trimStartSec": -1}, 422, "api_trim_range_invalid"),
    ({"trimStartSec": 3, "trimEndSec": 2}, 422, "api_trim_range_invalid"),
    ({"trimStartSec": 3, "trimEndSec": 3}, 422, "api_trim_range_invalid"),
    ({"sourceDurationSec": 4, "trimEndSec": 5}, 422, "api_trim_range_invalid"),
    ({"sourceDurationSec": 4, "trimStartSec": 4}, 422, "api_trim_range_invalid"),
    ({"trimEndSec": "end"}, 422, "api_trim_range_invalid"),
    ({"trimStartSec": 0, "trimEndSec": 601}, 422, "api_duration_limit_exceeded"),
    ({"sourceDurationSec": 700}, 422, "api_duration_limit_exceeded"),
    ({"sourceBytes": 10**12}, 413, "api_file_size_limit_exceeded"),
    ({"sourceFilename": ...}, 400, "invalid_request"),
    ({"sourceFilename": ""}, 400, "invalid_request"),
    ({"sourceFilename": 7}, 400, "invalid_request"),
    ({"sourceFilename": "a" * 2000}, 400, "invalid_request"),
    ({"sourceType": "url"}, 400, "invalid_request"),
]


def test_a_bad_create_request_is_refused_with_its_documented_code(service: Running) -> None:
    for fields, status, code in CREATE_REFUSALS:
        answer = service.create(**fields)
        assert (answer.status_code, code_of(answer)) == (status, code), fields


ACCEPTED: list[dict[str, Any]] = [
    {"exportFps": 30.0},
    {"exportFps": None, "mocapType": None, "trimStartSec": None, "trimEndSec": None},
    {"targetIds": ["default", "default"]},
    {"targetIds": ["default"], "targetId": "unitree_g1"},
    {"sourceDurationSec": 700, "trimStartSec": 10, "trimEndSec": 20},
    {"sourceDurationSec": 4, "trimEndSec": 4.05},
    {"title": None, "somethingNew": {"a": [1]}},
    {"sourceFilename": "人物 – Übung.MP4"},
]


def test_a_request_within_the_contract_is_not_refused(service: Running) -> None:
    for fields in ACCEPTED:
        answer = service.create(**fields)
        assert answer.status_code == 200, (fields, answer.text)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer sk-wrong", "Basic abc", "Bearer ÿ", "sk-local-x"],
)
def test_a_wrong_key_opens_nothing(service: Running, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    for method, path in [
        ("POST", ""),
        ("GET", "/mocap_1"),
        ("GET", "/mocap_1/result"),
        ("POST", "/mocap_1/complete-upload"),
        ("GET", "/nothing/of/the/kind"),
    ]:
        url = f"{service.url}/api/v1/mocap/jobs{path}"
        answer = requests.request(method, url, headers=headers, timeout=10)
        assert (answer.status_code, code_of(answer)) == (401, "unauthorized")


def test_an_unknown_job_is_not_found(service: Running) -> None:
    for answer in (
        service.session.get(f"{service.url}/api/v1/mocap/jobs/mocap_0", timeout=10),
        service.result("mocap_0"),
        service.complete("mocap_0"),
        service.complete("..%2f..%2fetc"),
    ):
        assert answer.status_code == 404
        assert code_of(answer) in {"job_not_found", "not_found"}


def test_unknown_paths_and_methods_are_errors_of_the_same_shape(service: Running) -> None:
    assert code_of(requests.get(f"{service.url}/nothing", timeout=10)) == "not_found"
    answer = service.session.delete(f"{service.url}/api/v1/mocap/jobs/mocap_0", timeout=10)
    assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"text"', b"[" * 50_000, b'{"sourceFilename": NaN}'],
)
def test_a_body_that_is_no_request_is_refused(service: Running, body: bytes) -> None:
    answer = service.session.post(
        f"{service.url}/api/v1/mocap/jobs",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert (answer.status_code, code_of(answer)) == (400, "invalid_request")


def test_a_body_without_a_content_type_is_read(service: Running) -> None:
    body = json.dumps({"sourceFilename": "a.mp4", "targetIds": ["default"]}).encode()
    answer = service.session.post(f"{service.url}/api/v1/mocap/jobs", data=body, timeout=10)
    assert answer.status_code == 200, answer.text


def test_a_body_beyond_any_request_is_not_read(service: Running) -> None:
    body = json.dumps({"sourceFilename": "a" * 200_000}).encode()
    answer = service.session.post(f"{service.url}/api/v1/mocap/jobs", data=body, timeout=10)
    assert (answer.status_code, code_of(answer)) == (413, "request_too_large")


def test_a_page_that_resolves_its_name_to_this_machine_is_refused(service: Running) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[", "10.0.0.1"):
        answer = service.session.get(f"{service.url}/health", headers={"Host": host}, timeout=10)
        assert (answer.status_code, code_of(answer)) == (421, "host_refused"), host


def test_an_inactive_plan_admits_nothing(start: Callable[..., Running]) -> None:
    service = start()
    job_id = service.uploaded()
    service.stop()
    service = start("--inactive-plan")
    answer = service.create()
    assert (answer.status_code, code_of(answer)) == (403, "api_plan_inactive")
    answer = service.complete(job_id)
    assert (answer.status_code, code_of(answer)) == (403, "api_plan_inactive")
    assert service.job(job_id)["job"]["status"] == "draft"


def test_too_little_credit_is_told_at_create_and_at_admission(
    start: Callable[..., Running],
) -> None:
    service = start("--credits", "5")
    answer = service.create(trimStartSec=0, trimEndSec=5.5)
    assert (answer.status_code, code_of(answer)) == (402, "insufficient_api_v_credits")
    job_id = service.uploaded(fake_processor.video(5.5))
    answer = service.complete(job_id)
    assert (answer.status_code, code_of(answer)) == (402, "insufficient_api_v_credits")
    # The draft waits: with enough credit the same upload is admitted.
    assert service.job(job_id)["job"]["status"] == "draft"
    assert service.balance() == 5
    service.stop()
    service = start("--credits", "6")
    assert service.complete(job_id).status_code == 200
    assert service.ended(job_id)["job"]["status"] == "completed"
    assert service.balance() == 0
    assert code_of(service.create()) == "insufficient_api_v_credits"


def test_the_concurrency_limit_counts_queued_and_processing(
    start: Callable[..., Running],
) -> None:
    service = start("--concurrency", "2")
    waiting = service.uploaded()
    busy = [service.queued(fake_processor.video(pause=3)) for _ in range(2)]
    for answer in (service.create(), service.complete(waiting)):
        assert (answer.status_code, code_of(answer)) == (429, "api_concurrency_limit_exceeded")
        assert int(answer.headers["Retry-After"]) > 0
    for job_id in busy:
        assert service.ended(job_id)["job"]["status"] == "completed"
    assert service.complete(waiting).status_code == 200
    assert service.ended(waiting)["job"]["status"] == "completed"


VALIDATION_FAILURES: list[tuple[bytes, dict[str, Any], int, str]] = [
    (b"not a video at all", {}, 422, "video_unreadable"),
    (fake_processor.video(0.0), {}, 422, "video_unreadable"),
    (fake_processor.video(probe="crash"), {}, 422, "video_unreadable"),
    (fake_processor.video(probe="raise"), {}, 422, "video_unreadable"),
    (fake_processor.video(probe="exit"), {}, 422, "video_unreadable"),
    (fake_processor.video(probe="hang"), {}, 422, "video_unreadable"),
    (fake_processor.video(4), {"trimEndSec": 4.5}, 422, "api_trim_range_invalid"),
    (fake_processor.video(4), {"trimStartSec": 4}, 422, "api_trim_range_invalid"),
    (fake_processor.video(4), {"trimStartSec": 60}, 422, "api_trim_range_invalid"),
    (fake_processor.video(601), {}, 422, "api_duration_limit_exceeded"),
]


def test_a_video_that_fails_validation_fails_the_job_and_costs_nothing(
    start: Callable[..., Running],
) -> None:
    service = start("--credits", "5000", "--probe-seconds", "2")
    for content, fields, status, code in VALIDATION_FAILURES:
        job_id = service.uploaded(content, **fields)
        answers = [service.complete(job_id), service.complete(job_id)]
        for answer in answers:
            assert (answer.status_code, code_of(answer)) == (status, code), (content, fields)
        view = service.job(job_id)["job"]
        assert (view["status"], view["errorCode"]) == ("failed", code)
        assert view["errorMessage"]
        result = service.result(job_id).json()["data"]
        assert (result["job"]["status"], result["outputs"]) == ("failed", [])
    assert [entry.kind for entry in service.journal()] == ["grant"]
    assert not list((service.data / "jobs").glob("*/source*"))


def test_an_end_past_the_file_by_less_than_rounding_is_the_end_of_the_file(
    service: Running,
) -> None:
    job_id = service.queued(fake_processor.video(4.0), trimStartSec=1, trimEndSec=4.06)
    assert service.ended(job_id)["job"]["status"] == "completed"
    lines = [(line.kind, line.amount) for line in service.journal() if line.job_id == job_id]
    assert lines == [("reserve", -3), ("charge", 0)]


def test_completing_without_an_upload_is_refused(service: Running) -> None:
    job_id = service.create().json()["data"]["jobId"]
    answer = service.complete(job_id)
    assert (answer.status_code, code_of(answer)) == (409, "upload_missing")
    assert service.job(job_id)["job"]["status"] == "draft"


def test_a_result_is_refused_until_there_is_one(service: Running) -> None:
    job_id = service.uploaded()
    answer = service.result(job_id)
    assert (answer.status_code, code_of(answer)) == (409, "result_not_ready")
