# SPDX-License-Identifier: GPL-3.0-or-later
"""PAPER: panels, lists, preferences. Draw what the session's views say, do no work."""

from __future__ import annotations

from . import bone_map, job_list, panels, preferences, retarget, spot_checks, targets

CLASSES = (
    *preferences.CLASSES,
    *job_list.CLASSES,
    *panels.CLASSES,
    *spot_checks.CLASSES,
    *retarget.CLASSES,
    *bone_map.CLASSES,
    *targets.CLASSES,
)
