# SPDX-License-Identifier: GPL-3.0-or-later
"""Feet and the floor: sliding, sinking in, floating, and whether contacts stay contacts.

Contact is what `contacts` defines (toe under 5 cm and under 15 cm/s, five-frame mean, at leg
length 0.9 m), found in the source; the target is held against it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..contacts import in_contact, spans
from ..mapping.roles import Side
from .check import Curve, Finding
from .take import Comparison

_NO_FEET = "no feet to tell it"
_NO_CONTACT = "no foot stands"
_FEWEST_FRAMES = 3


def foot_slide(pair: Comparison) -> Finding:
    """Centimetres a standing foot has slid since it was set down, the source's own slide apart."""
    curves = {}
    for side, contact in _contacts(pair).items():
        part = pair.standing[side]
        way = (
            pair.target.joint(part) / pair.target.size - pair.source.joint(part) / pair.source.size
        )
        curve = np.zeros(pair.frames)
        for start, end in spans(contact):
            if end - start >= _FEWEST_FRAMES:
                level = way[start:end, :2].astype(np.float64)
                begin = np.median(level[:_FEWEST_FRAMES], axis=0)
                curve[start:end] = 100.0 * np.linalg.norm(level - begin, axis=-1)
        curves[side] = curve
    return _worst_foot(pair, curves)


def floor_penetration(pair: Comparison) -> Finding:
    """Centimetres a toe is under the floor, the source's own depth apart."""
    if pair.upper_body or not pair.standing:
        return Finding.nothing(_NO_FEET)
    curves = {}
    for side in pair.standing:
        ours, theirs = _heights(pair, side)
        curves[side] = 100.0 * np.maximum(np.minimum(theirs, 0.0) - ours, 0.0)
    return _worst_foot(pair, curves)


def floating(pair: Comparison) -> Finding:
    """Centimetres a standing toe is too high over the floor, against the source's height."""
    curves = {}
    for side, contact in _contacts(pair).items():
        ours, theirs = _heights(pair, side)
        curves[side] = np.where(
            contact, 100.0 * np.maximum(ours - np.maximum(theirs, 0.0), 0.0), 0.0
        )
    return _worst_foot(pair, curves)


def contact_timing(pair: Comparison) -> Finding:
    """Seconds of the longest stretch in which a foot stands on one of the two and not on the other.

    A contact is lost when the source's foot stands and the target's does not, else invented. The
    target's floor is taken from its own motion: its height is another check's business.
    """
    contacts = _contacts(pair)
    if not contacts:
        return Finding.nothing(_NO_CONTACT)
    worst = Finding(0.0, curve=np.zeros(pair.frames))
    total = np.zeros(pair.frames)
    for side, theirs in contacts.items():
        path = pair.target.joint(pair.standing[side])
        ours = in_contact(path, pair.fps, pair.target.leg_length, _own_floor(pair, theirs, side))
        for flags, word in ((theirs & ~ours, "lost"), (ours & ~theirs, "invented")):
            for start, end in spans(flags):
                seconds = (end - start) / pair.fps
                total[start:end] = np.maximum(total[start:end], seconds)
                if seconds > worst.value:
                    name = pair.target.name(pair.standing[side])
                    worst = Finding(seconds, (start + end) // 2, name, None, f"contact {word}")
    return Finding(worst.value, worst.sample, worst.bone, total, worst.note)


def _own_floor(pair: Comparison, contact: NDArray[np.bool_], side: Side) -> float:
    """Where the target's toe is while the source's stands; the expected floor without contact."""
    heights = pair.target.joint(pair.standing[side])[contact, 2]
    return float(np.median(heights)) if len(heights) else pair.target_floor


def _contacts(pair: Comparison) -> dict[Side, NDArray[np.bool_]]:
    if pair.upper_body:
        return {}
    return {side: contact for side, contact in pair.contacts.items() if contact.any()}


def _heights(pair: Comparison, side: Side) -> tuple[Curve, Curve]:
    """(frames,) metres of a toe over its standing height at the common size: target, source."""
    part = pair.standing[side]
    ours = (pair.target.joint(part)[:, 2].astype(np.float64) - pair.target_floor) / pair.target.size
    theirs = pair.source.joint(part)[:, 2].astype(np.float64) - pair.source_floor
    return ours, theirs / pair.source.size


def _worst_foot(pair: Comparison, curves: dict[Side, Curve]) -> Finding:
    if not curves:
        return Finding.nothing(_NO_CONTACT if pair.standing else _NO_FEET)
    side = max(curves, key=lambda one: float(np.max(curves[one])))
    sample = int(np.argmax(curves[side]))
    curve = np.max(np.stack(list(curves.values())), axis=0)
    name = pair.target.name(pair.standing[side])
    return Finding(float(curves[side][sample]), sample, name, curve, f"{side.value} foot")
