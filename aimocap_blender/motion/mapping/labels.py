# SPDX-License-Identifier: GPL-3.0-or-later
"""What labelling a skeleton leads to: which bone is which part of the body, and why.

Plain frozen data, made by `labelling.label`, paired by `pairing.pair`, drawn by a panel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from ...errors import AimocapError
from ..skeleton import Skeleton
from .roles import CHAINS, Role


class NotHumanoid(AimocapError):
    """The skeleton has no body that could be mapped; the sentence says what is missing."""


class Found(Enum):
    """How a bone was recognised, the surest first."""

    USER = "user"
    PRESET = "preset"
    NAME = "name"
    HIERARCHY = "hierarchy"
    GEOMETRY = "geometry"


class Kind(Enum):
    """Why a bone is no part of the map."""

    TWIST = "twist"
    """Shares the turn of a limb: beside it, or a second half in the chain of parents."""
    DOUBLED = "doubled"
    """A second bone with the name and place of a mapped one."""
    CONTROL = "control"
    """Moves other bones: IK targets, poles, rolls, mechanism."""
    END = "end"
    """A leaf that only marks where its parent ends."""
    UNMAPPED = "unmapped"
    """Anything else: hair, cloth, face, weapons, tails, helpers."""


class Place(Enum):
    """Where a bone outside the map stands to the mapped bone it belongs to."""

    BEFORE = "before"
    """In the chain above it: the limb begins with this bone, the mapped one goes on."""
    AFTER = "after"
    """In the chain below it, before the next mapped bone."""
    BESIDE = "beside"
    """A branch: nothing mapped hangs on it."""


@dataclass(frozen=True)
class Match:
    """One bone in its role.

    index       place in the chain, bottom to top, for `SPINE` and `NECK`; 0 for the others
    confidence  0 to 1
    why         a sentence for the user
    """

    role: Role
    bone: str
    found: Found
    confidence: float
    why: str
    index: int = 0


@dataclass(frozen=True)
class Spare:
    """A bone that stays out of the map.

    of     the mapped bone it belongs to (the limb a twist bone shares, what it hangs on), or ""
    place  where it stands to that bone
    """

    bone: str
    kind: Kind
    why: str
    of: str = ""
    place: Place = Place.BESIDE


@dataclass(frozen=True)
class Labelling:
    """Every recognised bone of one skeleton, and every other bone with the reason.

    skeleton  what was labelled
    chains    role -> its bones; one bone except for `SPINE` and `NECK` (bottom to top)
    spares    the bones outside the map
    family    the preset's name that fitted, "" when none did
    warnings  whole sentences for the user
    left      unit vector to the character's left, armature space
    up        unit vector to the character's top, armature space
    front     unit vector to where the character faces, armature space
    emptied   roles the user has emptied
    stands    whether the rest pose stands like a body, legs away from the trunk
    """

    skeleton: Skeleton
    chains: Mapping[Role, tuple[Match, ...]]
    spares: tuple[Spare, ...] = ()
    family: str = ""
    warnings: tuple[str, ...] = ()
    left: tuple[float, float, float] = (1.0, 0.0, 0.0)
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    front: tuple[float, float, float] = (0.0, -1.0, 0.0)
    emptied: frozenset[Role] = frozenset()
    stands: bool = True
    _by_bone: Mapping[str, Match] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chains", MappingProxyType(dict(self.chains)))
        by_bone = {match.bone: match for chain in self.chains.values() for match in chain}
        object.__setattr__(self, "_by_bone", MappingProxyType(by_bone))

    def bones(self, role: Role) -> tuple[str, ...]:
        """The bones in a role, bottom to top; empty when the rig has none."""
        return tuple(match.bone for match in self.chains.get(role, ()))

    def bone(self, role: Role) -> str | None:
        """The first bone in a role, or None."""
        chain = self.chains.get(role, ())
        return chain[0].bone if chain else None

    def matches(self) -> Iterable[Match]:
        """Every match, in the order of the roles."""
        for role in Role:
            yield from self.chains.get(role, ())

    def spares_of(self, kind: Kind) -> tuple[Spare, ...]:
        return tuple(spare for spare in self.spares if spare.kind is kind)

    def halves(self, role: Role) -> tuple[str, ...]:
        """The bones a limb is cut into in the chain of parents, trunk outwards; empty for no limb.

        One bone where it is not cut. Where a rig is cut, the first half carries the swing of the
        limb and the others stay in line with it.
        """
        bone = self.bone(role)
        if bone is None:
            return ()
        own = [spare for spare in self.spares if spare.of == bone and spare.kind is Kind.TWIST]
        before = [spare.bone for spare in own if spare.place is Place.BEFORE]
        after = [spare.bone for spare in own if spare.place is Place.AFTER]
        return (*before, bone, *after)

    def edited(self, role: Role, bones: Iterable[str]) -> Labelling:
        """The same with `role` given to `bones` by the user; none of them empties the role.

        A bone that held another role loses it. More than one bone is for `SPINE` and `NECK` only;
        ValueError otherwise, and for a bone the skeleton does not have.
        """
        names = tuple(dict.fromkeys(bones))
        unknown = [name for name in names if name not in self.skeleton.names]
        if unknown:
            raise ValueError(f"The skeleton has no bone called {unknown[0]}.")
        if len(names) > 1 and role not in CHAINS:
            raise ValueError(f"Only one bone can be {role.value}.")
        chains: dict[Role, tuple[Match, ...]] = {}
        for other, chain in self.chains.items():
            kept = [match for match in chain if match.bone not in names]
            chains[other] = tuple(replace(match, index=i) for i, match in enumerate(kept))
        chains[role] = tuple(
            Match(role, name, Found.USER, 1.0, "Chosen by you.", i) for i, name in enumerate(names)
        )
        spares = [spare for spare in self.spares if spare.bone not in names]
        chosen = {match.bone for chain in chains.values() for match in chain}
        spares += [
            Spare(name, Kind.UNMAPPED, "Taken out of the map by you.")
            for name in self._by_bone
            if name not in chosen
        ]
        return replace(
            self,
            chains={role: chain for role, chain in chains.items() if chain},
            spares=tuple(spares),
            emptied=self.emptied - {role} if names else self.emptied | {role},
        )
