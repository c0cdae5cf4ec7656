# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the strip lies that a motion was captured from: is it still where it was then?

The motion was placed by the strip. When that was moved, retimed or trimmed since, the character and
the video have parted, unless the motion's keys went with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf, nan
from pathlib import Path

import bpy

from ...clips.strip import ClipError, StripFacts, StripKind
from ...clips.trim import ClipPlan, plan
from ...jobs.job import Job
from ...motion.checks.take import StripMove
from .. import compat, provenance, strips
from ..retarget.sources import SourceRecord

_SAME_FRAME = 0.5


@dataclass(frozen=True)
class Placed:
    """How the motion lies in the scene.

    record  the source's record; with the strip's times of now where the keys went with it
    move    how the strip differs from what the motion was placed by; None without a strip
    """

    record: SourceRecord
    move: StripMove | None


def placed(
    action: bpy.types.Action, record: SourceRecord, first_key: float, job: Job | None
) -> Placed:
    """The motion of an action whose keys begin at that scene frame, beside its strip of now."""
    if job is not None and job.request.placement.purpose != "production":
        return Placed(record, None)  # it plays in a scene of its own, from frame 1: by no strip
    made = provenance.read(action)
    facts = _strip(made, record, job) if made is not None else None
    if made is None or facts is None:
        return Placed(record, None)
    try:
        now = plan(facts)
    except ClipError:  # reversed, or of changing speed: no one shift tells where it lies
        return Placed(record, StripMove(0.0, nan, 0.0))
    move = _move(now, made, record)
    moved = record.start_frame + move.shift
    went_along = abs(first_key - moved) < abs(first_key - record.start_frame) - _SAME_FRAME
    if not went_along:
        return Placed(record, move)
    there = replace(record, start_frame=moved, scene_fps=now.scene_fps, time_scale=now.time_scale)
    return Placed(there, replace(move, shift=0.0, rate=1.0))


def _move(now: ClipPlan, made: provenance.Provenance, record: SourceRecord) -> StripMove:
    moment = made.trim_start_seconds + record.first_second
    seconds = now.seconds - (made.trim_end_seconds - made.trim_start_seconds)
    return StripMove(
        shift=now.scene_frame(moment) - record.start_frame,
        rate=record.scene_fps * record.time_scale / (now.scene_fps * now.time_scale),
        longer=seconds * now.time_scale,
    )


def _strip(made: provenance.Provenance, record: SourceRecord, job: Job | None) -> StripFacts | None:
    """The strip of the job's name where it shows that clip, else the nearest one that does."""
    showing = list(_showing(made.clip_name))
    wanted = job.request.placement.strip_name if job is not None else ""
    named = [facts for facts in showing if facts.name == wanted]
    moment = made.trim_start_seconds + record.first_second

    def distance(facts: StripFacts) -> float:
        try:
            return abs(plan(facts).scene_frame(moment) - record.start_frame)
        except ClipError:
            return inf

    return min(named or showing, key=distance, default=None)


def _showing(clip_name: str) -> Iterator[StripFacts]:
    """The movie strips of this file that show a clip of that name."""
    for scene in bpy.data.scenes:
        editor = scene.sequence_editor
        for strip in compat.all_strips(editor) if editor is not None else ():
            path = getattr(strip, "filepath", None)
            if strip.type != "MOVIE" or not isinstance(path, str):
                continue
            if Path(bpy.path.abspath(path, library=scene.library)).name == clip_name:
                facts = strips.facts_of(scene, strip)
                if facts.kind is StripKind.MOVIE and facts.file_exists:
                    yield facts
