# SPDX-License-Identifier: GPL-3.0-or-later
"""What an applied motion remembers of its making: custom properties on action and armature.

`NAMES` is the one table of them; the README shows it. Plain strings and numbers only, so that
they survive append, link, glTF extras and a Blender without this extension. No secret ever: an
address is cut before its query, which may hold a signature.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy

UNKNOWN = "unknown"
VERDICT = "aimocap_verdict"
"""A person's word on a motion, and the beginning of the names of all that belongs to it."""


@dataclass(frozen=True)
class Provenance:
    """One applied motion. Times are seconds of the source; `applied_at` is UTC, ISO 8601."""

    job_id: str
    target: str
    target_version: str
    clip_name: str
    clip_sha256: str
    trim_start_seconds: float
    trim_end_seconds: float
    status: str
    artifact_url: str
    artifact_sha256: str
    skeleton_fingerprint: str
    skeleton: str
    export_fps: int
    capture_type: str
    applied_at: str
    submitted_at: str = ""
    finished_at: str = ""
    v_credits_estimated: int = 0
    v_credits_admitted: int = 0
    preview_verdict: str = ""


NAMES: dict[str, tuple[str, str]] = {
    "job_id": ("aimocap_job_id", "Id the service gave the job"),
    "target": ("aimocap_target", "Target that was asked for"),
    "target_version": (
        "aimocap_target_version",
        'Published version of the target: as the result tells, else the registry, else "unknown"',
    ),
    "clip_name": ("aimocap_clip_name", "File name of the source video"),
    "clip_sha256": ("aimocap_clip_sha256", "sha256 of the source video"),
    "trim_start_seconds": (
        "aimocap_trim_start_seconds",
        "Start of the trim, seconds of the source",
    ),
    "trim_end_seconds": ("aimocap_trim_end_seconds", "End of the trim, seconds of the source"),
    "status": ("aimocap_status", "Terminal status of the job"),
    "artifact_url": ("aimocap_artifact_url", "Address of the motion file, without its query"),
    "artifact_sha256": ("aimocap_artifact_sha256", "sha256 of the motion file"),
    "skeleton_fingerprint": (
        "aimocap_skeleton_fingerprint",
        "Fingerprint of the skeleton the service returned",
    ),
    "skeleton": (
        "aimocap_skeleton",
        'Whether that is the accepted skeleton of its version: accepted, changed or "unknown"',
    ),
    "export_fps": ("aimocap_export_fps", "Frames per second that were asked for"),
    "capture_type": ("aimocap_capture_type", "full_body or upper_body"),
    "applied_at": ("aimocap_applied_at", "When the motion was applied, UTC, ISO 8601"),
    "submitted_at": ("aimocap_submitted_at", "When the job was submitted, UTC, ISO 8601"),
    "finished_at": ("aimocap_finished_at", "When its result was fetched, UTC, ISO 8601"),
    "v_credits_estimated": (
        "aimocap_v_credits_estimated",
        "API v-credits the job was estimated to cost",
    ),
    "v_credits_admitted": (
        "aimocap_v_credits_admitted",
        "The same when the service is known to have accepted the job, else 0",
    ),
    "preview_verdict": (
        "aimocap_preview_verdict",
        "What a person said of the service's preview: good, bad, empty while nobody has",
    ),
}


def write(block: bpy.types.ID, provenance: Provenance) -> None:
    """Put the table's properties on a data-block, over those of an earlier motion."""
    for field, (name, description) in NAMES.items():
        block[name] = getattr(provenance, field)
        block.id_properties_ui(name).update(description=description)


def mark_preview(block: bpy.types.ID, word: str) -> None:
    """Put a word on the service's preview on a data-block that carries one of our motions."""
    block[NAMES["preview_verdict"][0]] = word


def forget_verdict(block: bpy.types.ID) -> None:
    """Take a person's word off a data-block: another motion is on it now."""
    for name in [name for name in block.keys() if name.startswith(VERDICT)]:  # noqa: SIM118
        del block[name]


def read(block: bpy.types.ID) -> Provenance | None:
    """What a data-block remembers; None when it carries none of our motions."""
    if block.get(NAMES["job_id"][0]) is None:
        return None

    def text(field: str) -> str:
        value = block.get(NAMES[field][0])
        return value if isinstance(value, str) else ""

    def number(field: str) -> float:
        value = block.get(NAMES[field][0])
        return value if isinstance(value, int | float) else 0

    return Provenance(
        job_id=text("job_id"),
        target=text("target"),
        target_version=text("target_version"),
        clip_name=text("clip_name"),
        clip_sha256=text("clip_sha256"),
        trim_start_seconds=float(number("trim_start_seconds")),
        trim_end_seconds=float(number("trim_end_seconds")),
        status=text("status"),
        artifact_url=text("artifact_url"),
        artifact_sha256=text("artifact_sha256"),
        skeleton_fingerprint=text("skeleton_fingerprint"),
        skeleton=text("skeleton"),
        export_fps=int(number("export_fps")),
        capture_type=text("capture_type"),
        applied_at=text("applied_at"),
        submitted_at=text("submitted_at"),
        finished_at=text("finished_at"),
        v_credits_estimated=int(number("v_credits_estimated")),
        v_credits_admitted=int(number("v_credits_admitted")),
        preview_verdict=text("preview_verdict"),
    )
