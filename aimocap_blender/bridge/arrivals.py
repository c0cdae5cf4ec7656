# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion that has arrived and waits for its armature: whose it is, and what is in its way.

Armatures are remembered by session uid, so that renaming one while its job runs does no harm;
after a restart or in another Blender the name has to do. Knows the desk's jobs, not their rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import bpy

from ..jobs.job import Job, JobState
from . import applying


class Arrivals:
    """The jobs to be imported by themselves, and what is known of their armatures."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._of_this_file: set[str] = set()
        self._uids: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._waiting))

    def expect(self, local_id: str, armature: bpy.types.Object | None) -> None:
        """A job was started from the open .blend, for that armature."""
        self._of_this_file.add(local_id)
        if armature is not None:
            self._uids[local_id] = armature.session_uid

    def hand_over(self, old: str, new: str) -> None:
        """`new` goes on in the place of `old`."""
        if old in self._of_this_file:
            self._of_this_file.add(new)
        if old in self._uids:
            self._uids[new] = self._uids[old]

    def add(self, local_ids: Iterable[str]) -> None:
        """These jobs' motion is there."""
        self._waiting.extend(local_id for local_id in local_ids if local_id not in self._waiting)

    def remove(self, local_id: str) -> None:
        """Let go of a job that needs no import any more, or not by itself."""
        self._waiting = [other for other in self._waiting if other != local_id]

    def file_loaded(self) -> None:
        """Another .blend is open: what was remembered of the last one holds no longer."""
        self._of_this_file.clear()
        self._uids.clear()

    def armature_of(self, job: Job) -> bpy.types.Object | None:
        """The armature the job was meant for; None when it is gone."""
        uid = self._uids.get(job.local_id)
        if uid is not None:
            return next((one for one in bpy.data.objects if one.session_uid == uid), None)
        return bpy.data.objects.get(job.request.placement.armature_name)

    def obstacle(self, context: bpy.types.Context, job: Job) -> str | None:
        """Why the job can't be imported by itself now, as one line; None when it can."""
        if job.state is not JobState.READY:
            return "its motion is not there"
        if not self._belongs_here(job):
            return "open its .blend file, or import it onto another armature"
        return applying.obstacle(context, self.armature_of(job))

    def _belongs_here(self, job: Job) -> bool:
        """Whether the job was started from the .blend that is open now."""
        path = job.request.placement.blend_path
        return job.local_id in self._of_this_file or (bool(path) and path == bpy.data.filepath)
