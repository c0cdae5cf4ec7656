# SPDX-License-Identifier: GPL-3.0-or-later
"""The service as a user starts it: its own environment, the real models, a real person."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scripts.common.clips import demo_clip
from scripts.common.console import ScriptError
from scripts.common.environments import python_of

from .running import REPOSITORY, Running

START_SECONDS = 600.0
CAPTURE_SECONDS = 120.0


@pytest.fixture(scope="module")
def clip() -> Path:
    try:
        python_of("service")
        return demo_clip()
    except ScriptError as problem:
        pytest.skip(f"the service's environment or the clip cannot be had here: {problem}")


@pytest.fixture(scope="module")
def real(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("real") / "data"
    program = [sys.executable, str(REPOSITORY / "scripts" / "local_service")]
    running = Running(
        data, program=[*program, "--port", "0", "--data", str(data)], patience=START_SECONDS
    )
    yield running
    running.kill()


def test_a_real_video_becomes_a_motion_and_a_preview(real: Running, clip: Path) -> None:
    job_id = real.queued(clip.read_bytes(), trimStartSec=0.5, trimEndSec=1.5, exportFps=24)
    view = real.ended(job_id, CAPTURE_SECONDS)
    assert view["job"]["status"] == "completed", (view, real.log)
    result = real.result(job_id).json()["data"]
    fbx = requests.get(result["outputs"][0]["fbxUrl"], timeout=30).content
    assert fbx.startswith(b"Kaydara FBX Binary  \x00")
    assert b"spine_05" in fbx
    preview = requests.get(result["previewVideoUrl"], timeout=30)
    assert len(preview.content) > 10_000
    fractions = [e["fraction"] for e in view["events"] if e["type"] == "progress"]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert [(line.kind, line.amount) for line in real.journal()][1:] == [
        ("reserve", -1),
        ("charge", 0),
    ]


def test_a_file_that_is_no_video_fails_validation(real: Running) -> None:
    job_id = real.uploaded(b"\x00\x00\x00\x18ftypmp42" + bytes(5000))
    answer = real.complete(job_id)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "video_unreadable"


def test_help_is_there_before_any_environment(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(REPOSITORY / "scripts" / "local_service"), "--help"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"AIMOCAP_CACHE": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "--inactive-plan" in done.stdout
    assert not list(tmp_path.iterdir())
