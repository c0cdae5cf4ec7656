# SPDX-License-Identifier: GPL-3.0-or-later
"""Skeleton fingerprints: the same at any size and turn, another when the skeleton is another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.fingerprint import fingerprint, same_skeleton, structure_of
from aimocap_blender.motion.rotations import normalized, to_matrix
from aimocap_blender.motion.skeleton import Skeleton


def skeleton(count: int = 12, seed: int = 1) -> Skeleton:
    random = np.random.default_rng(seed)
    rest = np.tile(np.eye(4), (count, 1, 1))
    rest[:, :3, 3] = random.normal(size=(count, 3)) * 0.3 + [0, 0, 1]
    parents = np.array([-1, *(random.integers(0, bone) for bone in range(1, count))])
    return Skeleton(tuple(f"bone {n}" for n in range(count)), parents, rest, np.full(count, 0.1))


def moved(bones: Skeleton, turn: np.ndarray, scale: float) -> Skeleton:
    rest = bones.rest.copy()
    rest[:, :3, 3] = scale * rest[:, :3, 3] @ to_matrix(normalized(turn)).T + [5, -3, 2]
    return replace(bones, rest=rest)


@given(
    st.integers(2, 80),
    st.integers(0, 1000),
    st.sampled_from([0.01, 1.0, 2.54, 100.0]),
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1),
)
def test_size_place_and_turn_make_no_difference(
    count: int, seed: int, scale: float, turn: tuple[float, ...]
) -> None:
    one = skeleton(count, seed)
    other = moved(one, np.array(turn), scale)
    assert same_skeleton(fingerprint(one), fingerprint(other))


def test_the_order_of_bones_makes_no_difference() -> None:
    one = skeleton()
    depth = np.array([len(one.ancestry([bone])) for bone in range(len(one.names))])
    order = np.lexsort((np.arange(len(depth))[::-1], depth))
    place = np.argsort(order)
    parents = np.array([place[p] if p >= 0 else -1 for p in one.parents[order]])
    names = tuple(one.names[bone] for bone in order)
    other = Skeleton(names, parents, one.rest[order], one.lengths[order])
    assert fingerprint(one) == fingerprint(other)


@given(st.integers(0, 11), st.integers(0, 2))
def test_a_joint_out_of_place_is_another_skeleton(bone: int, axis: int) -> None:
    one = skeleton()
    rest = one.rest.copy()
    rest[bone, axis, 3] += 0.5
    other = fingerprint(replace(one, rest=rest))
    assert structure_of(other) == structure_of(fingerprint(one))
    assert not same_skeleton(fingerprint(one), other)
    rest[bone, axis, 3] += 0.001 - 0.5
    assert same_skeleton(fingerprint(one), fingerprint(replace(one, rest=rest)))


def test_another_name_or_parent_is_another_structure() -> None:
    one = skeleton()
    renamed = replace(one, names=("hips", *one.names[1:]))
    parents = one.parents.copy()
    parents[5] = 1 if parents[5] != 1 else 2
    for other in (renamed, replace(one, parents=parents)):
        assert structure_of(fingerprint(other)) != structure_of(fingerprint(one))
        assert not same_skeleton(fingerprint(one), fingerprint(other))


@pytest.mark.parametrize(
    "text", ["", "x", "skeleton-1", "skeleton-2:a:b", 'skeleton-1:a:"\\', "::"]
)
def test_what_is_no_fingerprint_is_like_nothing(text: str) -> None:
    one = fingerprint(skeleton())
    assert not same_skeleton(one, text)
    assert not same_skeleton(text, one)
    if not structure_of(text):
        assert not same_skeleton(text, text)


def test_no_bones_and_one_point_have_fingerprints() -> None:
    nothing = Skeleton((), np.zeros(0, dtype=np.intp), np.zeros((0, 4, 4)), np.zeros(0))
    assert fingerprint(nothing).startswith("skeleton-1:")
    point = replace(skeleton(3), rest=np.tile(np.eye(4), (3, 1, 1)))
    assert same_skeleton(fingerprint(point), fingerprint(point))


def test_a_fingerprint_is_one_short_line() -> None:
    text = fingerprint(skeleton(65))
    assert text.isprintable()
    assert len(text) < 300
