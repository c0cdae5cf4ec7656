# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's four JSON calls. Each is sent once: whether to repeat it is not decided here."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ValidationError

from .bodies import MAX_ANSWER_BYTES, NotJson, find_code, find_words, parse_json, unwrapped
from .codes import REFUSALS
from .failures import (
    A_WEB_PAGE,
    DOING,
    ApiFailure,
    Forbidden,
    Malformed,
    NotFound,
    RateLimited,
    Redirected,
    Rejected,
    ServerTrouble,
    Step,
    TooLarge,
    Unauthorised,
    quoted,
)
from .lifeline import Lifeline
from .models import Draft, NewJob, RemoteJob, RemoteResult, fields_of
from .secret import Secret
from .transport import Timeouts, exchange
from .urls import MAX_REDIRECTS, checked, origin, redirected

MAX_FAILURE_BYTES = 64 * 1024
"""How much of a store's answer other than 2xx is read."""
_Model = TypeVar("_Model", bound=BaseModel)


class ApiClient:
    """Speaks to one service. The key goes to the base URL's own origin only, never in a redirect.

    Errors of every call: `ApiFailure`. Errors of construction: `UnsafeAddress`.
    """

    def __init__(
        self, base_url: str, key: Secret | None, *, timeouts: Timeouts | None = None
    ) -> None:
        self._base_url = checked(base_url.rstrip("/"))
        self._key = key
        self._timeouts = timeouts or Timeouts()

    def __repr__(self) -> str:
        return f"ApiClient({urlsplit(self._base_url).hostname})"

    def create_job(self, new_job: NewJob, *, lifeline: Lifeline | None = None) -> Draft:
        """Make a draft, which costs nothing. Sent once."""
        status, body = self._send(
            "POST", "/api/v1/mocap/jobs", "create", lifeline, body=new_job.to_wire()
        )
        return _parsed(Draft, "create", status, body)

    def complete_upload(
        self, remote_id: str, *, lifeline: Lifeline | None = None
    ) -> RemoteJob | None:
        """Hand the uploaded clip over to be checked, admitted and charged. Sent once.

        The answer's body is not documented: what it says of the job if it says something,
        else None.
        """
        path = _job_path(remote_id, "/complete-upload")
        status, body = self._send("POST", path, "complete", lifeline)
        if not body.strip():
            return None
        value = _json("complete", status, body)
        try:
            return RemoteJob.model_validate(unwrapped(value))
        except ValidationError:
            return None

    def job(self, remote_id: str, *, lifeline: Lifeline | None = None) -> RemoteJob:
        """Ask how the job stands."""
        status, body = self._send("GET", _job_path(remote_id), "status", lifeline)
        return _parsed(RemoteJob, "status", status, body)

    def result(self, remote_id: str, *, lifeline: Lifeline | None = None) -> RemoteResult:
        """Ask for the addresses of a completed job's artifacts."""
        status, body = self._send("GET", _job_path(remote_id, "/result"), "result", lifeline)
        return _parsed(RemoteResult, "result", status, body)

    def _send(
        self,
        method: str,
        path: str,
        step: Step,
        lifeline: Lifeline | None,
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        """One call; of redirects only those of a GET within the same origin are followed."""
        url = self._base_url + path
        home = origin(self._base_url)
        line = lifeline or Lifeline()
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        for _ in range(MAX_REDIRECTS + 1):
            with exchange(
                method,
                url,
                step=step,
                lifeline=line,
                timeouts=self._timeouts,
                bearer=self._key if origin(url) == home else None,
                headers=headers,
                body=body,
            ) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    data = answer.read(MAX_ANSWER_BYTES)
                    if not 200 <= answer.status < 300:
                        raise answer_failure(step, answer.status, data, answer.retry_after_seconds)
                    return answer.status, data
                url = _next_address(method, url, answer.header("Location"), step)
        raise Redirected(f"{DOING[step]} failed: the service redirects without end.", step=step)


def _job_path(remote_id: str, tail: str = "") -> str:
    return f"/api/v1/mocap/jobs/{quote(remote_id, safe='')}{tail}"


def _next_address(method: str, url: str, location: str, step: Step) -> str:
    target = redirected(url, location)
    if method != "GET" or origin(target) != origin(url):
        raise Redirected(
            f"{DOING[step]} failed: the service redirects to another address, and what was asked"
            " is not sent there.",
            step=step,
        )
    return target


def _json(step: Step, status: int, body: bytes) -> object:
    try:
        return parse_json(body)
    except NotJson:
        pass
    what = A_WEB_PAGE if body.lstrip()[:1] == b"<" else "something unreadable"
    raise Malformed(
        f"{DOING[step]} failed: {what} ({status}) came instead of data.",
        step=step,
        may_have_acted=True,
    )


def _parsed(model: type[_Model], step: Step, status: int, body: bytes) -> _Model:
    value = _json(step, status, body)
    fields = ""
    try:
        return model.model_validate(unwrapped(value))
    except ValidationError as error:
        fields = fields_of(error)
    # Not inside the except block: the original's traceback holds the answer, addresses and all.
    code = find_code(value)
    if code and code.lower() not in ("ok", "success"):
        raise Rejected(code, step=step, detail=find_words(value))
    raise Malformed(
        f"{DOING[step]} failed: the answer lacks what it should hold ({fields}).",
        step=step,
        may_have_acted=True,
    )


def answer_failure(
    step: Step, status: int, body: bytes, retry_after_seconds: float | None
) -> ApiFailure:
    """Which failure an answer other than 2xx is. A documented code decides before the status."""
    try:
        value = parse_json(body)
    except NotJson:
        value = None
    code, words = find_code(value), find_words(value)
    if code in REFUSALS and 400 <= status < 500:
        return Rejected(code, step=step, detail=words, retry_after_seconds=retry_after_seconds)
    if 400 <= status < 500 and status not in _BY_STATUS:
        refusal = code or f"http_{status}"
        return Rejected(refusal, step=step, detail=words, retry_after_seconds=retry_after_seconds)
    says = quoted(words or code)
    kind, reason = _BY_STATUS.get(status, (ServerTrouble, ""))
    if not 400 <= status < 600:
        kind, reason = Malformed, f"failed: the answer's status ({status}) means nothing here."
    reason = reason or f"failed: the service has a fault of its own ({status})."
    return kind(
        f"{DOING[step]} {reason}{says}",
        step=step,
        may_have_acted=kind in (ServerTrouble, Malformed),
        retry_after_seconds=retry_after_seconds,
    )


_BY_STATUS: dict[int, tuple[type[ApiFailure], str]] = {
    401: (Unauthorised, "failed: the API key was not accepted."),
    403: (Forbidden, "failed: your key may not do this."),
    404: (NotFound, "failed: the service does not know it."),
    408: (ServerTrouble, "failed: the service waited too long."),
    410: (NotFound, "failed: the service does not know it any more."),
    413: (TooLarge, "failed: it is more than the service takes."),
    429: (RateLimited, "has to wait: the service gets too many requests."),
}
