# SPDX-License-Identifier: GPL-3.0-or-later
"""Fitting the table of families to a rig: which family it is, and what that says of its bones.

Separators, case, namespaces, a family's own prefix and a prefix of the rig's own do not matter.
A family fits only when the middle of its body and most of its limbs are there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from .families import Family
from .families_characters import FAMILIES
from .labels import Kind
from .reading import bare_names
from .roles import FINGER_NAMES, Role, Side, arm, finger, leg, metacarpal

_LEAST_SHARE = 0.75
_OWN_PREFIX = 8.0
"""What a family's own prefix on every name is worth, in bones: families share many names."""
_BRACKET = re.compile(r"\[(\w+)\]")
_GAPS = re.compile(r"[\s._\-]+")


@dataclass(frozen=True)
class Table:
    """A family spelt out: keys as `key` makes them.

    roles   key -> role and place in its chain
    spares  key -> why it is no limb
    body    the keys without which the family is not this family
    """

    family: Family
    roles: dict[str, tuple[Role, int]]
    spares: dict[str, Kind]
    body: frozenset[str]


@dataclass(frozen=True)
class Fit:
    """A family that fits: what it says of the bones, by place in the given names."""

    family: Family
    roles: dict[int, tuple[Role, int]]
    spares: dict[int, Kind]


def key(name: str) -> str:
    """A name as it is compared: lower case, one kind of separator."""
    return _GAPS.sub("_", name.casefold()).strip("_")


def spell(pattern: str, family: Family, side: Side | None) -> list[str]:
    """The names a pattern of the table stands for, "" where the family has no such bone.

    `{s}` is the side as one letter, `{n}` is Synty's mark: nothing on the left, " 1" on the right.
    """
    left = side is not Side.RIGHT
    written = family.left if left else family.right
    names: list[str] = []
    for part in pattern.split(",") if pattern else ():
        text = part.replace("{S}", written).replace("{s}", "L" if left else "R")
        text = text.replace("{n}", "" if left else " 1")
        pieces = _BRACKET.split(text)
        choices = [list(piece) if i % 2 else [piece] for i, piece in enumerate(pieces)]
        names += ["".join(choice) for choice in product(*choices)]
    return names


def family_roles(family: Family) -> dict[str, tuple[Role, int]]:
    """Every name of a family that is a limb, as the table writes it, with its role and place."""
    named: list[tuple[str, Role, int]] = []
    for role, pattern in (
        (Role.HIPS, family.hips),
        (Role.SPINE, family.spine),
        (Role.NECK, family.neck),
        (Role.HEAD, family.head),
    ):
        named += [(name, role, i) for i, name in enumerate(spell(pattern, family, None))]
    for side in Side:
        for roles, pattern in ((arm(side), family.arm), (leg(side), family.leg)):
            named += [(n, r, 0) for n, r in zip(spell(pattern, family, side), roles, strict=True)]
        for name in FINGER_NAMES:
            spelt = spell(getattr(family, name), family, side)
            named += [(n, r, 0) for n, r in zip(spelt, finger(side, name), strict=False)]
        for name, palm in zip(FINGER_NAMES[1:], spell(family.palms, family, side), strict=False):
            role_of_palm = metacarpal(side, name)
            assert role_of_palm is not None
            named.append((palm, role_of_palm, 0))
    return {name: (role, place) for name, role, place in named if name}


def family_spares(family: Family) -> dict[str, Kind]:
    """Every name of a family that is no limb, as the table writes it."""
    spares: dict[str, Kind] = {}
    for pattern, kind in ((family.twist, Kind.TWIST), (family.other, Kind.UNMAPPED)):
        for side in Side:
            spares.update(dict.fromkeys(spell(pattern, family, side), kind))
    return spares


@cache
def _tables() -> tuple[Table, ...]:
    tables = []
    for family in FAMILIES:
        roles = {key(name): role for name, role in family_roles(family).items()}
        spares = {key(name): kind for name, kind in family_spares(family).items()}
        limbs = {r for side in Side for r in (*arm(side)[1:], *leg(side)[:3])}
        centre = {Role.HIPS, Role.HEAD}
        body = {
            name
            for name, (role, place) in roles.items()
            if role in centre | limbs or (role is Role.SPINE and place == 0)
        }
        tables.append(Table(family, roles, spares, frozenset(body)))
    return tuple(tables)


def _common_prefix(names: Sequence[str]) -> str:
    """What most names of this rig begin with, up to a separator; "" when they have nothing."""
    counts = Counter(
        name[: match.end()] for name in names for match in re.finditer(r"[ ._\-]+", name)
    )
    common = [prefix for prefix, count in counts.items() if count >= 0.6 * len(names)]
    return max(common, key=len, default="")


def fit(names: Sequence[str]) -> Fit | None:
    """The family that explains these bones best, or None."""
    bare = bare_names(names)
    own = _common_prefix(bare)
    spellings: dict[str, dict[str, int]] = {}
    best: tuple[float, Fit] | None = None
    for table in _tables():
        for prefix in dict.fromkeys((table.family.prefix, "", re.escape(own))):
            if prefix not in spellings:
                spellings[prefix] = _spelling(bare, prefix)
            scored = _score(table, spellings[prefix], _share(bare, table.family.prefix))
            if scored is not None and (best is None or scored[0] > best[0]):
                best = scored
    return best[1] if best else None


def _spelling(bare: Sequence[str], prefix: str) -> dict[str, int]:
    """Comparison key -> place; a name without the prefix stands as it is, the first one wins."""
    pattern = re.compile(prefix, re.IGNORECASE)
    found: dict[str, int] = {}
    for place, name in enumerate(bare):
        match = pattern.match(name)
        if match and match.end():
            found.setdefault(key(name[match.end() :]), place)
    for place, name in enumerate(bare):
        found.setdefault(key(name), place)
    return found


def _share(bare: Sequence[str], prefix: str) -> float:
    """How many of the names carry a family's own prefix."""
    if not prefix:
        return 0.0
    pattern = re.compile(prefix, re.IGNORECASE)
    return sum(1 for name in bare if (m := pattern.match(name)) and m.end()) / len(bare)


def _score(table: Table, spelling: dict[str, int], prefixed: float) -> tuple[float, Fit] | None:
    missing = sum(1 for name in table.body if name not in spelling)
    if missing > (1.0 - _LEAST_SHARE) * len(table.body):
        return None
    for name in table.body:
        role = table.roles[name][0]
        if role in (Role.HIPS, Role.SPINE, Role.HEAD) and name not in spelling:
            return None
    roles = {spelling[name]: role for name, role in table.roles.items() if name in spelling}
    spares = {
        spelling[name]: kind
        for name, kind in table.spares.items()
        if name in spelling and spelling[name] not in roles
    }
    score = len(roles) + 0.5 * len(spares) - missing - 0.1 * (len(table.roles) - len(roles))
    score += _OWN_PREFIX * prefixed
    return score, Fit(table.family, roles, spares)
