# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's error codes in words. The documented list is open: unknown codes stay text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What a code means for the user: two whole sentences."""

    what: str
    remedy: str


REFUSALS: dict[str, CodeWords] = {
    "export_fps_invalid": CodeWords(
        "The service does not offer this export frame rate.",
        "Choose 24, 30, 60 or 120 fps and capture again.",
    ),
    "mocap_type_invalid": CodeWords(
        "The service does not offer this capture type.",
        "Choose Full Body or Upper Body and capture again.",
    ),
    "api_target_ids_required": CodeWords(
        "The service wants a target and got none.",
        "Choose a target and capture again.",
    ),
    "api_target_unsupported": CodeWords(
        "The service does not offer this target through its API.",
        "Capture with the target Default instead, and retarget onto your character here.",
    ),
    "api_source_duration_invalid": CodeWords(
        "The service cannot work with the clip's duration.",
        "Check that the clip plays to its end, or convert it to MP4 and select it again.",
    ),
    "api_trim_range_invalid": CodeWords(
        "The service does not accept the part of the clip that was asked for.",
        "Trim the strip so that it lies inside its clip and capture again.",
    ),
    "api_duration_limit_exceeded": CodeWords(
        "The part of the clip is longer than your plan allows.",
        "Trim the strip shorter, or split it, and capture again.",
    ),
    "api_file_size_limit_exceeded": CodeWords(
        "The clip's file is larger than your plan allows.",
        "Make a smaller file (shorter, lower resolution) and select that.",
    ),
    "api_concurrency_limit_exceeded": CodeWords(
        "The service already runs as many of your jobs as your plan allows.",
        "Wait until one of them has finished, then retry.",
    ),
    "api_plan_inactive": CodeWords(
        "Your plan does not include the API at the moment.",
        "Activate the plan in your account, then retry.",
    ),
    "insufficient_api_v_credits": CodeWords(
        "Your account has too few API v-credits for this clip.",
        "Add API v-credits (web credits are a separate balance) or trim the strip, then retry.",
    ),
}
"""Codes the service documents for create and complete-upload."""


_SERVICE_BROKE = "Retry; if it fails again, look into the log of the local service."

JOB_FAILURES: dict[str, CodeWords] = {
    "no_person_detected": CodeWords(
        "No person was found in the clip.",
        "Choose a clip in which one person is seen whole, or trim to where one is.",
    ),
    "person_not_fully_visible": CodeWords(
        "The person in the clip is not seen whole.",
        "Trim to where the whole body is in the picture, or capture Upper Body only.",
    ),
    "clip_too_short": CodeWords(
        "The part of the clip is too short for a motion.",
        "Trim the strip longer and capture again.",
    ),
    "video_unreadable": CodeWords(
        "The clip could not be read.",
        "Convert it to MP4 (H.264) and select that; the same file would fail again.",
    ),
    "fbx_export_failed": CodeWords("The motion could not be written as FBX.", _SERVICE_BROKE),
    "preview_failed": CodeWords("The preview video could not be written.", _SERVICE_BROKE),
    "processing_failed": CodeWords("Processing the clip failed.", _SERVICE_BROKE),
    "processing_crashed": CodeWords("Processing the clip crashed.", _SERVICE_BROKE),
    "processing_interrupted": CodeWords("Processing the clip was interrupted.", _SERVICE_BROKE),
    "processing_timeout": CodeWords(
        "Processing the clip took longer than the local service allows.",
        "Trim the strip shorter, or allow more time in the local service's settings.",
    ),
    "processing_out_of_memory": CodeWords(
        "Processing the clip took more memory than the local service allows.",
        "Use a clip of lower resolution, or allow more memory in the local service's settings.",
    ),
}
"""Codes of failed jobs. The service documents none: these are the local service's."""


def refusal_words(code: str) -> CodeWords:
    """Words for a refusal; an unknown code is quoted."""
    return (
        REFUSALS.get(code)
        or JOB_FAILURES.get(code)
        or CodeWords(
            f"The service refused the request ({code}).",
            "Look the code up in the service's documentation, change what it names, then retry.",
        )
    )


def job_failure_words(code: str) -> CodeWords:
    """Words for a failed job; an unknown code is quoted, no code is said to be none."""
    known = JOB_FAILURES.get(code) or REFUSALS.get(code)
    if known is not None:
        return known
    reason = f"({code})" if code else "and gave no reason"
    return CodeWords(
        f"The service could not make a motion from this clip {reason}.",
        "Look at the source: one person, whole body, steady camera. Change the trim or the clip"
        " before capturing again.",
    )
