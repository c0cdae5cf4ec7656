# SPDX-License-Identifier: GPL-3.0-or-later
"""The job list as it is looked at: a line is made when it is asked for, and kept while it is true.

A list shows a handful of a thousand jobs, many times a second: nothing here looks at all of them
unless it is told to. Must not know Blender, SQL or HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator

from .cabinet import Cabinet
from .job import OPEN_STATES, Job, Moment
from .views import JobView, is_moving, view_of


class JobLines:
    """The lines, newest first, as they stand at the moment of the last `look`."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet
        self._now = Moment(0.0, 0.0)
        self._made: dict[str, tuple[Job, Job | None, int, JobView]] = {}

    def look(self, now: Moment) -> None:
        """From now on elapsed times are told as of that moment."""
        self._now = now

    @property
    def ids(self) -> tuple[str, ...]:
        """The jobs' local ids, newest first: the same tuple as long as no job comes or goes."""
        return self._cabinet.ids()

    def __len__(self) -> int:
        return len(self._cabinet.ids())

    def __iter__(self) -> Iterator[JobView]:
        for local_id in self.ids:
            line = self.find(local_id)
            if line is not None:
                yield line

    def find(self, local_id: str) -> JobView | None:
        """That job's line; None when it is gone."""
        job = self._cabinet.find(local_id)
        if job is None:
            self._made.pop(local_id, None)
            return None
        twin = self._cabinet.find(job.twin)
        second = int(self._now.wall_seconds) if job.state in OPEN_STATES else 0
        held = self._made.get(local_id)
        if held is not None and held[0] is job and held[1] is twin and held[2] == second:
            return held[3]
        line = view_of(job, self._now, twin=twin)
        self._made[local_id] = (job, twin, second, line)
        return line

    def moving(self) -> tuple[str, ...]:
        """Ids of the jobs of which something on the screen changes with time, newest first."""
        jobs = [job for job in map(self._cabinet.find, self._cabinet.open_ids) if job is not None]
        jobs.sort(key=lambda job: (job.started_wall_seconds, job.local_id), reverse=True)
        return tuple(job.local_id for job in jobs if is_moving(job))

    @property
    def ready(self) -> int:
        """How many jobs wait to be imported."""
        return len(self._cabinet.ready())
