# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with a request, by cause. That a *job* failed is an answer: see `jobs`.

Each failure says what happened, whether it can have cost anything, and what to do. None quotes
an address, a key or foreign text that was not scrubbed. `may_have_acted` is the question that
decides whether a call may be repeated: could the service have done what was asked?
"""

from __future__ import annotations

from typing import ClassVar, Literal

from ..errors import AimocapError, Charge
from .codes import refusal_words

Step = Literal["read", "create", "upload", "complete", "status", "result", "download"]

DOING: dict[Step, str] = {
    "read": "Reading the clip",
    "create": "Creating the job",
    "upload": "Sending the clip",
    "complete": "Handing over the clip",
    "status": "Asking for the job's status",
    "result": "Asking for the result",
    "download": "Fetching the result",
}


A_WEB_PAGE = "a web page (perhaps a sign-in page of your network)"


def charge_of(step: Step, may_have_acted: bool) -> Charge:
    """What a failure of that step can have cost: only complete-upload admits a job."""
    match step:
        case "read" | "create" | "upload":
            return Charge.NOTHING
        case "complete":
            return Charge.UNKNOWN if may_have_acted else Charge.NOTHING
        case _:
            return Charge.NOT_INVOLVED


def quoted(words: str) -> str:
    """What the service says, as a sentence to go behind ours; "" for nothing."""
    words = words.strip()
    if not words:
        return ""
    return f" It says: {words}" if words.endswith((".", "!", "?")) else f" It says: {words}."


class ApiFailure(AimocapError):
    """The request failed. `step` names the call, `code` the cause in one word."""

    code: str = "request_failed"
    default_remedy: ClassVar[str] = "Retry in a while."

    def __init__(
        self,
        what: str,
        *,
        step: Step = "status",
        remedy: str | None = None,
        may_have_acted: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(
            what,
            remedy=self.default_remedy if remedy is None else remedy,
            charge=charge_of(step, may_have_acted),
        )
        self.step = step
        self.may_have_acted = may_have_acted
        self.retry_after_seconds = retry_after_seconds


class Unauthorised(ApiFailure):
    """401: the key is missing or not accepted."""

    code = "unauthorised"
    default_remedy = "Check the API key in the preferences or in AIMOCAP_KEY, then retry."


class Forbidden(ApiFailure):
    """403 without a code that says more."""

    code = "forbidden"
    default_remedy = "Check what your plan and key allow in your account, then retry."


class NotFound(ApiFailure):
    """404, 410: the service does not know it."""

    code = "not_found"
    default_remedy = (
        "Check the service's address, or look in your account whether it is still there."
    )


class TooLarge(ApiFailure):
    """413: more than the service takes."""

    code = "too_large"
    default_remedy = "Make a smaller file (shorter, lower resolution) and select that."


class RateLimited(ApiFailure):
    """429: too many requests; `retry_after_seconds` if the service said when."""

    code = "rate_limited"
    default_remedy = "Retry in some minutes."


class ServerTrouble(ApiFailure):
    """5xx: the service itself has failed."""

    code = "server_trouble"
    default_remedy = "Retry in a while; the fault is not on your side."


class ConnectionBroken(ApiFailure):
    """No connection, or cut; name resolution, proxy and TLS errors too."""

    code = "connection_broken"
    default_remedy = "Check the network connection and the service's address, then retry."


class TimedOut(ApiFailure):
    """No answer in time."""

    code = "timed_out"
    default_remedy = "Check the network connection, then retry."


class Malformed(ApiFailure):
    """An answer, but not one of the contract's: HTML, cut JSON, missing fields, too much of it."""

    code = "malformed_answer"
    default_remedy = (
        "If a sign-in page of your network stands between, open it in a browser; else retry later."
    )


class Redirected(ApiFailure):
    """A redirect that is not followed: to another host, endless, or of a request that sends."""

    code = "redirected"
    default_remedy = "Check the service's address in the preferences."


class UnsafeAddress(ApiFailure):
    """An address that is not used: unencrypted and not on this machine, or no address at all."""

    code = "unsafe_address"
    default_remedy = "Nothing was sent there. Report it to the service; retrying may help."


class DamagedArtifact(ApiFailure):
    """What was fetched is not what it should be: cut, corrupt, of another kind, too large."""

    code = "artifact_damaged"
    default_remedy = "Fetch it again: this costs nothing."


class LocalTrouble(ApiFailure):
    """The fault of this machine: disk full, not writable, file gone, file changed."""

    def __init__(self, what: str, *, code: str, step: Step, remedy: str) -> None:
        super().__init__(what, step=step, remedy=remedy)
        self.code = code


class Cancelled(ApiFailure):
    """We stopped it ourselves; never shown as an error."""

    code = "cancelled"
    default_remedy = ""


class Rejected(ApiFailure):
    """The service refused the request, with a code. It has not acted."""

    def __init__(
        self, code: str, *, step: Step, detail: str = "", retry_after_seconds: float | None = None
    ) -> None:
        words = refusal_words(code)
        what = f"{words.what}{quoted(detail)}" if detail != code else words.what
        super().__init__(
            what, step=step, remedy=words.remedy, retry_after_seconds=retry_after_seconds
        )
        self.code = code
