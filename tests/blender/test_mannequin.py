# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's mannequin: limbs between the joints of whatever rig is posed."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from scripts.demonstration.mannequin import Mannequin

from .people import ARM, metarig

FOREARM = "forearm.L"


def _corners(figure: Mannequin) -> np.ndarray:
    corners = np.empty(3 * len(figure.object.data.vertices), dtype=np.float32)
    figure.object.data.vertices.foreach_get("co", corners)
    return corners.reshape(-1, 3)


def _posed(rig: bpy.types.Object, figure: Mannequin) -> np.ndarray:
    depsgraph = bpy.context.evaluated_depsgraph_get()
    figure.pose(rig.evaluated_get(depsgraph))
    return _corners(figure)


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_mannequin_is_as_large_as_its_rig(scale: float) -> None:
    rig = metarig()
    rig.scale = (scale,) * 3
    figure = Mannequin(bpy.context.scene, rig)
    height = np.ptp(_posed(rig, figure)[:, 2])
    tall = scale * max(bone.tail_local.z for bone in rig.data.bones)
    assert 0.9 * tall < height < 1.1 * tall


def test_a_limb_follows_its_bones() -> None:
    rig = metarig()
    figure = Mannequin(bpy.context.scene, rig)
    before = _posed(rig, figure)
    rig.pose.bones[ARM].rotation_mode = "XYZ"
    rig.pose.bones[ARM].rotation_euler = (1.0, 0.0, 0.0)
    after = _posed(rig, figure)
    elbow = np.array(rig.matrix_world @ rig.pose.bones[FOREARM].head)
    assert np.linalg.norm(after - elbow, axis=1).min() < 0.05 < np.abs(after - before).max()
    still = np.linalg.norm(after - before, axis=1) < 1e-5
    assert still.mean() > 0.5, "the rest of the body stays where it was"


def test_it_leaves_the_file_as_it_was() -> None:
    rig = metarig()
    kinds = (bpy.data.objects, bpy.data.meshes, bpy.data.materials)
    before = [len(kind) for kind in kinds]
    Mannequin(bpy.context.scene, rig).remove()
    assert [len(kind) for kind in kinds] == before
