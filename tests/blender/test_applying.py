# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished job on an armature: right in time, recorded, undone in one step, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import pytest

from aimocap_blender.bridge import applying, provenance
from aimocap_blender.bridge.motion_files import MotionFileError
from aimocap_blender.errors import AimocapError
from aimocap_blender.jobs.job import Artifact
from tests.blender import people, snapshot

OPTIONS = applying.ApplyOptions(feet_on=False)


@pytest.fixture(scope="module")
def fbx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("motion")
    return people.lifting_arm_fbx(folder / "motion.fbx", seconds=2.0, fps=30)


@pytest.fixture
def rig() -> bpy.types.Object:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    return people.metarig("Rig")


def changes_since(before: snapshot.Snapshot, applied: applying.Applied) -> set[str]:
    """What changed in the file but for the new action and who it is on."""
    name = applied.armature_name
    ours = {
        "data/actions",
        f"action/{applied.action_name}",
        f"object/{name}/action",
        f"object/{name}/properties",
    }
    return set(snapshot.differences(before, snapshot.take())) - ours


@pytest.mark.parametrize(
    ("rate", "first_frame", "time_scale"),
    [
        ((24, 1.0), 40.0, 1.0),
        ((30, 1.001), 1.0, 1.0),
        ((60, 1.0), -20.0, 1.0),
        ((24, 1.0), 40.0, 2.5),
        ((24, 1.0), 12.25, 0.5),
    ],
)
def test_video_frame_n_is_action_frame_n(
    fbx: Path, rig: bpy.types.Object, rate: tuple[int, float], first_frame: float, time_scale: float
) -> None:
    render = bpy.context.scene.render
    render.fps, render.fps_base = rate
    job = people.job_for(fbx, rig.name, first_frame=first_frame, time_scale=time_scale)
    applied = applying.apply_result(bpy.context, job, rig, OPTIONS)
    per_second = render.fps / render.fps_base * time_scale
    assert applied.first_frame == pytest.approx(first_frame, abs=0.999)
    assert applied.last_frame == pytest.approx(first_frame + 2.0 * per_second, abs=1.0)
    for frame in (applied.first_frame + 5, applied.first_frame + 17, applied.last_frame):
        seconds = (frame - applied.first_frame) / per_second
        turned = people.arm_degrees(rig, frame, since=applied.first_frame)
        assert turned == pytest.approx(people.DEGREES_PER_SECOND * seconds, abs=0.1)


def test_nothing_else_in_the_file_changes(fbx: Path, rig: bpy.types.Object) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 7, 77
    scene.frame_set(13)
    scene.timeline_markers.new("beat", frame=9)
    bpy.data.scenes.new("Other").render.fps = 50
    bpy.ops.mesh.primitive_cube_add(location=(1, 2, 3))
    cube = bpy.context.object
    cube.keyframe_insert("location", frame=3)
    cube.select_set(True)
    bpy.context.view_layer.objects.active = cube
    bpy.ops.object.mode_set(mode="EDIT")
    before = snapshot.take()
    job = people.job_for(fbx, rig.name)
    applied = applying.apply_result(bpy.context, job, rig, OPTIONS)
    assert changes_since(before, applied) == set()
    assert bpy.context.mode == "EDIT_MESH"
    actions = {name for name, _ in snapshot.take()["data/actions"]}
    assert actions - {name for name, _ in before["data/actions"]} == {applied.action_name}


def test_the_action_the_armature_had_is_kept(fbx: Path, rig: bpy.types.Object) -> None:
    rig.pose.bones["spine"].keyframe_insert("location", frame=1)
    old = rig.animation_data.action
    curves = snapshot.take()[f"action/{old.name}"]
    applied = applying.apply_result(bpy.context, people.job_for(fbx, rig.name), rig, OPTIONS)
    assert rig.animation_data.action.name == applied.action_name != old.name
    assert snapshot.take()[f"action/{old.name}"] == curves
    assert old.use_fake_user, "an action nobody uses is not saved"


def test_a_second_result_has_an_action_of_its_own(fbx: Path, rig: bpy.types.Object) -> None:
    first = applying.apply_result(bpy.context, people.job_for(fbx, rig.name), rig, OPTIONS)
    second = applying.apply_result(bpy.context, people.job_for(fbx, rig.name), rig, OPTIONS)
    assert first.action_name == "walk_take3"
    assert second.action_name != first.action_name
    assert {first.action_name, second.action_name} <= set(bpy.data.actions.keys())


def test_action_and_armature_remember_where_the_motion_came_from(
    fbx: Path, rig: bpy.types.Object, tmp_path: Path
) -> None:
    job = people.job_for(fbx, rig.name)
    applied = applying.apply_result(bpy.context, job, rig, OPTIONS)
    action = bpy.data.actions[applied.action_name]
    record = provenance.read(action)
    assert record == provenance.read(rig)
    assert record is not None
    assert (record.job_id, record.target, record.target_version) == ("mocap_8f3c", "avatar:k7", "3")
    assert (record.trim_start_seconds, record.trim_end_seconds) == (1.5, 3.5)
    assert record.status == "completed"
    assert record.artifact_sha256 == job.artifacts[0].sha256
    assert record.applied_at.endswith("+00:00")
    assert all(name in action for name, _ in provenance.NAMES.values())
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    assert provenance.read(bpy.data.actions[applied.action_name]) == record


def test_an_unknown_version_is_recorded_as_unknown(fbx: Path, rig: bpy.types.Object) -> None:
    job = people.job_for(fbx, rig.name)
    job = replace(job, request=replace(job.request, target_version=None))
    applying.apply_result(bpy.context, job, rig, OPTIONS)
    assert rig["aimocap_target_version"] == "unknown"
    job = replace(job, target_version_reported="7")
    applying.apply_result(bpy.context, job, rig, OPTIONS)
    assert rig["aimocap_target_version"] == "7"


def test_the_returned_skeleton_is_compared_with_the_accepted_one(
    fbx: Path, rig: bpy.types.Object
) -> None:
    job = people.job_for(fbx, rig.name)
    first = applying.apply_result(bpy.context, job, rig, OPTIONS)
    assert first.same_skeleton is None
    accepted = first.skeleton_fingerprint
    again = applying.apply_result(bpy.context, job, rig, OPTIONS, accepted_fingerprint=accepted)
    assert again.same_skeleton is True
    other = accepted.replace(accepted.split(":")[1], "0" * 32)
    changed = applying.apply_result(bpy.context, job, rig, OPTIONS, accepted_fingerprint=other)
    assert changed.same_skeleton is False


def test_an_armature_that_can_not_take_it_says_why_and_nothing_changes(
    fbx: Path, rig: bpy.types.Object
) -> None:
    job = people.job_for(fbx, rig.name)
    bpy.ops.object.mode_set(mode="EDIT")
    before = snapshot.take()
    with pytest.raises(applying.ApplyError, match='"Rig" is in Edit Mode'):
        applying.apply_result(bpy.context, job, rig, OPTIONS)
    assert "Leave Edit Mode" in (applying.obstacle(bpy.context, rig) or "")
    assert snapshot.differences(before, snapshot.take()) == {}
    bpy.ops.object.mode_set(mode="POSE")
    assert applying.obstacle(bpy.context, rig) is None
    with pytest.raises(applying.ApplyError, match="is gone"):
        applying.apply_result(bpy.context, job, None, OPTIONS)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.object.empty_add()
    assert "no armature" in (applying.obstacle(bpy.context, bpy.context.object) or "")


def test_a_linked_armature_waits_for_an_override_and_takes_it_then(
    fbx: Path, rig: bpy.types.Object, tmp_path: Path
) -> None:
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(library), link=True) as (_there, here):
        here.objects = ["Rig"]
    linked = here.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    assert "library override" in (applying.obstacle(bpy.context, linked) or "")
    with pytest.raises(applying.ApplyError, match="is linked"):
        applying.apply_result(bpy.context, people.job_for(fbx, "Rig"), linked, OPTIONS)
    override = linked.override_create(remap_local_usages=True)
    override.override_library.is_system_override = False
    assert applying.obstacle(bpy.context, override) is None
    applied = applying.apply_result(bpy.context, people.job_for(fbx, "Rig"), override, OPTIONS)
    assert override.animation_data.action.name == applied.action_name
    assert override["aimocap_job_id"] == "mocap_8f3c"
    turned = people.arm_degrees(override, applied.first_frame + 24, since=applied.first_frame)
    assert turned == pytest.approx(people.DEGREES_PER_SECOND, abs=0.1)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda _content: b"", "is empty"),
        (lambda _content: b"<html>please log in</html>", "is no FBX, BVH or glTF"),
        (lambda content: content[: len(content) // 2], "is not whole"),
        (lambda content: content[:40], "is not whole"),
    ],
)
def test_a_damaged_file_never_reaches_the_importer(
    fbx: Path,
    rig: bpy.types.Object,
    tmp_path: Path,
    damage: Callable[[bytes], bytes],
    words: str,
) -> None:
    broken = tmp_path / "motion.fbx"
    broken.write_bytes(damage(fbx.read_bytes()))
    before = snapshot.take()
    with pytest.raises(MotionFileError, match=words):
        applying.apply_result(bpy.context, people.job_for(broken, rig.name), rig, OPTIONS)
    assert snapshot.differences(before, snapshot.take()) == {}


def test_a_file_that_is_not_the_fetched_one_is_refused(fbx: Path, rig: bpy.types.Object) -> None:
    job = people.job_for(fbx, rig.name)
    with pytest.raises(applying.ApplyError, match="is not the one that was fetched"):
        applying.apply_result(bpy.context, people.with_motion(job, sha256="0" * 64), rig, OPTIONS)
    with pytest.raises(applying.ApplyError, match="is gone"):
        applying.apply_result(
            bpy.context, people.with_motion(job, path=fbx.with_name("gone.fbx")), rig, OPTIONS
        )
    robot = replace(job, artifacts=(Artifact("motion_json", fbx, "", 0, ""),))
    with pytest.raises(applying.ApplyError, match="robot"):
        applying.apply_result(bpy.context, robot, rig, OPTIONS)


def test_a_file_without_an_armature_or_motion_changes_nothing(
    rig: bpy.types.Object, tmp_path: Path
) -> None:
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.export_scene.fbx(filepath=str(tmp_path / "cube.fbx"), object_types={"MESH"})
    still = people.lifting_arm_fbx(tmp_path / "still.fbx", seconds=0.0)
    before = snapshot.take()
    with pytest.raises(MotionFileError, match="no armature"):
        applying.apply_result(
            bpy.context, people.job_for(tmp_path / "cube.fbx", "Rig"), rig, OPTIONS
        )
    with pytest.raises(AimocapError):
        applying.apply_result(bpy.context, people.job_for(still, "Rig"), rig, OPTIONS)
    assert snapshot.differences(before, snapshot.take()) == {}


def test_a_real_run_from_unreal_lands_on_a_rigify_human(
    rig: bpy.types.Object, shared_file: Callable[[str], Path]
) -> None:
    run = shared_file("rigs/ue4_ThirdPersonRun_MIT.fbx")
    before = snapshot.take()
    job = people.job_for(run, rig.name, seconds=0.6)
    applied = applying.apply_result(bpy.context, job, rig, applying.ApplyOptions())
    assert changes_since(before, applied) == set()
    assert (applied.first_frame, applied.last_frame) == (40, 54), "0.6 s at 24 fps"
    swing = max(people.arm_degrees(rig, frame, since=40) for frame in range(41, 55))
    assert swing > 20.0, "the arms of a runner swing"


class AIMOCAP_OT_test_apply(bpy.types.Operator):
    """Applies the job it is given, as the extension's own operator does"""

    bl_idname = "aimocap.test_apply"
    bl_label = "Apply"
    bl_options = {"REGISTER", "UNDO"}

    fbx: bpy.props.StringProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        rig = bpy.data.objects["Rig"]
        applying.apply_result(context, people.job_for(Path(self.fbx), "Rig"), rig, OPTIONS)
        return {"FINISHED"}


def test_applying_is_one_undo_step_and_redone_in_one(fbx: Path, rig: bpy.types.Object) -> None:
    bpy.utils.register_class(AIMOCAP_OT_test_apply)
    try:
        bpy.ops.ed.undo_push(message="before")
        before = snapshot.take()
        bpy.ops.aimocap.test_apply("EXEC_DEFAULT", True, fbx=str(fbx))
        applied = snapshot.take()
        assert "walk_take3" in bpy.data.actions
        bpy.ops.ed.undo()
        assert snapshot.differences(before, snapshot.take()) == {}
        assert provenance.read(bpy.data.objects["Rig"]) is None
        bpy.ops.ed.redo()
        assert snapshot.differences(applied, snapshot.take()) == {}
        assert provenance.read(bpy.data.objects["Rig"]) is not None
    finally:
        bpy.utils.unregister_class(AIMOCAP_OT_test_apply)
