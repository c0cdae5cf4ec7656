# SPDX-License-Identifier: GPL-3.0-or-later
"""Is it the same request? What decides is what the service would make of it, not its names."""

from __future__ import annotations

import hashlib

from .job import CaptureRequest, Job


def fingerprint(job: Job) -> str | None:
    """A mark that identical requests share; None while the clip is not hashed yet.

    Clip bytes, trim to the millisecond, service, target and version, fps and capture type.
    """
    if job.clip_sha256 is None:
        return None
    return request_mark(job.request, job.clip_sha256)


def request_mark(request: CaptureRequest, clip_sha256: str) -> str:
    """The mark of a request for a clip with that hash."""
    parts = (
        request.service.base_url,
        clip_sha256,
        f"{request.trim_start_seconds:.3f}",
        f"{request.trim_end_seconds:.3f}",
        str(request.export_fps),
        request.mocap_type,
        request.target_id,
        request.target_version or "",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
