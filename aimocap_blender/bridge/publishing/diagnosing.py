# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagnosis that is shown: of an avatar's job that failed or was rejected, by two captures.

What both tracks say is concluded in `jobs/diagnosis`; here it is asked for, its captures are
applied in a scene of their own and compared, and it is written down once: in the job's record, and
as a hold on the avatar's version.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import bpy

from ...errors import AimocapError
from ...jobs import diagnosis
from ...jobs.job import Job, JobState
from .. import buttons
from . import comparing, stage

if TYPE_CHECKING:
    from ..workroom import Workroom

logger = logging.getLogger(__name__)


class Diagnosing:
    """`shown` is the diagnosis the job list unfolds, None for none; `pictures` are the contact
    sheets of its captures, by their local ids.
    """

    def __init__(self, work: Workroom) -> None:
        self._work = work
        self._local_id = ""
        self._seen: tuple[Job, ...] = ()
        self._compared: dict[tuple[str, str], diagnosis.Compared] = {}
        self._stuck: set[str] = set()
        self._searched: tuple[Job, ...] = ()
        self._ready: list[Job] = []
        self.pictures: dict[str, str] = {}
        self.shown: diagnosis.Diagnosis | None = None

    def is_possible(self, local_id: str) -> bool:
        """Whether that job is an avatar's that failed or was rejected."""
        job = self._work.desk.find(local_id)
        return job is not None and diagnosis.is_diagnosable(job)

    def is_held(self, local_id: str) -> bool:
        """Whether nothing but diagnostic captures is sent to the version of that job."""
        job = self._work.desk.find(local_id)
        asked = (job.request.target_id, job.request.target_version) if job is not None else None
        return any((one.target_id, one.target_version) == asked for one in self._work.holds)

    def begin(self, context: bpy.types.Context, local_id: str) -> diagnosis.Diagnosis:
        """Where the two tracks of that job stand, compared where both are there; shown from now on.

        A conclusion is written into the job's record; one against the avatar holds its version.
        Errors: `AimocapError` for a job that has nothing to diagnose.
        """
        self._local_id = local_id
        self._compare(context)
        found = self._look()
        if found is None:
            raise AimocapError(
                "There is nothing to diagnose.",
                remedy="Choose a job of an avatar that failed or was rejected.",
            )
        self._work.refresh()
        return found

    def run(self, context: bpy.types.Context, local_id: str, track: str) -> str:
        """Submit the next diagnostic capture; returns its id. Errors: `AimocapError`."""
        found = self.begin(context, local_id)
        step = next((one for one in found.steps if one.track == track), None)
        if step is None:
            raise AimocapError("This diagnostic capture is not open any more.")
        new = self._work.submit_request(step.request)
        self._work.remark(local_id, f"diagnosis: {step.words} was submitted")
        self._look()
        return new

    def has_work(self) -> bool:
        """Whether a diagnostic capture's motion can be applied now, or a job has changed."""
        return self._arrived() is not None or self._is_outdated()

    def step(self, _context: bpy.types.Context) -> None:
        """Apply what has arrived; read the diagnosis anew when a job is different from before."""
        if (job := self._arrived()) is not None:
            self._stuck.add(job.local_id)  # tried once by itself; Import tries again
            buttons.press("apply_diagnostic", job_id=job.local_id)
        elif self._is_outdated():
            self._look()
            self._work.refresh()

    def apply(self, context: bpy.types.Context, local_id: str) -> None:
        """Put a diagnostic capture's motion on a double of the armature in the diagnosis' scene.

        Errors: `AimocapError`; then the job waits and says why.
        """
        with self._work.desk.alone_with(local_id) as job:
            self._apply(context, job)
        self._compare(context)
        self._look()
        self._work.refresh()

    def _apply(self, context: bpy.types.Context, job: Job) -> None:
        original = bpy.data.objects.get(job.request.placement.armature_name)
        original = original or context.scene.aimocap.armature
        if original is None:
            words = "The armature of the diagnosis is gone: choose one in the Capture panel"
            self._work.desk.mark_waiting(job.local_id, words)
            raise AimocapError(f"{words}.")
        seen = stage.performed(context, self._work, job, original, job.request.title)
        self.pictures[job.local_id] = seen.picture

    def _is_outdated(self) -> bool:
        return bool(self._local_id) and self._work.desk.jobs() is not self._seen

    def _arrived(self) -> Job | None:
        jobs = self._work.desk.jobs()
        if jobs is not self._searched:  # asked at every step: looked through when it has changed
            self._searched = jobs
            self._ready = [
                job
                for job in jobs
                if job.request.placement.purpose == "diagnosis"
                and job.state is JobState.READY
                and job.mine  # another Blender's is applied there
            ]
        return next((job for job in self._ready if job.local_id not in self._stuck), None)

    def _compare(self, context: bpy.types.Context) -> None:
        """Hold the motion against Default's, once for each pair of jobs."""
        job = self._work.desk.find(self._local_id)
        default = self._default_of(job)
        if job is None or default is None or not comparing.can_compare(job, default):
            return
        pair = job.local_id, default.local_id
        if pair not in self._compared:
            self._compared[pair] = found = comparing.compared(context, job, default)
            self._work.remark(job.local_id, f"diagnosis: {found.sentence}")

    def _default_of(self, job: Job | None) -> Job | None:
        if job is None:
            return None
        return diagnosis.capture_on_default(job, self._work.desk.jobs())

    def _look(self) -> diagnosis.Diagnosis | None:
        jobs, job = self._work.desk.jobs(), self._work.desk.find(self._local_id)
        default = self._default_of(job)
        compared = self._compared.get((self._local_id, default.local_id)) if default else None
        found = diagnosis.diagnose(job, jobs, compared) if job is not None else None
        if job is not None and found is not None and found.conclusion is not None:
            self._record(job, found.conclusion, found.measured)
        self.shown, self._seen = found, self._work.desk.jobs()
        return found

    def _record(self, job: Job, conclusion: diagnosis.Conclusion, measured: str) -> None:
        words = f"diagnosis: {conclusion.value}"
        if any(note.words == words for note in job.history):
            return  # a hold that was lifted since is not put on again
        self._work.remark(job.local_id, words)
        version = job.request.target_version
        if conclusion.blames_avatar and version:
            reason = f"{conclusion.value} {measured}".rstrip()
            try:
                self._work.desk.hold_target(job.request.target_id, version, reason)
            except AimocapError as error:
                logger.warning("version %s could not be held: %s", version, error)
