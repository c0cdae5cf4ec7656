# SPDX-License-Identifier: GPL-3.0-or-later
"""In a real window: an avatar of the local service from draft to published."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from scripts.common.environments import python_of
from scripts.common.local_service_process import running_service

from .conftest import Tell

STORY_SECONDS = 600.0
_CHARACTER = """
import os, sys, bpy
import addon_utils
bpy.ops.wm.read_homefile(use_empty=True)
addon_utils.enable("rigify")
bpy.ops.object.armature_human_metarig_add()
bpy.ops.export_scene.fbx(filepath=sys.argv[1], object_types={"ARMATURE"}, bake_anim=False)
sys.stdout.flush()
os._exit(0)
"""


def test_a_new_avatar_goes_from_draft_to_published(tell: Tell, tmp_path: Path) -> None:
    folder = tmp_path / "service" / "avatars" / "knight"
    folder.mkdir(parents=True)
    (folder / "avatar.json").write_text(json.dumps({"version": "1", "state": "published"}))
    command = [str(python_of("service")), "-c", _CHARACTER, str(folder / "character.fbx")]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    with running_service(tmp_path / "service") as service:
        told = tell(
            "avatar", service_url=service.url, key=service.key, timeout_seconds=STORY_SECONDS
        )
    notes = told.expect_finished()
    assert "avatar:knight" in notes["choosable"]
    assert notes["modal_at_the_end"] == []
    assert {"1-draft.png", "3-to-be-judged.png", "4-published.png"} <= set(told.pictures)
