# SPDX-License-Identifier: GPL-3.0-or-later
"""A skeleton's fingerprint: its names, its hierarchy and its rest pose in one line of text.

    skeleton-1:<structure>:<shape>

*structure* is a digest of every bone's name and its parent's name, whatever their order. *shape*
holds three bytes for each bone, in the order of names: its joint's distance to the parent's joint,
to the grandparent's and to its root's, in 1/250 of the skeleton's size. Distances
change neither with the size of the skeleton nor when it is turned, so the two FBX importers and
the scales 0.01, 1 and 100 agree; a digest of the rest pose would flip with the last decimal, so
shapes are compared with a tolerance instead (`same_skeleton`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

import numpy as np
from numpy.typing import NDArray

from .rotations import FloatArray
from .skeleton import Skeleton

_PREFIX = "skeleton-1"
_STEPS = 250.0
TOLERANCE = 0.02
"""How far two rest poses may differ and be one: joint distance over the skeleton's size."""


def fingerprint(skeleton: Skeleton) -> str:
    """The fingerprint of a skeleton; one without bones has an empty shape."""
    order = sorted(range(len(skeleton.names)), key=lambda bone: skeleton.names[bone])
    pairs = [(skeleton.names[bone], _parent_name(skeleton, bone)) for bone in order]
    text = json.dumps(pairs, ensure_ascii=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
    shape = np.clip(np.rint(_distances(skeleton)[order] * _STEPS), 0, 255).astype(np.uint8)
    return f"{_PREFIX}:{digest}:{base64.b85encode(shape.tobytes()).decode('ascii')}"


def structure_of(text: str) -> str:
    """The part of a fingerprint that tells names and hierarchy: the key for remembered bone maps.

    "" for a text that is no fingerprint.
    """
    parts = text.split(":", 2)
    return parts[1] if len(parts) == 3 and parts[0] == _PREFIX else ""


def same_skeleton(one: str, other: str, tolerance: float = TOLERANCE) -> bool:
    """Whether two fingerprints are of one skeleton: same bones, rest poses within `tolerance`."""
    if not structure_of(one) or structure_of(one) != structure_of(other):
        return False
    shapes = _shape(one), _shape(other)
    if shapes[0] is None or shapes[1] is None or len(shapes[0]) != len(shapes[1]):
        return False
    apart = np.abs(shapes[0].astype(np.int64) - shapes[1])
    return bool(np.all(apart <= np.ceil(tolerance * _STEPS)))


def _parent_name(skeleton: Skeleton, bone: int) -> str:
    parent = int(skeleton.parents[bone])
    return skeleton.names[parent] if parent >= 0 else ""


def _distances(skeleton: Skeleton) -> FloatArray:
    """(bones, 3) distances of each joint to parent, grandparent and root joint, size 1."""
    heads = np.asarray(skeleton.heads, dtype=np.float64).reshape(-1, 3)
    if not len(heads):
        return np.zeros((0, 3))
    own = np.arange(len(heads))
    parents = np.where(skeleton.parents >= 0, skeleton.parents, own)
    tops = own.copy()
    for bone in own:  # parents come first
        tops[bone] = tops[parents[bone]]
    relatives = np.stack((parents, parents[parents], tops), axis=1)
    apart = np.linalg.norm(heads[:, None] - heads[relatives], axis=-1)
    size = np.linalg.norm(heads - heads.mean(axis=0), axis=-1).max()
    return apart / (2.0 * size) if size > 1e-12 else np.zeros_like(apart)


def _shape(text: str) -> NDArray[np.uint8] | None:
    try:
        packed = base64.b85decode(text.split(":", 2)[2])
    except (ValueError, binascii.Error):
        return None
    return np.frombuffer(packed, dtype=np.uint8)
