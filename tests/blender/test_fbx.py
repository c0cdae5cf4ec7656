# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests leave nothing: every kind of motion file comes in, is read, and is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.bridge import armatures, compat, fbx, windows
from aimocap_blender.bridge.motion_files import MotionFileError, MotionFormat, examine
from aimocap_blender.bridge.retarget import sources
from aimocap_blender.bridge.retarget.retargeting import retarget_file
from aimocap_blender.errors import AimocapError
from aimocap_blender.motion.fingerprint import fingerprint, same_skeleton
from scripts.common.console import hushed
from tests.blender import people, snapshot

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Chest
  {
    OFFSET 0 10 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 5 0
    }
  }
}
MOTION
Frames: 31
Frame Time: 0.016666667
"""


@pytest.fixture(scope="module")
def lifting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return people.lifting_arm_fbx(tmp_path_factory.mktemp("fbx") / "arm.fbx", seconds=1.0, fps=60)


@pytest.fixture
def busy_file() -> snapshot.Snapshot:
    """A file with a bit of everything that an importer could touch."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 25, 1.001
    scene.frame_start, scene.frame_end = 5, 50
    scene.frame_set(17)
    bpy.data.worlds.new("World")
    people.metarig("Armature").keyframe_insert("location", frame=1)
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.data.materials.append(bpy.data.materials.new("Skin"))
    bpy.ops.object.mode_set(mode="EDIT")
    return snapshot.take()


def test_an_fbx_tells_its_times_and_is_gone(lifting: Path, busy_file: snapshot.Snapshot) -> None:
    with fbx.imported(bpy.context, lifting) as guests:
        (source,) = guests.armatures
        assert guests.fps == pytest.approx(60.0)
        assert guests.first_frame == pytest.approx(0.0, abs=1e-3)
        assert guests.duration_seconds == pytest.approx(1.0, abs=1e-3)
        assert people.ARM in source.data.bones
        assert bpy.context.scene.name == "Scene", "the user's scene stays the one shown"
        assert bpy.context.mode == "EDIT_MESH"
    assert snapshot.differences(busy_file, snapshot.take()) == {}


def test_a_bvh_tells_its_times_and_is_gone(tmp_path: Path, busy_file: snapshot.Snapshot) -> None:
    path = tmp_path / "turn.bvh"
    frames = "\n".join(f"0 {n} 0 0 0 0 0 {n} 0" for n in range(31))
    path.write_text(BVH + frames + "\n", "utf-8")
    with fbx.imported(bpy.context, path) as guests:
        assert guests.fps == pytest.approx(60.0, rel=1e-3)
        assert guests.duration_seconds == pytest.approx(0.5, rel=1e-3)
        assert {bone.name for bone in guests.armatures[0].data.bones} >= {"Hips", "Chest"}
    assert snapshot.differences(busy_file, snapshot.take()) == {}


def test_a_gltf_has_its_keys_on_whole_frames_and_is_gone(tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.render.fps = 30
    rig = people.metarig()
    for frame in (0, 30):
        rig.pose.bones[people.ARM].rotation_quaternion = (1.0, frame / 60, 0.0, 0.0)
        rig.pose.bones[people.ARM].keyframe_insert("rotation_quaternion", frame=frame)
    scene.frame_start, scene.frame_end = 0, 30
    with hushed():
        bpy.ops.export_scene.gltf(filepath=str(tmp_path / "rig.glb"), export_force_sampling=True)
    before = snapshot.take()
    with fbx.imported(bpy.context, tmp_path / "rig.glb") as guests:
        assert guests.fps == pytest.approx(30.0, rel=1e-3)
        assert guests.duration_seconds == pytest.approx(1.0, rel=1e-3)
    assert snapshot.differences(before, snapshot.take()) == {}


def test_what_is_made_with_the_guests_stays(lifting: Path) -> None:
    with fbx.imported(bpy.context, lifting):
        made = bpy.data.actions.new("ours")
    assert made.name == "ours"
    assert [scene.name for scene in bpy.data.scenes] == ["Scene"]


def test_guests_leave_when_the_work_with_them_fails(
    lifting: Path, busy_file: snapshot.Snapshot
) -> None:
    with pytest.raises(ZeroDivisionError), fbx.imported(bpy.context, lifting):
        raise ZeroDivisionError
    assert snapshot.differences(busy_file, snapshot.take()) == {}


def test_an_importer_that_fails_leaves_nothing(
    lifting: Path, busy_file: snapshot.Snapshot, tmp_path: Path
) -> None:
    path = tmp_path / "scrambled.bvh"
    path.write_text(BVH.replace("CHANNELS 3", "CHANNELS x") + "0 0\n", "utf-8")
    with pytest.raises(MotionFileError, match=r"scrambled\.bvh"), fbx.imported(bpy.context, path):
        pytest.fail("a scrambled file was imported")
    assert snapshot.differences(busy_file, snapshot.take()) == {}


def test_both_importers_bring_the_same_skeleton_and_poses(lifting: Path) -> None:
    if not fbx.has_operator(bpy.ops.wm, "fbx_import"):
        pytest.skip("this Blender has one FBX importer")
    found = []
    for prefer_python in (False, True):
        scene = bpy.data.scenes.new("x")
        run = (
            (lambda: bpy.ops.import_scene.fbx(filepath=str(lifting), anim_offset=0.0))
            if prefer_python
            else (lambda: bpy.ops.wm.fbx_import(filepath=str(lifting), anim_offset=0.0))
        )
        with windows.showing(bpy.context, scene), hushed():
            run()
        found.append(
            fingerprint(armatures.read_skeleton(fbx._what_came(scene, lifting, "").armatures[0]))
        )
    assert same_skeleton(*found)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"HIERARCHY\nROOT", MotionFormat.BVH),
        (b"\xef\xbb\xbf  hierarchy", MotionFormat.BVH),
        (b"glTF\2\0\0\0", MotionFormat.GLTF),
        (b'{"asset": {"version": "2.0"}}', MotionFormat.GLTF),
        (b"; FBX 7.4.0 project file", MotionFormat.FBX_TEXT),
    ],
)
def test_a_motion_file_is_known_by_its_content(
    tmp_path: Path, content: bytes, kind: MotionFormat
) -> None:
    path = tmp_path / "no ending"
    path.write_bytes(content)
    assert examine(path) is kind


def test_no_cut_of_an_fbx_passes_for_whole(lifting: Path, tmp_path: Path) -> None:
    content = lifting.read_bytes()
    assert examine(lifting) is MotionFormat.FBX
    path = tmp_path / "cut.fbx"
    # The footer after the last record (about 170 bytes) is not needed to read the file.
    for length in range(1, len(content) - 400, max(1, len(content) // 200)):
        path.write_bytes(content[:length])
        with pytest.raises(MotionFileError):
            examine(path)


@pytest.mark.parametrize(
    "name", ["maya_humanik_ufbx.fbx", "cc0_kaykit_knight.glb", "cmu_01_01_cgspeed.bvh"]
)
def test_real_files_come_and_go(
    name: str, busy_file: snapshot.Snapshot, shared_file: Callable[[str], Path]
) -> None:
    with fbx.imported(bpy.context, shared_file(f"rigs/{name}")) as guests:
        assert len(guests.armatures[0].data.bones) > 30
    assert snapshot.differences(busy_file, snapshot.take()) == {}


def two_clips_file(path: Path) -> Path:
    """A glTF of a metarig with two motions: the left arm moves in one, the right in the other."""
    rig = people.metarig("Kit")
    data = rig.animation_data_create()
    for clip, bone in (("Wave Left", "upper_arm.L"), ("Wave Right", "upper_arm.R")):
        rig.pose.bones[bone].rotation_mode = "QUATERNION"
        for frame in range(1, 13):
            rig.pose.bones[bone].rotation_quaternion = (1.0, 0.05 * frame, 0.0, 0.0)
            rig.pose.bones[bone].keyframe_insert("rotation_quaternion", frame=frame)
        action = data.action
        action.name = clip
        track = data.nla_tracks.new()
        track.name = clip
        track.strips.new(clip, 1, action)
        data.action = None
    with hushed():
        bpy.ops.export_scene.gltf(filepath=str(path), export_animation_mode="NLA_TRACKS")
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


@pytest.mark.skipif(
    bpy.app.version[:2] == (4, 4), reason="4.4 exports the motion of all tracks into every clip"
)
def test_a_file_with_many_clips_plays_the_one_that_is_named(tmp_path):
    path = two_clips_file(tmp_path / "kit.glb")
    target = people.metarig("Target")
    moved = {}
    for clip in ("", "Wave Left", "Wave Right"):
        with hushed():
            outcome = retarget_file(bpy.context, path, target, start_frame=1.0, clip=clip)
        assert any("2 motions" in warning for warning in outcome.warnings) is (clip == "")
        curves = compat.curves_of(outcome.action, outcome.slot)
        moved[clip] = {
            curve.data_path.split('"')[1]
            for curve in curves
            if "upper_arm" in curve.data_path
            and np.ptp([key.co[1] for key in curve.keyframe_points]) > 0.05
        }
        assert sources.read(outcome.action).action in ("Wave Left", "Wave Right")
    assert moved["Wave Left"] == {"upper_arm.L"}
    assert moved["Wave Right"] == {"upper_arm.R"}
    with hushed(), pytest.raises(AimocapError, match='no clip "Jump"') as told:
        retarget_file(bpy.context, path, target, start_frame=1.0, clip="Jump")
    assert '"Wave Left"' in told.value.remedy
