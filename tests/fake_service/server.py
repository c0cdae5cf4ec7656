# SPDX-License-Identifier: GPL-3.0-or-later
"""The service itself: state, two servers (API and storage), and the faults that were asked for."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from .faults import Fault
from .samples import MP4, SMALL_FBX, robot_motion_bytes

Step = Literal["create", "upload", "complete", "status", "result", "download", "preview"]
STEPS: tuple[Step, ...] = (
    "create", "upload", "complete", "status", "result", "download", "preview",
)  # fmt: skip
_STILL_RUNNING = ("queued", "processing")


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    step: Step | None
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    size: int


@dataclass
class RemoteJob:
    """A job on the service's side. `statuses`: what the coming polls are told; the last stays."""

    remote_id: str
    fields: dict[str, Any]
    upload_token: str
    status: str = "draft"
    statuses: deque[str] = field(default_factory=deque)
    clip_bytes: int | None = None
    admissions: int = 0
    error_code: str = ""


class FakeService:
    """See the package. Safe to ask and to steer while requests are under way.

    `statuses`: what the polls of a new job are told after admission. `envelope`: answers lie in
    `data`. `older`: the older flat result shape. `outputs_for`: called with the job's fields to
    say which targets have an output (default: those that were asked for).
    """

    def __init__(
        self,
        *,
        fbx: bytes = SMALL_FBX,
        preview: bytes | None = MP4,
        motion: bytes | None = None,
        key: str = "sk-fake-0123456789abcdef",
        statuses: tuple[str, ...] = ("queued", "processing", "completed"),
        envelope: bool = True,
        older: bool = False,
        target_version: str | None = None,
        keep_bodies: bool = False,
    ) -> None:
        self.fbx, self.preview = fbx, preview
        self.motion = motion if motion is not None else robot_motion_bytes()
        self.key = key
        self.statuses = statuses
        self.envelope, self.older, self.target_version = envelope, older, target_version
        self.failing_code = "video_unreadable"
        self.missing_targets: frozenset[str] = frozenset()
        self.keep_bodies = keep_bodies
        self.events: list[Any] = []
        self.jobs: dict[str, RemoteJob] = {}
        self.seen: list[Seen] = []
        self._faults: dict[Step, deque[Fault]] = {step: deque() for step in STEPS}
        self._always: dict[Step, Fault] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._servers: list[ThreadingHTTPServer] = []
        self.secrets: list[str] = [key]

    # Life ---------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        for is_storage in (False, True):
            handler = type("Handler", (_Handler,), {"service": self, "is_storage": is_storage})
            server = _Server(("127.0.0.1", 0), handler)
            self._servers.append(server)
            threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
            ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._servers[0].server_address[1]}"

    @property
    def storage_url(self) -> str:
        return f"http://127.0.0.1:{self._servers[1].server_address[1]}"

    # Steering -----------------------------------------------------------------------------------

    def fail(self, step: Step, fault: Fault, times: int = 1) -> None:
        """The next `times` requests of that step go wrong like this (in the order of the calls)."""
        with self._lock:
            self._faults[step].extend([fault] * times)

    def fail_always(self, step: Step, fault: Fault) -> None:
        """Every request of that step goes wrong like this, until `heal`."""
        with self._lock:
            self._always[step] = fault

    def heal(self, step: Step | None = None) -> None:
        """No more faults, of that step or at all."""
        with self._lock:
            for name in STEPS if step is None else (step,):
                self._faults[name].clear()
                self._always.pop(name, None)

    def tell(self, *statuses: str, remote_id: str | None = None) -> None:
        """What the next polls are told, of all jobs or one; the last one stays."""
        with self._lock:
            for job in self.jobs.values():
                if remote_id in (None, job.remote_id):
                    job.statuses = deque(statuses)

    # What happened ------------------------------------------------------------------------------

    def count(self, step: Step) -> int:
        """How many requests of that step have arrived."""
        with self._lock:
            return sum(1 for seen in self.seen if seen.step == step)

    @property
    def admissions(self) -> int:
        """How many jobs were admitted, that is charged; one admitted twice counts twice."""
        with self._lock:
            return sum(job.admissions for job in self.jobs.values())

    @property
    def admitted_seconds(self) -> list[float]:
        """Seconds of video charged, one entry per admission."""
        with self._lock:
            return [
                job.fields["trimEndSec"] - job.fields["trimStartSec"]
                for job in self.jobs.values()
                for _ in range(job.admissions)
            ]

    @property
    def leaks(self) -> list[Seen]:
        """Requests to the storage server that carried a bearer or a cookie."""
        with self._lock:
            return [
                seen
                for seen in self.seen
                if seen.path.startswith("/storage/")
                and ("authorization" in seen.headers or "cookie" in seen.headers)
            ]

    # What the handlers ask ----------------------------------------------------------------------

    def take_fault(self, step: Step) -> Fault | None:
        with self._lock:
            queued = self._faults[step]
            return queued.popleft() if queued else self._always.get(step)

    def note(self, seen: Seen) -> None:
        with self._lock:
            self.seen.append(seen)

    def act(self, step: Step, name: str, body: bytes, size: int) -> tuple[int, bytes, str]:
        """Do what a request asks: status, body, content type."""
        with self._lock:
            return getattr(self, f"_{step}")(name, body, size)

    def _json(self, status: int, value: Any) -> tuple[int, bytes, str]:
        wrapped = {"data": value} if self.envelope and status < 300 else value
        return status, json.dumps(wrapped).encode(), "application/json"

    def _secret_url(self, path: str) -> str:
        signature = secrets.token_hex(16)
        self.secrets.append(signature)
        return f"{self.storage_url}/storage/{path}?signature={signature}"

    def _create(self, _name: str, body: bytes, _size: int) -> tuple[int, bytes, str]:
        fields = json.loads(body)
        if not fields.get("sourceFilename") or not fields.get("targetIds"):
            return self._json(400, {"error": "api_target_ids_required"})
        job = RemoteJob(f"mocap_{secrets.token_hex(6)}", fields, secrets.token_hex(8))
        self.jobs[job.remote_id] = job
        self.secrets.append(job.upload_token)
        answer = {
            "jobId": job.remote_id,
            "status": "draft",
            "mocapType": fields.get("mocapType", "full_body"),
            "uploadUrl": self._secret_url(f"clips/{job.upload_token}"),
            "sourceKey": f"sources/{job.remote_id}.mp4",
        }
        return self._json(200, answer)

    def _upload(self, name: str, _body: bytes, size: int) -> tuple[int, bytes, str]:
        for job in self.jobs.values():
            if job.upload_token == name:
                job.clip_bytes = size
                return 200, b"", "text/plain"
        return 403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml"

    def _complete(self, name: str, _body: bytes, _size: int) -> tuple[int, bytes, str]:
        job = self.jobs.get(name)
        if job is None:
            return self._json(404, {"error": "job_not_found"})
        if job.clip_bytes is None:
            return self._json(400, {"error": "api_source_duration_invalid"})
        job.admissions += 1
        job.status = "queued"
        job.statuses = deque(self.statuses)
        return self._json(200, {"job": {"id": job.remote_id, "status": "queued"}})

    def _status(self, name: str, _body: bytes, _size: int) -> tuple[int, bytes, str]:
        job = self.jobs.get(name)
        if job is None:
            return self._json(404, {"error": "job_not_found"})
        if job.statuses:
            job.status = job.statuses[0]
            if len(job.statuses) > 1:
                job.statuses.popleft()
        inner: dict[str, Any] = {
            "id": job.remote_id,
            "status": job.status,
            "targetIds": job.fields["targetIds"],
        }
        if job.status == "failed":
            inner["errorCode"] = job.error_code or self.failing_code
        return self._json(200, {"job": inner, "events": self.events, "result": None})

    def _result(self, name: str, _body: bytes, _size: int) -> tuple[int, bytes, str]:
        job = self.jobs.get(name)
        if job is None or job.status != "completed":
            return self._json(404, {"error": "result_not_ready"})
        outputs = [
            self._output(job, target)
            for target in job.fields["targetIds"]
            if target not in self.missing_targets
        ]
        preview = self._secret_url(f"previews/{job.remote_id}.mp4") if self.preview else None
        if self.older:
            flat = {"jobId": job.remote_id, "status": job.status, "previewVideoUrl": preview}
            return self._json(200, {**flat, **(outputs[0] if outputs else {})})
        answer = {
            "job": {"id": job.remote_id, "status": job.status},
            "previewVideoUrl": preview,
            "outputs": outputs,
        }
        return self._json(200, answer)

    def _output(self, job: RemoteJob, target: str) -> dict[str, Any]:
        output: dict[str, Any] = {"targetId": target}
        if target == "unitree_g1":
            url = self._secret_url(f"motions/{job.remote_id}.json")
            output |= {"resultType": "robot_motion_json", "motionJsonUrl": url}
        else:
            url = self._secret_url(f"motions/{job.remote_id}.fbx")
            output |= {"resultType": "fbx", "fbxUrl": url}
        if self.target_version is not None:
            output["targetVersion"] = self.target_version
        return output

    def _download(self, name: str, _body: bytes, _size: int) -> tuple[int, bytes, str]:
        return 200, self.motion if name.endswith(".json") else self.fbx, "application/octet-stream"

    def _preview(self, _name: str, _body: bytes, _size: int) -> tuple[int, bytes, str]:
        return 200, self.preview or b"", "video/mp4"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    service: FakeService
    is_storage: bool
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def _serve(self, method: str) -> None:
        self.close_connection = True
        parts = urlsplit(self.path)
        step, name = self._step(method, parts.path)
        fault = self.service.take_fault(step) if step else None
        halfway = fault is not None and not fault.after_acting and fault.kind != "answer"
        body, size = self._body(halfway)
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.service.note(Seen(step, method, parts.path, parts.query, headers, body, size))
        if step is None:
            self._send(404, b'{"error": "no_such_call"}', {})
            return
        if fault is not None and not fault.after_acting:
            self._go_wrong(fault, b"")
            return
        bearer = headers.get("authorization", "")
        if not self.is_storage and bearer != f"Bearer {self.service.key}":
            self._send(401, b'{"error": "invalid_api_key"}', {})
            return
        code, answer, kind = self.service.act(step, name, body, size)
        if fault is not None:
            self._go_wrong(fault, answer)
        else:
            self._send(code, answer, {"Content-Type": kind})

    def _step(self, method: str, path: str) -> tuple[Step | None, str]:
        parts = path.strip("/").split("/")
        if self.is_storage:
            if parts[:2] == ["storage", "clips"] and method == "PUT":
                return "upload", parts[-1]
            if parts[:2] == ["storage", "previews"]:
                return "preview", parts[-1]
            return ("download", parts[-1]) if parts[:2] == ["storage", "motions"] else (None, "")
        match (method, parts):
            case "POST", ["api", "v1", "mocap", "jobs"]:
                return "create", ""
            case "POST", ["api", "v1", "mocap", "jobs", name, "complete-upload"]:
                return "complete", name
            case "GET", ["api", "v1", "mocap", "jobs", name]:
                return "status", name
            case "GET", ["api", "v1", "mocap", "jobs", name, "result"]:
                return "result", name
        return None, ""

    def _body(self, halfway: bool) -> tuple[bytes, int]:
        """Read the request's body, or half of it; kept when small or asked for, counted always."""
        left, size, kept = int(self.headers.get("Content-Length") or 0), 0, []
        if halfway:
            left //= 2
        keep = self.service.keep_bodies or left < 1024 * 1024
        while left > 0:
            piece = self.rfile.read(min(left, 256 * 1024))
            if not piece:
                raise ConnectionError("the client hung up")
            left -= len(piece)
            size += len(piece)
            if keep:
                kept.append(piece)
        return b"".join(kept), size

    def _send(
        self, code: int, body: bytes, headers: dict[str, str], length: int | None = None
    ) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _go_wrong(self, fault: Fault, answer: bytes) -> None:
        match fault.kind:
            case "answer":
                storage = self.service.storage_url
                headers = {
                    name: value.replace("{other}", storage).replace("{self}", self.path)
                    for name, value in fault.headers.items()
                }
                self._send(fault.status, fault.body, headers)
            case "cut":
                self._hang_up()
            case "stall":
                self.service._closing.wait(fault.seconds)
                self._hang_up()
            case "drip":
                for _ in range(100_000):
                    self.wfile.write(b"H")
                    if self.service._closing.wait(fault.seconds):
                        return
            case "wrong_length":
                self._send(200, answer, {}, length=len(answer) + fault.count)
            case "truncated":
                self._send(200, answer[: fault.count], {})
            case "corrupted":
                middle = len(answer) // 2
                self._send(200, answer[:middle] + b"\xff" * 8 + answer[middle + 8 :], {})

    def _hang_up(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            time.sleep(0)
