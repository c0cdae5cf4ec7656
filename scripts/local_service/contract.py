# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire: request and answer models and statuses, as the service documents them.

Wire names (camelCase) stand here and nowhere else; the codes of errors stand in `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from .errors import ApiError, ErrorCode

EXPORT_FPS = (24, 30, 60, 120)


class JobStatus(StrEnum):
    """Documented statuses of a job; the last three are terminal."""

    DRAFT = "draft"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_terminal(self) -> bool:
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELED)


class Wire(BaseModel):
    """camelCase on the wire, snake_case here; unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


def _export_fps(value: float) -> int:
    if value not in EXPORT_FPS:
        raise ValueError("must be 24, 30, 60 or 120")
    return int(value)


# Strict: the contract says number, so "12" and true are refused rather than guessed at.
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e9, le=1e9)]
TargetId = Annotated[str, Field(min_length=1, max_length=200)]


class CreateJob(Wire):
    """Body of create: today's fields, and those of the older contract beside them."""

    title: Annotated[str, Field(max_length=1000)] | None = None
    source_filename: Annotated[str, Field(min_length=1, max_length=1000)]
    source_duration_sec: Seconds | None = None
    trim_start_sec: Seconds | None = None
    trim_end_sec: Seconds | None = None
    export_fps: (
        Annotated[float, Field(strict=True, allow_inf_nan=False), AfterValidator(_export_fps)]
        | None
    ) = None
    mocap_type: Literal["full_body", "upper_body"] | None = None
    target_ids: Annotated[list[TargetId], Field(max_length=16)] | None = None
    target_id: TargetId | None = None
    source_type: Literal["upload"] | None = None
    source_bytes: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)] | None = None


_FIELD_CODES: Mapping[str, ErrorCode] = {
    "exportFps": ErrorCode.EXPORT_FPS_INVALID,
    "mocapType": ErrorCode.MOCAP_TYPE_INVALID,
    "targetIds": ErrorCode.TARGET_IDS_REQUIRED,
    "targetId": ErrorCode.TARGET_IDS_REQUIRED,
    "sourceDurationSec": ErrorCode.SOURCE_DURATION_INVALID,
    "trimStartSec": ErrorCode.TRIM_RANGE_INVALID,
    "trimEndSec": ErrorCode.TRIM_RANGE_INVALID,
}


def refused_body(problems: Sequence[Mapping[str, Any]]) -> ApiError:
    """The error for a body that does not validate, from pydantic's list of problems.

    A missing or malformed field of no documented code comes first, because the others may follow
    from it; the values themselves are not repeated in the answer.
    """
    found = []
    for problem in problems:
        place = [str(part) for part in problem["loc"] if part != "body"]
        name = place[0] if place and problem["type"] != "json_invalid" else ""
        code = _FIELD_CODES.get(name, ErrorCode.INVALID_REQUEST)
        found.append((code, f"{name}: {problem['msg']}." if name else f"{problem['msg']}."))
    found.sort(key=lambda item: item[0] is not ErrorCode.INVALID_REQUEST)
    code, message = found[0] if found else (ErrorCode.INVALID_REQUEST, "The body is not valid.")
    return ApiError(code, message)


Value = TypeVar("Value")
# A field that an answer leaves out where there is nothing to say, instead of a null.
Absent = Annotated[Value | None, Field(exclude_if=lambda value: value is None)]


class CreatedJob(Wire):
    """Answer of create."""

    job_id: str
    status: JobStatus
    mocap_type: str
    upload_url: str
    source_key: str


class JobHead(Wire):
    """The job itself; the error fields appear only in a failed job."""

    id: str
    status: JobStatus
    target_ids: list[str]
    title: Absent[str] = None
    mocap_type: Absent[str] = None
    export_fps: Absent[int] = None
    created_at: Absent[str] = None
    updated_at: Absent[str] = None
    completed_at: Absent[str] = None
    error_code: Absent[str] = None
    error_message: Absent[str] = None


class Event(Wire):
    """Something that happened to a job: a change of status, or progress within a stage."""

    type: Literal["status", "progress"]
    at: str
    status: Absent[JobStatus] = None
    stage: Absent[str] = None
    fraction: Absent[float] = None
    message: Absent[str] = None


class JobView(Wire):
    """Answer of the job call. `result` stays null: the result has a call of its own."""

    job: JobHead
    events: list[Event]
    result: None = None


class CompletedUpload(Wire):
    """Answer of complete-upload, the same for a repeated call: where the job stands now."""

    job_id: str
    status: JobStatus
    job: JobHead


class Output(Wire):
    """One target's artifact. `targetVersion` is an extension of this service: the published
    version of a custom avatar that made it.
    """

    target_id: str
    result_type: Literal["fbx", "robot_motion_json"]
    fbx_url: Absent[str] = None
    motion_json_url: Absent[str] = None
    target_version: Absent[str] = None


class ResultView(Wire):
    """Answer of the result call, today's shape."""

    job: JobHead
    preview_video_url: str | None
    outputs: list[Output]


class OlderResult(Wire):
    """Answer of the result call to a job that was created with the older contract."""

    job_id: str
    status: JobStatus
    target_id: str
    result_type: str | None
    target_version: Absent[str] = None
    fbx_url: str | None = None
    preview_video_url: str | None
    manifest_url: str | None
    created_at: str
    updated_at: str
    completed_at: str | None


class ErrorDetail(Wire):
    """A code for programs and a sentence for people."""

    code: str
    message: str


class ErrorBody(Wire):
    """Body of every error."""

    error: ErrorDetail


Content = TypeVar("Content")


class Envelope(BaseModel, Generic[Content]):
    """`{"data": ...}`, as the official example reads it."""

    data: Content


def iso_time(unix_seconds: float) -> str:
    """Unix seconds as ISO 8601 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(unix_seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
