# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairing two labelled skeletons: which bone of the source each bone of the target follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..rotations import FloatArray
from .labels import Found, Labelling, Match
from .roles import CHAINS, Role

_ORDER = tuple(Found)


@dataclass(frozen=True)
class Pair:
    """One bone of the target and the bone of the source it follows.

    index       place in the target's chain, for `SPINE` and `NECK`; 0 for the others
    found       the less sure of how the two were recognised
    confidence  0 to 1, of both together
    """

    role: Role
    index: int
    source: str
    target: str
    found: Found
    confidence: float
    why: str


@dataclass(frozen=True)
class BoneMap:
    """Two labelled skeletons and the pairs between them.

    Corrections go through the labellings, so that the same correction holds for every partner a
    skeleton meets.
    """

    source: Labelling
    target: Labelling
    pairs: tuple[Pair, ...]

    def source_of(self, target_bone: str) -> str | None:
        """The bone of the source that a bone of the target follows, or None."""
        return next((pair.source for pair in self.pairs if pair.target == target_bone), None)

    def of(self, role: Role) -> tuple[Pair, ...]:
        """The pairs in a role, bottom to top."""
        return tuple(pair for pair in self.pairs if pair.role is role)

    def missing(self) -> tuple[Role, ...]:
        """Roles that one of the two has and the other lacks."""
        roles = self.source.chains.keys() ^ self.target.chains.keys()
        return tuple(role for role in Role if role in roles)

    def edited(
        self,
        role: Role,
        *,
        source: Iterable[str] | None = None,
        target: Iterable[str] | None = None,
    ) -> BoneMap:
        """The same with a role given to other bones, of the source, the target or both.

        None leaves a side as it is, an empty collection empties the role there. ValueError as in
        `Labelling.edited`.
        """
        new_source = self.source if source is None else self.source.edited(role, source)
        new_target = self.target if target is None else self.target.edited(role, target)
        return pair(new_source, new_target)


def pair(source: Labelling, target: Labelling) -> BoneMap:
    """Pairs two labelled skeletons role by role; roles only one of them has stay out.

    A chain of another length is followed by height: every target bone takes the source bone that
    stands where its own middle is, the last one always the last, so that what hangs on the chest
    hangs on the chest.
    """
    pairs: list[Pair] = []
    for role in Role:
        ours, theirs = target.chains.get(role, ()), source.chains.get(role, ())
        if not ours or not theirs:
            continue
        followed = [0] if role not in CHAINS else _followed(target, ours, source, theirs)
        pairs += [_pair(a, theirs[i]) for a, i in zip(ours, followed, strict=True)]
    return BoneMap(source, target, tuple(pairs))


def _pair(target: Match, source: Match) -> Pair:
    found = max(target.found, source.found, key=_ORDER.index)
    confidence = round(target.confidence * source.confidence, 3)
    why = target.why if target.why == source.why else f"{source.why} {target.why}"
    return Pair(target.role, target.index, source.bone, target.bone, found, confidence, why)


def _followed(
    target: Labelling, ours: tuple[Match, ...], source: Labelling, theirs: tuple[Match, ...]
) -> list[int]:
    """For every bone of the target's chain the place of the source bone it follows."""
    if len(ours) == len(theirs):
        return list(range(len(ours)))
    mine, other = _edges(target, ours), _edges(source, theirs)
    middles = (mine[:-1] + mine[1:]) / 2.0
    places = np.searchsorted(other[1:-1], middles, side="right").tolist()
    places[-1] = len(theirs) - 1
    return [int(place) for place in places]


def _edges(labelling: Labelling, chain: tuple[Match, ...]) -> FloatArray:
    """Where the bones of a chain begin, and where the last ends: shares of its length, 0 to 1."""
    skeleton = labelling.skeleton
    bones = [skeleton.index(match.bone) for match in chain]
    role = chain[0].role
    following = labelling.bone(Role.NECK) if role is Role.SPINE else None
    end = following or labelling.bone(Role.HEAD)
    points = [skeleton.heads[bone] for bone in bones]
    last = skeleton.heads[skeleton.index(end)] if end else skeleton.tails[bones[-1]]
    steps = np.linalg.norm(np.diff(np.array([*points, last]), axis=0), axis=1)
    if not float(steps.sum()) > 0.0:
        steps = np.ones(len(chain))
    return np.concatenate(([0.0], np.cumsum(steps) / steps.sum()))
