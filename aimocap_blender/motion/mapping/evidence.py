# SPDX-License-Identifier: GPL-3.0-or-later
"""What names say of every bone: the family's table first, the words of the name else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .draft import Evidence
from .labels import Found, Kind
from .meanings import Part, helper_kind, parts_of
from .presets import Fit, fit
from .reading import Reading, read_names
from .roles import Role, Side
from .view import View

PRESET_SCORE = 1.4
_DEFORM_BONUS = 0.1


@dataclass(frozen=True)
class Names:
    """The names of a rig, understood. Lists run over the bones of the `View`.

    readings  the names taken apart
    fit       the family that fits, or None
    parts     what each bone can be, with a score
    sides     the side each name (or the family) gives
    helpers   why a bone is no limb, or None
    """

    readings: list[Reading]
    fit: Fit | None
    parts: list[dict[Part, float]]
    sides: list[Side | None]
    helpers: list[tuple[Kind, str] | None]

    def role(self, bone: int) -> tuple[Role, int] | None:
        """The role the family's table gives a bone."""
        return self.fit.roles.get(bone) if self.fit else None

    def silent(self, bone: int) -> bool:
        """Whether a name says nothing of any part of the body."""
        return not self.parts[bone] and self.helpers[bone] is None

    def evidence(self, bone: int, part: Part, name: str) -> Evidence:
        """How a bone was recognised as a part, in words."""
        score = self.parts[bone].get(part, 0.0)
        if self.fit is not None and bone in self.fit.roles:
            return Evidence(Found.PRESET, 0.98, f"{name} is its name on {self.fit.family.title}.")
        confidence = float(np.clip(0.45 + 0.5 * score, 0.3, 0.95))
        words = part.value.replace("_", " ")
        return Evidence(Found.NAME, confidence, f"The name {name} says {words}.")


def read(view: View) -> Names:
    """What the names of a view say."""
    readings = read_names(view.names)
    fitted = fit(view.names)
    parts, sides, helpers = [], [], []
    for bone, reading in enumerate(readings):
        found, side, helper = parts_of(reading), reading.side, helper_kind(reading)
        role = fitted.roles.get(bone) if fitted else None
        if role is not None:
            found, side, helper = _preset_parts(role[0]), role[0].side, None
        elif fitted is not None and bone in fitted.spares:
            found = {}
            kind, why = fitted.spares[bone], f"{fitted.family.title} rigs have it beside the limbs"
            helper = helper if helper and kind is not Kind.TWIST else (kind, why)
        elif found and any(word in ("def", "deform") for word in reading.stem.split()):
            found = {part: score + _DEFORM_BONUS for part, score in found.items()}
        parts.append(found)
        sides.append(side)
        helpers.append(helper)
    return Names(readings, fitted, parts, sides, helpers)


def _preset_parts(role: Role) -> dict[Part, float]:
    value = role.value if role.side is None else role.value.split("_", 1)[1]
    return {Part(value): PRESET_SCORE} if value in {part.value for part in Part} else {}
