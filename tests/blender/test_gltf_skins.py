# SPDX-License-Identifier: GPL-3.0-or-later
"""glTF motions that have nodes and no skin: they come in as armatures all the same."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import bpy
import pytest

from aimocap_blender.bridge import fbx
from aimocap_blender.bridge.gltf_skins import with_a_skin
from aimocap_blender.bridge.motion_files import MotionFileError
from aimocap_blender.bridge.retarget.retargeting import retarget_file
from scripts.common.console import hushed
from tests.blender import people
from tests.blender.test_retargeting import waving_metarig

CHUNK = 0x4E4F534A
TURNS = b'"animations": [{"channels": [{"target": {"node": %d, "path": "rotation"}}]}]}'
RING = b'{"nodes": [{"children": [1]}, {"children": [0]}], ' + TURNS % 0
STRAY = b'{"nodes": [{}], ' + TURNS % 9


def exported(path: Path) -> Path:
    """A waving human as a glTF file with its skin."""
    path.parent.mkdir()
    waving_metarig("Library")
    with hushed():
        bpy.ops.export_scene.gltf(
            filepath=str(path),
            export_format="GLB" if path.suffix == ".glb" else "GLTF_SEPARATE",
            export_force_sampling=True,
        )
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


def rewritten(path: Path, change: Any) -> Path:
    """The file with its JSON document changed."""
    content = path.read_bytes()
    if path.suffix == ".gltf":
        document = json.loads(content)
        change(document)
        path.write_text(json.dumps(document), encoding="utf-8")
        return path
    (length,) = struct.unpack_from("<I", content, 12)
    document = json.loads(content[20 : 20 + length])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = content[20 + length :]
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), CHUNK)
    path.write_bytes(head + text + rest)
    return path


def without_skin(document: dict[str, Any]) -> None:
    document.pop("skins", None)
    document.pop("meshes", None)
    for node in document["nodes"]:
        node.pop("skin", None)
        node.pop("mesh", None)


def in_centimetres(document: dict[str, Any]) -> None:
    """An armature node of scale 0.01 over everything, as Blender exports rigs from FBX files."""
    without_skin(document)
    roots = document["scenes"][0]["nodes"]
    document["nodes"].append({"name": "Armature", "scale": [0.01] * 3, "children": roots})
    document["scenes"][0]["nodes"] = [len(document["nodes"]) - 1]


@pytest.fixture
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return exported(tmp_path / "a library" / f"walk{request.param}")


@pytest.mark.parametrize("library", [".glb", ".gltf"], indirect=True)
@pytest.mark.parametrize("change", [without_skin, in_centimetres])
def test_nodes_without_a_skin_become_an_armature(library: Path, change: Any) -> None:
    with fbx.imported(bpy.context, library) as guests:
        wanted = {bone.name for bone in guests.armatures[0].data.bones}
        seconds = guests.duration_seconds
    rewritten(library, change)
    with fbx.imported(bpy.context, library) as guests:
        (armature,) = guests.armatures
        assert {bone.name for bone in armature.data.bones} >= wanted
        assert guests.duration_seconds == pytest.approx(seconds, abs=0.05)
    target = people.metarig("Target")
    outcome = retarget_file(bpy.context, library, target, start_frame=1.0)
    assert len(outcome.bone_map.pairs) > 20


@pytest.mark.parametrize("library", [".glb"], indirect=True)
def test_a_file_with_a_skin_is_imported_as_it_is(library: Path) -> None:
    with with_a_skin(library) as file:
        assert file == library


@pytest.mark.parametrize("library", [".glb"], indirect=True)
def test_the_copy_is_gone_afterwards_and_the_file_as_it_was(library: Path) -> None:
    before = rewritten(library, without_skin).read_bytes()
    with with_a_skin(library) as file:
        assert file != library
        assert file.name == library.name
    assert not file.exists()
    assert library.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b'{"asset": {"version": "2.0"}}',
        b'{"nodes": 5, "animations": [1]}',
        RING,
        STRAY,
        b'{"nodes": [], "anim',
        b"glTF\x02\x00\x00\x00",
        b"glTF\x02\x00\x00\x00\xff\xff\xff\x00\xff\xff\xff\x00JSON{",
        b"[" * 100_000,
    ],
)
def test_a_broken_file_is_left_to_the_importer_which_says_what_is_wrong(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.glb"
    path.write_bytes(content)
    with with_a_skin(path) as file:
        assert file == path
    with pytest.raises(MotionFileError), fbx.imported(bpy.context, path):
        pass
