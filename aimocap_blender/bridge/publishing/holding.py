# SPDX-License-Identifier: GPL-3.0-or-later
"""Lifting the hold on a target version: with a note that stays in the registry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...errors import AimocapError
from .. import person

if TYPE_CHECKING:
    from ..workroom import Workroom


def lift(work: Workroom, target_id: str, label: str, note: str) -> None:
    """Let captures for a version through again. Errors: `AimocapError` without a note."""
    from ...targets.changes import remark

    if not note.strip():
        raise AimocapError(
            "A hold is lifted with a note.", remedy="Say what was found and what was done."
        )
    now, who = datetime.now(UTC), person.name()
    words = f"hold lifted: {note.strip()}"
    if (target := work.registry.target(target_id)) is not None and target.version(label):
        work.change_targets(
            lambda known: remark(known, target_id, label, words, now=now, person=who)
        )
    work.desk.lift_hold(target_id, label)
    work.refresh()
