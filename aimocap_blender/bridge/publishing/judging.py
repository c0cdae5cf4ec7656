# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's word on a motion of an acceptance run or a diagnosis, written wherever it is kept:
in the registry, on the action, in the job's record.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import bpy

from ...errors import AimocapError
from ...jobs.job import Job, PreviewVerdict, Review
from .. import person, provenance
from ..review import verdicts
from ..workroom import moment

if TYPE_CHECKING:
    from ...targets.acceptance import AcceptanceLine
    from ..workroom import Workroom

CleanUpWord = Literal["none", "light", "heavy"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opinion:
    """What a person thinks of a motion: good, or bad with a `cause`.

    clean_up  how much an animator has left to do (none, light, heavy)
    """

    cause: str = ""
    clean_up: CleanUpWord = "none"
    note: str = ""


GOOD = Opinion()


def judge(
    work: Workroom, target_id: str, label: str, clip_name: str, opinion: Opinion = GOOD
) -> None:
    """Accept or reject that clip of an acceptance set.

    Errors: `AimocapError` when there is nothing to judge.
    """
    from ...targets import records
    from ...targets.model import Verdict

    record = _line(work, target_id, label, clip_name).record
    if record is None or not record.checks:
        raise AimocapError(f'"{clip_name}" has no motion to judge yet.')
    local_id = record.local_id
    job = work.desk.find(local_id)
    word = {
        "verdict": Verdict.REJECTED if opinion.cause else Verdict.ACCEPTED,
        "preview": job.preview_verdict.word if job and job.preview_verdict else "",
        "person": person.name(),
        **asdict(opinion),
    }
    now = datetime.now(UTC)
    work.change_targets(lambda known: records.noted(known, target_id, label, local_id, word, now))
    if job is not None:
        _sign(work, job, opinion, f"all: {record.checks}")


def judge_job(work: Workroom, local_id: str, opinion: Opinion = GOOD) -> None:
    """Accept or reject the motion of a diagnosis' job.

    Errors: `AimocapError` for an unknown job and one without a motion.
    """
    job = work.desk.job(local_id)
    if not job.artifacts:
        raise AimocapError(f'"{job.request.title}" has no motion to judge yet.')
    if job.request.placement.purpose == "acceptance":
        raise AimocapError(
            f'"{job.request.title}" belongs to an acceptance run.',
            remedy="Judge it there, in the Targets panel.",
        )
    _sign(work, job, opinion)
    work.refresh()


def judge_preview(work: Workroom, local_id: str, *, good: bool, note: str = "") -> None:
    """A word on the service's own preview. Errors: `AimocapError` for a job without one."""
    job = work.desk.job(local_id)
    if job.artifact("preview") is None:
        raise AimocapError(f'"{job.request.title}" has no preview.')
    now = datetime.now(UTC).timestamp()
    verdict = PreviewVerdict(good, note.strip(), person.name(), now)
    work.desk.mark_preview(local_id, verdict, moment())
    for block in _made_of(job):
        provenance.mark_preview(block, verdict.word)
    work.refresh()


def _line(work: Workroom, target_id: str, label: str, clip_name: str) -> AcceptanceLine:
    from ...targets import acceptance
    from ...targets.changes import find

    registry = work.reload_targets()
    target, version = find(registry, target_id, label)
    for line in acceptance.lines(registry, target, version):
        if line.name == clip_name:
            return line
    raise AimocapError(f'There is no acceptance clip "{clip_name}".')


def _made_of(job: Job) -> Iterator[bpy.types.ID]:
    """Action and armature that carry the job's motion in the open file."""
    if job.applied_to is None:
        return
    for blocks, name in (
        (bpy.data.actions, job.applied_to.action_name),
        (bpy.data.objects, job.applied_to.armature_name),
    ):
        block = blocks.get(name)
        made = provenance.read(block) if block is not None else None
        if block is not None and made is not None and made.job_id in (job.remote_id, job.local_id):
            yield block


def _sign(work: Workroom, job: Job, opinion: Opinion, checks: str = "") -> None:
    work.desk.mark_reviewed(job.local_id, _review(job, opinion, checks), moment())


def _review(job: Job, opinion: Opinion, checks: str) -> Review:
    """The verdict for the job's record; signed on the action too when it is in the open file."""
    cause, note = opinion.cause, opinion.note
    figure = bpy.data.objects.get(job.applied_to.armature_name) if job.applied_to else None
    left = verdicts.CleanUp(opinion.clean_up)
    try:
        if figure is not None and cause:
            return verdicts.reject(figure, _known_cause(cause), left, note).review
        if figure is not None:
            return verdicts.accept(figure, left, note).review
    except AimocapError as error:
        logger.info("the action of %s keeps no verdict: %s", job.request.title, error.what)
    now = datetime.now(UTC).timestamp()
    said = (checks,) if checks else ()
    return Review(not cause, cause, left.value, note, person.name(), now, said)


def _known_cause(name: str) -> verdicts.Cause:
    known = {cause.value: cause for cause in verdicts.Cause}
    return known.get(name, verdicts.Cause.OTHER)
