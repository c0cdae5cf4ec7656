# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial of the checks: good retargets between all rigs, and the same with faults put in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aimocap_blender.motion.canonical import Body
from aimocap_blender.motion.checks.check import CheckReport, Measure, Verdict
from aimocap_blender.motion.checks.run import check, compare
from aimocap_blender.motion.checks.take import Comparison
from aimocap_blender.motion.figure import Figure
from aimocap_blender.motion.options import RetargetOptions
from aimocap_blender.motion.skeleton import Motion, empty_track
from aimocap_blender.motion.solve import solve

from . import bvh
from .faults import Faulty, Good, every
from .performances import PERFORMANCES, dance, on
from .rigs import Actor, actors

RECORDING = Path(__file__).resolve().parents[3].parent / "shared/rigs/cmu_01_01_cgspeed.bvh"
"""A recorded walk beside the checkout; the trial runs without it too."""


@dataclass(frozen=True, eq=False)
class Source:
    """A motion on the rig it was made or recorded on."""

    name: str
    rig: str
    body: Body
    motion: Motion


@dataclass
class FaultRow:
    """One kind of fault over all its cases."""

    named: Measure
    values: list[float] = field(default_factory=list)
    reported: int = 0
    right_bone: int = 0
    right_frame: int = 0
    others: dict[Measure, int] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return len(self.values)


@dataclass
class GoodRow:
    """One check over all good retargets."""

    values: list[float] = field(default_factory=list)
    looks: int = 0
    fails: int = 0


def sources(*, every_rig: bool, quick: bool = False) -> Iterator[Source]:
    """The made performances (on every rig or on one each) and the recorded pieces."""
    cast = list(actors().values())[:: 3 if quick else 1]
    for number, (name, make) in enumerate(PERFORMANCES.items()):
        for actor in cast if every_rig else [cast[number % len(cast)]]:
            yield Source(name, actor.name, actor.body, on(actor.body, actor.world, make()))
    if RECORDING.exists() and not quick:
        body, _, pieces = bvh.takes(RECORDING)
        for number, piece in enumerate(pieces):
            name = f"recorded walk, part {number + 1}"
            yield Source(name, "CMU recording", body, piece)
            if every_rig:
                for actor in cast:
                    carried = _retargeted(Source(name, "", body, piece), actor)
                    yield Source(name, actor.name, actor.body, carried)


def _retargeted(source: Source, actor: Actor) -> Motion:
    solution = solve(source.body, source.motion, actor.body, actor.rest, RetargetOptions())
    return solution.channels.motion


def good_pairs(
    *, every_rig: bool, quick: bool = False
) -> Iterator[tuple[str, Source, Actor, Comparison]]:
    """Good retargets: every source onto every other rig, or onto two of them."""
    cast = list(actors().values())
    for number, source in enumerate(sources(every_rig=every_rig, quick=quick)):
        others = [actor for actor in cast if actor.body is not source.body]
        chosen = (
            others
            if every_rig
            else [others[number % len(others)], others[(number + 2) % len(others)]]
        )
        for actor in chosen:
            target = actor.body, _retargeted(source, actor)
            yield source.name, source, actor, compare((source.body, source.motion), target)


def sensitivity(*, quick: bool = False) -> dict[str, FaultRow]:
    """Every fault in every motion, on two rigs each."""
    rows: dict[str, FaultRow] = {}
    for number, (_, source, actor, pair) in enumerate(good_pairs(every_rig=False, quick=quick)):
        good = Good.of(Figure.of(actor.body, actor.rest), pair)
        for faulty in every(good, number):
            spoilt = compare(
                (source.body, source.motion), (actor.body, faulty.motion), keyed=faulty.keyed
            )
            row = rows.setdefault(faulty.kind, FaultRow(faulty.named))
            _enter(row, faulty, check(spoilt), actor.body)
    return rows


def _enter(row: FaultRow, faulty: Faulty, report: CheckReport, body: Body) -> None:
    found = report.check(faulty.named)
    names = {body.skeleton.names[body.bones[p]] for p in faulty.parts if p in body.bones}
    row.values.append(found.finding.value)
    reported = found.verdict is not Verdict.PASS
    row.reported += reported
    row.right_bone += reported and (not names or found.finding.bone in names)
    row.right_frame += reported and faulty.frames[0] <= found.frame < faulty.frames[1]
    for other in report.checks:
        if other.measure is not faulty.named and other.verdict is not Verdict.PASS:
            row.others[other.measure] = row.others.get(other.measure, 0) + 1


def false_alarms(*, quick: bool = False) -> tuple[dict[Measure, GoodRow], int]:
    """What the checks say of good retargets between all ordered pairs of rigs; and how many."""
    rows = {measure: GoodRow() for measure in Measure}
    count = 0
    for _, _, _, pair in good_pairs(every_rig=True, quick=quick):
        count += 1
        for found in check(pair).checks:
            row = rows[found.measure]
            row.values.append(found.finding.value)
            row.looks += found.verdict is Verdict.LOOK
            row.fails += found.verdict is Verdict.FAIL
    return rows, count


def cpu_seconds(frames: int) -> float:
    """CPU seconds of all checks for a motion of that length on 65 bones, the best of three."""
    cast = actors()
    source, target = cast["mixamo"], cast["ue4_mannequin"]
    motion = _repeated(on(source.body, source.world, dance()), frames)
    carried = solve(
        source.body, motion, target.body, target.rest, RetargetOptions()
    ).channels.motion
    best = np.inf
    for _ in range(3):
        began = time.process_time()
        check(compare((source.body, motion), (target.body, carried)))
        best = min(best, time.process_time() - began)
    return float(best)


def _repeated(motion: Motion, frames: int) -> Motion:
    """A motion played there and back again until it is long enough."""
    index = np.concatenate((np.arange(motion.frames), np.arange(motion.frames)[-2:0:-1]))
    index = np.resize(index, frames)
    tracks = []
    for values in (motion.rotations, motion.locations):
        track = empty_track(frames, values.shape[1], values.shape[2])
        track[...] = values[index]
        tracks.append(track)
    return Motion(motion.skeleton, motion.fps, tracks[0], tracks[1], motion.world)
