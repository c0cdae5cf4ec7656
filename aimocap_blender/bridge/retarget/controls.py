# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the controls that move a rig's deform bones: a generated Rigify rig, and rigs like it.

Every mapped deform bone is followed to the control that carries it: by Rigify's own names, else
along constraints that copy one bone fully. IK/FK switches are turned to FK while the rig is read,
and belong into the action (`ControlRig.switches`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...motion.canonical import Part
from ...motion.controls import CARRIER, Controls
from ...motion.mapping.labelling import label
from ...motion.mapping.labels import Labelling
from ...motion.skeleton import Motion, Skeleton
from .. import unkeyed
from ..object_places import ArmatureError

_FULL = 0.999
_COPIES = ("COPY_TRANSFORMS", "COPY_ROTATION")
_CARRIER = "torso"
"""Rigify's control of the whole body."""
_MECHANISM = ("MCH-", "ORG-", "DEF-")
_MOST_HOPS = 12


@dataclass(frozen=True, eq=False)
class ControlRig:
    """How a rig is animated.

    deform    its deform bones, labelled: what the motion is solved for
    controls  what is keyed
    switches  data path -> value of the custom properties that make FK controls count
    """

    deform: Labelling
    controls: Controls
    switches: Mapping[str, float]


def find_controls(
    item: bpy.types.Object, labelling: Labelling, skeleton: Skeleton, held: Motion
) -> ControlRig | None:
    """The controls of a rig, or None for an armature whose mapped bones are animated themselves.

    Errors: ArmatureError naming the deform bones no control was found for.
    """
    if not _is_controlled(item, labelling):
        return None
    deforming = [bone.name for bone in item.data.bones if bone.use_deform]
    deform = label(skeleton, world=held.world, only=deforming)
    for role in deform.chains.keys() - labelling.chains.keys():
        deform = deform.edited(role, ())  # what the user took out of the map stays out
    switches = _switches(item)
    with _set(item, switches):
        found = {
            (role, place): _control_of(item, name)
            for role in deform.chains
            for place, name in enumerate(deform.bones(role))
        }
        missing = [deform.bones(r)[p] for (r, p), name in found.items() if name is None]
        if missing:
            raise ArmatureError(
                f'No control of "{item.name}" was found for {_listed(missing)}.',
                remedy="Choose the rig's deform skeleton instead, or correct the bone map.",
            )
        chosen = _first_of_each({part: name for part, name in found.items() if name})
        deform = _one_bone_each(deform, chosen)
        if _CARRIER in item.pose.bones and _CARRIER not in chosen.values():
            chosen[CARRIER] = _CARRIER
        hierarchy = {name: _followed(item, name, set(chosen.values())) for name in chosen.values()}
    return ControlRig(deform, _controls(skeleton, held, chosen, hierarchy), switches)


def _is_controlled(item: bpy.types.Object, labelling: Labelling) -> bool:
    """True when mapped bones are moved by constraints, or deform bones by bones that are mapped."""
    names = {match.bone for match in labelling.matches()}
    mapped = [item.pose.bones[name] for name in names]
    if any(_copied(bone) is not None for bone in mapped):
        return True
    if any(bone.bone.use_deform for bone in mapped):
        return False
    return any(bone.bone.use_deform and bone.constraints for bone in item.pose.bones)


def _control_of(item: bpy.types.Object, name: str) -> str | None:
    """The control that carries a deform bone, or None."""
    bones = item.pose.bones
    core = name.removeprefix("DEF-")
    if core != name:
        stem, dot, side = core.rpartition(".")
        if dot and side in ("L", "R"):
            candidates = (f"{stem}_fk.{side}", core)
        else:
            stem, dot, number = core.partition(".")
            candidates = (f"{stem}_fk{dot}{number}", core)
        for candidate in candidates:
            if candidate in bones and not bones[candidate].bone.use_deform:
                return candidate
    bone = bones[name]
    for _ in range(_MOST_HOPS):
        source = _copied(bone)
        if source is None:
            break
        bone = bones[source]
    else:
        return None
    if bone.name == name:
        return name if not bone.constraints else None
    # A tweak only shifts its end of a bone: what turns is the control it sits on.
    while bone.parent is not None and ("tweak" in bone.name or _is_mechanism(bone)):
        bone = bone.parent
    return None if _is_mechanism(bone) else bone.name


def _is_mechanism(bone: bpy.types.PoseBone) -> bool:
    """True for bones no animator touches: constraints move them, or Rigify names them so."""
    moved = any(not c.mute and c.influence > 0.0 for c in bone.constraints)
    return moved or bone.name.startswith(_MECHANISM)


def _copied(bone: bpy.types.PoseBone) -> str | None:
    """The one bone of the same armature whose transform a bone takes over fully, or None."""
    sources = []
    constraint: Any  # what a constraint has depends on its type
    for constraint in bone.constraints:
        if constraint.mute or constraint.influence < _FULL:
            continue
        if constraint.type in _COPIES and constraint.target == bone.id_data:
            whole = constraint.type == "COPY_TRANSFORMS" or (
                constraint.use_x and constraint.use_y and constraint.use_z
            )
            worldly = constraint.owner_space == "WORLD" and constraint.target_space == "WORLD"
            if whole and worldly and constraint.mix_mode == "REPLACE" and constraint.subtarget:
                sources.append(constraint.subtarget)
        elif constraint.type == "ARMATURE":
            targets = [t for t in constraint.targets if t.weight > _FULL and t.subtarget]
            sources += [t.subtarget for t in targets if t.target == bone.id_data][:1]
    return sources[-1] if sources else None


def _followed(item: bpy.types.Object, name: str, controls: set[str]) -> str | None:
    """The control that a control really hangs on: up the parents, across full copies."""
    bone = item.pose.bones[name].parent
    seen = set()
    while bone is not None and bone.name not in seen:
        seen.add(bone.name)
        if bone.name in controls:
            return bone.name
        source = _copied(bone)
        bone = item.pose.bones[source] if source is not None else bone.parent
    return None


def _first_of_each(found: dict[Part, str]) -> dict[Part, str]:
    """One part per control: where two deform bones hang on one (a neck), the first counts."""
    chosen: dict[Part, str] = {}
    for part, name in found.items():
        if name not in chosen.values():
            chosen[part] = name
    return chosen


def _one_bone_each(deform: Labelling, chosen: dict[Part, str]) -> Labelling:
    """The labelling without deform bones that only share another one's control.

    A neck of two bones on one control then counts as one limb, from the chest to the head.
    """
    for role, chain in deform.chains.items():
        kept = [match.bone for match in chain if (role, match.index) in chosen]
        if len(kept) < len(chain):
            deform = deform.edited(role, kept)
    return deform


def _controls(
    skeleton: Skeleton, held: Motion, chosen: dict[Part, str], hierarchy: dict[str, str | None]
) -> Controls:
    """The chosen controls as a skeleton of their own, parents first."""
    order: list[str] = []

    def add(name: str) -> None:
        parent = hierarchy[name]
        if parent is not None and parent not in order:
            add(parent)
        if name not in order:
            order.append(name)

    for name in chosen.values():
        add(name)
    rows = np.array([skeleton.index(name) for name in order])
    above = [hierarchy[name] for name in order]
    parents = [-1 if parent is None else order.index(parent) for parent in above]
    own = Skeleton(
        tuple(order), np.array(parents, dtype=np.intp), skeleton.rest[rows], skeleton.lengths[rows]
    )
    pose = Motion(own, held.fps, held.rotations[:, rows], held.locations[:, rows], held.world)
    return Controls(own, {part: order.index(name) for part, name in chosen.items()}, pose)


def _switches(item: bpy.types.Object) -> dict[str, float]:
    """Rigify's switches that make its FK controls count and let neck and head follow the body."""
    values = {}
    for bone in item.pose.bones:
        for key, value in (("IK_FK", 1.0), ("neck_follow", 1.0), ("head_follow", 1.0)):
            if key in bone.keys():  # noqa: SIM118 - a bone is no mapping
                values[f'{bone.path_from_id()}["{key}"]'] = value
    return values


@contextmanager
def _set(item: bpy.types.Object, switches: Mapping[str, float]) -> Iterator[None]:
    """The switches set while the rig's constraints are read, then as they were."""
    before: dict[str, Any] = {path: item.path_resolve(path) for path in switches}
    unkeyed.assign(item, switches.items())
    try:
        yield
    finally:
        unkeyed.assign(item, before.items())


def _listed(names: list[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
