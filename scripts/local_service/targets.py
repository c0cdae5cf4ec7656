# SPDX-License-Identifier: GPL-3.0-or-later
"""Which targets this service can make, and what they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import ApiError, ErrorCode


@dataclass(frozen=True)
class Target:
    """Something a motion can be delivered for."""

    id: str
    result_type: str


PUBLISHED = (Target("default", "fbx"),)


@dataclass(frozen=True)
class Catalogue:
    """The targets on offer. `partial` leaves out what is not offered as long as something is."""

    targets: tuple[Target, ...] = PUBLISHED
    partial: bool = False

    def find(self, target_id: str) -> Target | None:
        return next((target for target in self.targets if target.id == target_id), None)

    def check(self, target_ids: Sequence[str]) -> None:
        """Raise ApiError unless the request's targets can be delivered."""
        if not target_ids:
            raise ApiError(
                ErrorCode.TARGET_IDS_REQUIRED, "targetIds must name at least one target."
            )
        missing = [target_id for target_id in target_ids if self.find(target_id) is None]
        if missing and not (self.partial and len(missing) < len(target_ids)):
            offered = ", ".join(target.id for target in self.targets)
            raise ApiError(
                ErrorCode.TARGET_UNSUPPORTED,
                f"This service cannot deliver {missing[0]!r}; it offers: {offered}.",
            )
