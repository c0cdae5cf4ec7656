# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a rig was labelled and how well two rigs were paired: the measures of the mapping.

The 22 body bones are hips, three places of the spine (its first, middle and last bone), neck,
head, and four bones of every limb. A place counts where both rigs have it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aimocap_blender.motion.mapping.labels import Labelling
from aimocap_blender.motion.mapping.roles import BODY, FINGERS, Role

from .build import Rig

SPINE_PLACES = 3


@dataclass(frozen=True)
class Score:
    """right of all; wrong: bones in a role that is not theirs (the worst there is)."""

    right: int
    all: int
    wrong: int
    fingers_right: int = 0
    fingers_all: int = 0

    @property
    def share(self) -> float:
        return self.right / self.all if self.all else 1.0

    @property
    def perfect(self) -> bool:
        return self.right == self.all and self.wrong == 0


def total(scores: Iterable[Score]) -> Score:
    found = list(scores)
    return Score(
        *(
            sum(getattr(score, name) for score in found)
            for name in ("right", "all", "wrong", "fingers_right", "fingers_all")
        )
    )


def places(names: tuple[str, ...]) -> tuple[str, ...]:
    """The first, middle and last bone of a chain."""
    if not names:
        return ()
    last = len(names) - 1
    return tuple(names[round(i * last / (SPINE_PLACES - 1))] for i in range(SPINE_PLACES))


def body_places(roles: dict[Role, tuple[str, ...]]) -> dict[str, str]:
    """The body's places -> bone, for every place a rig has."""
    found: dict[str, str] = {}
    for role in BODY:
        names = roles.get(role, ())
        if role is Role.SPINE:
            found |= {f"spine.{i}": name for i, name in enumerate(places(names))}
        elif names:
            found[role.value] = names[0]
    return found


def score_labels(rig: Rig, labelling: Labelling) -> Score:
    """One rig's labels against its truth."""
    truth, found = body_places(rig.truth), body_places(_roles(labelling))
    right = sum(1 for place, name in truth.items() if found.get(place) == name)
    fingers = [role for role in FINGERS if rig.truth.get(role)]
    fingers_right = sum(1 for r in fingers if labelling.bones(r) == rig.truth[r])
    return Score(right, len(truth), len(wrong_bones(rig, labelling)), fingers_right, len(fingers))


def wrong_bones(rig: Rig, labelling: Labelling) -> list[str]:
    """What is worse than empty: helpers in a role, and bones in a role that is not theirs."""
    own = {name: role for role, names in rig.truth.items() for name in names}
    return [
        f"{match.bone} as {match.role.value}"
        for match in labelling.matches()
        if own.get(match.bone) is not match.role
    ]


def score_pair(source: Rig, target: Rig, pairs: Iterable[tuple[str, str]]) -> Score:
    """Pairs of bones (source, target) against both truths, for the places both rigs have.

    A pair is wrong when its bones are different parts of the body.
    """
    a, b = body_places(source.truth), body_places(target.truth)
    own_a = {name: role for role, names in source.truth.items() for name in names}
    own_b = {name: role for role, names in target.truth.items() for name in names}
    given = list(pairs)
    by_target: dict[str, str] = {bone_b: bone_a for bone_a, bone_b in given}
    shared = [place for place in a if place in b]
    right = sum(1 for place in shared if _right(own_a, own_b, by_target, b[place]))
    wrong = sum(1 for x, y in given if own_a.get(x) is None or own_a.get(x) is not own_b.get(y))
    fingers = [r for r in FINGERS if source.truth.get(r) and target.truth.get(r)]
    fingers_right = sum(
        1 for r in fingers if by_target.get(target.truth[r][0]) == source.truth[r][0]
    )
    return Score(right, len(shared), wrong, fingers_right, len(fingers))


def _right(
    own_a: dict[str, Role], own_b: dict[str, Role], by_target: dict[str, str], bone: str
) -> bool:
    partner = by_target.get(bone)
    return partner is not None and own_a.get(partner) is own_b[bone]


def _roles(labelling: Labelling) -> dict[Role, tuple[str, ...]]:
    return {role: labelling.bones(role) for role in labelling.chains}
