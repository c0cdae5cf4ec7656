# SPDX-License-Identifier: GPL-3.0-or-later
"""The job list: a line a job with the button that makes sense now, the selected one unfolded."""

from __future__ import annotations

from bpy.types import Context, PropertyGroup, UILayout, UIList

from ..bridge import session
from ..bridge.words import shorten_middle
from ..jobs.job import JobAction, JobState
from ..jobs.views import JobView
from .diagnosis import draw_diagnosis
from .layout import Icon, paragraph

_TITLE_LENGTH = 14
_TITLE_SHARE = 0.34

_ICONS: dict[JobState, Icon] = {
    JobState.APPLIED: "CHECKMARK",
    JobState.KEPT: "CHECKMARK",
    JobState.READY: "IMPORT",
    JobState.DUPLICATE: "QUESTION",
    JobState.UNSURE: "QUESTION",
    JobState.FAILED: "ERROR",
    JobState.REJECTED: "ERROR",
    JobState.MISSING: "ERROR",
    JobState.BROKEN: "ERROR",
    JobState.CANCELED: "CANCEL",
    JobState.STOPPED: "CANCEL",
}

_FIRST_BUTTON: tuple[tuple[JobAction, str, Icon], ...] = (
    (JobAction.CANCEL, "aimocap.cancel_job", "X"),
    (JobAction.IMPORT, "aimocap.apply_result", "IMPORT"),
    (JobAction.RETRY, "aimocap.retry_job", "FILE_REFRESH"),
)

_MORE_BUTTONS = (
    (JobAction.IMPORT, "aimocap.apply_result", "Import Motion"),
    (JobAction.IMPORT_AGAIN, "aimocap.apply_result", "Import Again"),
    (JobAction.RETRY, "aimocap.retry_job", "Retry"),
    (JobAction.RECHECK, "aimocap.recheck_job", "Ask Now"),
    (JobAction.FETCH_AGAIN, "aimocap.fetch_again", "Fetch Again"),
    (JobAction.OPEN_PREVIEW, "aimocap.open_preview", "Open Preview"),
    (JobAction.OPEN_PREVIEW, "aimocap.lay_preview", "Add Preview Strip"),
    (JobAction.OPEN_PREVIEW, "aimocap.judge_preview", "Judge Preview"),
    (JobAction.SHOW_FILES, "aimocap.show_files", "Show Files"),
    (JobAction.COPY_REPORT, "aimocap.copy_report", "Copy Report"),
    (JobAction.FORGET, "aimocap.forget_job", "Forget"),
)


class AIMOCAP_UL_jobs(UIList):
    """The lines, newest first; the rows hold ids only, the words come from the session."""

    def draw_item(  # type: ignore[override]
        self,
        _context: Context,
        layout: UILayout,
        _data: object,
        item: PropertyGroup,
        _icon: int,
        _active_data: object,
        _active_property: str,
    ) -> None:
        current = session.peek()
        view = current.view(item.name) if current else None
        if view is None:
            layout.label(text="...")
            return
        row = layout.row(align=True)
        words = row.split(factor=_TITLE_SHARE, align=True)
        words.label(
            text=shorten_middle(view.title, _TITLE_LENGTH), icon=_ICONS.get(view.state, "TIME")
        )
        words.label(text=view.line)
        for action, operator, icon in _FIRST_BUTTON:
            if action in view.actions:
                row.operator(operator, text="", icon=icon).job_id = view.local_id
                break


def draw_jobs(layout: UILayout, context: Context) -> None:
    """The list and, below it, the selected job."""
    current = session.peek()
    if current is None:
        paragraph(layout, session.opening_trouble() or "Opening the job list...")
        return
    paragraph(layout, current.trouble, icon="ERROR")
    if not current.views:
        layout.label(text="No jobs yet")
        return
    shown = context.window_manager.aimocap
    layout.template_list("AIMOCAP_UL_jobs", "", shown, "rows", shown, "row", rows=4)
    if 0 <= shown.row < len(shown.rows):
        view = current.view(shown.rows[shown.row].name)
        if view is not None:
            _draw_selected(layout.box(), view)


def _draw_selected(box: UILayout, view: JobView) -> None:
    facts = box.column(align=True)
    facts.label(text=view.title)
    if view.progress is not None:
        facts.progress(factor=view.progress, text=view.line)
    for line in (
        view.remote_id and f"Job {view.remote_id}",
        view.target,
        "" if view.charge else view.price,
        view.preview,
    ):
        if line:
            facts.label(text=line[:1].upper() + line[1:])
    paragraph(box, view.sentence, icon="INFO")
    paragraph(box, view.charge)
    paragraph(box, view.remedy)
    for decision, words in view.decisions:
        button = box.operator("aimocap.decide_job", text=words)
        button.job_id = view.local_id
        button.decision = decision.name
    if view.state is JobState.KEPT:
        box.operator("aimocap.show_robot").job_id = view.local_id
    draw_diagnosis(box, view)
    grid = box.grid_flow(columns=2, align=True, even_columns=True)
    for action, operator, words in _MORE_BUTTONS:
        if action in view.actions:
            grid.operator(operator, text=words).job_id = view.local_id


CLASSES = (AIMOCAP_UL_jobs,)
