# SPDX-License-Identifier: GPL-3.0-or-later
"""A body being put together: bones by part, and what each was recognised by.

The stages of the labelling fill one `Draft` after the other; `labelling` turns it into a
`Labelling`. Sides are as named (or as grouped) until `sides` has checked them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .labels import Found
from .meanings import ARM_PARTS, LEG_PARTS, Part
from .roles import Role, Side


@dataclass(frozen=True)
class Evidence:
    """How a bone was recognised: see `labels.Match`."""

    found: Found
    confidence: float
    why: str


@dataclass
class Draft:
    """Bones count as in the `View`; -1 is none.

    limbs     side -> part -> bone
    evidence  bone -> how it was recognised
    sided     the sides are those in the names, not just two groups
    swapped   geometry has contradicted the sides in the names
    """

    limbs: dict[Side, dict[Part, int]] = field(default_factory=lambda: {side: {} for side in Side})
    hips: int = -1
    spine: list[int] = field(default_factory=list)
    neck: list[int] = field(default_factory=list)
    head: int = -1
    fingers: dict[Role, int] = field(default_factory=dict)
    evidence: dict[int, Evidence] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    sided: bool = False
    swapped: bool = False

    def limb(self, side: Side, part: Part) -> int:
        return self.limbs[side].get(part, -1)

    def both(self, part: Part) -> list[int]:
        """The bones of a part, left first, of the sides that have it."""
        return [self.limbs[side][part] for side in Side if part in self.limbs[side]]

    def has_legs(self) -> bool:
        return len(self.both(Part.THIGH)) == 2 and len(self.both(Part.SHIN)) == 2

    def has_arms(self) -> bool:
        return len(self.both(Part.UPPER_ARM)) == 2 and len(self.both(Part.FOREARM)) == 2

    def chain(self, side: Side, parts: tuple[Part, ...]) -> list[int]:
        """The bones a limb has, trunk outwards."""
        return [self.limbs[side][part] for part in parts if part in self.limbs[side]]

    def roles(self) -> dict[Role, list[int]]:
        """Role -> bones, for everything found."""
        found: dict[Role, list[int]] = {
            Role.HIPS: [self.hips] if self.hips >= 0 else [],
            Role.SPINE: self.spine,
            Role.NECK: self.neck,
            Role.HEAD: [self.head] if self.head >= 0 else [],
        }
        for side in Side:
            for part in (*ARM_PARTS, *LEG_PARTS):
                if part in self.limbs[side]:
                    found[Role(f"{side.value}_{part.value}")] = [self.limbs[side][part]]
        found.update({role: [bone] for role, bone in self.fingers.items()})
        return {role: bones for role, bones in found.items() if bones}
