# SPDX-License-Identifier: GPL-3.0-or-later
"""Skeletons out of rig specs: joints from a figure, parents from the spec, rolls at random.

Also what happens to rigs: other names, other scales, turned objects, mirrored bodies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aimocap_blender.motion.mapping.roles import ABOVE, Role, Side
from aimocap_blender.motion.skeleton import Skeleton

from .figure import ADULT, Point, Proportions, figure
from .spec import RigSpec


@dataclass(frozen=True, eq=False)
class Rig:
    """A built rig with the answer known by hand.

    truth   role -> names
    helpers names that must never be mapped
    world   armature space -> world
    """

    spec: RigSpec
    skeleton: Skeleton
    truth: dict[Role, tuple[str, ...]]
    helpers: frozenset[str]
    world: NDArray[np.float64]


@dataclass
class _Bone:
    name: str
    parent: str | None
    head: Point
    tail: Point


_HELPER_PLACES = (
    (r"eye|jaw|brow|tongue|teeth|ear$|face|head|hair|目", Role.HEAD),
    (r"hip.?joint", Role.HIPS),
    (r"breast|pec|bust|ribs|trap", Role.SPINE),
    (r"pelvis|skirt|butt|下半身|root.?part", Role.HIPS),
    (r"spine.*part", Role.SPINE),
    (r"neck", Role.NECK),
    (r"toe|heel|metatars|ball|つま先|足先", "foot"),
    (r"foot|ankle|足首", "foot"),
    (r"knee|calf|shin|crus|ひざ|leg(roll|twist|_twist)|lowerleg", "shin"),
    (r"thigh|hip|upleg|upperleg|足", "thigh"),
    (r"finger|thumb|index|middle|ring|pinky|hand|weapon|slot|prop|手捩", "hand"),
    (r"shoulder0", "clavicle"),
    (r"fore|lowerarm|elbow|ulna|wrist", "forearm"),
    (r"arm|shldr|bicep|shoulder|腕|肩", "upper_arm"),
)
_ROOTS = re.compile(r"^(.*_)?(root|armature|reference|world|global|position|newton|bone|bone"
                    r"root|rl_boneroot|joint_root|bip\d+|mother|全ての親|rootnodel|body|traj|pos|"
                    r"c_root_master\.x|c_traj|c_pos)$", re.IGNORECASE)  # fmt: skip


_ENDS = re.compile(
    r"end$|nub$|tip$|top|leaf|vertex|(Hand(Thumb|Index|Middle|Ring|Pinky)|Finger_0)4", re.IGNORECASE
)
_CONTROLS = re.compile(r"ik|ctrl|control|pole|gun|roll(ctrl)?$|target", re.IGNORECASE)


def side_of(name: str) -> Side | None:
    """The side a helper's name is for, as riggers write it."""
    if re.search(
        r"左|left|(^|[ ._\-])l([ ._\-]|$)|(^|_)l(?=[A-Z])|(?<=[ ._])L(?=[A-Z])", name, 0
    ) or ("Left" in name):
        return Side.LEFT
    if re.search(r"(^|[ ._\-])L([ ._\-]|$)|^L(?=[A-Z][a-z])|LH$", name):
        return Side.LEFT
    if re.search(
        r"右|right|(^|[ ._\-])r([ ._\-]|$)|(^|_)r(?=[A-Z])|(?<=[ ._])R(?=[A-Z])", name
    ) or ("Right" in name):
        return Side.RIGHT
    if re.search(r"(^|[ ._\-])R([ ._\-]|$)|^R(?=[A-Z][a-z])|RH$| 1$", name):
        return Side.RIGHT
    return None


def build(
    spec: RigSpec,
    *,
    proportions: Proportions = ADULT,
    degrees_down: float = 0.0,
    seed: int = 0,
    helpers: bool = True,
) -> Rig:
    """A rig at rest; `degrees_down` is the angle of the arms below horizontal, 0 for a T."""
    rng = np.random.default_rng(seed)
    joints = figure(
        proportions, degrees_down, len(spec.roles.get(Role.SPINE, ())),
        len(spec.roles.get(Role.NECK, ())),
    )  # fmt: skip
    bones = _limbs(spec, joints)
    extra = [*spec.twist, *spec.extra] if helpers else []
    for name in extra:
        if name not in bones:
            bones[name] = _helper(spec, bones, name, joints)
    _hang_on_root(spec, bones)
    for child, parent in spec.parents.items():
        if child in bones and parent in bones:
            bones[child].parent = parent
    _space_halves(spec, bones)
    skeleton = _skeleton(list(bones.values()), rng)
    limbs = {name for names in spec.roles.values() for name in names}
    return Rig(spec, skeleton, dict(spec.roles), frozenset(set(extra) - limbs), np.eye(4))


def _limbs(spec: RigSpec, joints: dict[object, list[Point]]) -> dict[str, _Bone]:
    bones: dict[str, _Bone] = {}
    for role, names in spec.roles.items():
        points = joints[role]
        for i, name in enumerate(names):
            head = points[i] if role in (Role.SPINE, Role.NECK) else points[0]
            tail = (
                points[1]
                if len(points) > 1 and len(names) == 1
                else head + np.array((0.0, 0.0, 0.05))
            )
            above = names[i - 1] if i else _above(spec, role)
            bones[name] = _Bone(name, above, head, np.asarray(tail, float))
    return bones


def _above(spec: RigSpec, role: Role) -> str | None:
    current: Role | None = ABOVE.get(role)
    while current is not None:
        if spec.roles.get(current):
            return spec.roles[current][-1]
        current = ABOVE.get(current)
    return None


def _hang_on_root(spec: RigSpec, bones: dict[str, _Bone]) -> None:
    """The first root-like helper carries the hips and whatever else hangs on nothing."""
    roots = [n for n in spec.extra if n in bones and _ROOTS.match(n)]
    if not roots:
        return
    for name in (spec.roles[Role.HIPS][0], *roots[1:]):
        bones[name].parent = roots[0]


def _place(name: str, side: Side | None) -> Role:
    for pattern, place in _HELPER_PLACES:
        if re.search(pattern, name, re.IGNORECASE):
            if isinstance(place, Role):
                return place
            if side is not None:
                return Role(f"{side.value}_{place}")
    return Role.HIPS


def _helper(
    spec: RigSpec, bones: dict[str, _Bone], name: str, joints: dict[object, list[Point]]
) -> _Bone:
    """A helper where its name says: twists along their limb, controls at theirs but on the root."""
    if _ROOTS.match(name):
        return _Bone(name, None, np.zeros(3), np.array((0.0, 0.2, 0.0)))
    side = side_of(name)
    twist = name in spec.twist
    if not twist and _ENDS.search(name):
        limb = _most_alike(spec, name, side)
        tip = bones[limb].tail
        return _Bone(name, limb, tip, tip + np.array((0.0, -0.01, 0.01)))
    role = _place(name, side)
    at = joints[role]
    owner = spec.roles.get(role) or spec.roles[Role.HIPS]
    if _CONTROLS.search(name) and not twist:
        head = at[0] + np.array((0.0, -0.01, 0.0))
        return _Bone(name, None, head, head + np.array((0.0, 0.1, 0.0)))
    along = at[-1] - at[0]
    digit = int(match.group(0)) if (match := re.search(r"[1-3](?=\D*$)", name)) else 1
    head = at[0] + (0.2 + 0.25 * digit) * along
    if not twist:
        face = role is Role.HEAD
        lean = {Side.LEFT: 0.03, Side.RIGHT: -0.03, None: 0.0}[side]
        head = at[0] + 0.3 * along + (np.array((lean, -0.07, 0.0)) if face else 0.0)
    return _Bone(name, owner[-1], head, head + np.array((0.0, -0.03, 0.03)))


def _most_alike(spec: RigSpec, name: str, side: Side | None) -> str:
    """The limb whose name begins like a helper's: what `LeftToe_End` ends is `LeftToeBase`."""
    limbs = [limb for role, names in spec.roles.items() if role.side is side for limb in names]
    return max(limbs, key=lambda limb: (_shared_start(limb.lower(), name.lower()), limb))


def _shared_start(a: str, b: str) -> int:
    """How many letters two names begin with alike."""
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(min(a, b, key=len))
    )


def _space_halves(spec: RigSpec, bones: dict[str, _Bone]) -> None:
    """Twists that stand in the chain before their limb begin at its joint, the limb in the middle.

    Parts of a chain after their limb already stand along it.
    """
    for name in spec.twist:
        bone = bones.get(name)
        for child, parent in spec.parents.items():
            above = bones.get(bone.parent) if bone and bone.parent else None
            if bone is None or parent != name or child not in bones or above is None:
                continue
            role = next((r for r, names in spec.roles.items() if child in names), None)
            if role is not None and _place(name, side_of(name)) is role:
                middle = 0.5 * (bones[child].head + bones[child].tail)
                bone.head, bones[child].head = bones[child].head, middle
                bone.tail = middle


def _skeleton(bones: list[_Bone], rng: np.random.Generator) -> Skeleton:
    ordered: list[_Bone] = []
    names: set[str] = set()
    waiting = list(bones)
    while waiting:
        ready = [b for b in waiting if b.parent is None or b.parent in names]
        if not ready:
            raise ValueError(f"The parents of {waiting[0].name} go in a circle.")
        ordered += ready
        names |= {b.name for b in ready}
        waiting = [b for b in waiting if b.name not in names]
    index = {bone.name: i for i, bone in enumerate(ordered)}
    rest = np.stack([_rest(bone, rng) for bone in ordered])
    return Skeleton(
        tuple(index),
        np.array([index[b.parent] if b.parent else -1 for b in ordered], dtype=np.intp),
        rest,
        np.array([max(float(np.linalg.norm(b.tail - b.head)), 1e-4) for b in ordered]),
    )


def _rest(bone: _Bone, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rest matrix: Y along the bone, the roll about it at random."""
    along = bone.tail - bone.head
    length = np.linalg.norm(along)
    y = along / length if length > 1e-9 else np.array((0.0, 0.0, 1.0))
    x = np.cross(y, rng.normal(size=3))
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack((x, y, np.cross(x, y)), axis=1)
    matrix[:3, 3] = bone.head
    return matrix


def turned(rig: Rig, rotation: NDArray[np.float64], scale: float) -> Rig:
    """The same rig with its data turned and scaled, and an object that turns it back."""
    place = np.eye(4)
    place[:3, :3] = rotation
    rest = place @ rig.skeleton.rest
    rest[:, :3, 3] *= scale
    world = rig.world @ np.linalg.inv(place)
    world[:3, :3] /= scale
    skeleton = replace(rig.skeleton, rest=rest, lengths=rig.skeleton.lengths * scale)
    return replace(rig, skeleton=skeleton, world=world)


def mirrored(rig: Rig) -> Rig:
    """The body mirrored in its data: what is called left stands on the right.

    The truth is by geometry, so the roles change sides.
    """
    rest = rig.skeleton.rest.copy()
    rest[:, 0, 3] *= -1.0
    rest[:, :3, :3] = np.diag((-1.0, 1.0, 1.0)) @ rest[:, :3, :3] @ np.diag((-1.0, 1.0, 1.0))
    truth = {role.mirrored: names for role, names in rig.truth.items()}
    return replace(rig, skeleton=replace(rig.skeleton, rest=rest), truth=truth)
