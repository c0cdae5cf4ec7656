# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast things are asked and tried again. Pure: seconds in, seconds out."""

from __future__ import annotations

from ..api.retry import Backoff

POLL_SECONDS = 5.0
LOCAL_POLL_SECONDS = 1.0
SLOW_AFTER_SECONDS = 120.0
SLOWEST_POLL_SECONDS = 60.0

SETTLE_SECONDS = 20.0
"""How long a service that lost our answer has to say `draft` before we believe that it did not
receive the hand-over: it may still be checking a large file."""
SETTLE_ANSWERS = 3

UNKNOWN_SECONDS = 60.0
UNKNOWN_ANSWERS = 5
"""A service that says it does not know the job is believed after so long and so many times."""

CALL_HANGS_SECONDS = 150.0
TRANSFER_HANGS_SECONDS = 300.0
"""Without a sign of life for so long, a thread is taken to hang: beyond every timeout it has."""

WAIT_SECONDS = 2.0
"""How often a job that waits for the user looks whether it may go on."""
WAIT_FOR_DISK_SECONDS = 15.0
WAIT_FOR_KEY_SECONDS = 60.0

NEW_DRAFT = Backoff(first_seconds=1.0, ceiling_seconds=60.0, attempts=10)
SEND = Backoff(first_seconds=1.0, ceiling_seconds=60.0, attempts=8)
HAND_OVER = Backoff(first_seconds=1.0, ceiling_seconds=60.0, attempts=10)
ASK = Backoff(first_seconds=5.0, ceiling_seconds=120.0, attempts=None)
FETCH = Backoff(first_seconds=1.0, ceiling_seconds=300.0, attempts=None)
FETCH_ANEW = Backoff(first_seconds=1.0, ceiling_seconds=20.0, attempts=5)
"""For a result that arrives damaged or is not there: a few times, then the user is told."""

MOST_DRAFTS = 4
MOST_HAND_OVERS = 4
"""Each further one only after the service kept saying `draft`, each time for twice as long."""


def settle_seconds(hand_overs: int) -> float:
    """How long the service has to keep saying `draft` after so many hand-overs."""
    return SETTLE_SECONDS * 2.0 ** max(0, hand_overs - 1)


def poll_delay(age_seconds: float, jitter: float, is_local: bool = False) -> float:
    """Seconds to the next poll when the status last changed `age_seconds` ago.

    5 s at first, as the service's own example does, 1 s on this machine; after two minutes slowly
    more, a minute at most. `jitter` in [0, 1) adds up to a tenth, so that many jobs do not ask in
    one moment.
    """
    first = LOCAL_POLL_SECONDS if is_local else POLL_SECONDS
    grown = first + max(0.0, age_seconds - SLOW_AFTER_SECONDS) / 60.0
    return min(grown, SLOWEST_POLL_SECONDS) * (1.0 + 0.1 * jitter)
