# SPDX-License-Identifier: GPL-3.0-or-later
"""Rig specs out of a table of families kept beside the checkout, where there is one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from aimocap_blender.motion.mapping.roles import FINGER_NAMES, Role, Side, finger, metacarpal

from .spec import RigSpec

_PARTS = {"shoulder": "clavicle"}
_OWN_FINGER = {"little": "pinky"}
_SWAPS = (
    ("left", "right"), ("Left", "Right"), ("左", "右"), ("_l_", "_r_"), ("_L_", "_R_"),
    (" L ", " R "), (".L", ".R"), (".l", ".r"), (" L", " R"),
)  # fmt: skip


def read(path: Path) -> dict[str, RigSpec]:
    """Every family of the file that is a rig; robots are none."""
    table = json.loads(path.read_text(encoding="utf-8"))
    return {
        key: _spec(key, family) for key, family in table.items() if family.get("kind") != "robot"
    }


def _spec(key: str, family: dict[str, Any]) -> RigSpec:
    roles: dict[Role, tuple[str, ...]] = {}
    for name, bone in family["roles"].items():
        side, _, part = name.partition("_")
        role = Role(f"{side}_{_PARTS.get(part, part)}" if part else name)
        if bone:
            roles[role] = (bone,)
    for role, names in ((Role.SPINE, family.get("spine")), (Role.NECK, family.get("neck"))):
        if names:
            roles[role] = tuple(names)
    for side in Side:
        for name in FINGER_NAMES:
            chain = ((family.get("fingers") or {}).get(side.value) or {}).get(
                _OWN_FINGER.get(name, name), ()
            )
            roles |= {r: (b,) for r, b in zip(finger(side, name), chain, strict=False)}
        palms = (family.get("metacarpals") or {}).get(side.value) or ()
        for name, palm in zip(FINGER_NAMES[1:], palms, strict=False):
            role = metacarpal(side, name)
            assert role is not None
            roles[role] = (palm,)
    spec = RigSpec(key, roles, tuple(family["twist"]), tuple(family["extra"]))
    angle = family.get("arm_angle_deg")
    parents = _parents(spec, family.get("parents") or {})
    return RigSpec(key, roles, spec.twist, spec.extra, parents, angle)


def _parents(spec: RigSpec, stated: dict[str, str]) -> dict[str, str]:
    """The stated parents, on both sides; words in place of a name stand for what they describe."""
    names = set(spec.names())
    parents: dict[str, str] = {}
    for child, parent in stated.items():
        found = parent
        if parent not in names:
            found = next((p for p in parent.split(" or ") if p in names), "")
        if match := re.fullmatch(r"the last (\w+)", parent):
            like = [n for n in names if n.startswith(match.group(1)) and "L" in n[-2:]]
            spine = "Spine" in parent
            found = spec.roles[Role.SPINE][-1] if spine else max(like, default="")
        if "the root bone" in parent:
            found = "Root"
        if found in names and child in names:
            parents[child] = found
            parents[_other(child, names)] = _other(found, names)
    return {child: parent for child, parent in parents.items() if child != parent}


def _other(name: str, names: set[str]) -> str:
    """The name on the right of a name on the left; itself in the middle."""
    options = [name.replace(a, b) for a, b in _SWAPS]
    options += [re.sub("_l$", "_r", name), re.sub("_L$", "_R", name), re.sub("^l", "r", name)]
    options += [re.sub("^L", "R", name), name.replace(" L", " R", 1)]
    return next((o for o in options if o != name and o in names), name)
