# SPDX-License-Identifier: GPL-3.0-or-later
"""BUTTONS: thin operators over the bridge. Know nothing of panels."""

from __future__ import annotations

from . import (
    acceptance,
    acceptance_set,
    bone_map,
    diagnosis,
    follow,
    jobs,
    readiness,
    records,
    results,
    retarget,
    robot,
    setup,
    spot_checks,
    submit,
    target_versions,
    targets,
    verdicts,
)

CLASSES = (
    *submit.CLASSES,
    *follow.CLASSES,
    *jobs.CLASSES,
    *results.CLASSES,
    *retarget.CLASSES,
    *bone_map.CLASSES,
    *spot_checks.CLASSES,
    *verdicts.CLASSES,
    *targets.CLASSES,
    *target_versions.CLASSES,
    *acceptance_set.CLASSES,
    *acceptance.CLASSES,
    *readiness.CLASSES,
    *diagnosis.CLASSES,
    *records.CLASSES,
    *robot.CLASSES,
    *setup.CLASSES,
)
