# SPDX-License-Identifier: GPL-3.0-or-later
"""Acceptance records in a registry: a run adds one for each clip, what comes back is noted there.

Pure functions from registry to registry; which records count stands in `acceptance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from .changes import find, with_version
from .document import Registry
from .model import AcceptanceClip, AcceptanceRecord, Verdict


def pending(clip: AcceptanceClip, local_id: str, now: datetime) -> AcceptanceRecord:
    """The record of a clip that was submitted as the job `local_id`, `now` in UTC."""
    return AcceptanceRecord(
        category=clip.category,
        clip_name=clip.name,
        clip_sha256=clip.sha256,
        trim_start_seconds=clip.trim_start_seconds,
        trim_end_seconds=clip.trim_end_seconds,
        local_id=local_id,
        verdict=Verdict.PENDING,
        date=now,
    )


def added(registry: Registry, target_id: str, label: str, record: AcceptanceRecord) -> Registry:
    """The registry with one more record of that version. Errors: TargetError."""
    _, version = find(registry, target_id, label)
    records = (*version.acceptance, record)
    return with_version(registry, target_id, version.model_copy(update={"acceptance": records}))


def noted(
    registry: Registry,
    target_id: str,
    label: str,
    local_id: str,
    changes: Mapping[str, object],
    now: datetime,
) -> Registry:
    """The registry with `changes` in that version's record of the job `local_id`, dated `now`.

    A record that is gone meanwhile is not made again. Errors: TargetError.
    """
    _, version = find(registry, target_id, label)
    told = tuple(
        one.model_copy(update={**changes, "date": now}) if one.local_id == local_id else one
        for one in version.acceptance
    )
    return with_version(registry, target_id, version.model_copy(update={"acceptance": told}))
