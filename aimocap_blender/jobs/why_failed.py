# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a job does not go on, in words: what happened, what it has cost, what to do next.

What is said of a single call stands in `api`; here is what only the story of the job tells.
"""

from __future__ import annotations

from ..api.codes import job_failure_words
from ..api.failures import quoted
from ..errors import Charge
from .job import Cause, Failure, Job
from .plan import cause_of


def job_failure(code: str, service_words: str, job: Job) -> Failure:
    """The service's final "failed" in words. What was charged it does not say."""
    words = job_failure_words(code)
    sentence = words.what
    if service_words and service_words != code and service_words not in sentence:
        sentence += quoted(service_words)
    is_free = job.request.service.kind == "local" or job.follows is not None
    charge = Charge.NOTHING if is_free else Charge.UNKNOWN
    remedy = words.remedy
    if not is_free and cause_of(code) is Cause.SERVICE:
        remedy += " Failures of the service should be refunded."
    return Failure(code or "failed", sentence, charge, remedy)


def absent(job: Job, offered: str) -> Failure:
    """Completed, but without a result for our target; `offered` names what there is."""
    others = f" It offers: {offered}." if offered else ""
    return Failure(
        "artifact_missing",
        f"The job is complete, but without a result for {job.request.target_name}.{others}",
        spent(job),
        "Fetch again in a while; if it stays missing, ask the service for the refund.",
    )


def spent(job: Job) -> Charge:
    """What a job that got this far has cost."""
    if job.request.service.kind == "local" or job.follows is not None:
        return Charge.NOTHING
    return Charge.CHARGED if job.admitted else Charge.UNKNOWN


def stopped(job: Job) -> Failure:
    """What stopping means, by how far the job had come."""
    if job.admitted is False:
        return Failure("stopped", "You stopped it.", Charge.NOTHING, "")
    if job.follows is not None or job.request.service.kind == "local":
        return Failure(
            "stopped",
            "You stopped following it; the service may still run the job.",
            Charge.NOTHING,
            "Retry to follow it again.",
        )
    return Failure(
        "stopped",
        "You stopped following it; the service may still run the job and charge it.",
        Charge.UNKNOWN,
        "Retry to follow it again.",
    )


CANCELED = Failure(
    "canceled",
    "The job was canceled at the service.",
    Charge.UNKNOWN,
    "Capture again if you still want it.",
)
BACK_TO_DRAFT = Failure(
    "back_to_draft",
    "The service says that the job it had accepted is a draft again.",
    Charge.UNKNOWN,
    "Ask again in a while; run it again only when your account shows that it was not charged.",
)
NEVER_ADMITTED = Failure(
    "hand_over_lost",
    "The clip was handed over several times, every answer was lost, and the service still calls it"
    " a draft.",
    Charge.UNKNOWN,
    "Ask again in a while; run it again only when your account shows that it was not charged.",
)
UNKNOWN_THERE = Failure(
    "not_found",
    "The service does not know this job any more.",
    Charge.UNKNOWN,
    "Look into your account's history; ask again, or run it again as a new capture.",
)
TWIN_GONE = Failure(
    "twin_gone",
    "The identical job it was to share with has ended without a result.",
    Charge.NOTHING,
    "Retry to capture it by itself.",
)
UPLOAD_REFUSED = Failure(
    "upload_refused",
    "Sending the clip failed: the service does not take it at the addresses it gives.",
    Charge.NOTHING,
    "Retry in a while.",
)
NO_TRIM = Failure(
    "api_trim_range_invalid",
    "The part of the clip that was asked for is not one.",
    Charge.NOTHING,
    "Trim the strip so that it lies inside its clip and capture again.",
)
