# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender skips auto-save while a modal operator runs; a waiting job must not keep it from it."""

from __future__ import annotations

from tests.fake_service import FakeService

from .conftest import Tell

STORY_SECONDS = 500.0


def test_blender_auto_saves_while_a_job_waits_for_the_service(tell: Tell) -> None:
    with FakeService(statuses=("queued", "processing")) as service:
        told = tell(
            "auto_save",
            service_url=service.base_url,
            key=service.key,
            timeout_seconds=STORY_SECONDS,
        )
        polls = service.count("status")
    notes = told.expect_finished()
    assert len(notes["saved"]) == 1
    assert notes["state_when_saved"] == "processing"
    assert notes["edits"] >= 2, "auto-save was not idle: there was something to save"
    assert polls >= 2, "the job was followed all the while"
