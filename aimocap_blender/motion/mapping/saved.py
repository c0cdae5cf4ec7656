# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone maps as JSON: remembered per skeleton, shared between people, outliving this version.

    {"schema": "aimocap-bone-map", "version": 1, "skeletons": [
        {"fingerprint": "skeleton-1:..", "name": "Hero", "emptied": ["left_toe"],
         "roles": {"left_foot": {"bones": ["Foot.L"], "found": "user", "confidence": 1.0}}}]}

What a newer version adds is ignored; what is damaged is refused with its place in the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ...errors import AimocapError
from ..fingerprint import fingerprint, same_skeleton
from .labels import Found, Kind, Labelling, Match, Spare
from .roles import CHAINS, Role

SCHEMA = "aimocap-bone-map"
VERSION = 1


class BoneMapUnreadable(AimocapError):
    """A file is no bone map, or a damaged one; the sentence says where."""


@dataclass(frozen=True)
class SavedLabels:
    """The map of one skeleton as it stands in a file.

    fingerprint  of the skeleton it was made for, see `motion.fingerprint`
    roles        role -> how it was filled; every match has its chain's order
    emptied      roles the user wants empty
    """

    fingerprint: str
    name: str
    roles: Mapping[Role, tuple[Match, ...]]
    emptied: frozenset[Role] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", MappingProxyType(dict(self.roles)))

    def fits(self, labelling: Labelling) -> bool:
        """Whether this map was made for the labelled skeleton."""
        return same_skeleton(self.fingerprint, fingerprint(labelling.skeleton))

    def applied(self, labelling: Labelling) -> Labelling:
        """The labelling as the file has it; bones the skeleton lacks are left out and named.

        The map may be of another skeleton of the same names: then what fits is taken.
        """
        have = set(labelling.skeleton.names)
        roles = {
            role: tuple(match for match in chain if match.bone in have)
            for role, chain in self.roles.items()
        }
        lost = [m.bone for chain in self.roles.values() for m in chain if m.bone not in have]
        chains = _merged(labelling, {r: c for r, c in roles.items() if c}, self.emptied)
        warnings = labelling.warnings
        if lost:
            warnings += (f"The saved map names bones that are not here: {', '.join(lost)}.",)
        mapped = {match.bone for chain in chains.values() for match in chain}
        spares = tuple(spare for spare in labelling.spares if spare.bone not in mapped)
        spares += tuple(
            Spare(match.bone, Kind.UNMAPPED, "The saved bone map leaves it out.")
            for match in labelling.matches()
            if match.bone not in mapped
        )
        return replace(
            labelling, chains=chains, spares=spares, warnings=warnings, emptied=self.emptied
        )


def _merged(
    labelling: Labelling, roles: Mapping[Role, tuple[Match, ...]], emptied: frozenset[Role]
) -> dict[Role, tuple[Match, ...]]:
    """Saved roles first; what the file does not speak of stays as it was recognised."""
    taken = {match.bone for chain in roles.values() for match in chain}
    chains: dict[Role, tuple[Match, ...]] = {}
    for role in Role:
        chain = roles.get(role) or tuple(
            match for match in labelling.chains.get(role, ()) if match.bone not in taken
        )
        if chain and role not in emptied:
            chains[role] = tuple(replace(m, index=i) for i, m in enumerate(chain))
    return chains


def saved_labels(labelling: Labelling, name: str = "") -> SavedLabels:
    """The map of a labelled skeleton, ready to be written; `name` is for people to read."""
    return SavedLabels(fingerprint(labelling.skeleton), name, labelling.chains, labelling.emptied)


def dump(maps: Iterable[SavedLabels]) -> str:
    """The text of a file that holds these maps."""
    skeletons = [
        {
            "fingerprint": saved.fingerprint,
            "name": saved.name,
            "emptied": sorted(role.value for role in saved.emptied),
            "roles": {
                role.value: {
                    "bones": [match.bone for match in saved.roles[role]],
                    "found": saved.roles[role][0].found.value,
                    "confidence": min(match.confidence for match in saved.roles[role]),
                }
                for role in Role
                if saved.roles.get(role)
            },
        }
        for saved in maps
    ]
    content = {"schema": SCHEMA, "version": VERSION, "skeletons": skeletons}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def load(text: str) -> tuple[SavedLabels, ...]:
    """The maps in the text of a file. Raises BoneMapUnreadable.

    Fields and roles this version does not know are passed over.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"it is no JSON ({error})") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise _unreadable(f'it does not say "schema": "{SCHEMA}"')
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _unreadable("its version is no number")
    if version > VERSION:
        raise BoneMapUnreadable(
            f"The bone map is of version {version}; this extension reads up to {VERSION}.",
            remedy="Update the extension.",
        )
    skeletons = content.get("skeletons")
    if not isinstance(skeletons, list):
        raise _unreadable('"skeletons" is no list')
    return tuple(_skeleton(entry, f"skeletons[{i}]") for i, entry in enumerate(skeletons))


def _unreadable(reason: str) -> BoneMapUnreadable:
    return BoneMapUnreadable(
        f"The file is no bone map: {reason}.", remedy="Choose a file that was saved as a bone map."
    )


def _skeleton(entry: Any, place: str) -> SavedLabels:
    if not isinstance(entry, dict):
        raise _unreadable(f"{place} is no object")
    print_of, roles = entry.get("fingerprint"), entry.get("roles")
    if not isinstance(print_of, str):
        raise _unreadable(f"{place}.fingerprint is no text")
    if not isinstance(roles, dict):
        raise _unreadable(f"{place}.roles is no object")
    name, emptied = entry.get("name", ""), entry.get("emptied", [])
    if not isinstance(name, str) or not isinstance(emptied, list):
        raise _unreadable(f"{place} has a name or a list of emptied roles of another type")
    known = {role.value: role for role in Role}
    chains = {
        known[value]: _chain(known[value], filled, f"{place}.roles.{value}")
        for value, filled in roles.items()
        if value in known
    }
    bones = [match.bone for chain in chains.values() for match in chain]
    if len(set(bones)) != len(bones):
        raise _unreadable(f"{place} gives one bone to two roles")
    return SavedLabels(
        print_of,
        name,
        {role: chain for role, chain in chains.items() if chain},
        frozenset(known[v] for v in emptied if isinstance(v, str) and v in known),
    )


def _chain(role: Role, filled: Any, place: str) -> tuple[Match, ...]:
    if not isinstance(filled, dict):
        raise _unreadable(f"{place} is no object")
    bones, confidence = filled.get("bones"), filled.get("confidence", 1.0)
    if not isinstance(bones, list) or not all(isinstance(bone, str) and bone for bone in bones):
        raise _unreadable(f"{place}.bones is no list of names")
    if len(set(bones)) != len(bones) or (len(bones) > 1 and role not in CHAINS):
        raise _unreadable(f"{place}.bones holds too many bones")
    if not isinstance(confidence, int | float) or not 0.0 <= confidence <= 1.0:
        raise _unreadable(f"{place}.confidence is no number from 0 to 1")
    known = {found.value: found for found in Found}
    found = known.get(str(filled.get("found")), Found.USER)
    return tuple(
        Match(role, bone, found, float(confidence), "The saved bone map says so.", index)
        for index, bone in enumerate(bones)
    )
