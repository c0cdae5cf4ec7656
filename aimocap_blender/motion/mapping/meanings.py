# SPDX-License-Identifier: GPL-3.0-or-later
"""What the words of a bone name can mean: parts of the body with a score, or no limb at all.

The same word means different bones on different rigs ("shoulder" is a clavicle or an upper arm,
"leg" a thigh or a shin, "foot" a foot or a toe), so a name leads to several parts; the chain they
stand in decides (`limbs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from .labels import Kind
from .lexicon import Atom
from .reading import Reading


class Part(Enum):
    """A part of the body without its side."""

    HIPS = "hips"
    SPINE = "spine"
    NECK = "neck"
    HEAD = "head"
    CLAVICLE = "clavicle"
    UPPER_ARM = "upper_arm"
    FOREARM = "forearm"
    HAND = "hand"
    THIGH = "thigh"
    SHIN = "shin"
    FOOT = "foot"
    TOE = "toe"


ARM_PARTS = (Part.CLAVICLE, Part.UPPER_ARM, Part.FOREARM, Part.HAND)
LEG_PARTS = (Part.THIGH, Part.SHIN, Part.FOOT, Part.TOE)
CENTRE_PARTS = (Part.HIPS, Part.SPINE, Part.NECK, Part.HEAD)

_A = Atom
_MEANINGS: dict[frozenset[Atom], dict[Part, float]] = {
    frozenset({_A.CLAVICLE}): {Part.CLAVICLE: 1.0},
    frozenset({_A.CLAVICLE, _A.SHOULDER}): {Part.CLAVICLE: 1.0},
    frozenset({_A.SHOULDER}): {Part.CLAVICLE: 0.7, Part.UPPER_ARM: 0.6},
    frozenset({_A.UPPER, _A.SHOULDER}): {Part.UPPER_ARM: 0.6, Part.CLAVICLE: 0.4},
    frozenset({_A.SHOULDER, _A.ARM}): {Part.UPPER_ARM: 0.8, Part.CLAVICLE: 0.3},
    frozenset({_A.UPPER, _A.ARM}): {Part.UPPER_ARM: 1.0},
    frozenset({_A.ARM}): {Part.UPPER_ARM: 0.85},
    frozenset({_A.LOWER, _A.ARM}): {Part.FOREARM: 1.0},
    frozenset({_A.FORE, _A.ARM}): {Part.FOREARM: 1.0},
    frozenset({_A.ELBOW}): {Part.FOREARM: 0.8},
    frozenset({_A.ELBOW, _A.ARM}): {Part.FOREARM: 0.7},
    frozenset({_A.CLAVICLE, _A.ARM}): {Part.CLAVICLE: 0.9},
    frozenset({_A.WRIST, _A.ARM}): {Part.HAND: 0.85},
    frozenset({_A.HAND}): {Part.HAND: 0.95},
    frozenset({_A.ARM, _A.HAND}): {Part.HAND: 0.8},
    frozenset({_A.WRIST}): {Part.HAND: 0.85},
    frozenset({_A.HAND, _A.WRIST}): {Part.HAND: 0.85},
    frozenset({_A.PALM}): {Part.HAND: 0.6},
    frozenset({_A.UPPER, _A.LEG}): {Part.THIGH: 1.0},
    frozenset({_A.THIGH}): {Part.THIGH: 1.0},
    frozenset({_A.UPPER, _A.THIGH}): {Part.THIGH: 1.0},
    frozenset({_A.LEG, _A.THIGH}): {Part.THIGH: 1.0},
    frozenset({_A.HIP, _A.LEG}): {Part.THIGH: 0.7},
    frozenset({_A.HIP}): {Part.THIGH: 0.65, Part.HIPS: 0.95},
    frozenset({_A.LEG}): {Part.SHIN: 0.65, Part.THIGH: 0.5},
    frozenset({_A.LOWER, _A.LEG}): {Part.SHIN: 1.0},
    frozenset({_A.SHIN}): {Part.SHIN: 1.0},
    frozenset({_A.LEG, _A.SHIN}): {Part.SHIN: 1.0},
    frozenset({_A.LOWER, _A.THIGH}): {Part.SHIN: 0.4},
    frozenset({_A.KNEE}): {Part.SHIN: 0.8},
    frozenset({_A.LEG, _A.KNEE}): {Part.SHIN: 0.7},
    frozenset({_A.ANKLE}): {Part.FOOT: 0.9},
    frozenset({_A.LEG, _A.ANKLE}): {Part.FOOT: 0.85},
    frozenset({_A.LEG, _A.TOE}): {Part.TOE: 0.85},
    frozenset({_A.LEG, _A.BALL}): {Part.TOE: 0.8},
    frozenset({_A.FOOT}): {Part.FOOT: 0.95, Part.TOE: 0.35},
    frozenset({_A.LEG, _A.FOOT}): {Part.FOOT: 0.8},
    frozenset({_A.FOOT, _A.ANKLE}): {Part.FOOT: 0.9},
    frozenset({_A.TOE}): {Part.TOE: 0.95},
    frozenset({_A.FOOT, _A.TOE}): {Part.TOE: 0.85},
    frozenset({_A.FOOT, _A.FINGER}): {Part.TOE: 0.7},
    frozenset({_A.BALL}): {Part.TOE: 0.9},
    frozenset({_A.FOOT, _A.BALL}): {Part.TOE: 0.85},
    frozenset({_A.TOE, _A.BALL}): {Part.TOE: 0.85},
    frozenset({_A.HIPS}): {Part.HIPS: 1.0},
    frozenset({_A.HIPS, _A.ROOT}): {Part.HIPS: 0.7},
    frozenset({_A.HIP, _A.ROOT}): {Part.HIPS: 0.7},
    frozenset({_A.HIPS, _A.HIP}): {Part.HIPS: 0.9},
    frozenset({_A.LOWER, _A.BODY}): {Part.HIPS: 0.6},
    frozenset({_A.ROOT}): {Part.HIPS: 0.3},
    frozenset({_A.TRUNK}): {Part.SPINE: 1.0},
    frozenset({_A.CHEST}): {Part.SPINE: 1.0},
    frozenset({_A.TRUNK, _A.CHEST}): {Part.SPINE: 1.0},
    frozenset({_A.UPPER, _A.BODY}): {Part.SPINE: 0.9},
    frozenset({_A.BODY}): {Part.SPINE: 0.3},
    frozenset({_A.NECK}): {Part.NECK: 1.0},
    frozenset({_A.HEAD}): {Part.HEAD: 1.0},
    frozenset({_A.NECK, _A.HEAD}): {Part.NECK: 0.5},
    frozenset({_A.NECK, _A.HEAD, _A.LOWER}): {Part.NECK: 0.9},
    frozenset({_A.NECK, _A.HEAD, _A.UPPER}): {Part.HEAD: 0.7},
}
_HIP = frozenset({_A.HIP})
_NARROWED_TRUNK = frozenset({_A.UPPER, _A.LOWER, _A.MIDDLE, _A.FORE})
_QUIET = frozenset({_A.NEUTRAL, _A.CENTRE, _A.DEFORM})

FINGER_ATOMS: Mapping[Atom, str] = MappingProxyType(
    {
        _A.THUMB: "thumb",
        _A.INDEX: "index",
        _A.FORE: "index",
        _A.MIDDLE: "middle",
        _A.RING: "ring",
        _A.LITTLE: "little",
    }
)
_BODY_WORDS = frozenset(
    {_A.TRUNK, _A.CHEST, _A.NECK, _A.HEAD, _A.LEG, _A.THIGH, _A.SHIN, _A.KNEE, _A.FOOT, _A.TOE}
    | {_A.ARM, _A.ELBOW, _A.SHOULDER, _A.CLAVICLE, _A.BODY, _A.HIPS, _A.HIP, _A.ANKLE, _A.BALL}
)

UNKNOWN_WORD = 0.25
"""What a word of no meaning takes from a score: "shoulder pad" is less of a shoulder."""
NECK_TWIST = 0.5
"""On Character Creator rigs the neck twists ARE the neck; elsewhere a better neck is there."""
COPY = 0.15
"""What Blender's .001 takes from a score: the first bone of a name is the limb."""


def helper_kind(reading: Reading) -> tuple[Kind, str] | None:
    """Why a name says that its bone is no limb, or None."""
    atoms = reading.atoms
    for atom, kind, why in (
        (_A.END, Kind.END, "its name says that it only marks an end"),
        (_A.CONTROL, Kind.CONTROL, "its name says that it controls other bones"),
        (_A.MECHANISM, Kind.CONTROL, "its name says that it is mechanism"),
        (_A.OTHER, Kind.UNMAPPED, "its name says that it is no limb"),
        (_A.TWIST, Kind.TWIST, "its name says that it shares the turn of a limb"),
    ):
        if atom in atoms:
            return kind, why
    return None


def finger_of(reading: Reading) -> str | None:
    """The finger a name is about; "finger" when it says only that it is one, None otherwise."""
    atoms = reading.atoms
    limbs = atoms & _BODY_WORDS
    if limbs - {_A.BALL} and not (limbs == {_A.ARM} and _A.FINGER in atoms):
        return None
    if {_A.MIDDLE, _A.HAND} <= atoms and not reading.numbers:
        return None
    found = [name for atom, name in FINGER_ATOMS.items() if atom in atoms]
    if len(set(found)) == 1:
        return found[0]
    return "finger" if _A.FINGER in atoms and not found else None


def parts_of(reading: Reading) -> dict[Part, float]:
    """The parts a name can mean, each with a score up to 1; empty for helpers and other words."""
    if reading.atoms == {_A.NECK, _A.TWIST}:
        return {Part.NECK: NECK_TWIST}
    if helper_kind(reading) is not None:
        return {}
    if reading.atoms == {_A.CENTRE} and len(reading.stem) > 1:
        return {Part.HIPS: 0.35}
    atoms = reading.atoms - _QUIET
    narrowed = atoms & {_A.TRUNK, _A.CHEST, _A.NECK}
    found = _MEANINGS.get(atoms) or (_MEANINGS.get(atoms - _NARROWED_TRUNK) if narrowed else None)
    if found is None:
        return {}
    if reading.side is not None:
        found = {part: score for part, score in found.items() if part not in CENTRE_PARTS}
    elif found == _MEANINGS[_HIP]:
        found = {Part.HIPS: 0.95, Part.THIGH: 0.3}
    loss = UNKNOWN_WORD * len(reading.unknown) + COPY * min(reading.copy, 1)
    return {part: score - loss for part, score in found.items() if score > loss}
