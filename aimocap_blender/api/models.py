# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's JSON as types. Wire names stop here.

Reads today's contract and the older one, with or without the `data` envelope. Unknown fields are
ignored, unknown statuses and result types stay text. No model shows its input in an error text,
since that may be a secret address.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from .bodies import find_code, find_words
from .secret import Secret, scrubbed

TERMINAL_STATUSES = frozenset({"completed", "failed", "canceled"})


def _text(value: object) -> object:
    """Numbers where a text is expected are taken as text; a version may well be 3."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _secret(value: object) -> object:
    return Secret(value) if isinstance(value, str) else value


def _no_secret_if_empty(value: object) -> object:
    return Secret(value) if isinstance(value, str) and value else None


def _safe_in_a_path(value: str) -> str:
    """Ids become part of a path: one that would climb in it, or break a line, is refused."""
    if value in (".", "..") or not value.isprintable() or value != value.strip():
        raise ValueError("not an id")
    return value


_Id = Annotated[
    str,
    BeforeValidator(_text),
    Field(min_length=1, max_length=200),
    AfterValidator(_safe_in_a_path),
]
_Short = Annotated[str, BeforeValidator(_text), Field(max_length=200)]
_MaybeShort = Annotated[Annotated[str, Field(max_length=200)] | None, BeforeValidator(_text)]
_Url = Annotated[Secret, BeforeValidator(_secret)]
_MaybeUrl = Annotated[Secret | None, BeforeValidator(_no_secret_if_empty)]


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
        populate_by_name=True,
    )


class NewJob(_Wire):
    """What is sent to create a job: today's fields, no others. Seconds are of the source."""

    title: str = Field(serialization_alias="title", max_length=200)
    source_filename: str = Field(serialization_alias="sourceFilename", min_length=1)
    source_duration_seconds: float = Field(serialization_alias="sourceDurationSec", ge=0)
    trim_start_seconds: float = Field(serialization_alias="trimStartSec", ge=0)
    trim_end_seconds: float = Field(serialization_alias="trimEndSec", gt=0)
    export_fps: int = Field(serialization_alias="exportFps")
    mocap_type: str = Field(serialization_alias="mocapType")
    target_ids: tuple[str, ...] = Field(serialization_alias="targetIds", min_length=1)

    def to_wire(self) -> bytes:
        """The request's JSON."""
        return self.model_dump_json(by_alias=True).encode()


class Draft(_Wire):
    """A created job: its id and where the clip goes. `upload_url` is a secret."""

    remote_id: _Id = Field(validation_alias=AliasChoices("jobId", "id"))
    status: _Short = "draft"
    upload_url: _Url = Field(validation_alias=AliasChoices("uploadUrl"))

    @model_validator(mode="before")
    @classmethod
    def _from_nested(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("job"), dict):
            return {**value["job"], **{k: v for k, v in value.items() if k != "job"}}
        return value


def _newest_fraction(events: Any) -> float | None:
    """The last `fraction` between 0 and 1 in a list of events; None when there is none."""
    for event in reversed(events if isinstance(events, list) else []):
        fraction = event.get("fraction") if isinstance(event, dict) else None
        if isinstance(fraction, int | float) and not isinstance(fraction, bool):
            return float(fraction) if 0.0 <= fraction <= 1.0 else None
    return None


class RemoteJob(_Wire):
    """A job as the service tells it. `status` is kept as text, whatever it says.

    `progress` is the 0..1 `fraction` of its newest event that has one, None without: what events
    hold is not documented, but a service that measures says it there.
    """

    remote_id: _Id | None = Field(None, validation_alias=AliasChoices("id", "jobId"))
    status: Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200)]
    code: str = ""
    words: str = ""
    progress: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_either_shape(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        job = value.get("job")
        inner = job if isinstance(job, dict) else value
        status = inner.get("status")
        return {
            "id": inner.get("id", inner.get("jobId")),
            "status": scrubbed(status) if isinstance(status, str) else status,
            "code": find_code(value),
            "words": find_words(value),
            "progress": _newest_fraction(value.get("events")),
        }

    @property
    def is_terminal(self) -> bool:
        """Whether the service is done with it. An unknown status is not terminal."""
        return self.status in TERMINAL_STATUSES


class RemoteOutput(_Wire):
    """One target's output; the addresses are secrets, None when the artifact is missing."""

    target_id: _Short = Field("", validation_alias=AliasChoices("targetId"))
    result_type: _Short = Field("", validation_alias=AliasChoices("resultType"))
    fbx_url: _MaybeUrl = Field(None, validation_alias=AliasChoices("fbxUrl"))
    motion_json_url: _MaybeUrl = Field(None, validation_alias=AliasChoices("motionJsonUrl"))
    target_version: _MaybeShort = Field(None, validation_alias=AliasChoices("targetVersion"))


class RemoteResult(_Wire):
    """The result in either shape: the older flat one becomes a list of one output."""

    status: _Short = ""
    outputs: tuple[RemoteOutput, ...] = Field((), max_length=64)
    preview_url: _MaybeUrl = Field(None, validation_alias=AliasChoices("previewVideoUrl"))

    @model_validator(mode="before")
    @classmethod
    def _from_either_shape(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        inner = value.get("job")
        job: dict[str, Any] = inner if isinstance(inner, dict) else {}
        outputs = value.get("outputs")
        if outputs is None:
            flat = any(name in value for name in ("targetId", "fbxUrl", "motionJsonUrl"))
            outputs = [value] if flat else []
        beside = _version_in(value, job)
        if isinstance(outputs, list):
            outputs = [_with_version(item, beside) for item in outputs]
        return {
            "status": job.get("status", value.get("status", "")) or "",
            "outputs": outputs,
            "previewVideoUrl": value.get("previewVideoUrl"),
        }

    def output_for(self, target_id: str) -> RemoteOutput | None:
        """Our target's output; a single output that names no target is taken for ours."""
        for output in self.outputs:
            if output.target_id == target_id:
                return output
        if len(self.outputs) == 1 and not self.outputs[0].target_id:
            return self.outputs[0]
        return None


def _version_in(*holders: dict[str, Any]) -> Any:
    """The first version that is named there, None for none: null is not a version."""
    names = ("targetVersion", "avatarVersion")
    named = (holder.get(name) for holder in holders for name in names)
    return next((version for version in named if version is not None), None)


def _with_version(output: Any, beside: Any) -> Any:
    """An output inherits the version that stands beside the list, unless it has its own."""
    if not isinstance(output, dict):
        return output
    own = _version_in(output)
    return {**output, "targetVersion": beside if own is None else own}


def fields_of(error: ValidationError) -> str:
    """Names of the fields that do not fit, for a message; never their values."""
    names = sorted({".".join(str(part) for part in line["loc"][:3]) for line in error.errors()})
    return scrubbed(", ".join(name for name in names if name)[:120]) or "its whole shape"
