# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames a reviewer should look at: chosen by what happens, not evenly; at most a dozen.

In the order of worth: the worst frame of each check that did not pass, first and last, the middles
of contacts, the extremes of the motion, the worst frames of checks that passed. A frame close to
one already chosen shows the same and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..contacts import spans
from ..mapping.roles import Role, Side, arm, leg
from .check import Check, CheckReport, Verdict
from .take import Comparison

MOST = 12
_APART_SECONDS = 0.12
_LEAST_SEVERITY = 0.3
"""A check that passed is shown from this part of its limit on: below it there is nothing to see."""


@dataclass(frozen=True)
class Moment:
    """One frame to look at.

    why    a few words for its caption
    bone   the target's bone in question, "" for the whole body
    check  what was measured there; None where it is looked at for its content
    """

    frame: int
    why: str
    bone: str = ""
    check: Check | None = None


def moments(pair: Comparison, report: CheckReport, most: int = MOST) -> tuple[Moment, ...]:
    """The frames to look at, in the order of time; none twice."""
    last = report.first + report.samples - 1
    distance = min(max(1, round(_APART_SECONDS * report.fps)), max(1, report.samples // (2 * most)))
    chosen: list[Moment] = []
    for moment in _candidates(pair, report):
        if len(chosen) == most:
            break
        new = all(abs(moment.frame - other.frame) >= distance for other in chosen)
        if report.first <= moment.frame <= last and new:
            chosen.append(moment)
    return tuple(sorted(chosen, key=lambda moment: moment.frame))


def _candidates(pair: Comparison, report: CheckReport) -> Iterator[Moment]:
    for verdict in (Verdict.FAIL, Verdict.LOOK):
        for check in report.of(verdict):
            yield _of(check)
    yield Moment(report.first, "first frame")
    yield Moment(report.first + report.samples - 1, "last frame")
    content = [*_contacts(pair), *_extremes(pair)]
    passed = [c for c in report.of(Verdict.PASS) if c.severity >= _LEAST_SEVERITY]
    for check in passed[:3]:
        yield _of(check)
    yield from content
    for check in passed[3:]:
        yield _of(check)


def _of(check: Check) -> Moment:
    return Moment(check.frame, check.label, check.finding.bone, check)


def _extremes(pair: Comparison) -> Iterator[Moment]:
    """Where hips are lowest and highest, hands highest, hands and feet widest, the body fastest."""
    target = pair.target
    if target.has(Role.HIPS):
        hips = target.joint((Role.HIPS, 0))
        yield Moment(pair.first + int(np.argmin(hips[:, 2])), "hips lowest")
        yield Moment(pair.first + int(np.argmax(hips[:, 2])), "hips highest")
    for name, role in (("hands", arm(Side.LEFT)[3]), ("feet", leg(Side.LEFT)[2])):
        if target.has(role, role.mirrored):
            one, other = target.joint((role, 0)), target.joint((role.mirrored, 0))
            apart = np.linalg.norm(one - other, axis=-1)
            yield Moment(pair.first + int(np.argmax(apart)), f"{name} farthest apart")
            if name == "hands":
                high = np.maximum(one[:, 2], other[:, 2])
                yield Moment(pair.first + int(np.argmax(high)), "hand highest")
    if pair.frames > 2:
        joints = [target.joint(part) for part in target.body.bones]
        speed = np.mean([np.linalg.norm(np.diff(j, axis=0), axis=-1) for j in joints], axis=0)
        yield Moment(pair.first + 1 + int(np.argmax(speed)), "fastest")


def _contacts(pair: Comparison) -> Iterator[Moment]:
    """The middles of the longest contacts of either foot, by turns."""
    if pair.upper_body:
        return
    found = {
        side: sorted(spans(contact), key=lambda span: span[0] - span[1])[:2]
        for side, contact in pair.contacts.items()
    }
    for place in range(2):
        for side, steps in found.items():
            if place < len(steps):
                start, end = steps[place]
                bone = pair.target.name(pair.standing[side])
                yield Moment(pair.first + (start + end) // 2, f"{side.value} foot stands", bone)
