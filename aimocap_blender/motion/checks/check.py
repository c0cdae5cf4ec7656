# SPDX-License-Identifier: GPL-3.0-or-later
"""What a spot check finds: a name, a number, its limit, the worst frame and bone, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


class Verdict(IntEnum):
    """How a check ends; the larger is the worse."""

    PASS = 0
    LOOK = 1
    FAIL = 2

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def worst(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """The worst of them; PASS of none."""
        return max(verdicts, default=cls.PASS)


class Measure(Enum):
    """The closed set of checks. The value is what files and custom properties hold."""

    LIMB_DIRECTION = "limb_direction"
    LEG_DIRECTION = "leg_direction"
    LIMB_TWIST = "limb_twist"
    FACING = "facing"
    ROOT_PATH = "root_path"
    ROOT_SPEED = "root_speed"
    FOOT_SLIDE = "foot_slide"
    FLOOR_PENETRATION = "floor_penetration"
    FLOATING = "floating"
    CONTACT_TIMING = "contact_timing"
    ROTATION_STEP = "rotation_step"
    POSITION_STEP = "position_step"
    JITTER = "jitter"
    FROZEN = "frozen"
    MISSING = "missing_bones"
    JOINT_LIMITS = "joint_limits"
    REACH = "reach"
    INTERSECTION = "self_intersection"
    HIPS_HEIGHT = "hips_height"
    TIME_OFFSET = "time_offset"
    FRAME_RATE = "frame_rate"
    LENGTH = "length"
    SIDE_SWAP = "side_swap"
    SKELETON = "skeleton"


@dataclass(frozen=True)
class Finding:
    """What a measure measured, before it is held against a limit.

    value   the worst of the curve, or of the motion as a whole, in the measure's unit
    sample  index of the worst frame, 0 where the whole motion counts alike
    bone    the target's bone in question, "" where it is the whole body
    curve   (frames,) the measure over time; None where there is none
    note    a few words for the user ("left foot", "nothing to measure")
    """

    value: float
    sample: int = 0
    bone: str = ""
    curve: Curve | None = None
    note: str = ""

    @classmethod
    def nothing(cls, why: str) -> Finding:
        """The motion gives this measure nothing to work on: that is no fault."""
        return cls(0.0, note=why)


@dataclass(frozen=True)
class Threshold:
    """From `look` on a person should look, from `fail` on it is wrong. In the measure's unit."""

    unit: str
    look: float
    fail: float
    reason: str

    def verdict(self, value: float) -> Verdict:
        """NaN fails: what can't be measured is broken."""
        if not value < self.fail:
            return Verdict.FAIL
        return Verdict.LOOK if value >= self.look else Verdict.PASS


@dataclass(frozen=True)
class Check:
    """One line of the report. `frame` is the scene's frame of the worst sample."""

    measure: Measure
    label: str
    finding: Finding
    threshold: Threshold
    frame: int

    @property
    def verdict(self) -> Verdict:
        return self.threshold.verdict(self.finding.value)

    @property
    def severity(self) -> float:
        """The value over its limit: how checks of other units are ranked."""
        return self.finding.value / self.threshold.look


@dataclass(frozen=True)
class CheckReport:
    """All checks of one retarget, in the order of `Measure`; samples are frames from `first`."""

    checks: tuple[Check, ...]
    first: int
    fps: float
    samples: int

    @property
    def overall(self) -> Verdict:
        """The worst of them."""
        return Verdict.worst(check.verdict for check in self.checks)

    def check(self, measure: Measure) -> Check:
        """The line of a measure."""
        return next(check for check in self.checks if check.measure is measure)

    def of(self, verdict: Verdict) -> tuple[Check, ...]:
        """The checks that ended so, the worst first."""
        found = [check for check in self.checks if check.verdict is verdict]
        return tuple(sorted(found, key=lambda check: -check.severity))
