# SPDX-License-Identifier: GPL-3.0-or-later
"""The Targets panel: what may be chosen and why the rest may not, and a version's acceptance."""

from __future__ import annotations

from bpy.types import Context, Panel, UILayout

from ..bridge import target_screen
from ..bridge.target_screen import ClipLine, TargetRow, VersionView
from ..bridge.words import shorten_middle
from .layout import Icon, paragraph
from .panels import InView3D

_STEPS = {
    "draft": (("test", "Begin Testing"), ("retire", "Retire")),
    "testing": (("revise", "Back to Draft"), ("retire", "Retire")),
    "published": (("reopen", "Test Again"), ("retire", "Retire")),
    "retired": (("reopen", "Test Again"),),
}
_CHECK_ICONS: dict[str, Icon] = {"pass": "CHECKMARK", "look": "INFO", "fail": "ERROR", "": "NONE"}
_PICTURE_SCALE, _PASSED_SCALE = 9.0, 5.0


class AIMOCAP_PT_targets(InView3D, Panel):
    """Published targets, their versions and their acceptance"""

    bl_label = "Targets"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, context: Context) -> None:
        view = target_screen.targets_view(context)
        if view is not None:
            self.layout.label(text=shorten_middle(view.summary, 28))

    def draw(self, context: Context) -> None:
        layout = self.layout
        view = target_screen.targets_view(context)
        if view is None:
            layout.label(text="Opening the target registry...")
            return
        paragraph(layout, view.trouble, icon="ERROR")
        for remark in view.remarks:
            paragraph(layout, remark, icon="INFO")
        _draw_news(layout, view.news)
        for row in view.rows:
            _draw_target(layout, row, view.shown)
        buttons = layout.row(align=True)
        buttons.operator("aimocap.record_avatar", text="Record Avatar", icon="ADD")
        buttons.operator("aimocap.reload_targets", text="", icon="FILE_REFRESH")
        paragraph(layout, "Avatars are uploaded, bound and published in the Studio")
        layout.operator("wm.url_open", text="Open Studio").url = target_screen.STUDIO_URL
        paragraph(layout, view.readiness, icon="INFO")
        _draw_set(layout.box(), view.clips)
        _draw_usage(layout.box(), view.usage)


def _draw_news(layout: UILayout, news: tuple[str, ...]) -> None:
    """What others have changed, until it was read."""
    if not news:
        return
    box = layout.box()
    for sentence in news:
        paragraph(box, sentence, icon="COMMUNITY")
    box.operator("aimocap.reload_targets", text="Mark as Read")


def _draw_target(layout: UILayout, row: TargetRow, shown: VersionView | None) -> None:
    column = layout.column(align=True)
    head = column.row()
    head.label(text=row.name, icon="CHECKMARK" if row.selectable else "LOCKED")
    head.operator("aimocap.run_readiness", text="", icon="VIEWZOOM").target_id = row.target_id
    if row.kind == "avatar":
        head.operator("aimocap.bump_version", text="", icon="ADD").target_id = row.target_id
    paragraph(column, row.words)
    labels = column.row(align=True)
    for label in row.versions[-4:]:
        button = labels.operator("aimocap.show_version", text=f"Version {label}")
        button.target_id, button.version = row.target_id, label
    if shown is not None and shown.target_id == row.target_id:
        box = layout.box()
        box.label(text=f"{shown.name}, version {shown.label}: {shown.state}")
        if shown.reason not in row.words:
            paragraph(box, shown.reason)
        _draw_version(box, shown)


def _draw_version(box: UILayout, view: VersionView) -> None:
    for fact in view.facts:
        paragraph(box, fact)
    if view.held:
        paragraph(box, f"On hold: {view.held}", icon="ERROR")
        lift = box.operator("aimocap.lift_hold", text="Lift the Hold...")
        lift.target_id, lift.version = view.target_id, view.label
    if view.earlier:
        box.label(text=f"Compared with version {view.earlier}")
    for clip in view.clips:
        _draw_clip(box.box(), view, clip)
    if view.missing:
        paragraph(box, f"Not ready: {view.missing}", icon="INFO")
    if view.publishable:
        _step(box, view, "publish", "Publish for Use")
    run = box.column()
    run.enabled = view.can_run
    button = run.operator("aimocap.run_acceptance", text=view.run)
    button.target_id, button.version = view.target_id, view.label
    paragraph(box, view.remark)
    if any(clip.picture for clip in view.clips):
        box.operator("aimocap.show_acceptance_scene").scene = view.scene
    steps = box.row(align=True)
    for event, words in _STEPS[view.state]:
        _step(steps, view, event, words)


def _draw_clip(box: UILayout, view: VersionView, clip: ClipLine) -> None:
    head = box.row()
    head.label(text=f"{clip.category}: {shorten_middle(clip.name, 22)}")
    if clip.checks:
        head.label(text=f"checks: {clip.checks}", icon=_CHECK_ICONS[clip.checks])
    line = box.row()
    line.label(text=clip.state)
    if clip.earlier:
        line.label(text=f"before: {clip.earlier}")
    paragraph(box, clip.note)
    icon = target_screen.picture_icon(clip.picture)
    if icon:
        box.template_icon(icon_value=icon, scale=_PASSED_SCALE if clip.passed else _PICTURE_SCALE)
        box.operator("wm.path_open", text="Open Picture").filepath = clip.picture
    if clip.trouble:
        paragraph(box, clip.trouble, icon="ERROR")
        box.operator("aimocap.apply_acceptance", text="Try Again").job_id = clip.local_id
    if clip.judgeable:
        row = box.row(align=True)
        buttons = (
            row.operator("aimocap.pass_acceptance", icon="CHECKMARK"),
            row.operator("aimocap.reject_acceptance", icon="X"),
        )
        for button in buttons:
            button.target_id, button.version = view.target_id, view.label
            button.clip = clip.name


def _draw_set(box: UILayout, clips: tuple[str, ...]) -> None:
    head = box.row(align=True)
    head.label(text="Acceptance Set")
    head.operator("aimocap.acceptance_categories", text="", icon="GROUP")
    head.operator("aimocap.add_acceptance_clip", text="", icon="ADD")
    for words in clips:
        row = box.row()
        row.label(text=shorten_middle(words, 34))
        name = words.split(": ", 1)[1]
        row.operator("aimocap.remove_acceptance_clip", text="", icon="X").name = name


def _draw_usage(box: UILayout, lines: tuple[str, ...]) -> None:
    head = box.row(align=True)
    head.label(text="Usage")
    head.operator("aimocap.show_usage", text="", icon="FILE_REFRESH")
    head.operator("aimocap.export_jobs", text="", icon="EXPORT")
    for line in lines[:8]:
        paragraph(box, line)
    if lines:
        paragraph(box, "API v-credits only, our own account of them", icon="INFO")


def _step(layout: UILayout, view: VersionView, event: str, words: str) -> None:
    button = layout.operator("aimocap.step_version", text=words)
    button.target_id, button.version, button.event = view.target_id, view.label, event


CLASSES = (AIMOCAP_PT_targets,)
