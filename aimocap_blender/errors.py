# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error root: a sentence for the user, what it cost, and what to do next.

Everything the extension raises on purpose is an `AimocapError`. The layer that knows the cause
raises a subclass; the layer above the wire words it once. Knows nothing of Blender or HTTP.
"""

from __future__ import annotations

from enum import Enum


class Charge(Enum):
    """What a failure means for the user's v-credit. The value is the sentence the user reads."""

    NOT_INVOLVED = ""
    NOTHING = "Nothing was charged."
    UNKNOWN = "Whether it was charged is not known: compare with the usage page of your account."
    CHARGED = "The service has charged this job."


class AimocapError(Exception):
    """What happened and to what; `charge` says what it cost, `remedy` what to do next.

    All three are whole sentences, ready to be shown. `str()` joins them in that order.
    """

    def __init__(
        self, what: str, *, remedy: str = "", charge: Charge = Charge.NOT_INVOLVED
    ) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.charge = charge

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.charge.value, self.remedy) if part)
