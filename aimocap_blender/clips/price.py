# SPDX-License-Identifier: GPL-3.0-or-later
"""What a clip costs: one v-credit is one second of admitted video (the service's own rule)."""

from __future__ import annotations

import math

_NOISE_SECONDS = 1e-4


def estimated_v_credits(seconds: float) -> int:
    """About how many v-credits `seconds` of video cost: rounded up, as the service's rounding
    is not documented. A length that exceeds a whole second by arithmetic noise is that second.
    """
    return max(0, math.ceil(seconds - _NOISE_SECONDS))
