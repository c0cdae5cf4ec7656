# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk knows of an open job only while Blender runs. Never written: it holds secrets."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from ..api.secret import Secret
from .job import JobState

_TICKETS = itertools.count(1)


@dataclass(slots=True)
class Speed:
    """Bytes per second over the last few seconds, smoothed; None while nothing can be said."""

    bytes_done: int = 0
    since: float = 0.0
    rate: float | None = None

    def tell(self, done: int, now: float) -> float | None:
        """Take in how many bytes are done at `now`."""
        if self.since == 0.0 or done < self.bytes_done:
            self.bytes_done, self.since, self.rate = done, now, None
        elif now - self.since >= 0.5:
            fresh = (done - self.bytes_done) / (now - self.since)
            self.rate = fresh if self.rate is None else 0.7 * self.rate + 0.3 * fresh
            self.bytes_done, self.since = done, now
        return self.rate


@dataclass(slots=True)
class Live:
    """All times are steady seconds of this process.

    `ticket` is that of the command under way, 0 for none; `due` when the next act is due;
    `attempt` counts failed attempts in this state; `moved` is when a transfer last moved.
    """

    state: JobState
    due: float = 0.0
    ticket: int = 0
    moved: float = 0.0
    attempt: int = 0
    answers: int = 0
    answers_since: float = 0.0
    status: str = ""
    status_since: float = 0.0
    upload_url: Secret | None = None
    speed: Speed = field(default_factory=Speed)

    def enter(self, state: JobState, now: float, due: float) -> None:
        """The job has come to another state: what was counted in the last one is over."""
        self.state, self.due = state, due
        self.attempt = self.answers = 0
        self.answers_since = now
        self.status, self.status_since = "", now
        self.ticket = 0
        self.speed = Speed()

    def draw_ticket(self, now: float) -> int:
        """A number for the next command; events that carry an older one are not heard any more."""
        self.ticket, self.moved = next(_TICKETS), now
        return self.ticket

    def count_answer(self, now: float) -> tuple[int, float]:
        """Count an answer of the same kind: how many, and for how many seconds."""
        if self.answers == 0:
            self.answers_since = now
        self.answers += 1
        return self.answers, now - self.answers_since
