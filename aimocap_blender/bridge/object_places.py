# SPDX-License-Identifier: GPL-3.0-or-later
"""Where objects stand: an armature object's matrix with its parents', now and frame by frame.

F-curves are evaluated in numpy. Knows objects and their animation, no bones (see `armatures`).
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from ..errors import AimocapError
from ..motion.rotations import IDENTITY, FloatArray, to_matrix
from ..motion.skeleton import Placement
from . import compat
from .curves import Channels, rotation_of, sampled_channels

_SHEAR = 1e-3
"""Columns of an object matrix may differ by this part of their length before it counts as
non-uniform scale."""


class ArmatureError(AimocapError):
    """An armature can't be read or written as it is."""


def chosen_action(
    owner: bpy.types.Object,
    action: bpy.types.Action | None = None,
    slot: bpy.types.ActionSlot | None = None,
) -> tuple[bpy.types.Action | None, bpy.types.ActionSlot | None]:
    """The action asked for, by default the active one, and the slot the object plays of it."""
    if action is None and owner.animation_data is not None:
        action = owner.animation_data.action
    if action is not None and slot is None:
        slot = compat.slot_for(action, owner)
    return action, slot


def object_world(
    item: bpy.types.Object, frames: FloatArray, curves: list[bpy.types.FCurve] | None = None
) -> FloatArray:
    """(4, 4), or (frames, 4, 4) when it moves: an object's matrix with its parents'.

    curves  those of the action to be read; None for the object's active action
    """
    if curves is None:
        action, slot = chosen_action(item)
        curves = compat.curves_of(action, slot) if action is not None else []
    channels = sampled_channels(curves, frames, None)
    if channels.values:
        matrix = _object_basis(item, channels)
    else:
        matrix = np.array(item.matrix_basis, dtype=np.float64)
    if item.parent is None:
        return matrix
    inverse = np.array(item.matrix_parent_inverse, dtype=np.float64)
    return object_world(item.parent, frames) @ inverse @ matrix


def _object_basis(item: bpy.types.Object, channels: Channels) -> FloatArray:
    """(frames, 4, 4) of an object's own location, rotation and scale channels."""
    place = channels.vector("location", np.array(item.location))
    scale = channels.vector("scale", np.array(item.scale))
    turn = rotation_of(item, channels)
    matrix = np.zeros((channels.frames, 4, 4))
    matrix[:, :3, :3] = to_matrix(turn.astype(np.float64)) * scale[:, None, :]
    matrix[:, :3, 3] = place
    matrix[:, 3, 3] = 1.0
    return matrix


def refuse_uneven_scale(item: bpy.types.Object, world: FloatArray) -> None:
    """ArmatureError for object matrices (..., 4, 4) that stretch, mirror or flatten."""
    columns = np.linalg.norm(world[..., :3, :3], axis=-2)
    mean = columns.mean(axis=-1, keepdims=True)
    unit = world[..., :3, :3] / np.maximum(columns[..., None, :], 1e-12)
    off_right_angles = np.abs(np.swapaxes(unit, -1, -2) @ unit - np.eye(3)).max()
    if mean.min() < 1e-9:
        raise ArmatureError(f'"{item.name}" is scaled to nothing.', remedy="Set its scale to 1.")
    if np.abs(columns / mean - 1.0).max() > _SHEAR or off_right_angles > _SHEAR:
        raise ArmatureError(
            f'"{item.name}" is scaled differently along its axes.',
            remedy="Apply the object's scale (and its parents') and try again.",
        )
    if np.linalg.det(world[..., :3, :3]).min() < 0.0:
        raise ArmatureError(
            f'"{item.name}" is mirrored by a negative scale.',
            remedy="Apply the object's scale and try again.",
        )


def moves_otherwise(item: bpy.types.Object) -> bool:
    """True where F-curves alone do not tell the object's place: constraints, drivers, NLA."""
    link: bpy.types.Object | None = item
    while link is not None:
        if _driven(link) or link.parent_type not in ("OBJECT", "ARMATURE"):
            return True
        if any(not c.mute and c.influence > 0.0 for c in link.constraints) or _has_deltas(link):
            return True
        link = link.parent
    return False


def _driven(item: bpy.types.Object) -> bool:
    data = item.animation_data
    if data is None:
        return False
    tracks = data.use_nla and any(not track.mute and track.strips for track in data.nla_tracks)
    return bool(tracks) or any(
        driver.data_path.startswith("pose.bones") or not driver.data_path.startswith("[")
        for driver in data.drivers
    )


def _has_deltas(item: bpy.types.Object) -> bool:
    return bool(
        np.any(np.array(item.delta_location))
        or np.any(np.array(item.delta_rotation_euler))
        or np.any(np.array(item.delta_rotation_quaternion) != IDENTITY)
        or np.any(np.array(item.delta_scale) != 1.0)
    )


def world_now(item: bpy.types.Object) -> FloatArray:
    """The object's matrix in the world now; computed, as `matrix_world` may be out of date."""
    if moves_otherwise(item):
        bpy.context.view_layer.update()
        return np.array(item.matrix_world, dtype=np.float64)
    world = np.array(item.matrix_basis, dtype=np.float64)
    link: bpy.types.Object = item
    while link.parent is not None:
        above = np.array(link.parent.matrix_basis, dtype=np.float64)
        world = above @ np.array(link.matrix_parent_inverse, dtype=np.float64) @ world
        link = link.parent
    return world


@dataclass(frozen=True)
class ObjectChannel:
    """The way from a place in the world to an object's own location channel: v -> turn v + shift.

    matrix  (4, 4) world -> the space of `Object.location`
    """

    matrix: FloatArray

    @classmethod
    def of(cls, item: bpy.types.Object) -> ObjectChannel:
        if item.parent is None:
            return cls(np.eye(4))
        parent = world_now(item.parent) @ np.array(item.matrix_parent_inverse)
        return cls(np.linalg.inv(parent))

    def location(self, places: FloatArray) -> FloatArray:
        """(frames, 3) values of the location channel that put the object at world `places`."""
        return places @ self.matrix[:3, :3].T + self.matrix[:3, 3]


def is_carried(item: bpy.types.Object) -> bool:
    """True when the object's action moves the object itself."""
    action, slot = chosen_action(item)
    curves = compat.curves_of(action, slot) if action is not None else []
    return any(curve.data_path == "location" for curve in curves)


def resting_place(item: bpy.types.Object) -> FloatArray:
    """(3,) where the object stands in the world when its own animation is left out.

    An animated object stands where its parent does: its location is the way, not the place.
    """
    if is_carried(item):
        return np.zeros(3) if item.parent is None else world_now(item.parent)[:3, 3]
    return Placement.of(world_now(item)).place
