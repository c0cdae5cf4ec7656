# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig of a family is made of: names by role, helpers, and parents that differ from a body's.

Made from the project's own table of families, or from a table of the same kind read from a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aimocap_blender.motion.mapping.families import Family
from aimocap_blender.motion.mapping.labels import Kind
from aimocap_blender.motion.mapping.presets import family_roles, family_spares
from aimocap_blender.motion.mapping.roles import Role

STRUCTURE: dict[str, dict[str, str]] = {
    "quaternius_characterarmature": {"Foot.L": "Root", "Foot.R": "Root", "Hips": "Root"},
    "biped_bip001": {"Bip001 L Clavicle": "Bip001 Neck", "Bip001 R Clavicle": "Bip001 Neck"},
    "daz_genesis3_8": {
        "lThighBend": "pelvis", "rThighBend": "pelvis",
        "lThighTwist": "lThighBend", "lShin": "lThighTwist",
        "rThighTwist": "rThighBend", "rShin": "rThighTwist",
        "lShldrTwist": "lShldrBend", "lForearmBend": "lShldrTwist",
        "rShldrTwist": "rShldrBend", "rForearmBend": "rShldrTwist",
        "lForearmTwist": "lForearmBend", "lHand": "lForearmTwist",
        "rForearmTwist": "rForearmBend", "rHand": "rForearmTwist",
    },
    "reallusion_cc": {"CC_Base_L_Thigh": "CC_Base_Pelvis", "CC_Base_R_Thigh": "CC_Base_Pelvis"},
    "mmd_japanese": {
        "グルーブ": "センター", "腰": "グルーブ", "上半身": "腰", "下半身": "腰",
        "左足": "下半身", "右足": "下半身",
    },
}  # fmt: skip
"""Parents of the families whose trees are not a body's."""


@dataclass(frozen=True)
class RigSpec:
    """roles: role -> names (chains for spine and neck); twist, extra: names that are no limbs."""

    key: str
    roles: dict[Role, tuple[str, ...]]
    twist: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    parents: dict[str, str] = field(default_factory=dict)
    degrees_down: float | None = None

    def renamed(self, rename: dict[str, str]) -> RigSpec:
        """The same rig under other names; names without a new one stay."""
        new = lambda name: rename.get(name, name)  # noqa: E731
        return RigSpec(
            self.key,
            {role: tuple(map(new, names)) for role, names in self.roles.items()},
            tuple(map(new, self.twist)),
            tuple(map(new, self.extra)),
            {new(child): new(parent) for child, parent in self.parents.items()},
            self.degrees_down,
        )

    def names(self) -> list[str]:
        limbs = [name for names in self.roles.values() for name in names]
        return list(dict.fromkeys([*limbs, *self.twist, *self.extra]))


def from_family(family: Family) -> RigSpec:
    """A rig of one of the project's own families, its prefix written out where it has one."""
    roles: dict[Role, list[str]] = {}
    for name, (role, _) in family_roles(family).items():
        roles.setdefault(role, []).append(_prefixed(family, name))
    spares = family_spares(family)
    return RigSpec(
        family.key,
        {role: tuple(names) for role, names in roles.items()},
        tuple(_prefixed(family, n) for n, kind in spares.items() if kind is Kind.TWIST),
        tuple(_prefixed(family, n) for n, kind in spares.items() if kind is not Kind.TWIST),
        STRUCTURE.get(family.key, {}),
    )


_PREFIXES = {
    "mixamo": "mixamorig:", "humanik": "Character1_", "smpl_m_avg": "m_avg_",
    "rigify_deform": "DEF-", "vroid": "J_Bip_", "reallusion_cc": "CC_Base_",
    "reallusion_cc_numbered": "CC_Base_", "biped_bip001": "Bip001 ",
    "microsoft_rocketbox": "Bip01 ", "source_valvebiped": "ValveBiped.Bip01_",
}  # fmt: skip


def _prefixed(family: Family, name: str) -> str:
    prefix = _PREFIXES.get(family.key, "")
    plain = name.startswith(("J_Adj", "J_Sec", "Root", "Global", "Position", "Bip0", "Reference"))
    return name if plain else f"{prefix}{name}"
