# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion onto its armature: by itself when it arrives, or when the user asks for it.

What arrived and what is in its way is in `arrivals`, the scene's side of it in `applying`; here
both meet the desk's record of the job. Must not know panels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ..errors import AimocapError
from ..jobs.job import Job, JobState, Moment
from ..motion.options import RetargetOptions
from . import applying, buttons, settings, watching
from .arrivals import Arrivals
from .known_targets import KnownTargets

if TYPE_CHECKING:
    from ..jobs.desk import JobDesk


class Importing:
    """All imports of a session. `changed` is called when a job shows something else than before."""

    def __init__(
        self,
        desk: JobDesk,
        targets: KnownTargets,
        clock: Callable[[], Moment],
        changed: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._targets = targets
        self._clock = clock
        self._changed = changed
        self.arrivals = Arrivals()

    def arrived(self, local_ids: Iterable[str]) -> None:
        """The motion of these jobs is there; those of other purposes are imported by theirs."""
        self.arrivals.add(
            local_id
            for local_id in local_ids
            if self._desk.job(local_id).request.placement.purpose == "production"
        )

    def has_work(self) -> bool:
        """Whether a job can be imported by itself at this moment."""
        if not self._is_wanted():
            return False
        jobs = [self._desk.find(local_id) for local_id in self.arrivals]
        return any(
            job is not None and self.arrivals.obstacle(bpy.context, job) is None for job in jobs
        )

    def step(self, context: bpy.types.Context) -> None:
        """Import what is ready; what can't be says why."""
        if not self._is_wanted():
            return
        for local_id in self.arrivals:
            job = self._desk.find(local_id)
            if job is None or job.state is not JobState.READY:  # forgotten, or applied by now
                self.arrivals.remove(local_id)
                continue
            reason = self.arrivals.obstacle(context, job)
            if reason is None:
                self.arrivals.remove(local_id)
                buttons.press("apply_result", job_id=local_id)
            elif job.waiting_reason != reason:
                self._desk.mark_waiting(local_id, reason)
                self._changed()

    def apply(
        self, context: bpy.types.Context, local_id: str, armature: bpy.types.Object | None = None
    ) -> applying.Applied:
        """Import a job's motion onto its armature, or onto `armature`, and record where it is.

        Errors: `AimocapError`; then nothing in the scene has changed and the job waits.
        """
        job = self._desk.job(local_id)
        accepted = watching.accepted_fingerprint(self._targets.reload(), job)
        try:
            applied = applying.apply_result(
                context,
                job,
                armature or self.arrivals.armature_of(job),
                options_for(job),
                accepted_fingerprint=accepted,
            )
        except AimocapError as error:
            self._desk.mark_waiting(local_id, error.what)
            self._changed()
            raise
        self.arrivals.remove(local_id)
        where = (applied.armature_name, applied.action_name)
        self._desk.mark_applied(local_id, *where, self._clock())
        news = watching.note(
            job,
            watching.Skeleton(applied.skeleton_fingerprint, applied.rest_summary),
            is_accepted=applied.same_skeleton,
            registry=self._targets.registry,
            change_targets=self._targets.change,
        )
        self._changed()
        return replace(applied, warnings=(*applied.warnings, news)) if news else applied

    def _is_wanted(self) -> bool:
        return bool(self.arrivals) and settings.read().auto_import


def options_for(job: Job) -> RetargetOptions:
    """How the preferences want the job's motion to be applied."""
    in_force = settings.read()
    return RetargetOptions(
        feet_on=in_force.feet_on,
        in_place=in_force.in_place,
        root=in_force.root,
        upper_body=job.request.mocap_type == "upper_body",
    )
