# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets stay where they belong, and the service on this machine."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import requests

from scripts.local_service.settings import Settings, SettingsError, is_loopback, read_settings
from scripts.local_service.tokens import Signer, Verdict, same_secret

from .running import Running, command


def test_the_key_is_kept_for_its_owner_only(start: Callable[..., Running]) -> None:
    service = start()
    assert service.key.startswith("sk-local-")
    assert len(service.key) > 40
    if sys.platform != "win32":
        for name in ("key", "url-secret"):
            assert stat.S_IMODE((service.data / name).stat().st_mode) == 0o600
        assert stat.S_IMODE(service.data.stat().st_mode) == 0o700
    service.stop()
    assert start().key == service.key


def test_a_key_can_be_given_and_is_not_written_down(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path / "data", "--key", "sk-given"),
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "share")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready ").strip()
        headers = {"Authorization": "Bearer sk-given"}
        answer = requests.get(f"{url}/api/v1/mocap/jobs/x", headers=headers, timeout=10)
        assert answer.status_code == 404
    finally:
        process.terminate()
        process.wait(timeout=15)
        process.stdout.close()
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"sk-given" not in path.read_bytes()


def test_neither_log_nor_database_holds_a_secret(start: Callable[..., Running]) -> None:
    service = start("--log-level", "debug")
    made = service.create().json()["data"]
    job_id = service.queued()
    service.ended(job_id)
    result = service.result(job_id).json()["data"]
    url = result["outputs"][0]["fbxUrl"]
    requests.get(url, timeout=10)
    requests.get(url + "0", timeout=10)
    service.upload(made["uploadUrl"], b"x")
    assert service.stop() == 0
    signature = url.rpartition("=")[2]
    token = made["uploadUrl"].rpartition("/")[2]
    assert "PUT /uploads/... 200" in service.log
    for secret in (service.key, signature, token):
        assert secret not in service.log
        for path in service.data.rglob("*"):
            if path.is_file() and path.name not in {"key", "url-secret"}:
                assert secret.encode() not in path.read_bytes(), path


def test_it_listens_on_loopback_only(service: Running) -> None:
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(service.process.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_another_address_than_loopback_is_refused(tmp_path: Path, host: str) -> None:
    done = subprocess.run(
        command(tmp_path / "data", "--host", host),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "loopback" in done.stderr
    assert not (tmp_path / "data").exists()


def test_loopback_names() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1"))
    assert not any(is_loopback(host) for host in ("", "0.0.0.0", "::", "localhost.evil.example"))


def test_it_listens_on_the_ipv6_loopback_when_asked(start: Callable[..., Running]) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    service = start("--host", "::1")
    assert service.url.startswith("http://[::1]:")
    assert service.create().json()["data"]["uploadUrl"].startswith(service.url)


def test_a_taken_port_is_told_in_a_sentence(service: Running, tmp_path: Path) -> None:
    port = service.url.rpartition(":")[2]
    done = subprocess.run(
        [*command(tmp_path / "data"), "--port", port],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"The service cannot listen on 127.0.0.1 port {port}")


def test_signatures_bind_job_name_and_time() -> None:
    signer = Signer("secret")
    signature = signer.sign("mocap_1", "motion.fbx", 100)
    assert signer.judge("mocap_1", "motion.fbx", 100, signature, 99.9) is Verdict.GOOD
    assert signer.judge("mocap_1", "motion.fbx", 100, signature, 100.0) is Verdict.EXPIRED
    assert signer.judge("mocap_2", "motion.fbx", 100, signature, 1.0) is Verdict.WRONG
    assert signer.judge("mocap_1", "preview.mp4", 100, signature, 1.0) is Verdict.WRONG
    assert signer.judge("mocap_1", "motion.fbx", 101, signature, 1.0) is Verdict.WRONG
    assert Signer("other").judge("mocap_1", "motion.fbx", 100, signature, 1.0) is Verdict.WRONG
    assert not same_secret("", "secret")


def test_settings_come_from_a_file_and_the_command_line_wins(tmp_path: Path) -> None:
    toml = tmp_path / "service.toml"
    toml.write_text('max_seconds = 12\ncredits = 7\nplan_active = false\ndata = "d"\n')
    settings = read_settings(["--config", str(toml), "--credits", "9"])
    assert (settings.max_seconds, settings.credits, settings.plan_active) == (12, 9, False)
    assert settings.data.name == "d"
    as_json = tmp_path / "service.json"
    as_json.write_text('{"concurrency": 3, "envelope": false}')
    settings = read_settings(["--config", str(as_json)])
    assert (settings.concurrency, settings.envelope) == (3, False)


@pytest.mark.parametrize(
    "text",
    [
        "colour = 1",
        "credits = true",
        'max_bytes = "many"',
        "credits = -1",
        "max_seconds = nan",
        "workers = 0",
        "port = 70000",
        "= =",
        'host = "0.0.0.0"',
        'key = "ключ"',
    ],
)
def test_settings_that_make_no_sense_are_told(tmp_path: Path, text: str) -> None:
    toml = tmp_path / "service.toml"
    toml.write_text(text)
    with pytest.raises(SettingsError):
        read_settings(["--config", str(toml)])


def test_a_settings_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_settings(["--config", str(tmp_path / "none.toml")])


def test_the_defaults_are_safe() -> None:
    settings = Settings(data=Path("x"))
    assert is_loopback(settings.host)
    assert settings.workers == 1
