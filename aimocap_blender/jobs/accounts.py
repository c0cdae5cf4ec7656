# SPDX-License-Identifier: GPL-3.0-or-later
"""What jobs cost, by month and target. API v-credits only: web credits are another balance.

The service reports no amounts, so `admitted` is the estimate of a job that is known to have been
admitted, and `refund_expected` that of an admitted job that the service itself then failed
("system failures should be refunded"): what to compare with the account's usage page.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .job import Job, JobState

Admission = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Account:
    """One job's line. Amounts are API v-credits; `month` is UTC, `YYYY-MM`."""

    month: str
    service: str
    target_id: str
    target_version: str
    estimated: int
    admitted: int
    admission: Admission
    refund_expected: int


def account_of(job: Job) -> Account:
    """The line of a job as it stands. A job that shares another's result costs nothing itself."""
    amount = 0 if job.follows else job.request.estimated_v_credits
    admission: Admission = {True: "yes", False: "no", None: "unknown"}[job.admitted]  # type: ignore[assignment]
    admitted = amount if job.admitted else 0
    began = datetime.datetime.fromtimestamp(job.started_wall_seconds, datetime.UTC)
    return Account(
        month=began.strftime("%Y-%m"),
        service=job.request.service.base_url,
        target_id=job.request.target_id,
        target_version=job.target_version or "unknown",
        estimated=amount,
        admitted=admitted,
        admission=admission,
        refund_expected=admitted if job.state in (JobState.FAILED, JobState.CANCELED) else 0,
    )


def to_csv(accounts: Iterable[Account]) -> str:
    """Sums per month, service, target and version, as CSV with a heading."""
    sums: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for line in accounts:
        key = (line.month, line.service, line.target_id, line.target_version)
        unknown = line.estimated if line.admission == "unknown" else 0
        amounts = (1, line.estimated, line.admitted, unknown, line.refund_expected)
        sums[key] = [old + new for old, new in zip(sums[key], amounts, strict=True)]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(
        (
            "month",
            "service",
            "target",
            "target_version",
            "jobs",
            "api_v_credits_estimated",
            "api_v_credits_admitted",
            "api_v_credits_admission_unknown",
            "api_v_credits_refund_expected",
        )
    )
    for key in sorted(sums):
        table.writerow((*(harmless(part) for part in key), *sums[key]))
    return text.getvalue()


def harmless(cell: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell
