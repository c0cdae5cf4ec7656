# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes and what each is over HTTP.

Codes marked as our own are not documented by AIMoCap: the contract leaves those cases open and
clients are told to expect an open list.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ErrorCode(StrEnum):
    """Codes of refused requests and of failed jobs."""

    # Documented, at create.
    EXPORT_FPS_INVALID = "export_fps_invalid"
    MOCAP_TYPE_INVALID = "mocap_type_invalid"
    TARGET_IDS_REQUIRED = "api_target_ids_required"
    TARGET_UNSUPPORTED = "api_target_unsupported"
    SOURCE_DURATION_INVALID = "api_source_duration_invalid"
    # Documented, at create and complete-upload.
    TRIM_RANGE_INVALID = "api_trim_range_invalid"
    DURATION_LIMIT = "api_duration_limit_exceeded"
    FILE_SIZE_LIMIT = "api_file_size_limit_exceeded"
    CONCURRENCY_LIMIT = "api_concurrency_limit_exceeded"
    PLAN_INACTIVE = "api_plan_inactive"
    INSUFFICIENT_CREDITS = "insufficient_api_v_credits"
    # Our own, for requests.
    INVALID_REQUEST = "invalid_request"
    UNAUTHORIZED = "unauthorized"
    HOST_REFUSED = "host_refused"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    REQUEST_TOO_LARGE = "request_too_large"
    REQUEST_TIMEOUT = "request_timeout"
    JOB_NOT_FOUND = "job_not_found"
    UPLOAD_URL_INVALID = "upload_url_invalid"
    UPLOAD_URL_EXPIRED = "upload_url_expired"
    UPLOAD_CLOSED = "upload_closed"
    UPLOAD_EMPTY = "upload_empty"
    UPLOAD_MISSING = "upload_missing"
    VIDEO_UNREADABLE = "video_unreadable"
    RESULT_NOT_READY = "result_not_ready"
    ARTIFACT_URL_INVALID = "artifact_url_invalid"
    ARTIFACT_URL_EXPIRED = "artifact_url_expired"
    ARTIFACT_MISSING = "artifact_missing"
    STORAGE_FAILED = "storage_failed"
    SHUTTING_DOWN = "service_stopping"
    INTERNAL = "internal_error"
    # Our own, for jobs that failed while processing; the capture adds its own.
    AVATAR_UNUSABLE = "avatar_unusable"
    PROCESSING_FAILED = "processing_failed"
    PROCESSING_CRASHED = "processing_crashed"
    PROCESSING_TIMEOUT = "processing_timeout"
    PROCESSING_OUT_OF_MEMORY = "processing_out_of_memory"
    PROCESSING_INTERRUPTED = "processing_interrupted"


_HTTP_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.EXPORT_FPS_INVALID: 422,
    ErrorCode.MOCAP_TYPE_INVALID: 422,
    ErrorCode.TARGET_IDS_REQUIRED: 422,
    ErrorCode.TARGET_UNSUPPORTED: 422,
    ErrorCode.SOURCE_DURATION_INVALID: 422,
    ErrorCode.TRIM_RANGE_INVALID: 422,
    ErrorCode.DURATION_LIMIT: 422,
    ErrorCode.VIDEO_UNREADABLE: 422,
    ErrorCode.FILE_SIZE_LIMIT: 413,
    ErrorCode.REQUEST_TOO_LARGE: 413,
    ErrorCode.CONCURRENCY_LIMIT: 429,
    ErrorCode.INSUFFICIENT_CREDITS: 402,
    ErrorCode.PLAN_INACTIVE: 403,
    ErrorCode.UPLOAD_URL_INVALID: 403,
    ErrorCode.UPLOAD_URL_EXPIRED: 403,
    ErrorCode.ARTIFACT_URL_INVALID: 403,
    ErrorCode.ARTIFACT_URL_EXPIRED: 403,
    ErrorCode.UNAUTHORIZED: 401,
    ErrorCode.JOB_NOT_FOUND: 404,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.ARTIFACT_MISSING: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.REQUEST_TIMEOUT: 408,
    ErrorCode.UPLOAD_CLOSED: 409,
    ErrorCode.UPLOAD_MISSING: 409,
    ErrorCode.RESULT_NOT_READY: 409,
    ErrorCode.HOST_REFUSED: 421,
    ErrorCode.SHUTTING_DOWN: 503,
    ErrorCode.STORAGE_FAILED: 507,
    ErrorCode.INTERNAL: 500,
}
_HEADERS: Mapping[ErrorCode, Mapping[str, str]] = {
    ErrorCode.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    ErrorCode.CONCURRENCY_LIMIT: {"Retry-After": "10"},
    ErrorCode.SHUTTING_DOWN: {"Retry-After": "5"},
}


class ApiError(Exception):
    """A request that is answered with an error: a code and a sentence."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def http_status(self) -> int:
        return _HTTP_STATUS.get(self.code, 400)

    @property
    def headers(self) -> Mapping[str, str]:
        return _HEADERS.get(self.code, {})
