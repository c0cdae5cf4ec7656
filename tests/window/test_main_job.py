# SPDX-License-Identifier: GPL-3.0-or-later
"""In a real window: the button is clicked, the modal timer operator does the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.common.local_service_process import running_service

from .conftest import Tell

STORY_SECONDS = 500.0


def test_one_click_puts_the_persons_motion_on_the_armature(tell: Tell, tmp_path: Path) -> None:
    with running_service(tmp_path / "service") as service:
        told = tell(
            "main_job", service_url=service.url, key=service.key, timeout_seconds=STORY_SECONDS
        )
    notes = told.expect_finished()
    assert notes["states"][-1] == "applied"
    assert {"uploading", "processing"} & set(notes["states"])
    assert "AIMOCAP_OT_follow" in notes["modal"]
    assert notes["modal_at_the_end"] == []
    assert notes["job_id"].startswith("mocap_")
    assert notes["target_version"] == "unknown"
    assert notes["frame_range"] == pytest.approx([11, 55], abs=1.5)
    assert notes["hand_travels_metres"] > 0.05
    assert notes["unchanged"] is True
    assert notes["undo_and_redo"] is True
    assert notes["areas_stay"] is True
    assert notes["preview_frames"] == pytest.approx(45, abs=1)
    assert {"1-ready.png", "3-applied.png"} <= set(told.pictures)
