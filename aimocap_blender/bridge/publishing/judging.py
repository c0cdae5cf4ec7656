# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's word on a motion of an acceptance run or a diagnosis, written wherever it is kept:
in the registry, on the action, in the job's record.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import bpy

from ...errors import AimocapError
from ...jobs.job import Job, Review
from .. import person
from ..workroom import moment

if TYPE_CHECKING:
    from ...targets.acceptance import AcceptanceLine
    from ..workroom import Workroom

logger = logging.getLogger(__name__)


def judge(
    work: Workroom, target_id: str, label: str, clip_name: str, *, cause: str = "", note: str = ""
) -> None:
    """Accept the clip, or reject it when there is a `cause`.

    Errors: `AimocapError` when there is nothing to judge.
    """
    from ...targets import records
    from ...targets.model import Verdict

    record = _line(work, target_id, label, clip_name).record
    if record is None or not record.checks:
        raise AimocapError(f'"{clip_name}" has no motion to judge yet.')
    word = {
        "verdict": Verdict.REJECTED if cause else Verdict.ACCEPTED,
        "cause": cause,
        "note": note,
        "person": person.name(),
    }
    now, local_id = datetime.now(UTC), record.local_id
    work.change_targets(lambda known: records.noted(known, target_id, label, local_id, word, now))
    job = work.desk.find(local_id)
    if job is not None:
        _sign(work, job, f"all: {record.checks}", cause, note)


def judge_job(work: Workroom, local_id: str, *, cause: str = "", note: str = "") -> None:
    """A word on a job of a diagnosis: accepted, or rejected when there is a `cause`.

    Errors: `AimocapError` for an unknown job and one without a motion.
    """
    job = work.desk.job(local_id)
    if not job.artifacts:
        raise AimocapError(f'"{job.request.title}" has no motion to judge yet.')
    _sign(work, job, "", cause, note)
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


def _sign(work: Workroom, job: Job, checks: str, cause: str, note: str) -> None:
    work.desk.mark_reviewed(job.local_id, _review(job, checks, cause, note), moment())


def _review(job: Job, checks: str, cause: str, note: str) -> Review:
    """The verdict for the job's record; signed on the action too when it is in the open file."""
    from ..review import verdicts

    figure = bpy.data.objects.get(job.applied_to.armature_name) if job.applied_to else None
    try:
        if figure is not None and cause:
            return verdicts.reject(figure, _known_cause(cause), note=note).review
        if figure is not None:
            return verdicts.accept(figure, verdicts.CleanUp.NONE, note).review
    except AimocapError as error:
        logger.info("the action of %s keeps no verdict: %s", job.request.title, error.what)
    now = datetime.now(UTC).timestamp()
    said = (checks,) if checks else ()
    return Review(not cause, cause, "none", note, person.name(), now, said)


def _known_cause(name: str):  # type: ignore[no-untyped-def]
    from ..review import verdicts

    known = {cause.value: cause for cause in verdicts.Cause}
    return known.get(name, verdicts.Cause.OTHER)
