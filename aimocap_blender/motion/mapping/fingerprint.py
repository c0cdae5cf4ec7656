# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognising a skeleton again: by its names, its tree and its proportions.

Neither scale, place, turn, rolls nor the order of the bones change a fingerprint; a bone more, a
new name or another body does. Proportions are rounded, and `same_skeleton` forgives a step of the
rounding, so that a file imported twice is one skeleton.
"""

from __future__ import annotations

import hashlib

import numpy as np

from ..skeleton import Skeleton

_VERSION = "1"
_GROUPS = 12
_STEPS = 100
_FORGIVEN = 2


def fingerprint(skeleton: Skeleton) -> str:
    """Version, hash of names and parents, rounded proportions: "1-3f..c2-0a1b..".

    The proportions are the shares of the total bone length that every twelfth bone, in the order
    of the names, adds up to.
    """
    names = skeleton.names
    order = sorted(range(len(names)), key=names.__getitem__)
    hashed = hashlib.sha256()
    for bone in order:
        parent = int(skeleton.parents[bone])
        above = names[parent] if parent >= 0 else ""
        hashed.update(f"{names[bone]}\0{above}\n".encode())
    return f"{_VERSION}-{hashed.hexdigest()[:16]}-{_proportions(skeleton, order)}"


def _proportions(skeleton: Skeleton, order: list[int]) -> str:
    heads = np.asarray(skeleton.heads, dtype=np.float64)
    sums = np.zeros(_GROUPS)
    for place, bone in enumerate(order):
        parent = int(skeleton.parents[bone])
        if parent >= 0:
            sums[place % _GROUPS] += float(np.linalg.norm(heads[bone] - heads[parent]))
    total = float(sums.sum())
    shares = np.round(sums / total * _STEPS) if np.isfinite(total) and total > 0 else sums * 0.0
    return "".join(f"{int(share):02x}" for share in shares)


def same_skeleton(a: str, b: str) -> bool:
    """Whether two fingerprints are of one skeleton, give or take the rounding."""
    if a == b:
        return True
    parts_a, parts_b = a.split("-"), b.split("-")
    if len(parts_a) != 3 or parts_a[:2] != parts_b[:2] or len(parts_a[2]) != len(parts_b[2]):
        return False
    try:
        steps_a, steps_b = bytes.fromhex(parts_a[2]), bytes.fromhex(parts_b[2])
    except ValueError:
        return False
    return all(abs(x - y) <= _FORGIVEN for x, y in zip(steps_a, steps_b, strict=True))
