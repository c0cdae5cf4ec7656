# SPDX-License-Identifier: GPL-3.0-or-later
"""When to try again. Pure: attempt, hint and jitter in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass

MAX_RETRY_AFTER_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, with a ceiling and a last attempt (`attempts` None: never gives up)."""

    first_seconds: float = 1.0
    factor: float = 2.0
    ceiling_seconds: float = 60.0
    attempts: int | None = 10


def next_delay(
    backoff: Backoff, attempt: int, jitter: float, retry_after_seconds: float | None = None
) -> float | None:
    """Seconds to wait after failed attempt number `attempt` (1 is the first); None: give up.

    `jitter` in [0, 1) spreads clients over the upper half of the delay (equal jitter). A
    `Retry-After` is a lower bound, honoured up to an hour; the jitter comes on top of it so that
    everyone who was told the same second does not come back in it.
    """
    if backoff.attempts is not None and attempt >= backoff.attempts:
        return None
    exponent = min(max(attempt, 1) - 1, 60)
    delay = min(backoff.ceiling_seconds, backoff.first_seconds * backoff.factor**exponent)
    delay *= 0.5 + 0.5 * jitter
    if retry_after_seconds is None:
        return delay
    asked = min(max(retry_after_seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
    return max(delay, asked + jitter)
