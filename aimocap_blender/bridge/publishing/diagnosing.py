# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis that is shown: of an avatar's job that failed or was rejected, by two captures.

What both tracks say is concluded in `jobs/diagnosis`; here it is asked for, read anew while its
captures run, and written down once: in the job's record, and as a hold on the avatar's version.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import bpy

from ...errors import AimocapError
from ...jobs import diagnosis
from ...jobs.job import Job

if TYPE_CHECKING:
    from ..workroom import Workroom

logger = logging.getLogger(__name__)


class Diagnosing:
    """`shown` is the diagnosis the job list unfolds, None for none."""

    def __init__(self, work: Workroom) -> None:
        self._work = work
        self._local_id = ""
        self._seen: tuple[Job, ...] = ()
        self.shown: diagnosis.Diagnosis | None = None

    def is_possible(self, local_id: str) -> bool:
        """Whether that job is an avatar's that failed or was rejected."""
        job = self._work.desk.find(local_id)
        return job is not None and diagnosis.is_diagnosable(job)

    def begin(self, local_id: str) -> diagnosis.Diagnosis:
        """Where the two tracks of that job stand; shown from now on.

        A conclusion is written into the job's record; one against the avatar holds its version.
        Errors: `AimocapError` for a job that has nothing to diagnose.
        """
        self._local_id = local_id
        found = self._look()
        if found is None:
            raise AimocapError(
                "There is nothing to diagnose.",
                remedy="Choose a job of an avatar that failed or was rejected.",
            )
        self._work.refresh()
        return found

    def run(self, local_id: str, track: str) -> str:
        """Submit the next diagnostic capture; returns its id. Errors: `AimocapError`."""
        found = self.begin(local_id)
        step = next((one for one in found.steps if one.track == track), None)
        if step is None:
            raise AimocapError("This diagnostic capture is not open any more.")
        new = self._work.submit_request(step.request)
        self._work.remark(local_id, f"diagnosis: {step.words} was submitted")
        self._look()
        return new

    def has_work(self) -> bool:
        """Never: it only looks."""
        return False

    def step(self, _context: bpy.types.Context) -> None:
        """Read it anew when a job is different from before."""
        if self._local_id and self._work.desk.jobs() is not self._seen:
            self._look()
            self._work.refresh()

    def _look(self) -> diagnosis.Diagnosis | None:
        job = self._work.desk.find(self._local_id)
        found = diagnosis.diagnose(job, self._work.desk.jobs()) if job is not None else None
        if job is not None and found is not None and found.conclusion is not None:
            self._record(job, found.conclusion, found.evidence)
        self.shown, self._seen = found, self._work.desk.jobs()
        return found

    def _record(
        self, job: Job, conclusion: diagnosis.Conclusion, evidence: tuple[str, ...]
    ) -> None:
        words = f"diagnosis: {conclusion.value}"
        if any(note.words == words for note in job.history):
            return  # a hold that was lifted since is not put on again
        self._work.remark(job.local_id, words)
        version = job.request.target_version
        if conclusion is diagnosis.Conclusion.AVATAR and version:
            reason = f"{conclusion.value} {' '.join(evidence)}"
            try:
                self._work.desk.hold_target(job.request.target_id, version, reason)
            except AimocapError as error:
                logger.warning("version %s could not be held: %s", version, error)
