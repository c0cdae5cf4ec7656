# SPDX-License-Identifier: GPL-3.0-or-later
"""A job as text to copy into a bug report: versions, states, ids. No secrets, no folders."""

from __future__ import annotations

import datetime
import platform
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..api.secret import scrubbed
from .job import Job
from .plan import plan_for


def report_of(job: Job, versions: Mapping[str, str] | None = None) -> str:
    """The report. `versions` names what the caller knows (Blender's, the extension's).

    The clip's name and the user's folders stay out; the service shows as its host.
    """
    request = job.request
    trim = f"{request.trim_start_seconds:.3f} to {request.trim_end_seconds:.3f}"
    cost = f"admitted {job.admitted}, about {request.estimated_v_credits} v-credits"
    lines = [
        "AIMoCap job report",
        *(f"{name}: {text}" for name, text in (versions or {}).items()),
        f"Python {platform.python_version()} on {sys.platform}",
        f"Service: {request.service.kind}, {urlsplit(request.service.base_url).hostname}",
        f"Job: {job.local_id}, at the service {job.remote_id or 'none'}",
        f"State: {job.state.value}, the service says: {scrubbed(job.remote_status) or 'nothing'}",
        f"Target: {scrubbed(request.target_id)}, version {job.target_version or 'unknown'}",
        f"Request: {request.mocap_type}, {request.export_fps} fps",
        f"Trim: {trim} of {request.source_duration_seconds:.3f} s",
        f"Clip: {job.clip_bytes or 'unknown'} bytes, sha256 {job.clip_sha256 or 'unknown'}",
        f"Drafts {job.drafts}, hand-overs {job.completes}, {cost}",
    ]
    lines += [
        f"Artifact: {item.kind}, {item.bytes} bytes, sha256 {item.sha256}" for item in job.artifacts
    ]
    if job.failure is not None:
        lines.append(f"Failure: {job.failure.code}: {scrubbed(job.failure.sentence)}")
        plan = plan_for(job)
        if plan is not None:
            lines.append(f"Plan: {plan.cause.value}; {plan.cost.value}")
    lines.append("History:")
    lines += [
        f"  {_stamp(note.wall_seconds)}  {note.state.value}  {scrubbed(note.words)}"
        for note in job.history
    ]
    return "\n".join(lines) + "\n"


def _stamp(wall_seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(wall_seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
