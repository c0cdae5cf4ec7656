# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewer's way walked in a real window, with pictures of each step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fake_service import FakeService

from .conftest import Tell

STORY_SECONDS = 400.0
MOST_DIFFERENCE = 0.01


def test_a_reviewer_checks_looks_and_signs_off(
    tell: Tell, shared_file: Callable[[str], Path]
) -> None:
    motion = shared_file("rigs/ue4_ThirdPersonRun_MIT.fbx").read_bytes()
    with FakeService(fbx=motion) as service:
        told = tell(
            "spot_checks",
            service_url=service.base_url,
            key=service.key,
            timeout_seconds=STORY_SECONDS,
        )
    notes = told.expect_finished()
    assert (notes["good"], notes["spoilt"]) == ("pass", "fail")
    assert notes["frame_after_next"] >= notes["first_spot"]
    assert notes["frame_after_click"] == notes["worst_frames"][0]
    assert notes["markers"] >= 3
    assert notes["view_and_frame_kept"]
    assert notes["sheet_shown"]
    assert notes["figures_by"] == "GpuBrush"
    assert notes["gpu_difference"] < MOST_DIFFERENCE
    assert notes["figures_without_shader_by"] == "Pencil"
    # Told, not judged: a busy machine, drawing without a GPU, pauses by itself.
    pauses = (notes[f"pause_{word}_sheet"] for word in ("with", "without"))
    print("longest pauses with and without the sheet:", *(f"{one:.3f} s" for one in pauses))
    assert notes["accepted_by"]
    assert notes["in_ledger"]
    assert notes["rejected_is_off"]
    assert notes["ledger_says"] == "bone map"
    assert notes["imported_again"]
    assert "Traceback" not in told.output
    assert {"good.png", "spoilt.png", "sheet.png", "accepted.png", "rejected.png"} <= set(
        told.pictures
    )
