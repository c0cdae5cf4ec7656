# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bone of a humanoid can be: the closed set of roles and how they hang together.

A role names the part of the body, never a rig's own bone. Sides are the character's own. `SPINE`
and `NECK` are chains of any number of bones; every other role is one bone. Knows no bone names.
"""

from __future__ import annotations

from enum import Enum
from itertools import pairwise


class Role(Enum):
    """A part of the body. The value is what JSON files hold."""

    HIPS = "hips"
    SPINE = "spine"
    NECK = "neck"
    HEAD = "head"
    LEFT_CLAVICLE = "left_clavicle"
    LEFT_UPPER_ARM = "left_upper_arm"
    LEFT_FOREARM = "left_forearm"
    LEFT_HAND = "left_hand"
    RIGHT_CLAVICLE = "right_clavicle"
    RIGHT_UPPER_ARM = "right_upper_arm"
    RIGHT_FOREARM = "right_forearm"
    RIGHT_HAND = "right_hand"
    LEFT_THIGH = "left_thigh"
    LEFT_SHIN = "left_shin"
    LEFT_FOOT = "left_foot"
    LEFT_TOE = "left_toe"
    RIGHT_THIGH = "right_thigh"
    RIGHT_SHIN = "right_shin"
    RIGHT_FOOT = "right_foot"
    RIGHT_TOE = "right_toe"
    LEFT_THUMB_1 = "left_thumb_1"
    LEFT_THUMB_2 = "left_thumb_2"
    LEFT_THUMB_3 = "left_thumb_3"
    LEFT_INDEX_1 = "left_index_1"
    LEFT_INDEX_2 = "left_index_2"
    LEFT_INDEX_3 = "left_index_3"
    LEFT_MIDDLE_1 = "left_middle_1"
    LEFT_MIDDLE_2 = "left_middle_2"
    LEFT_MIDDLE_3 = "left_middle_3"
    LEFT_RING_1 = "left_ring_1"
    LEFT_RING_2 = "left_ring_2"
    LEFT_RING_3 = "left_ring_3"
    LEFT_LITTLE_1 = "left_little_1"
    LEFT_LITTLE_2 = "left_little_2"
    LEFT_LITTLE_3 = "left_little_3"
    RIGHT_THUMB_1 = "right_thumb_1"
    RIGHT_THUMB_2 = "right_thumb_2"
    RIGHT_THUMB_3 = "right_thumb_3"
    RIGHT_INDEX_1 = "right_index_1"
    RIGHT_INDEX_2 = "right_index_2"
    RIGHT_INDEX_3 = "right_index_3"
    RIGHT_MIDDLE_1 = "right_middle_1"
    RIGHT_MIDDLE_2 = "right_middle_2"
    RIGHT_MIDDLE_3 = "right_middle_3"
    RIGHT_RING_1 = "right_ring_1"
    RIGHT_RING_2 = "right_ring_2"
    RIGHT_RING_3 = "right_ring_3"
    RIGHT_LITTLE_1 = "right_little_1"
    RIGHT_LITTLE_2 = "right_little_2"
    RIGHT_LITTLE_3 = "right_little_3"
    LEFT_INDEX_METACARPAL = "left_index_metacarpal"
    LEFT_MIDDLE_METACARPAL = "left_middle_metacarpal"
    LEFT_RING_METACARPAL = "left_ring_metacarpal"
    LEFT_LITTLE_METACARPAL = "left_little_metacarpal"
    RIGHT_INDEX_METACARPAL = "right_index_metacarpal"
    RIGHT_MIDDLE_METACARPAL = "right_middle_metacarpal"
    RIGHT_RING_METACARPAL = "right_ring_metacarpal"
    RIGHT_LITTLE_METACARPAL = "right_little_metacarpal"

    @property
    def side(self) -> Side | None:
        """The side of the character the part is on; None for the middle."""
        word = self.value.split("_", 1)[0]
        return Side(word) if word in ("left", "right") else None

    @property
    def mirrored(self) -> Role:
        """The same part on the other side; a part of the middle is its own mirror."""
        side = self.side
        return self if side is None else self.on(side.other)

    def on(self, side: Side) -> Role:
        """The same part on `side`; a part of the middle stays as it is."""
        if self.side is None:
            return self
        return Role(f"{side.value}_{self.value.split('_', 1)[1]}")


class Side(Enum):
    """A side of the character, not of the picture."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


FINGER_NAMES = ("thumb", "index", "middle", "ring", "little")
FINGER_JOINTS = 3

CHAINS = frozenset({Role.SPINE, Role.NECK})
"""Roles that any number of bones share, bottom to top."""


def arm(side: Side) -> tuple[Role, Role, Role, Role]:
    """Clavicle, upper arm, forearm, hand."""
    a, b, c, d = (
        Role(f"{side.value}_{part}") for part in ("clavicle", "upper_arm", "forearm", "hand")
    )
    return a, b, c, d


def leg(side: Side) -> tuple[Role, Role, Role, Role]:
    """Thigh, shin, foot, toe."""
    a, b, c, d = (Role(f"{side.value}_{part}") for part in ("thigh", "shin", "foot", "toe"))
    return a, b, c, d


def finger(side: Side, name: str) -> tuple[Role, ...]:
    """The three joints of a finger, palm outwards; `name` is one of `FINGER_NAMES`."""
    return tuple(Role(f"{side.value}_{name}_{joint + 1}") for joint in range(FINGER_JOINTS))


def metacarpal(side: Side, name: str) -> Role | None:
    """The palm bone under a finger; the thumb has none (its first joint is one)."""
    return None if name == "thumb" else Role(f"{side.value}_{name}_metacarpal")


BODY: tuple[Role, ...] = (
    Role.HIPS,
    Role.SPINE,
    Role.NECK,
    Role.HEAD,
    *arm(Side.LEFT),
    *arm(Side.RIGHT),
    *leg(Side.LEFT),
    *leg(Side.RIGHT),
)
"""Everything but the hands. With three bones in the spine these are the 22 body bones."""

FINGERS: tuple[Role, ...] = tuple(
    role for side in Side for name in FINGER_NAMES for role in finger(side, name)
)

METACARPALS: tuple[Role, ...] = tuple(
    Role(f"{side.value}_{name}_metacarpal") for side in Side for name in FINGER_NAMES[1:]
)

UPPER_BODY: frozenset[Role] = frozenset(
    {Role.SPINE, Role.NECK, Role.HEAD, *arm(Side.LEFT), *arm(Side.RIGHT), *FINGERS, *METACARPALS}
)
"""What an `upper_body` result moves: no legs, no hips, no root."""


def _next_roles() -> dict[Role, Role]:
    following: dict[Role, Role] = {Role.SPINE: Role.NECK, Role.NECK: Role.HEAD}
    for side in Side:
        for chain in (arm(side), leg(side), *(finger(side, name) for name in FINGER_NAMES)):
            following.update(pairwise(chain))
        for name in FINGER_NAMES[1:]:
            palm = metacarpal(side, name)
            assert palm is not None
            following[palm] = finger(side, name)[0]
    return following


NEXT: dict[Role, Role] = _next_roles()
"""The role at the far end of a limb: its direction runs from its own head to the head of this one.

Hips, head, hands, toes and finger tips have no such partner.
"""


def _above_roles() -> dict[Role, Role]:
    above = {far: near for near, far in NEXT.items()}
    above[Role.SPINE] = Role.HIPS
    for side in Side:
        above[arm(side)[0]] = Role.SPINE
        above[leg(side)[0]] = Role.HIPS
        hand = arm(side)[3]
        above[finger(side, "thumb")[0]] = hand
        for name in FINGER_NAMES[1:]:
            palm = metacarpal(side, name)
            assert palm is not None
            above[palm] = hand
    return above


ABOVE: dict[Role, Role] = _above_roles()
"""The role a role hangs on in the body, whatever the rig's own parents are. Hips hang on nothing.

A rig may lack the role above: walk on upwards until one is found.
"""
