# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone map: read, corrected, remembered for the skeleton, shared as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import session
from aimocap_blender.bridge.retarget import bone_maps
from aimocap_blender.motion.mapping import Role
from tests.blender import people
from tests.blender.recording_layout import drawn


@pytest.fixture
def rig(addon: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bpy.types.Object]:
    """A metarig; maps are remembered in a folder of this test."""
    preferences = bpy.context.preferences.addons[addon].preferences
    preferences.results_folder = str(tmp_path / "results")
    preferences.registry_path = str(tmp_path / "targets.json")
    monkeypatch.setattr(bone_maps.places, "own_folder", lambda: tmp_path)
    session.close()
    yield people.metarig("Rig")
    session.close()


def test_the_panel_shows_each_part_with_how_it_was_found(rig: bpy.types.Object) -> None:
    assert bpy.ops.aimocap.read_bone_map() == {"FINISHED"}
    panel = drawn(bpy.types.AIMOCAP_PT_bone_map)
    assert "body" in panel.text
    assert any(words.startswith("thigh.L (") for _, words, _ in panel.buttons)


def test_a_correction_is_remembered_for_every_armature_of_the_skeleton(
    rig: bpy.types.Object,
) -> None:
    bpy.ops.aimocap.edit_bone_map(role="left_toe", bones="")
    assert bone_maps.of_armature(rig).bone(Role.LEFT_TOE) is None
    twin = people.metarig("Twin")
    twin.location = (3.0, 0.0, 0.0)
    twin.scale = (0.5, 0.5, 0.5)
    bpy.context.view_layer.update()
    assert bone_maps.of_armature(twin).bone(Role.LEFT_TOE) is None
    assert bpy.ops.aimocap.forget_bone_map() == {"FINISHED"}
    assert bone_maps.of_armature(twin).bone(Role.LEFT_TOE) == "toe.L"


def test_a_bone_that_is_not_there_is_refused_and_nothing_is_remembered(
    rig: bpy.types.Object,
) -> None:
    with pytest.raises(RuntimeError, match="no bone called"):
        bpy.ops.aimocap.edit_bone_map(role="left_toe", bones="no such bone")
    assert bone_maps.of_armature(rig).bone(Role.LEFT_TOE) == "toe.L"


def test_a_map_goes_to_another_person_as_a_file(rig: bpy.types.Object, tmp_path: Path) -> None:
    bpy.ops.aimocap.edit_bone_map(role="left_toe", bones="")
    assert bpy.ops.aimocap.export_bone_map(filepath=str(tmp_path / "maps" / "hero")) == {"FINISHED"}
    bpy.ops.aimocap.forget_bone_map()
    bpy.ops.aimocap.import_bone_map(filepath=str(tmp_path / "maps" / "hero.json"))
    assert bone_maps.of_armature(rig).bone(Role.LEFT_TOE) is None


@pytest.mark.parametrize("content", ["", "{", '{"schema": "other"}', "[1, 2]"])
def test_a_file_that_is_no_map_is_refused_in_a_sentence(
    rig: bpy.types.Object, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RuntimeError, match="no bone map"):
        bpy.ops.aimocap.import_bone_map(filepath=str(path))
    assert bone_maps.of_armature(rig).bone(Role.LEFT_TOE) == "toe.L"


def test_a_damaged_memory_does_no_harm(rig: bpy.types.Object, tmp_path: Path) -> None:
    bpy.ops.aimocap.edit_bone_map(role="left_toe", bones="")
    for path in (tmp_path / "bone_maps").iterdir():
        path.write_bytes(b"\xff\xfe damaged")
    assert bone_maps.of_armature(rig).bone(Role.LEFT_TOE) == "toe.L"
