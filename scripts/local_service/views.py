# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as the client sees them: wire models with URLs."""

from __future__ import annotations

from urllib.parse import quote

from .artifacts import MANIFEST, Product
from .contract import (
    CompletedUpload,
    CreatedJob,
    Event,
    JobHead,
    JobStatus,
    JobView,
    OlderResult,
    Output,
    ResultView,
    iso_time,
)
from .errors import ApiError, ErrorCode
from .records import Contract, EventRow, Job
from .service import Draft, Service


def created(draft: Draft, base: str) -> CreatedJob:
    """`base` is the origin that the client speaks to, without a slash at the end."""
    job = draft.job
    return CreatedJob(
        job_id=job.id,
        status=job.status,
        mocap_type=job.asked.mocap_type,
        upload_url=f"{base}/uploads/{job.id}/{draft.upload_token}",
        source_key=f"uploads/{job.id}/source",
    )


def head(job: Job) -> JobHead:
    """The job itself."""
    return JobHead(
        id=job.id,
        status=job.status,
        target_ids=list(job.asked.target_ids),
        title=job.asked.title,
        mocap_type=job.asked.mocap_type,
        export_fps=job.asked.export_fps,
        created_at=iso_time(job.created_at),
        updated_at=iso_time(job.updated_at),
        completed_at=iso_time(job.completed_at) if job.completed_at else None,
        error_code=job.error_code,
        error_message=job.error_message,
    )


def completed_upload(job: Job) -> CompletedUpload:
    """The answer of complete-upload."""
    return CompletedUpload(job_id=job.id, status=job.status, job=head(job))


def job_view(job: Job, events: list[EventRow]) -> JobView:
    """The answer of the job call."""
    return JobView(job=head(job), events=[_event(row) for row in events])


def _event(row: EventRow) -> Event:
    return Event(
        type="status" if row.kind == "status" else "progress",
        at=iso_time(row.at),
        status=JobStatus(row.status) if row.status else None,
        stage=row.stage,
        fraction=row.fraction,
        message=row.message,
    )


def result(service: Service, job: Job, base: str) -> ResultView | OlderResult:
    """The result, in the shape of the contract that the job was created with.

    A failed job has one too, without outputs: the official example asks for it in every case.
    Raises ApiError while the job is not finished.
    """
    if not job.status.is_terminal:
        raise ApiError(
            ErrorCode.RESULT_NOT_READY, f"The job is {job.status} and has no result yet."
        )
    product = Product.from_json(job.product) if job.product else None

    def url(name: str | None) -> str | None:
        if product is None or name is None:
            return None
        query = service.artifact_query(job.id, name)
        return f"{base}/artifacts/{job.id}/{quote(name)}?{query}"

    preview = product.preview if product else None
    if job.asked.contract is Contract.OLDER:
        target_id = job.asked.target_ids[0]
        motion = product.motion_of(target_id) if product else None
        return OlderResult(
            job_id=job.id,
            status=job.status,
            target_id=target_id,
            target_version=product.version_of(target_id) if product else None,
            result_type="fbx",
            fbx_url=url(motion),
            preview_video_url=url(preview),
            manifest_url=url(MANIFEST),
            created_at=iso_time(job.created_at),
            updated_at=iso_time(job.updated_at),
            completed_at=iso_time(job.completed_at) if job.completed_at else None,
        )
    outputs = []
    if product is not None:
        outputs = [
            Output(
                target_id=target_id,
                result_type="fbx",
                fbx_url=url(product.motion_of(target_id)),
                target_version=product.version_of(target_id),
            )
            for target_id in job.asked.target_ids
            if _is_delivered(service, product, target_id)
        ]
    return ResultView(job=head(job), preview_video_url=url(preview), outputs=outputs)


def _is_delivered(service: Service, product: Product, target_id: str) -> bool:
    """Whether the job has something for that target: also of an avatar taken back since."""
    own = not service.catalogue.is_avatar(target_id)
    return product.motion_of(target_id) is not None and (own or target_id in product.targets)
