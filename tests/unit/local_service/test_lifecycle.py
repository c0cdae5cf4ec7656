# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way of a job, as documented, also for clients that are not ours."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from . import fake_processor
from .running import Running, code_of


def test_a_job_goes_from_draft_to_its_files(service: Running) -> None:
    created = service.create(
        title="tennis-02",
        sourceFilename="tennis_02.mp4",
        sourceDurationSec=4.0,
        trimStartSec=1.0,
        trimEndSec=3.5,
        exportFps=60,
        mocapType="upper_body",
    )
    assert created.status_code == 200
    made = created.json()["data"]
    assert set(made) == {"jobId", "status", "mocapType", "uploadUrl", "sourceKey"}
    assert made["jobId"].startswith("mocap_")
    assert (made["status"], made["mocapType"]) == ("draft", "upper_body")
    job_id = made["jobId"]

    assert service.upload(made["uploadUrl"], fake_processor.video(4.0)).status_code == 200
    assert service.job(job_id)["job"]["status"] == "draft"
    completed = service.complete(job_id).json()["data"]
    assert completed["jobId"] == job_id
    assert completed["status"] in {"queued", "processing", "completed"}

    view = service.ended(job_id)
    assert set(view) == {"job", "events", "result"}
    assert view["result"] is None
    assert view["job"]["id"] == job_id
    assert view["job"]["targetIds"] == ["default"]
    assert "errorCode" not in view["job"]
    statuses = [event["status"] for event in view["events"] if event["type"] == "status"]
    assert statuses == ["draft", "queued", "processing", "completed"]
    progress = [event for event in view["events"] if event["type"] == "progress"]
    assert {event["stage"] for event in progress} == {"pose", "export"}
    assert [e["fraction"] for e in progress if e["stage"] == "pose"][-1] == 1.0
    assert [event["at"] for event in view["events"]] == sorted(e["at"] for e in view["events"])

    result = service.result(job_id).json()["data"]
    assert set(result) == {"job", "previewVideoUrl", "outputs"}
    assert result["job"]["id"] == job_id
    assert result["job"]["status"] == "completed"
    (output,) = result["outputs"]
    assert set(output) == {"targetId", "resultType", "fbxUrl"}
    assert (output["targetId"], output["resultType"]) == ("default", "fbx")
    fbx = requests.get(output["fbxUrl"], timeout=10)
    assert fbx.content == fake_processor.FBX
    preview = requests.get(result["previewVideoUrl"], timeout=10)
    assert preview.content == fake_processor.PREVIEW
    assert preview.headers["content-type"] == "video/mp4"

    manifest = json.loads((service.data / "jobs" / job_id / "manifest.json").read_text())
    assert manifest["files"]["motion.fbx"]["sha256"] == hashlib.sha256(fbx.content).hexdigest()
    assert manifest["frames"] == 150
    assert manifest["notes"] == ["upper_body", "trim 1 to 3.5"]


def test_the_video_is_not_kept_after_the_job(service: Running) -> None:
    job_id = service.queued()
    service.ended(job_id)
    kept = {path.name for path in (service.data / "jobs" / job_id).iterdir()}
    assert kept == {"motion.fbx", "preview.mp4", "manifest.json", "worker.log"}


def test_the_older_contract_gets_the_older_answers(service: Running) -> None:
    job_id = service.queued(
        sourceType="upload",
        sourceBytes=len(fake_processor.video()),
        sourceDurationSec=4,
        trimStartSec=0,
        trimEndSec=2,
        targetId="default",
        targetIds=...,
    )
    assert service.ended(job_id)["job"]["targetIds"] == ["default"]
    result = service.result(job_id).json()["data"]
    assert set(result) == {
        "jobId",
        "status",
        "targetId",
        "resultType",
        "fbxUrl",
        "previewVideoUrl",
        "manifestUrl",
        "createdAt",
        "updatedAt",
        "completedAt",
    }
    assert result["status"] == "completed"
    assert requests.get(result["fbxUrl"], timeout=10).content == fake_processor.FBX
    assert requests.get(result["manifestUrl"], timeout=10).json()["jobId"] == job_id


def test_answers_are_bare_when_asked_for(start: Callable[..., Running]) -> None:
    service = start("--bare")
    made = service.create().json()
    assert made["status"] == "draft"
    address = f"{service.url}/api/v1/mocap/jobs/{made['jobId']}"
    view = service.session.get(address, timeout=10).json()
    assert view["job"]["id"] == made["jobId"]


def test_a_download_can_go_on_where_it_was_cut(service: Running) -> None:
    job_id = service.queued()
    service.ended(job_id)
    url = service.result(job_id).json()["data"]["outputs"][0]["fbxUrl"]
    part = requests.get(url, headers={"Range": "bytes=100-"}, timeout=10)
    assert part.status_code == 206
    assert part.content == fake_processor.FBX[100:]
    head = requests.head(url, timeout=10)
    assert int(head.headers["content-length"]) == len(fake_processor.FBX)


# Written after the calls of the service's published Python example: key from the environment,
# ["data"] of every answer, raw bytes by PUT without the bearer, the result asked for in any case.
CLIENT = textwrap.dedent(
    """
    import os, sys, time
    import requests

    base_url, path, targets = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
    headers = {"Authorization": f"Bearer {os.environ['AIMOCAP_KEY'].strip()}"}
    response = requests.post(
        f"{base_url}/api/v1/mocap/jobs",
        json={"title": "clip", "sourceFilename": os.path.basename(path),
              "targetIds": targets, "exportFps": 30},
        headers=headers, timeout=30)
    response.raise_for_status()
    created = response.json()["data"]
    with open(path, "rb") as file:
        requests.put(created["uploadUrl"], data=file, headers={"Content-Type": "video/mp4"},
                     timeout=120).raise_for_status()
    job_url = f"{base_url}/api/v1/mocap/jobs/{created['jobId']}"
    requests.post(f"{job_url}/complete-upload", headers=headers, timeout=30).raise_for_status()
    while True:
        response = requests.get(job_url, headers=headers, timeout=30)
        response.raise_for_status()
        status = response.json()["data"]["job"]["status"]
        print("status:", status)
        if status in {"completed", "failed", "canceled"}:
            break
        time.sleep(float(os.environ.get("POLL_SECONDS", "5")))
    response = requests.get(f"{job_url}/result", headers=headers, timeout=30)
    response.raise_for_status()
    result = response.json()["data"]
    print("preview:", result.get("previewVideoUrl"))
    for output in result.get("outputs", []):
        print(output["targetId"], output["resultType"],
              output.get("fbxUrl") or output.get("motionJsonUrl"))
    """
)


def run_client(service: Running, video: Path, targets: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CLIENT, service.url, str(video), targets],
        env={"AIMOCAP_KEY": service.key, "POLL_SECONDS": "0.2", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_client_like_the_official_example_works_unchanged(
    service: Running, tmp_path: Path
) -> None:
    video = tmp_path / "Übung 1.mp4"
    video.write_bytes(fake_processor.video())
    done = run_client(service, video, "default")
    assert done.returncode == 0, done.stderr
    assert "status: completed" in done.stdout
    assert "default fbx http://127.0.0.1" in done.stdout


def test_such_a_client_also_reads_the_result_of_a_failed_job(
    service: Running, tmp_path: Path
) -> None:
    video = tmp_path / "clip.mp4"
    video.write_bytes(fake_processor.video(do="fail"))
    done = run_client(service, video, "default")
    assert done.returncode == 0, done.stderr
    assert "status: failed" in done.stdout
    assert "preview: None" in done.stdout


def test_partial_targets_leave_the_unsupported_output_out(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    service = start("--partial-targets")
    video = tmp_path / "clip.mp4"
    video.write_bytes(fake_processor.video())
    done = run_client(service, video, "default,unitree_g1")
    assert done.returncode == 0, done.stderr
    assert "default fbx" in done.stdout
    assert "unitree_g1" not in done.stdout
    assert code_of(service.create(targetIds=["unitree_g1"])) == "api_target_unsupported"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_urls_stay_on_the_origin_that_the_client_speaks_to(service: Running, host: str) -> None:
    port = service.url.rpartition(":")[2]
    answer = service.session.post(
        f"http://{host}:{port}/api/v1/mocap/jobs",
        json={"sourceFilename": "a.mp4", "targetIds": ["default"]},
        timeout=10,
    )
    assert answer.json()["data"]["uploadUrl"].startswith(f"http://{host}:{port}/uploads/")


def test_the_service_says_what_it_is_and_that_it_is_well(service: Running) -> None:
    assert "AIMoCap" in requests.get(f"{service.url}/", timeout=10).text
    health = requests.get(f"{service.url}/health", timeout=10).json()
    assert health == {"status": "ok", "queued": 0, "processing": 0}
