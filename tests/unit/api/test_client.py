# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON calls against a service that answers well, badly and not at all."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Iterator

import pytest

from aimocap_blender.api import failures
from aimocap_blender.api.client import ApiClient
from aimocap_blender.api.codes import REFUSALS
from aimocap_blender.api.models import NewJob
from aimocap_blender.api.secret import Secret
from aimocap_blender.api.transport import Timeouts
from aimocap_blender.errors import Charge
from tests.fake_service import (
    FakeService,
    captive_portal,
    cut,
    drip,
    garbage,
    lost_answer,
    packed,
    redirect,
    stall,
    status,
)

NEW_JOB = NewJob(
    title="walk",
    source_filename="walk.mp4",
    source_duration_seconds=10.0,
    trim_start_seconds=1.0,
    trim_end_seconds=4.5,
    export_fps=30,
    mocap_type="full_body",
    target_ids=("default",),
)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as one:
        yield one


def client_of(service: FakeService, **timeouts: float) -> ApiClient:
    return ApiClient(service.base_url, Secret(service.key), timeouts=Timeouts(**timeouts))


def test_a_draft_has_an_id_and_a_secret_address(service: FakeService) -> None:
    draft = client_of(service).create_job(NEW_JOB)
    assert draft.remote_id in service.jobs
    assert draft.upload_url.reveal().startswith(service.storage_url)
    assert service.storage_url not in repr(draft)


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"jobId": "mocap_1", "status": "draft", "uploadUrl": "https://a/b"}},
        {"jobId": "mocap_1", "status": "draft", "uploadUrl": "https://a/b", "extra": [1]},
        {"job": {"id": "mocap_1", "status": "draft"}, "uploadUrl": "https://a/b"},
        {"error": None, "data": {"jobId": "mocap_1", "uploadUrl": "https://a/b"}},
    ],
)
def test_every_documented_envelope_is_understood(service: FakeService, answer: object) -> None:
    service.fail("create", garbage(json.dumps(answer).encode()))
    draft = client_of(service).create_job(NEW_JOB)
    assert draft.remote_id == "mocap_1"
    assert draft.upload_url == Secret("https://a/b")


@pytest.mark.parametrize("remote_id", ["..", ".", "", "a\nb", "x" * 300, None, ["a"], {}])
def test_an_id_that_could_climb_in_a_path_is_refused(
    service: FakeService, remote_id: object
) -> None:
    answer = {"jobId": remote_id, "uploadUrl": "https://a/b"}
    service.fail("create", garbage(json.dumps(answer).encode()))
    with pytest.raises(failures.Malformed):
        client_of(service).create_job(NEW_JOB)


def test_an_id_with_a_slash_stays_one_segment(service: FakeService) -> None:
    with pytest.raises(failures.NotFound):
        client_of(service).job("a/../../secret?x=1")
    assert service.seen[-1].path == "/api/v1/mocap/jobs/a%2F..%2F..%2Fsecret%3Fx%3D1"


@pytest.mark.parametrize("code", sorted(REFUSALS))
@pytest.mark.parametrize(
    "body",
    [
        lambda code: {"error": code},
        lambda code: {"code": code, "message": "in words"},
        lambda code: {"error": {"code": code}},
        lambda code: {"data": {"error": code}},
        lambda code: {"job": {"errorCode": code}},
        lambda code: {"job": {"error": code}},
    ],
)
def test_every_documented_code_is_found_wherever_it_stands(
    service: FakeService, code: str, body: object
) -> None:
    service.fail("complete", status(422, body=body(code)))  # type: ignore[operator]
    with pytest.raises(failures.Rejected) as caught:
        client_of(service).complete_upload("mocap_1")
    assert caught.value.code == code
    assert caught.value.charge is Charge.NOTHING
    assert caught.value.what.startswith(REFUSALS[code].what)
    assert caught.value.remedy == REFUSALS[code].remedy
    assert not caught.value.may_have_acted


@pytest.mark.parametrize(
    ("fault", "kind", "may_have_acted"),
    [
        (status(401, error="bad_key"), failures.Unauthorised, False),
        (status(403), failures.Forbidden, False),
        (status(404), failures.NotFound, False),
        (status(410), failures.NotFound, False),
        (status(413), failures.TooLarge, False),
        (status(429), failures.RateLimited, False),
        (status(400, error="brand_new_code"), failures.Rejected, False),
        (status(409), failures.Rejected, False),
        (status(500), failures.ServerTrouble, True),
        (status(503), failures.ServerTrouble, True),
        (status(304), failures.Malformed, True),
        (captive_portal(), failures.Malformed, True),
        (garbage(b"[" * 2_000_000, after_acting=False), failures.Malformed, True),
        (garbage(b'{"job": {"status": NaN}}'), failures.Malformed, True),
        (garbage(b"\xff\xfe\x00"), failures.Malformed, True),
        (garbage(b" " * 5_000_000), failures.Malformed, True),
        (packed(64), failures.Malformed, True),
        (cut(), failures.ConnectionBroken, True),
        (lost_answer(), failures.ConnectionBroken, True),
        (redirect("{other}/api"), failures.Redirected, False),
        (redirect("{self}"), failures.Redirected, False),
        (redirect("file:///etc/passwd"), failures.UnsafeAddress, False),
        (redirect("http://203.0.113.7/x"), failures.UnsafeAddress, False),
    ],
)
def test_every_bad_answer_has_its_failure(
    service: FakeService,
    fault: object,
    kind: type[failures.ApiFailure],
    may_have_acted: bool,
) -> None:
    service.fail_always("status", fault)  # type: ignore[arg-type]
    with pytest.raises(kind) as caught:
        client_of(service).job("mocap_1")
    assert type(caught.value) is kind
    assert caught.value.may_have_acted is may_have_acted
    assert caught.value.what.endswith((".", "brand_new_code", "bad_key"))
    assert caught.value.remedy
    assert service.leaks == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("17", 17.0), ("0", 0.0), ("soon", None), ("-5", None), ("9" * 400, None), (None, None)],
)
def test_retry_after_is_read_when_it_makes_sense(
    service: FakeService, text: str | None, seconds: float | None
) -> None:
    service.fail("status", status(429, retry_after=text))
    with pytest.raises(failures.RateLimited) as caught:
        client_of(service).job("mocap_1")
    assert caught.value.retry_after_seconds == seconds


def test_a_date_in_retry_after_is_seconds_from_now(service: FakeService) -> None:
    then = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 90))
    service.fail("status", status(503, retry_after=then))
    with pytest.raises(failures.ServerTrouble) as caught:
        client_of(service).job("mocap_1")
    assert caught.value.retry_after_seconds == pytest.approx(90, abs=5)


@pytest.mark.parametrize("fault", [stall(5), drip(0.02)])
def test_no_answer_holds_a_call_beyond_its_total_time(service: FakeService, fault: object) -> None:
    service.fail("status", fault)  # type: ignore[arg-type]
    started = time.monotonic()
    with pytest.raises(failures.TimedOut):
        client_of(service, read=30, total=0.5).job("mocap_1")
    assert time.monotonic() - started < 4


def test_a_refused_connection_is_known_not_to_have_sent_anything(service: FakeService) -> None:
    client = ApiClient("http://127.0.0.1:9", Secret("sk-x"))
    with pytest.raises(failures.ConnectionBroken) as caught:
        client.complete_upload("mocap_1")
    assert not caught.value.may_have_acted
    assert caught.value.charge is Charge.NOTHING
    assert "nothing answers" in caught.value.what


def test_a_lost_answer_to_the_hand_over_may_have_cost(service: FakeService) -> None:
    service.fail("complete", lost_answer())
    with pytest.raises(failures.ConnectionBroken) as caught:
        client_of(service).complete_upload("mocap_1")
    assert caught.value.may_have_acted
    assert caught.value.charge is Charge.UNKNOWN


@pytest.mark.parametrize(
    "base_url",
    ["http://example.com", "ftp://127.0.0.1", "https://me:pw@example.com", "example.com", ""],
)
def test_only_safe_base_addresses_are_used(base_url: str) -> None:
    with pytest.raises(failures.UnsafeAddress):
        ApiClient(base_url, None)


def test_tls_trouble_is_a_connection_that_was_never_made(service: FakeService) -> None:
    client = ApiClient(service.base_url.replace("http:", "https:"), Secret("sk-x"))
    with pytest.raises(failures.ConnectionBroken) as caught:
        client.complete_upload("mocap_1")
    assert not caught.value.may_have_acted
    assert "encrypted" in caught.value.what


def test_a_redirect_within_the_origin_is_followed_for_questions_only(service: FakeService) -> None:
    client = client_of(service)
    draft = client.create_job(NEW_JOB)
    service.fail("status", redirect(f"/api/v1/mocap/jobs/{draft.remote_id}"))
    assert client.job(draft.remote_id).status == "draft"
    service.fail("create", redirect("{self}", 307))
    with pytest.raises(failures.Redirected):
        client.create_job(NEW_JOB)


def test_the_netrc_of_the_user_is_left_alone(
    service: FakeService, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    netrc = Path(str(tmp_path)) / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password other-secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client_of(service).create_job(NEW_JOB)
    assert service.seen[-1].headers["authorization"] == f"Bearer {service.key}"


def test_no_failure_and_no_log_line_holds_a_secret(
    service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"error": f"no way with {service.key} at https://h/p?signature=topsecret"}
    texts = []
    for fault in (
        status(400, body=echo),
        status(401, body=echo),
        status(500, body=echo),
        garbage(json.dumps({"job": echo}).encode()),
        cut(),
        captive_portal(),
    ):
        service.fail("status", fault)
        with pytest.raises(failures.ApiFailure) as caught:
            client_of(service).job("mocap_1")
        texts += [
            str(caught.value),
            repr(caught.value),
            "".join(traceback.format_exception(caught.value)),
        ]
    seen = "\n".join([*texts, caplog.text])
    assert service.key not in seen
    assert "topsecret" not in seen


def test_a_result_in_the_older_shape_is_one_output(service: FakeService) -> None:
    flat = {
        "jobId": "mocap_1",
        "status": "completed",
        "targetId": "default",
        "resultType": "fbx",
        "fbxUrl": "https://h/x.fbx?s=1",
        "previewVideoUrl": "https://h/x.mp4?s=1",
        "manifestUrl": "https://h/m",
        "avatarVersion": 3,
    }
    service.fail("result", garbage(json.dumps(flat).encode()))
    result = client_of(service).result("mocap_1")
    output = result.output_for("default")
    assert output is not None
    assert output.fbx_url == Secret("https://h/x.fbx?s=1")
    assert output.target_version == "3"
    assert result.preview_url == Secret("https://h/x.mp4?s=1")
    assert result.output_for("unitree_g1") is None


@pytest.mark.parametrize(
    ("output", "beside", "version"),
    [
        ({"targetVersion": None}, {}, None),
        ({"targetVersion": None, "avatarVersion": "3"}, {}, "3"),
        ({"avatarVersion": None}, {"targetVersion": 2}, "2"),
        ({"targetVersion": 0}, {"targetVersion": 2}, "0"),
        ({}, {"avatarVersion": None}, None),
    ],
)
def test_a_version_that_is_null_is_no_version(
    service: FakeService, output: dict[str, object], beside: dict[str, object], version: str | None
) -> None:
    named = {"targetId": "default", "fbxUrl": "https://h/x.fbx", **output}
    answer = {"job": {"id": "a", "status": "completed"}, "outputs": [named], **beside}
    service.fail("result", garbage(json.dumps(answer).encode()))
    told = client_of(service).result("a").output_for("default")
    assert told is not None
    assert told.target_version == version


def test_a_missing_artifact_of_one_target_is_seen(service: FakeService) -> None:
    answer = {
        "job": {"id": "a", "status": "completed"},
        "previewVideoUrl": None,
        "outputs": [
            {"targetId": "default", "resultType": "fbx", "fbxUrl": ""},
            {
                "targetId": "unitree_g1",
                "resultType": "robot_motion_json",
                "motionJsonUrl": "https://h/m",
            },
        ],
    }
    service.fail("result", garbage(json.dumps({"data": answer}).encode()))
    result = client_of(service).result("a")
    output = result.output_for("default")
    assert output is not None
    assert output.fbx_url is None
    assert result.preview_url is None


def test_why_a_job_failed_is_found(service: FakeService) -> None:
    answer = {
        "job": {"id": "a", "status": "failed", "errorCode": "no_person_detected"},
        "events": [],
    }
    service.fail("status", garbage(json.dumps(answer).encode()))
    told = client_of(service).job("a")
    assert (told.status, told.code) == ("failed", "no_person_detected")
    assert told.is_terminal
