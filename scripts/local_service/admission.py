# SPDX-License-Identifier: GPL-3.0-or-later
"""What is checked before a job may run: at create from what the client says, at complete-upload
from the video itself. No I/O; times are seconds of the source video.
"""

from __future__ import annotations

from dataclasses import dataclass

from .contract import CreateJob
from .errors import ApiError, ErrorCode
from .journal import price
from .records import Contract, NewJob
from .settings import Settings
from .targets import Catalogue

# Containers round their length, and editors round a trim to frames of their own rate.
END_SLACK_SECONDS = 0.1
SLACK_FRAMES = 2.0
# Below this there is nothing to capture: less than a frame at the slowest documented rate.
SHORTEST_SECONDS = 1 / 24


@dataclass(frozen=True)
class VideoFacts:
    """What probing found in the uploaded file."""

    duration_seconds: float
    fps: float
    frames: int
    width: int
    height: int


@dataclass(frozen=True)
class Account:
    """What the plan and the balance allow at this moment."""

    active_jobs: int
    balance: int


def new_job(body: CreateJob, settings: Settings, catalogue: Catalogue, account: Account) -> NewJob:
    """The job a create request asks for. Raises ApiError for what can be told already."""
    if not settings.plan_active:
        raise ApiError(ErrorCode.PLAN_INACTIVE, "The API plan of this account is not active.")
    older = body.target_ids is None and body.target_id is not None
    listed = [body.target_id] if older and body.target_id else body.target_ids or []
    target_ids = tuple(dict.fromkeys(listed))
    catalogue.check(target_ids)
    if body.source_duration_sec is not None and body.source_duration_sec <= 0:
        raise ApiError(ErrorCode.SOURCE_DURATION_INVALID, "sourceDurationSec must be above 0.")
    start = body.trim_start_sec or 0.0
    seconds = _declared_trim(start, body.trim_end_sec, body.source_duration_sec)
    if seconds is not None:
        check_duration(seconds, settings)
    check_size(int(body.source_bytes or 0), settings)
    if account.active_jobs >= settings.concurrency:
        raise ApiError(
            ErrorCode.CONCURRENCY_LIMIT,
            f"{account.active_jobs} jobs are queued or processing, and that is the limit.",
        )
    needed = price(seconds if seconds is not None else SHORTEST_SECONDS)
    if account.balance < needed:
        raise ApiError(
            ErrorCode.INSUFFICIENT_CREDITS,
            f"The job needs {needed} v-credit and {account.balance} are left.",
        )
    return NewJob(
        title=body.title,
        source_filename=body.source_filename,
        contract=Contract.OLDER if older else Contract.TODAY,
        target_ids=target_ids,
        mocap_type=body.mocap_type or "full_body",
        export_fps=int(body.export_fps or 30),
        trim_start=start,
        trim_end=body.trim_end_sec,
    )


def _declared_trim(start: float, end: float | None, duration: float | None) -> float | None:
    """Length of the trim as far as the request tells it; None when only the file can tell."""
    if start < 0:
        raise _bad_trim("trimStartSec must not be negative")
    if end is not None and end - start < SHORTEST_SECONDS:
        raise _bad_trim("trimEndSec must be later than trimStartSec by at least a frame")
    if duration is not None:
        if start >= duration:
            raise _bad_trim("trimStartSec is after the end of the video")
        if end is not None and end > duration + END_SLACK_SECONDS:
            raise _bad_trim("trimEndSec is after the end of the video")
    last = end if end is not None else duration
    return None if last is None else last - start


def admitted_trim(
    start: float, end: float | None, facts: VideoFacts, settings: Settings
) -> tuple[float, float]:
    """The part of the real video that will be captured, as (start, end).

    An end that is past the file by no more than rounding is cut to the file. Raises ApiError for
    a range outside the file and for one longer than the plan allows.
    """
    duration = facts.duration_seconds
    slack = max(END_SLACK_SECONDS, SLACK_FRAMES / facts.fps if facts.fps > 0 else 0.0)
    if end is not None and end > duration + slack:
        raise _bad_trim(f"the trim ends at {end:g} s and the video at {duration:g} s")
    last = duration if end is None else min(end, duration)
    if last - start < SHORTEST_SECONDS:
        raise _bad_trim(f"nothing of the video's {duration:g} s lies in the trim")
    check_duration(last - start, settings)
    return start, last


def check_duration(seconds: float, settings: Settings) -> None:
    """Refuse a trim that is longer than the plan allows, by more than rounding."""
    if seconds > settings.max_seconds + 1e-3:
        raise ApiError(
            ErrorCode.DURATION_LIMIT,
            f"The trim is {seconds:g} s long and the plan allows {settings.max_seconds:g} s.",
        )


def check_size(size: int, settings: Settings) -> None:
    """Refuse a file of more bytes than the plan allows."""
    if size > settings.max_bytes:
        raise ApiError(
            ErrorCode.FILE_SIZE_LIMIT,
            f"The file is larger than the plan's limit of {settings.max_bytes} bytes.",
        )


def _bad_trim(why: str) -> ApiError:
    return ApiError(ErrorCode.TRIM_RANGE_INVALID, f"The trim range is not valid: {why}.")
