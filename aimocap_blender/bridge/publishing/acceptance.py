# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of an acceptance run's jobs: applied, checked and drawn, one after the other.

The registry holds what was run for which clip, the ledger holds the jobs, so a run goes on by
itself after a restart. Every clip is applied to a copy of the target's armature in a scene of the
run's own; the verdict is a person's (`judging`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import bpy

from ...errors import AimocapError
from ...jobs import diagnosis
from ...jobs.job import Decision, JobState
from ...jobs.plan import cause_of
from .. import buttons
from . import comparing, pending, stage
from .pending import Pending

if TYPE_CHECKING:
    from ..workroom import Workroom


class AcceptanceRuns:
    """All runs of this user. Main thread only; belongs to the session."""

    def __init__(self, work: Workroom) -> None:
        self._work = work
        self._stuck: dict[str, str] = {}

    def has_work(self) -> bool:
        """Whether a motion of a run has arrived and can be applied now."""
        return any(self._is_due(one) for one in self._open())

    def step(self, _context: bpy.types.Context) -> None:
        """Move every run on by what is due: answers, failures, and one motion to apply."""
        for one in self._open():
            job = one.job
            if job.state is JobState.DUPLICATE and job.mine:
                # The whole price was agreed to: the version is to be seen as it is now.
                self._work.decide(job.local_id, Decision.RUN_AGAIN)
            elif job.state in pending.ENDED_BADLY:
                self._fail(one)
            elif self._is_due(one):
                buttons.press("apply_acceptance", job_id=job.local_id)
                return

    def apply(self, context: bpy.types.Context, local_id: str) -> None:
        """Apply a run's motion to a copy of its armature in the run's scene; check and draw it.

        Errors: `AimocapError`; then the job waits and says why.
        """
        found = next((one for one in self._open() if one.job.local_id == local_id), None)
        if found is None:
            raise AimocapError("This job belongs to no acceptance run.")
        try:
            with self._work.desk.alone_with(local_id):
                self._apply(context, found)
        except AimocapError as error:
            self._stuck[local_id] = error.what
            raise
        self._stuck.pop(local_id, None)

    def trouble(self, local_id: str) -> str:
        """Why a motion could not be applied, "" when it could."""
        return self._stuck.get(local_id, "")

    def free(self, local_id: str) -> None:
        """Try a motion again that could not be applied."""
        self._stuck.pop(local_id, None)

    def _open(self) -> list[Pending]:
        return pending.find(self._work.registry, self._work.desk.jobs())

    def _is_due(self, one: Pending) -> bool:
        return one.is_applicable and one.job.local_id not in self._stuck

    def _fail(self, one: Pending) -> None:
        from ...targets.model import Verdict

        failure = one.job.failure
        self._note(
            one,
            verdict=Verdict.REJECTED,
            cause=cause_of(failure.code).value if failure else "service",
            note=failure.sentence if failure else one.job.state.value,
            job_id=one.job.remote_id or "",
        )

    def _apply(self, context: bpy.types.Context, one: Pending) -> None:
        job = one.job
        original = bpy.data.objects.get(job.request.placement.armature_name)
        original = original or context.scene.aimocap.armature
        if original is None:
            raise AimocapError(
                "The armature of the acceptance run is gone.",
                remedy="Choose the target's armature in the Capture panel.",
            )
        name = f"{one.target.name} {job.request.title}"
        seen = stage.performed(context, self._work, job, original, name)
        default = diagnosis.capture_on_default(job, self._work.desk.jobs())
        if default is not None and comparing.can_compare(job, default):
            seen = _held_against(seen, comparing.compared(context, job, default))
        self._note(
            one,
            local_id=job.local_id,
            job_id=job.remote_id or "",
            clip_sha256=job.clip_sha256 or one.record.clip_sha256,
            checks=seen.overall,
            note=seen.note,
            picture=seen.picture,
            rest_summary=seen.rest_summary,
            fingerprint=pending.spelled(one.version, seen.fingerprint),
        )

    def _note(self, one: Pending, **changes: object) -> None:
        from ...targets import records

        now, local_id = datetime.now(UTC), one.record.local_id
        self._work.change_targets(
            lambda known: records.noted(
                known, one.target.id, one.version.label, local_id, changes, now
            )
        )


def _held_against(seen: stage.Seen, found: diagnosis.Compared) -> stage.Seen:
    """What was seen, and that it fails where the avatar does not move as Default does."""
    if not found.differs:
        return seen
    note = " ".join(filter(None, (seen.note, found.sentence)))
    return replace(seen, overall="fail", note=note)
