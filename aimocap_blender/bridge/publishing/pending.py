# SPDX-License-Identifier: GPL-3.0-or-later
"""What of acceptance runs is open: records that wait for their job or for a person's verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...jobs.job import Job, JobState
from ...motion.fingerprint import same_skeleton

if TYPE_CHECKING:
    from ...targets.document import Registry
    from ...targets.model import AcceptanceRecord, Target, TargetVersion

ENDED_BADLY = frozenset({JobState.FAILED, JobState.REJECTED, JobState.MISSING, JobState.CANCELED})


@dataclass(frozen=True)
class Pending:
    """One open record with the job that stands for it now."""

    target: Target
    version: TargetVersion
    record: AcceptanceRecord
    job: Job

    @property
    def is_applicable(self) -> bool:
        """Whether its motion is there, and nobody has applied it and looked at it.

        A motion that waits is its own Blender's to apply; of one that was applied and not looked
        at, that Blender may be gone.
        """
        if self.job.state is JobState.READY:
            return self.job.mine and not self.record.checks
        return self.job.state is JobState.APPLIED and not self.record.checks


def find(registry: Registry, jobs: Sequence[Job]) -> list[Pending]:
    """All open records whose jobs are in this user's ledger."""
    from ...targets.model import Verdict

    known = {job.local_id: job for job in jobs}
    found = []
    for target in registry.targets:
        for version in target.versions:
            for record in version.acceptance:
                if record.verdict is not Verdict.PENDING or not record.local_id:
                    continue
                job = _latest(known, record.local_id)
                if job is not None:
                    found.append(Pending(target, version, record, job))
    return found


def spelled(version: TargetVersion, fingerprint: str) -> str:
    """The fingerprint as the version's newest record of the same skeleton spells it."""
    spellings = [record.fingerprint for record in version.acceptance if record.fingerprint]
    return next((s for s in reversed(spellings) if same_skeleton(s, fingerprint)), fingerprint)


def _latest(jobs: dict[str, Job], local_id: str) -> Job | None:
    """The job, or the last one that repeats it."""
    job = jobs.get(local_id)
    seen = {local_id}
    while job is not None:
        again = next((one for one in jobs.values() if one.retry_of == job.local_id), None)
        if again is None or again.local_id in seen:
            return job
        seen.add(again.local_id)
        job = again
    return None
