# SPDX-License-Identifier: GPL-3.0-or-later
"""The papers of a check: its contact sheet and its report, as files and on the action."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import bpy

from ...errors import AimocapError
from ...jobs.job import Job
from ...motion.checks.run import exhausted
from .. import provenance
from . import checking, files, findings, origins, reading, report, verdicts
from .checking import Checked
from .pictures import screening
from .pictures.screening import Projector
from .pictures.sheet import Sheet

SHEET = "aimocap_contact_sheet"
REPORT = "aimocap_check_report"


logger = logging.getLogger(__name__)


Result = TypeVar("Result")


class PaperError(AimocapError):
    """A sheet or a report can't be written."""


@dataclass(frozen=True)
class Progress:
    """How much is done, 0 to 1, and whether there is nothing to do now but wait."""

    done: float
    is_waiting: bool = False


def make(context: bpy.types.Context, armature: bpy.types.Object, jobs: Iterable[Job]) -> Path:
    """Check a motion, draw its sheet, write its report at one go; returns the report's path.

    Errors: those of a check, PaperError.
    """
    return exhausted(making(context, armature, jobs, in_window=False))


def making(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    jobs: Iterable[Job],
    *,
    in_window: bool = True,
) -> Generator[Progress, None, Path]:
    """The same in small steps; in a window so small that it does not stand still."""
    at_once = reading.FRAMES_AT_ONCE if in_window else None
    check = checking.steps(armature, jobs=jobs, at_once=at_once)
    checked = yield from meanwhile(check, Progress(0.0))
    projector = screening.projector() if in_window else screening.here
    sheet = new_sheet(checked, projector)
    with closing(sheet.steps()) as steps:
        for done in steps:
            yield Progress(0.95 * done, sheet.is_waiting)
    path = save_sheet(checked, sheet)
    yield Progress(0.96)
    show_in_editors(context, path)
    yield Progress(0.98)
    return write_report(checked)


def meanwhile(
    steps: Generator[object, None, Result], progress: Progress
) -> Generator[Progress, None, Result]:
    """Steps that do not tell how far they are."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield progress


def new_sheet(checked: Checked, projector: Projector = screening.here) -> Sheet:
    """The contact sheet of a check, to be drawn; `projector` decodes its video."""
    action = bpy.data.actions[checked.action_name]
    found = checked.findings
    title = f"{checked.action_name} on {checked.armature_name}   {findings.summary(found)}"
    footage = origins.footage_of(action, checked.record, checked.job)
    return Sheet(checked, footage, title, projector=projector)


def save_sheet(checked: Checked, sheet: Sheet) -> Path:
    """Write the drawn sheet beside the job. Errors: PaperError."""
    action = bpy.data.actions[checked.action_name]
    path = files.folder_of(checked.job) / f"{files.stem_of(action)}_sheet.png"
    try:
        sheet.save(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    action[SHEET] = str(path)
    return path


def show_in_editors(context: bpy.types.Context, path: Path) -> bpy.types.Image:
    """The sheet as an image of the file, shown in every open Image Editor."""
    image = bpy.data.images.load(str(path), check_existing=True)
    image.reload()
    screen = context.screen
    for area in screen.areas if screen is not None else ():
        if area.type == "IMAGE_EDITOR":
            area.spaces.active.image = image
    return image


def write_report(checked: Checked) -> Path:
    """Write the HTML report with the sheet there is. Errors: PaperError."""
    action = bpy.data.actions[checked.action_name]
    sheet = action.get(SHEET)
    facts = report.ReportFacts(
        title=f"{checked.action_name} on {checked.armature_name}",
        provenance=_provenance(action, checked),
        verdict=_verdict(action),
        sheet=Path(sheet) if isinstance(sheet, str) and sheet else None,
    )
    path = files.folder_of(checked.job) / f"{files.stem_of(action)}_report.html"
    try:
        page = report.to_html(checked.report, checked.findings, facts)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error
    action[REPORT] = str(path)
    return path


def note_verdict(action: bpy.types.Action) -> None:
    """Put the verdict into the report there is; one that is gone or locked stays as it is."""
    kept = action.get(REPORT)
    path = Path(kept) if isinstance(kept, str) and kept else None
    if path is None or not path.is_file():
        return
    try:
        page = path.read_text(encoding="utf-8")
        path.write_text(report.with_verdict(page, _verdict(action)), encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        logger.warning("the verdict could not be put into %s", path.name, exc_info=True)


def _provenance(action: bpy.types.Action, checked: Checked) -> tuple[tuple[str, str], ...]:
    record = checked.record
    rows = [
        ("Motion", Path(record.motion).name if record.motion else f"armature {record.armature}"),
        ("Source armature", record.armature),
        ("Part", f"{record.first_second:.2f} to {record.last_second:.2f} s"),
        ("Begins at", f"frame {record.start_frame:g}, {record.scene_fps:g} frames a second"),
        ("Settings", _settings(checked)),
    ]
    made = provenance.read(action)
    if made is not None:
        rows += [
            ("Job", made.job_id),
            ("Target", f"{made.target}, version {made.target_version}"),
            ("Clip", made.clip_name),
            ("Clip sha256", made.clip_sha256),
            ("Trim", f"{made.trim_start_seconds:.3f} to {made.trim_end_seconds:.3f} s"),
            ("Artifact sha256", made.artifact_sha256),
            ("Skeleton", made.skeleton),
            ("Applied", made.applied_at),
        ]
    return tuple(rows)


def _settings(checked: Checked) -> str:
    record = checked.record
    words = ["feet kept on the ground" if record.feet_on else "feet as they come"]
    words += ["in place"] if record.in_place else []
    words += ["root on the object" if record.root_on_object else "root on the hips"]
    words += ["upper body only"] if record.upper_body else []
    return ", ".join(words)


def _verdict(action: bpy.types.Action) -> tuple[tuple[str, str], ...]:
    word = verdicts.read(action)
    if word is None:
        return ()
    rows = [("Verdict", "accepted" if word.accepted else "rejected"), ("Cause", word.cause)]
    rows += [("Clean-up", word.clean_up), ("Note", word.note), ("By", word.person), ("At", word.at)]
    return tuple((name, words) for name, words in rows if words)


def _unwritable(path: Path, error: OSError) -> PaperError:
    reason = error.strerror or type(error).__name__
    return PaperError(f'"{path}" can\'t be written ({reason}).', remedy="Check its folder.")
