# SPDX-License-Identifier: GPL-3.0-or-later
"""The retry plan below a failed avatar's job: what is known, what would tell more, what follows."""

from __future__ import annotations

from bpy.types import UILayout

from ..bridge import session, target_screen
from ..jobs.diagnosis import Diagnosis
from ..jobs.views import JobView, price_words
from .layout import paragraph

_PICTURE_SCALE = 9.0


def draw_diagnosis(box: UILayout, view: JobView) -> None:
    """Nothing for a job that is no avatar's, or did not fail."""
    current = session.peek()
    if current is None or not current.diagnosing.is_possible(view.local_id):
        return
    found = current.diagnosing.shown
    if found is None or found.local_id != view.local_id:
        box.operator("aimocap.diagnose_job").job_id = view.local_id
        return
    for sentence in found.evidence:
        paragraph(box, sentence)
    if found.conclusion is not None:
        paragraph(box, found.conclusion.value, icon="INFO")
    _draw_captures(box, current, found)
    for step in found.steps:
        words = f"{step.words}  ({price_words(step.v_credits)})"
        button = box.operator("aimocap.run_diagnostic", text=words)
        button.job_id, button.track = view.local_id, step.track
    if found.steps and current.diagnosing.is_held(view.local_id):
        paragraph(box, "The version is on hold: diagnostic captures go through, others wait")


def _draw_captures(box: UILayout, current: session.Session, found: Diagnosis) -> None:
    """The motions that wait for a verdict, each with its picture."""
    for capture in found.captures:
        if not capture.is_judgeable:
            continue
        icon = target_screen.picture_icon(current.diagnosing.pictures.get(capture.local_id, ""))
        if icon:
            box.template_icon(icon_value=icon, scale=_PICTURE_SCALE)
        box.label(text=capture.title)
        row = box.row(align=True)
        row.operator("aimocap.pass_diagnostic", icon="CHECKMARK").job_id = capture.local_id
        row.operator("aimocap.reject_diagnostic", icon="X").job_id = capture.local_id
