# SPDX-License-Identifier: GPL-3.0-or-later
"""BUTTONS: thin operators over the bridge. Know nothing of panels."""

from __future__ import annotations

from . import (
    acceptance,
    bone_map,
    follow,
    jobs,
    records,
    results,
    retarget,
    robot,
    setup,
    spot_checks,
    submit,
    targets,
)

CLASSES = (
    *submit.CLASSES,
    *follow.CLASSES,
    *jobs.CLASSES,
    *results.CLASSES,
    *retarget.CLASSES,
    *bone_map.CLASSES,
    *spot_checks.CLASSES,
    *targets.CLASSES,
    *acceptance.CLASSES,
    *records.CLASSES,
    *robot.CLASSES,
    *setup.CLASSES,
)
