# SPDX-License-Identifier: GPL-3.0-or-later
"""BUTTONS: thin operators over the bridge. Know nothing of panels."""

from __future__ import annotations

from . import bone_map, follow, jobs, results, retarget, setup, submit, targets

CLASSES = (
    *submit.CLASSES,
    *follow.CLASSES,
    *jobs.CLASSES,
    *results.CLASSES,
    *retarget.CLASSES,
    *bone_map.CLASSES,
    *targets.CLASSES,
    *setup.CLASSES,
)
