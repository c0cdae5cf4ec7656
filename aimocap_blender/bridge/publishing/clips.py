# SPDX-License-Identifier: GPL-3.0-or-later
"""The acceptance set's clips: as files, beside the registry where they are kept there, and as
captures.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...clips import files, trim
from ...jobs.job import CaptureRequest, Placement
from .. import settings, strips

if TYPE_CHECKING:
    from ...targets.model import AcceptanceClip, Target

_EXPORT_FPS = 30
_USUAL_CATEGORY = "style"


def path_of(registry: Path, clip: AcceptanceClip) -> Path:
    """The clip's file; `registry` is the registry's."""
    path = Path(clip.path)
    return path if path.is_absolute() else registry.parent / path


def kept_path(registry: Path, path: Path) -> str:
    """How a clip's file is written into the registry: from its folder when it lies below."""
    home, whole = registry.parent.resolve(), path.resolve()
    return whole.relative_to(home).as_posix() if whole.is_relative_to(home) else str(whole)


def request(
    registry: Path,
    clip: AcceptanceClip,
    target: Target,
    version: str | None,
    *,
    title: str,
    placement: Placement,
) -> CaptureRequest:
    """The capture of a clip with a version of a target, as all that judge one ask for it."""
    path = path_of(registry, clip)
    return CaptureRequest(
        title=title,
        service=settings.read().service,
        clip_path=path,
        clip_name=path.name,
        source_duration_seconds=max(clip.source_duration_seconds, clip.trim_end_seconds),
        trim_start_seconds=clip.trim_start_seconds,
        trim_end_seconds=clip.trim_end_seconds,
        export_fps=_EXPORT_FPS,
        mocap_type="full_body",
        target_id=target.id,
        target_name=target.name,
        target_version=version,
        placement=placement,
    )


def of_strip(
    registry: Path, context: bpy.types.Context, category: str, name: str = ""
) -> AcceptanceClip:
    """The active movie strip's visible part as a clip of the set.

    Errors: `ClipError` for a strip that can't be sent. Reads the whole file for its hash.
    """
    from ...targets.model import AcceptanceClip

    plan = trim.plan(strips.active(context))
    files.examine(plan.path)
    return AcceptanceClip(
        name=name.strip() or plan.name,
        category=category.strip() or _USUAL_CATEGORY,
        path=kept_path(registry, plan.path),
        sha256=files.sha256_of(plan.path),
        trim_start_seconds=plan.start_seconds,
        trim_end_seconds=plan.end_seconds,
        source_duration_seconds=plan.source_duration_seconds,
    )
