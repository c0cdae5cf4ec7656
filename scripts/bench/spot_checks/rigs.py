# SPDX-License-Identifier: GPL-3.0-or-later
"""The six rigs between which good retargets are measured: other names, proportions, rest poses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.mapping.families_characters import FAMILIES
from aimocap_blender.motion.mapping.labelling import label
from aimocap_blender.motion.rotations import FloatArray
from aimocap_blender.motion.skeleton import Motion, still
from tests.rigs.build import build, turned
from tests.rigs.figure import ADULT, SMALL, Proportions
from tests.rigs.spec import from_family

_QUARTER = np.array(((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)))
_LANKY = replace(
    ADULT, hip_height=0.99, thigh=0.46, ankle_height=0.08, hip_width=0.15, trunk=0.41,
    shoulder_width=0.28, upper_arm=0.25, forearm=0.25,
)  # fmt: skip
_BURLY = replace(
    ADULT, hip_height=0.84, thigh=0.37, hip_width=0.22, trunk=0.52, shoulder_width=0.44,
    upper_arm=0.31, forearm=0.27,
)  # fmt: skip
_CHOSEN: dict[str, tuple[Proportions, float, float | None]] = {
    "mixamo": (ADULT, 0.0, 100.0),
    "ue4_mannequin": (ADULT, 48.0, None),
    "bvh_cmu_cgspeed": (ADULT, 0.0, None),
    "vroid": (_LANKY, 5.0, None),
    "reallusion_cc": (_BURLY, 30.0, 100.0),
    "kaykit": (SMALL, 0.0, None),
}
"""Family -> proportions, degrees the arms hang, scale of the data when the object is turned."""


@dataclass(frozen=True, eq=False)
class Actor:
    """A labelled rig that stands at the origin."""

    name: str
    body: Body
    world: FloatArray

    @property
    def rest(self) -> Motion:
        """One frame of the rest pose: what a retarget starts from."""
        return still(self.body.skeleton, 1, 30.0, self.world)


@cache
def actors() -> dict[str, Actor]:
    """The rigs by family."""
    found = {}
    for family in FAMILIES:
        if family.key in _CHOSEN:
            proportions, down, scale = _CHOSEN[family.key]
            rig = build(from_family(family), proportions=proportions, degrees_down=down, seed=7)
            if scale is not None:
                rig = turned(rig, _QUARTER, scale)
            body = Body.of(label(rig.skeleton, world=rig.world))
            found[family.key] = Actor(family.title, body, rig.world)
    return found
