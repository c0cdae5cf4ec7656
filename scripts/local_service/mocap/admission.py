# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what was seen is enough for a capture: somebody, and the parts that are asked for."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .failures import CaptureFailure
from .landmarks import Landmark as Mark
from .track import Track

MocapType = Literal["full_body", "upper_body"]

NO_PERSON = "no_person_detected"
NOT_WHOLE = "person_not_fully_visible"
TOO_SHORT = "clip_too_short"
LEAST_PICTURES = 3
LEAST_PRESENT, LEAST_WHOLE = 0.3, 0.2
"""Shares of the pictures that must show the person, and the person whole."""
SEEN = 0.5
OUTSIDE = 0.02
"""How far outside the picture, in its own size, a landmark may lie and still count as seen."""
UPPER = ((Mark.LEFT_SHOULDER, Mark.RIGHT_SHOULDER), (Mark.LEFT_ELBOW, Mark.RIGHT_ELBOW),
         (Mark.LEFT_WRIST, Mark.RIGHT_WRIST))  # fmt: skip
LOWER = (
    (Mark.LEFT_HIP, Mark.RIGHT_HIP),
    (Mark.LEFT_KNEE, Mark.RIGHT_KNEE),
    (Mark.LEFT_ANKLE, Mark.RIGHT_ANKLE),
)


def admit(track: Track, mocap_type: MocapType) -> tuple[str, ...]:
    """Notes about what is missing; raises CaptureFailure when too much is.

    A joint counts as seen when the one of either side is: seen from the side a body hides half
    of itself.
    """
    if len(track) < LEAST_PICTURES:
        raise CaptureFailure(
            TOO_SHORT,
            f"The clip has {len(track)} pictures in the trim; {LEAST_PICTURES} are needed.",
        )
    present = float(track.present.mean())
    if present < LEAST_PRESENT:
        raise CaptureFailure(
            NO_PERSON,
            "Nobody was found in the clip."
            if not track.present.any()
            else f"A person was found in only {present:.0%} of the clip.",
        )
    pairs = UPPER if mocap_type == "upper_body" else UPPER[:1] + LOWER
    whole = _share_whole(track, pairs)
    if whole < LEAST_WHOLE:
        wanted = (
            "torso and arms are" if mocap_type == "upper_body" else "whole body, head to feet, is"
        )
        raise CaptureFailure(
            NOT_WHOLE, f"The person's {wanted} visible in only {whole:.0%} of the clip."
        )
    notes = []
    if present < 1.0:
        notes.append(
            f"The person was not found in {1.0 - present:.0%} of the clip; gaps were filled."
        )
    if whole < 0.9:
        notes.append(f"The person is seen whole in {whole:.0%} of the clip only.")
    if track.cuts:
        notes.append(f"The clip has {len(track.cuts)} cut(s); one continuous shot works best.")
    return tuple(notes)


def _share_whole(track: Track, pairs: tuple[tuple[Mark, Mark], ...]) -> float:
    """Share of all pictures in which one of each pair of landmarks is seen inside the picture."""
    size = np.array(track.size)
    inside = ((track.pixels > -OUTSIDE * size) & (track.pixels < (1.0 + OUTSIDE) * size)).all(-1)
    seen = inside & (track.visibility > SEEN)
    every = np.logical_and.reduce([seen[:, pair].any(1) for pair in pairs])
    return float((every & track.present).mean())
