# SPDX-License-Identifier: GPL-3.0-or-later
"""The same measures on files that were captured and made by others, where they lie beside the
checkout: a BVH capture, an Unreal run, clips of a game kit, onto those rigs and Rigify's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import addon_utils
import bpy

from aimocap_blender.bridge import armatures, compat, fbx
from aimocap_blender.bridge.retarget import retargeting
from aimocap_blender.bridge.retarget.controls import find_controls
from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.options import RetargetOptions
from scripts.common.console import hushed
from scripts.common.places import REPOSITORY

from .measures import Case, Played, Row, row, seen

FOLDER = REPOSITORY.parent / "shared" / "rigs"
QUICK_FRAMES = 240


@dataclass(frozen=True)
class Take:
    """A motion in a file; `clip` where the file holds several."""

    name: str
    file: str
    clip: str = ""


CMU = Take("CMU 01_01", "cmu_01_01_cgspeed.bvh")
UNREAL = Take("Unreal run", "ue4_ThirdPersonRun_MIT.fbx")
TAKES = (
    CMU,
    UNREAL,
    Take("KayKit walk", "cc0_kaykit_knight.glb", "Walking_A"),
    Take("KayKit chop", "cc0_kaykit_knight.glb", "1H_Melee_Attack_Chop"),
    Take("KayKit kick", "cc0_kaykit_knight.glb", "Unarmed_Melee_Attack_Kick"),
    Take("KayKit slash", "cc0_kaykit_knight.glb", "1H_Melee_Attack_Slice_Diagonal"),
)
RIGS = {
    "Unreal": UNREAL.file,
    "HumanIK": "maya_humanik_ufbx.fbx",
    "KayKit": TAKES[-1].file,
}


def missing() -> list[str]:
    """The files that are not beside this checkout."""
    files = {take.file for take in TAKES} | set(RIGS.values())
    return sorted(name for name in files if not (FOLDER / name).is_file())


def rows(*, quick: bool) -> Iterator[Row]:
    """Every take onto every other rig, feet off and on."""
    for take in TAKES:
        for name in (*OWN_RIGS, *RIGS):
            if RIGS.get(name) != take.file:
                yield from map(row, pair(take, name, quick=quick))


def pair(take: Take, name: str, *, quick: bool) -> Iterator[Played]:
    """One take onto one rig, feet off and on."""
    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    with ExitStack() as stack, hushed():
        target = rig(name, stack)
        guests = stack.enter_context(fbx.imported(bpy.context, FOLDER / take.file, clip=take.clip))
        source = guests.armatures[0]
        scene.collection.objects.link(source)
        frames = frames_of(source)
        assert frames is not None
        if quick:
            frames = frames[: QUICK_FRAMES + 1]
        for feet_on in (False, True):
            case = Case(take.name, name, "", feet_on)
            yield played(case, source, target, frames, guests.fps)


def rig(name: str, stack: ExitStack) -> bpy.types.Object:
    """The rig called that, at rest in the scene for as long as the stack lasts."""
    return OWN_RIGS[name](stack) if name in OWN_RIGS else _from_file(stack, RIGS[name])


def frames_of(source: bpy.types.Object) -> range | None:
    """The whole frames from an armature's first key to its last; None where nothing moves."""
    span = armatures.key_range(source)
    if span is None or span[1] - span[0] < 1.0:
        return None
    return range(round(span[0]), round(span[0]) + round(span[1] - span[0]) + 1)


def played(
    case: Case, source: bpy.types.Object, target: bpy.types.Object, frames: range, fps: float
) -> Played:
    """The source's motion of those frames on the target, which is left without it afterwards."""
    outcome = retargeting.retarget_onto(
        source, target, action_name="bench", start_frame=frames[0], scene_fps=fps,
        source_seconds=(0.0, (len(frames) - 1) / fps),
        options=RetargetOptions(feet_on=case.feet_on),
    )  # fmt: skip
    bodies = [
        (Body.of(outcome.bone_map.source), source),
        (_moved_body(target, outcome.bone_map), target),
    ]
    theirs, ours = seen(bodies, frames)
    compat.assign_action(target, None, None)
    bpy.data.actions.remove(outcome.action)
    return Played(case, theirs, ours, fps)


def _moved_body(target: bpy.types.Object, bone_map: retargeting.BoneMap) -> Body:
    """The body whose limbs are to be seen: of a rig with controls, its deform bones.

    A neck of two bones on one control counts as one limb, as that is what the rig can do.
    """
    skeleton = armatures.read_skeleton(target)
    held = armatures.current_pose(target, skeleton)
    rig = find_controls(target, bone_map.target, skeleton, held)
    return Body.of(rig.deform if rig is not None else bone_map.target)


def _metarig(_stack: ExitStack) -> bpy.types.Object:
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()  # type: ignore[attr-defined]
    return _made()


def _generated(stack: ExitStack) -> bpy.types.Object:
    _metarig(stack)
    bpy.ops.pose.rigify_generate()  # type: ignore[attr-defined]
    return _made()


def _made() -> bpy.types.Object:
    """What an operator has just added."""
    item = bpy.context.object
    assert item is not None
    return item


def _from_file(stack: ExitStack, file: str) -> bpy.types.Object:
    """The rig of a file: at rest, without what it was skinned to."""
    guests = stack.enter_context(fbx.imported(bpy.context, FOLDER / file))
    rig = guests.armatures[0]
    bpy.context.scene.collection.objects.link(rig)
    bpy.data.batch_remove([item for item in guests.scene.objects if item.type == "MESH"])
    rig.animation_data_clear()
    for bone in rig.pose.bones:
        bone.matrix_basis.identity()
    return rig


OWN_RIGS: dict[str, Callable[[ExitStack], bpy.types.Object]] = {
    "Rigify metarig": _metarig,
    "Rigify rig": _generated,
}
"""Rigs that Blender makes by itself."""
