# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources whose rest pose is no pose: every bone along one axis, as LAFAN1's BVH files have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.mapping import label
from aimocap_blender.motion.mapping.labels import Labelling
from aimocap_blender.motion.options import RetargetOptions
from aimocap_blender.motion.rotations import (
    angle_between,
    between,
    conjugate,
    from_matrix,
    multiply,
    rotate,
    to_matrix,
)
from aimocap_blender.motion.skeleton import Motion, Skeleton, forward, local_rest, still
from aimocap_blender.motion.solve import solve
from aimocap_blender.motion.standing import on_its_feet, resting_in, stands
from tests.unit.motion import bodies
from tests.unit.motion.bodies import body, rest, rig, tossed

AHEAD = np.array((1.0, 0.0, 0.0))
FAMILIES = ("bvh_lafan1", "bvh_bandai_namco", "mixamo", "bvh_cmu_cgspeed")


def begun_at_rest(motion: Motion) -> Motion:
    """The motion with the rest pose as its first frame, as captures begin."""
    motion.rotations[0] = (1.0, 0.0, 0.0, 0.0)
    return motion


def laid_along_one_axis(motion: Motion) -> Motion:
    """The same motion told from a rest in which every bone has the same axes and its next joint
    ahead of it: pose frames are turned by A, so that a basis (q, t) under the local rest (R, o)
    becomes (A_parent^-1 R q A, A_parent^-1 R t) under the local rest (1, A_parent^-1 o).
    """
    old, local = motion.skeleton, local_rest(motion.skeleton)
    turns = from_matrix(local[:, :3, :3])
    axes = np.tile((1.0, 0.0, 0.0, 0.0), (len(old.names), 1))
    for bone in range(len(old.names)):
        children = np.flatnonzero(old.parents == bone)
        if len(children):
            way = local[children[0], :3, 3]
            axes[bone] = between(AHEAD, way / np.linalg.norm(way))
    new = still(old, motion.frames, motion.fps, motion.world)
    rests = np.tile(np.eye(4), (len(old.names), 1, 1))
    for bone, parent in enumerate(old.parents):
        above = axes[parent] if parent >= 0 else np.array((1.0, 0.0, 0.0, 0.0))
        carried = multiply(conjugate(above), turns[bone])
        new.rotations[:, bone] = multiply(multiply(carried, motion.rotations[:, bone]), axes[bone])
        new.locations[:, bone] = rotate(carried, motion.locations[:, bone])
        origin = rests[parent, :3, 3] if parent >= 0 else np.zeros(3)
        rests[bone, :3, 3] = origin + rotate(conjugate(above), local[bone, :3, 3])
    return replace(new, skeleton=Skeleton(old.names, old.parents, rests, old.lengths))


def labelled(motion: Motion) -> Labelling:
    return label(motion.skeleton, world=motion.world)


@pytest.mark.parametrize("family", FAMILIES)
def test_such_a_rest_is_told_from_one_that_stands(family: str) -> None:
    motion = tossed(rig(family))
    assert labelled(motion).stands
    assert not labelled(laid_along_one_axis(motion)).stands
    assert stands(Body.of(labelled(motion)))
    assert not stands(Body.of(labelled(laid_along_one_axis(motion))))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_joint_stays_where_it_was_in_every_frame(family: str) -> None:
    motion = laid_along_one_axis(tossed(rig(family)))
    _, standing = on_its_feet(labelled(motion), motion)
    assert standing.skeleton is not motion.skeleton
    before, after = (forward(one, space=one.world) for one in (motion, standing))
    assert np.abs(before.positions - after.positions).max() < 1e-4
    assert angle_between(before.orientations, after.orientations).max() < 1e-3


@pytest.mark.parametrize("family", FAMILIES)
def test_a_retarget_from_it_is_the_retarget_from_a_rest_that_stands(family: str) -> None:
    motion, target = begun_at_rest(tossed(rig(family))), rig("ue4_mannequin", degrees_down=45.0)
    crooked = laid_along_one_axis(motion)
    sources = (Body.of(labelled(motion)), motion), on_its_feet(labelled(crooked), crooked)
    one, other = (
        solve(*source, body(target), rest(target), RetargetOptions()).channels.motion
        for source in sources
    )
    assert np.degrees(angle_between(one.rotations, other.rotations).max()) < 0.5
    assert np.abs(one.locations - other.locations).max() < 2e-3


def test_without_it_limbs_would_be_rolled_and_feet_point_backwards() -> None:
    motion, target = begun_at_rest(tossed(rig("bvh_lafan1"))), rig("ue4_mannequin")
    crooked = laid_along_one_axis(motion)
    straight, rolled = (
        solve(Body.of(labelled(m)), m, body(target), rest(target), RetargetOptions(feet_on=False))
        for m in (motion, crooked)
    )
    apart = angle_between(straight.channels.motion.rotations, rolled.channels.motion.rotations)
    assert np.degrees(apart.max()) > 90.0


def test_a_rest_that_stands_is_left_as_it_is() -> None:
    one = rig("mixamo", degrees_down=40.0)
    motion = tossed(one)
    found, same = on_its_feet(labelled(motion), motion)
    assert same is motion
    assert found.skeleton is motion.skeleton


def test_a_motion_in_which_nobody_stands_is_left_as_it_is() -> None:
    crooked = laid_along_one_axis(tossed(rig("bvh_lafan1")))
    lying = still(crooked.skeleton, 10, 30.0, crooked.world)
    found, same = on_its_feet(labelled(lying), lying)
    assert same is lying
    assert found.skeleton is lying.skeleton


def test_hinged_bones_stay_where_they_were_too() -> None:
    motion = tossed(rig("mixamo"))
    hinges = np.zeros(len(motion.skeleton.names), dtype=bool)
    hinges[motion.skeleton.index(rig("mixamo").truth[bodies.Role.HEAD][0])] = True
    motion = replace(motion, skeleton=replace(motion.skeleton, hinges=hinges))
    told = resting_in(motion, 7)
    before, after = (forward(one) for one in (motion, told))
    assert np.abs(before.positions - after.positions).max() < 1e-4
    assert angle_between(before.orientations, after.orientations).max() < 1e-3
    assert np.abs(to_matrix(told.rotations[7]) - np.eye(3)).max() < 1e-5
