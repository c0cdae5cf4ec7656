# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads: whole or not at all, bounded, and only by their own URL."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from . import fake_processor
from .running import Running, code_of


def draft(service: Running, **fields: object) -> tuple[str, str]:
    made = service.create(**fields).json()["data"]
    return made["jobId"], made["uploadUrl"]


def files_of(service: Running, job_id: str) -> list[str]:
    folder = service.data / "jobs" / job_id
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_upload_url_needs_no_key_and_takes_no_other_token(service: Running) -> None:
    job_id, url = draft(service)
    other_id, _ = draft(service)
    token = url.rpartition("/")[2]
    wrong = [
        f"{service.url}/uploads/{job_id}/{token[:-1]}",
        f"{service.url}/uploads/{job_id}/{token}x",
        f"{service.url}/uploads/{other_id}/{token}",
        f"{service.url}/uploads/mocap_0/{token}",
        f"{service.url}/uploads/{job_id}/{service.key}",
    ]
    for bad in wrong:
        answer = service.upload(bad, b"x")
        assert (answer.status_code, code_of(answer)) == (403, "upload_url_invalid")
    assert files_of(service, job_id) == []
    assert service.upload(url, b"x").status_code == 200


def test_an_upload_can_be_repeated_until_it_is_completed(service: Running) -> None:
    job_id, url = draft(service)
    assert service.upload(url, b"half of it").status_code == 200
    assert service.upload(url, fake_processor.video()).status_code == 200
    assert files_of(service, job_id) == ["source.mp4"]
    assert service.complete(job_id).status_code == 200
    answer = service.upload(url, b"something else")
    assert (answer.status_code, code_of(answer)) == (409, "upload_closed")
    assert service.ended(job_id)["job"]["status"] == "completed"


def test_an_empty_upload_is_refused(service: Running) -> None:
    job_id, url = draft(service)
    answer = service.upload(url, b"")
    assert (answer.status_code, code_of(answer)) == (400, "upload_empty")
    assert files_of(service, job_id) == []


def test_an_upload_url_expires(start: Callable[..., Running]) -> None:
    service = start("--upload-url-seconds", "0")
    _, url = draft(service)
    answer = service.upload(url, b"x")
    assert (answer.status_code, code_of(answer)) == (403, "upload_url_expired")


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_over_the_limit_is_refused_and_leaves_nothing(
    start: Callable[..., Running], chunked: bool
) -> None:
    service = start("--max-bytes", "1000000")
    job_id, url = draft(service)

    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 100_000

    answer = service.upload(url, pieces() if chunked else b"x" * 5_000_000)
    assert (answer.status_code, code_of(answer)) == (413, "api_file_size_limit_exceeded")
    assert files_of(service, job_id) == []
    assert service.upload(url, b"x" * 1_000_000).status_code == 200
    assert code_of(service.create(sourceBytes=1_000_001)) == "api_file_size_limit_exceeded"


def test_a_limit_that_was_lowered_in_between_fails_the_job_at_admission(
    start: Callable[..., Running],
) -> None:
    service = start()
    job_id = service.uploaded()
    service.stop()
    service = start("--max-bytes", "10")
    answer = service.complete(job_id)
    assert (answer.status_code, code_of(answer)) == (413, "api_file_size_limit_exceeded")
    assert service.job(job_id)["job"]["errorCode"] == "api_file_size_limit_exceeded"


def test_an_upload_that_is_cut_leaves_nothing(service: Running) -> None:
    job_id, url = draft(service)
    parts = urlsplit(url)
    head = f"PUT {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 500000\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"x" * 100_000)
    deadline = time.monotonic() + 10
    while files_of(service, job_id) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert files_of(service, job_id) == []
    assert code_of(service.complete(job_id)) == "upload_missing"
    assert service.upload(url, b"x").status_code == 200


def test_an_upload_that_stops_sending_is_dropped(start: Callable[..., Running]) -> None:
    service = start("--upload-idle-seconds", "0.5")
    job_id, url = draft(service)
    parts = urlsplit(url)
    head = f"PUT {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 500000\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"x" * 1000)
        assert b" 408 " in connection.recv(1000).split(b"\r\n")[0]
    assert files_of(service, job_id) == []


def test_a_large_upload_takes_no_memory(service: Running) -> None:
    job_id, url = draft(service)
    process = psutil.Process(service.process.pid)
    before = process.memory_info().rss
    most = before

    def pieces() -> Iterator[bytes]:
        nonlocal most
        for number in range(256):
            if number % 16 == 0:
                most = max(most, process.memory_info().rss)
            yield b"x" * (1 << 20)

    assert service.upload(url, pieces()).status_code == 200
    assert (service.data / "jobs" / job_id / "source.mp4").stat().st_size == 256 << 20
    assert most - before < 32 << 20
    (service.data / "jobs" / job_id / "source.mp4").unlink()


NAMES = [
    "../../../../tmp/evil.mp4",
    "..\\..\\evil.mp4",
    "/etc/passwd",
    "C:\\Windows\\evil.mov",
    "a\x00b.mp4",
    "clip.mp4/../../x.sh",
    "con.mp4",
    ".mp4",
    "x" * 900 + ".webm",
    "clip.mp4\r\nX-Evil: 1",
    "$(reboot).mkv",
    "видео ビデオ.MP4",
]


def test_a_name_never_becomes_a_path(start: Callable[..., Running], tmp_path: Path) -> None:
    service = start("--concurrency", "100")
    ours = {"source" + suffix for suffix in (".mp4", ".mov", ".webm", ".mkv", ".video")}
    for name in NAMES:
        job_id = service.uploaded(sourceFilename=name)
        (kept,) = files_of(service, job_id)
        assert kept in ours, name
        assert service.complete(job_id).status_code == 200
        assert service.ended(job_id)["job"]["status"] == "completed"
    known = {"jobs", "key", "url-secret", "jobs.sqlite", "lock.sqlite"}
    found = {path.name for path in service.data.iterdir()}
    assert {name.removesuffix("-wal").removesuffix("-shm") for name in found} <= known | {
        "lock.sqlite-journal"
    }
    assert {path.name for path in tmp_path.iterdir()} <= {"data", "share"}


def test_an_artifact_url_is_good_for_its_file_only(service: Running) -> None:
    job_id = service.queued()
    service.ended(job_id)
    result = service.result(job_id).json()["data"]
    url, preview = result["outputs"][0]["fbxUrl"], result["previewVideoUrl"]
    query = urlsplit(url).query
    expires = int(query.partition("expires=")[2].partition("&")[0])
    bad = [
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace(str(expires), str(expires + 1)),
        f"{preview.partition('?')[0]}?{query}",
        f"{service.url}/artifacts/{job_id}/worker.log?{query}",
        f"{service.url}/artifacts/{job_id}/..%2f..%2fkey?{query}",
        f"{service.url}/artifacts/{job_id}/motion.fbx?expires=0&signature=0",
    ]
    for address in bad:
        answer = requests.get(address, timeout=10)
        assert answer.status_code in {403, 404}, address
        assert code_of(answer) in {"artifact_url_invalid", "not_found"}
    for missing in ("", "?expires=5", "?signature=5", "?expires=-1&signature=x", "?expires=a"):
        answer = requests.get(url.partition("?")[0] + missing, timeout=10)
        assert (answer.status_code, code_of(answer)) == (400, "invalid_request")
    assert requests.get(url, timeout=10).status_code == 200
    (service.data / "jobs" / job_id / "motion.fbx").unlink()
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, code_of(answer)) == (404, "artifact_missing")


def test_an_artifact_url_expires_and_the_result_gives_a_new_one(
    start: Callable[..., Running],
) -> None:
    service = start("--artifact-url-seconds", "1")
    job_id = service.queued()
    service.ended(job_id)
    url = service.result(job_id).json()["data"]["outputs"][0]["fbxUrl"]
    time.sleep(1.2)
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, code_of(answer)) == (403, "artifact_url_expired")
    again = service.result(job_id).json()["data"]["outputs"][0]["fbxUrl"]
    assert requests.get(again, timeout=10).status_code == 200
