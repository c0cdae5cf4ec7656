# SPDX-License-Identifier: GPL-3.0-or-later
"""Arms and legs out of bones whose names have several meanings: the chain decides.

For one limb every part has candidates with a score from their names. The best chain is the one
whose scores and steps add up to most: a step down the parents is good, a step over a named bone or
between strangers costs, a step upwards is impossible. Parts may be missing; the dynamic
programme over (part, candidate) is Viterbi's, with a state for every part left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .meanings import Part
from .view import View

_RELATED = 0.25
_STRANGERS = -0.6
_SKIPPED = -0.2
_MISSING = -0.4
_OPTIONAL = frozenset({Part.CLAVICLE, Part.TOE})
_NO_LENGTH_NEEDED = frozenset({(Part.CLAVICLE, Part.UPPER_ARM)})
_SHORTEST_LIMB = 0.004
"""Of the size of the rig: two joints nearer than this are one joint."""
_FARTHEST_STRANGER = 0.45
"""Of the size of the rig: a bone that hangs elsewhere must at least be near."""
_NAMED = 0.5
"""From this score on stepping over a bone costs, unless it is a further half of the limb before."""
_KEPT = 8


@dataclass(frozen=True)
class Candidate:
    """A bone that may be a part, with the score its name gives it."""

    bone: int
    score: float


@dataclass(frozen=True)
class Limb:
    """The chosen bones of a limb and what they scored together."""

    bones: dict[Part, int]
    score: float


Candidates = dict[Part, list[Candidate]]


def best_limb(view: View, parts: Sequence[Part], candidates: Candidates) -> Limb:
    """The best chain of `parts` (trunk outwards) out of `candidates`; empty when none holds."""
    kept = {
        part: sorted(candidates.get(part, ()), key=lambda c: (-c.score, view.depth[c.bone]))[:_KEPT]
        for part in parts
    }
    named: dict[int, set[Part]] = {}
    for part, found in kept.items():
        for candidate in found:
            if candidate.score >= _NAMED:
                named.setdefault(candidate.bone, set()).add(part)
    states: list[tuple[float, tuple[tuple[Part, int], ...]]] = [(0.0, ())]
    for part in parts:
        missing = 0.0 if part in _OPTIONAL else _MISSING
        grown = [(score + missing, chain) for score, chain in states]
        for candidate in kept[part]:
            best: tuple[float, tuple[tuple[Part, int], ...]] | None = None
            for score, chain in states:
                step = _step(view, chain, part, candidate.bone, named)
                if step is None:
                    continue
                total = score + candidate.score + step
                if best is None or total > best[0]:
                    best = (total, (*chain, (part, candidate.bone)))
            if best is not None:
                grown.append(best)
        states = _best_by_end(grown)
    score, chain = max(states, key=lambda state: state[0])
    return Limb(dict(chain), score)


def _best_by_end(
    states: list[tuple[float, tuple[tuple[Part, int], ...]]],
) -> list[tuple[float, tuple[tuple[Part, int], ...]]]:
    """Of all chains that end at the same bone in the same part only the best can still win."""
    best: dict[tuple[Part, int] | None, tuple[float, tuple[tuple[Part, int], ...]]] = {}
    for state in states:
        end = state[1][-1] if state[1] else None
        if end not in best or state[0] > best[end][0]:
            best[end] = state
    return list(best.values())


def _step(
    view: View,
    chain: tuple[tuple[Part, int], ...],
    part: Part,
    bone: int,
    named: dict[int, set[Part]],
) -> float | None:
    """What going from the end of the chain to `bone` is worth; None when it cannot be."""
    tiebreak = -0.001 * view.depth[bone]
    if not chain:
        return tiebreak
    before_part, before = chain[-1]
    if any(bone == other for _, other in chain) or view.is_above(bone, before):
        return None
    distance = view.distance(before, bone)
    if distance < _SHORTEST_LIMB * view.size and (before_part, part) not in _NO_LENGTH_NEEDED:
        return None
    if view.is_above(before, bone):
        skipped = sum(
            1
            for other in view.path(before, bone)
            if other in named and before_part not in named[other]
        )
        return _RELATED + _SKIPPED * skipped + tiebreak
    if distance > _FARTHEST_STRANGER * view.size:
        return None
    return _STRANGERS + tiebreak
