# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips out and artifacts in: whole or not at all, to the right host, in constant memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aimocap_blender.api import failures
from aimocap_blender.api.contents import MAX_BYTES
from aimocap_blender.api.disk import hash_file
from aimocap_blender.api.download import Fetched, download
from aimocap_blender.api.lifeline import Lifeline
from aimocap_blender.api.secret import Secret
from aimocap_blender.api.transport import Timeouts
from aimocap_blender.api.upload import upload
from tests.fake_service import (
    FakeService,
    captive_portal,
    corrupted,
    cut,
    drip,
    packed,
    redirect,
    stall,
    status,
    truncated,
    wrong_length,
)

QUICK = Timeouts(connect=2, read=0.5, total=2)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(keep_bodies=True) as one:
        one._create("", b'{"sourceFilename": "a", "targetIds": ["default"]}', 0)
        yield one


def _upload_url(service: FakeService) -> Secret:
    job = next(iter(service.jobs.values()))
    return Secret(f"{service.storage_url}/storage/clips/{job.upload_token}?signature=s")


def _send(service: FakeService, path: Path, url: Secret | None = None, **options: object) -> None:
    sha256, size = hash_file(path, lifeline=Lifeline())
    upload(
        url or _upload_url(service),
        path,
        expected_sha256=sha256,
        expected_bytes=size,
        lifeline=options.pop("lifeline", Lifeline()),  # type: ignore[arg-type]
        **options,  # type: ignore[arg-type]
    )


def _get(service: FakeService, folder: Path, **options: object) -> Fetched:
    options = {"bearer": Secret(service.key), "lifeline": Lifeline()} | options
    return download(
        options.pop("url", Secret(f"{service.storage_url}/storage/motions/a.fbx?signature=s")),  # type: ignore[arg-type]
        folder,
        options.pop("kind", "fbx"),  # type: ignore[arg-type]
        bearer_base_url=service.base_url,
        **options,  # type: ignore[arg-type]
    )


def test_an_upload_arrives_whole_and_tells_how_far_it_is(
    service: FakeService, tmp_path: Path
) -> None:
    path = tmp_path / "ü 歩く.mp4"
    path.write_bytes(os.urandom(700_001))
    told: list[tuple[int, int | None]] = []
    _send(service, path, progress=lambda done, total: told.append((done, total)))
    assert service.seen[-1].body == path.read_bytes()
    assert told[-1] == (700_001, 700_001)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_upload_follows_a_redirect_of_its_store_without_a_bearer(
    service: FakeService, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"clip" * 1000)
    there = _upload_url(service).reveal()
    service.fail("upload", redirect(there, 307))
    _send(service, path)
    assert service.count("upload") == 2
    assert service.leaks == []


@pytest.mark.parametrize("change", ["longer", "shorter", "other"])
def test_a_file_that_changed_since_it_was_hashed_is_not_accepted(
    service: FakeService, tmp_path: Path, change: str
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"clip" * 1000)
    sha256, size = hash_file(path, lifeline=Lifeline())
    path.write_bytes({"longer": b"clip" * 1001, "shorter": b"c", "other": b"CLIP" * 1000}[change])
    with pytest.raises(failures.LocalTrouble) as caught:
        upload(
            _upload_url(service),
            path,
            expected_sha256=sha256,
            expected_bytes=size,
            lifeline=Lifeline(),
        )
    assert caught.value.code == "file_changed"


def test_a_file_that_grows_while_it_is_sent_is_not_accepted(
    service: FakeService, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"clip" * 100_000)

    def grow(_done: int, _total: int | None) -> None:
        with path.open("ab") as stream:
            stream.write(b"more")

    with pytest.raises(failures.LocalTrouble, match="has changed"):
        _send(service, path, progress=grow)


def test_a_sign_in_page_in_place_of_the_store_has_not_taken_the_clip(
    service: FakeService, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"clip" * 1000)
    service.fail_always("upload", captive_portal())
    with pytest.raises(failures.Malformed, match="instead of the store"):
        _send(service, path)


def test_an_empty_or_missing_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    for name, code in (("a.mp4", "file_empty"), ("b.mp4", "file_missing")):
        with pytest.raises(failures.LocalTrouble) as caught:
            hash_file(tmp_path / name, lifeline=Lifeline())
        assert caught.value.code == code


@pytest.mark.parametrize("fault", [stall(30), drip()])
def test_cancel_ends_a_stalled_upload_at_once(
    service: FakeService, tmp_path: Path, fault: object
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(bytes(30_000_000))
    service.fail("upload", fault)  # type: ignore[arg-type]
    lifeline = Lifeline()
    threading.Timer(0.3, lifeline.cut).start()
    started = time.monotonic()
    with pytest.raises(failures.Cancelled):
        _send(service, path, lifeline=lifeline)
    assert time.monotonic() - started < 3


def test_an_unencrypted_store_gets_nothing(service: FakeService, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"clip")
    with pytest.raises(failures.UnsafeAddress):
        _send(service, path, Secret("http://203.0.113.7/put?signature=s"))


def test_a_download_is_named_by_its_hash(service: FakeService, tmp_path: Path) -> None:
    fetched = _get(service, tmp_path / "new" / "folder")
    assert fetched.path.read_bytes() == service.fbx
    assert fetched.sha256 == hashlib.sha256(service.fbx).hexdigest() == fetched.path.stem
    assert fetched.url_without_query == f"{service.storage_url}/storage/motions/a.fbx"
    assert service.leaks == []


def test_the_bearer_goes_to_the_base_urls_own_origin_only(
    service: FakeService, tmp_path: Path
) -> None:
    here = Secret(f"{service.base_url}/api/v1/mocap/jobs/x/result")
    service.fail("result", redirect(f"{service.storage_url}/storage/motions/a.fbx"))
    _get(service, tmp_path, url=here)
    first, second = service.seen[-2:]
    assert first.headers["authorization"] == f"Bearer {service.key}"
    assert "authorization" not in second.headers


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (truncated(100), failures.DamagedArtifact),
        (truncated(0), failures.DamagedArtifact),
        (corrupted(), failures.DamagedArtifact),
        (wrong_length(+10), failures.ConnectionBroken),
        (wrong_length(-60), failures.DamagedArtifact),
        (packed(8), failures.DamagedArtifact),
        (cut(), failures.ConnectionBroken),
        (stall(3), failures.TimedOut),
        (drip(0.01), failures.TimedOut),
        (status(403), failures.Forbidden),
        (status(404), failures.NotFound),
        (status(206), failures.Malformed),
        (redirect("{self}"), failures.Redirected),
        (redirect("http://203.0.113.7/x"), failures.UnsafeAddress),
        (redirect("file:///etc/passwd"), failures.UnsafeAddress),
    ],
)
def test_a_bad_download_leaves_nothing_behind(
    service: FakeService, tmp_path: Path, fault: object, kind: type[failures.ApiFailure]
) -> None:
    service.fail_always("download", fault)  # type: ignore[arg-type]
    with pytest.raises(kind):
        _get(service, tmp_path, timeouts=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_says_it_is_too_large_is_not_begun(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.fbx = bytes(1_000_000)
    monkeypatch.setitem(MAX_BYTES, "fbx", 500_000)
    told: list[int] = []
    with pytest.raises(failures.DamagedArtifact, match="far larger"):
        _get(service, tmp_path, progress=lambda done, _total: told.append(done))
    assert told == []
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_becomes_too_large_on_the_way_is_stopped(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAX_BYTES, "fbx", 1024 * 1024)
    service.fail("download", packed(64))
    told: list[int] = []
    with pytest.raises(failures.DamagedArtifact, match="far larger"):
        _get(service, tmp_path, progress=lambda done, _total: told.append(done))
    assert max(told, default=0) <= 1024 * 1024
    assert list(tmp_path.iterdir()) == []


def test_an_empty_result_is_said_to_be_empty(service: FakeService, tmp_path: Path) -> None:
    service.fail("download", truncated(0))
    with pytest.raises(failures.DamagedArtifact, match="is empty"):
        _get(service, tmp_path)


class _Crawling(socketserver.BaseRequestHandler):
    """Answers at once, and then sends a byte now and then for as long as anybody listens."""

    def handle(self) -> None:
        self.request.recv(65536)
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                self.request.sendall(b"x")
                time.sleep(0.02)


def test_a_result_that_hardly_moves_is_given_up_when_its_time_is_over(tmp_path: Path) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Crawling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base_url = f"http://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(failures.TimedOut, match="took too long"):
            download(
                Secret(f"{base_url}/a.fbx"),
                tmp_path,
                "fbx",
                bearer=None,
                bearer_base_url=base_url,
                lifeline=Lifeline(),
                timeouts=Timeouts(connect=2, read=2, total=0.5),
            )
        server.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_the_folder_is_said_so(service: FakeService, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(failures.LocalTrouble):
        _get(service, tmp_path / "file")


@pytest.mark.parametrize("size", [0, 1, 7])
def test_a_preview_has_to_be_an_mp4(service: FakeService, tmp_path: Path, size: int) -> None:
    url = Secret(f"{service.storage_url}/storage/previews/a.mp4")
    assert _get(service, tmp_path, url=url, kind="preview").path.suffix == ".mp4"
    service.preview = b"x" * size
    with pytest.raises(failures.DamagedArtifact):
        _get(service, tmp_path, url=url, kind="preview")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own figures")
def test_transfers_take_constant_memory(service: FakeService, tmp_path: Path) -> None:
    service.keep_bodies = False
    path = tmp_path / "big.mp4"
    with path.open("wb") as stream:
        stream.truncate(256 * 1024**2)
    before = _peak_kilobytes()
    _send(service, path)
    assert next(iter(service.jobs.values())).clip_bytes == 256 * 1024**2
    assert _peak_kilobytes() - before < 64 * 1024


def _peak_kilobytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    raise AssertionError("no VmHWM")
