# SPDX-License-Identifier: GPL-3.0-or-later
"""Every result is looked at for which version of its target made it, and with which skeleton.

A result with another skeleton or version than the accepted one is applied all the same; its
target goes to testing, and the user is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import AimocapError
from ..jobs.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..targets.document import Registry
    from ..targets.model import TargetVersion

logger = logging.getLogger(__name__)


def version_of(registry: Registry, job: Job) -> TargetVersion | None:
    """The version the job was asked of, as the registry knows it; None when it does not."""
    target = registry.target(job.request.target_id)
    label = job.request.target_version
    return target.version(label) if target is not None and label else None


def accepted_fingerprint(registry: Registry, job: Job) -> str:
    """Fingerprint of the skeleton that was accepted for the version that made the job's result:
    the one it names, else the one it was asked of. "" for none.
    """
    target = registry.target(job.request.target_id)
    label = job.target_version
    version = target.version(label) if target is not None and label else None
    return version.fingerprint if version is not None else ""


@dataclass(frozen=True)
class Skeleton:
    """What came back: its fingerprint for programs, its rest pose in a line for people."""

    fingerprint: str
    rest_summary: str


def note(
    job: Job,
    skeleton: Skeleton,
    *,
    is_accepted: bool | None,
    registry: Registry,
    change_targets: Callable[[Callable[[Registry], Registry]], None],
) -> str:
    """Write down what came back; returns a sentence for the user, "" when there is no news.

    A registry that can't be written does not stop a motion from being applied: that is told too.
    """
    from ..targets.changes import note_result

    label = job.request.target_version
    if not label or version_of(registry, job) is None:
        return ""
    news: list[str] = []

    def change(known: Registry) -> Registry:
        changed, sentence = note_result(
            known,
            job.request.target_id,
            label,
            skeleton.fingerprint,
            rest_summary=skeleton.rest_summary,
            is_accepted=is_accepted,
            now=datetime.now(UTC),
            reported=job.target_version_reported,
        )
        news[:] = [sentence]
        return changed

    try:
        if change(registry) is not registry:
            change_targets(change)
    except AimocapError as error:
        logger.warning("the target registry was not told of job %s: %s", job.local_id, error)
        return " ".join([*news, error.what]).strip()
    return "".join(news)
