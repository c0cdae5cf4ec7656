# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP application: routes over `service`, answers from `views`, errors from `contract`."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from . import artifacts, views
from .contract import (
    CompletedUpload,
    CreatedJob,
    CreateJob,
    Envelope,
    ErrorBody,
    JobStatus,
    JobView,
    OlderResult,
    ResultView,
    refused_body,
)
from .errors import ApiError, ErrorCode
from .gate import Gate, error_response
from .service import Service

_log = logging.getLogger(__name__)

JobId = Annotated[str, Path(max_length=200)]


def create_app(service: Service) -> FastAPI:
    """The application over a service, which it starts and stops with itself."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            service.stop()

    app = FastAPI(
        title="AIMoCap-compatible local service",
        version="1",
        lifespan=lifespan,
        # The interactive pages would load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        # The bearer keeps pages in a browser out, so a client may leave the content type away.
        strict_content_type=False,
    )
    app.include_router(_api(service))
    app.include_router(_files(service))
    app.include_router(_about(service))
    _handle_errors(app)
    app.add_middleware(Gate, key=service.key)
    return app


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorBody} for status in statuses}


def _api(service: Service) -> APIRouter:
    """The documented calls. The gate has checked the key; the dependency only documents it."""
    enveloped = service.settings.envelope
    router = APIRouter(
        prefix="/api/v1/mocap/jobs",
        dependencies=[Depends(HTTPBearer(auto_error=False))],
        responses=_errors(400, 401, 408, 413, 421, 422, 507),
    )

    def shape(model: Any) -> dict[str, Any]:
        return {"response_model": Envelope[model] if enveloped else model}

    def answer(content: Any) -> Any:
        return Envelope(data=content) if enveloped else content

    @router.post("", responses=_errors(402, 403, 429), **shape(CreatedJob))
    def create_job(body: CreateJob, request: Request) -> Any:
        return answer(views.created(service.create(body), _origin(request)))

    @router.post(
        "/{job_id}/complete-upload",
        responses=_errors(402, 403, 404, 409, 429, 503),
        **shape(CompletedUpload),
    )
    async def complete_upload(job_id: JobId) -> Any:
        return answer(views.completed_upload(await service.complete_upload(job_id)))

    @router.get("/{job_id}", responses=_errors(404), **shape(JobView))
    def read_job(job_id: JobId) -> Any:
        job = service.store.job(job_id)
        return answer(views.job_view(job, service.store.events(job_id)))

    @router.get("/{job_id}/result", responses=_errors(404, 409), **shape(ResultView | OlderResult))
    def read_result(job_id: JobId, request: Request) -> Any:
        return answer(views.result(service, service.store.job(job_id), _origin(request)))

    return router


def _files(service: Service) -> APIRouter:
    """Uploads and downloads, each by a URL that is its own permission."""
    router = APIRouter(responses=_errors(400, 403, 404, 409, 421))

    @router.put("/uploads/{job_id}/{token}", responses=_errors(400, 408, 413, 507))
    async def upload(job_id: JobId, token: str, request: Request) -> Response:
        declared = request.headers.get("content-length", "")
        size = int(declared) if declared.isdecimal() else None
        await service.upload(job_id, token, size, request.stream())
        return Response(status_code=200)

    @router.api_route("/artifacts/{job_id}/{name}", methods=["GET", "HEAD"])
    def artifact(
        job_id: JobId,
        name: str,
        expires: Annotated[int, Query(ge=0, le=2**53)],
        signature: Annotated[str, Query(max_length=200)],
    ) -> FileResponse:
        path = service.artifact(job_id, name, expires, signature)
        headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type=artifacts.media_type(name), headers=headers)

    return router


def _about(service: Service) -> APIRouter:
    router = APIRouter(responses=_errors(421))

    @router.get("/", response_class=PlainTextResponse)
    def sentence() -> str:
        return (
            "This is a motion capture service on this machine that speaks the AIMoCap HTTP"
            " contract; give its address to a client as the base URL.\n"
        )

    @router.get("/health")
    def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "queued": service.store.count(JobStatus.QUEUED),
            "processing": service.store.count(JobStatus.PROCESSING),
        }

    return router


def _origin(request: Request) -> str:
    """The origin that the client speaks to; the gate has made sure that it is a loopback one."""
    return str(request.base_url).rstrip("/")


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def refused(_: Request, error: ApiError) -> JSONResponse:
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        return error_response(refused_body(error.errors()))

    @app.exception_handler(HTTPException)
    async def unrouted(_: Request, error: HTTPException) -> JSONResponse:
        code = {
            404: ErrorCode.NOT_FOUND,
            405: ErrorCode.METHOD_NOT_ALLOWED,
        }.get(error.status_code, ErrorCode.INVALID_REQUEST)
        return error_response(ApiError(code, f"{error.detail}."))

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody reads it

    @app.exception_handler(sqlite3.Error)
    @app.exception_handler(OSError)
    async def storage(_: Request, error: Exception) -> JSONResponse:
        _log.error("The data folder cannot be used", exc_info=error)
        return error_response(
            ApiError(ErrorCode.STORAGE_FAILED, "The service cannot write to its data folder.")
        )

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> JSONResponse:
        return error_response(ApiError(ErrorCode.INTERNAL, "Something went wrong in the service."))
