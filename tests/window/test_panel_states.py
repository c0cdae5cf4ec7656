# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees when something is in the way or goes wrong: drawn without an error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from tests.fake_service import FakeService, status

from .conftest import Tell

STORY_SECONDS = 500.0


def test_every_state_of_the_panels_can_be_shown(
    tell: Tell, shared_file: Callable[[str], Path]
) -> None:
    motion = shared_file("rigs/ue4_ThirdPersonRun_MIT.fbx").read_bytes()
    with FakeService(fbx=motion, statuses=("failed",)) as service:
        service.fail("create", status(422, error="api_target_unsupported"))
        service.fail("complete", status(402, error="insufficient_api_v_credits"))
        done = threading.Event()
        helper = threading.Thread(target=_let_the_third_pass, args=(service, done))
        helper.start()
        told = tell(
            "panel_states",
            service_url=service.base_url,
            key=service.key,
            timeout_seconds=STORY_SECONDS,
        )
        done.set()
        helper.join()
    notes = told.expect_finished()
    assert notes["states"] == ["duplicate", "applied", "failed", "rejected", "rejected"]
    assert "Traceback" not in told.output
    assert {"no-strip.png", "no-key.png", "offline.png", "result.png"} <= set(told.pictures)


def _let_the_third_pass(service: FakeService, done: threading.Event) -> None:
    """Jobs fail until one has; what comes after it completes."""
    while not done.wait(0.05):
        if any(job.status == "failed" for job in list(service.jobs.values())):
            service.statuses = ("completed",)
            return
