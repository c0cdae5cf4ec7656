# SPDX-License-Identifier: GPL-3.0-or-later
"""Which targets this service can make, and what they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .avatars import Avatar, AvatarError, Shelf
from .errors import ApiError, ErrorCode


@dataclass(frozen=True)
class Target:
    """Something a motion can be delivered for."""

    id: str
    result_type: str


PUBLISHED = (Target("default", "fbx"),)


@dataclass(frozen=True)
class Catalogue:
    """The targets on offer: our own and the published avatars on the shelf.

    `partial` leaves out what is not offered as long as something is.
    """

    targets: tuple[Target, ...] = PUBLISHED
    partial: bool = False
    shelf: Shelf | None = None

    def find(self, target_id: str) -> Target | None:
        """The target, if a job may ask for it now."""
        own = next((target for target in self.targets if target.id == target_id), None)
        return own or (Target(target_id, "fbx") if self._trouble(target_id) is None else None)

    def avatar(self, target_id: str) -> Avatar:
        """A published avatar as it is now. Raises ApiError when it is not offered any more."""
        trouble = self._trouble(target_id)
        if trouble is not None:
            raise ApiError(ErrorCode.TARGET_UNSUPPORTED, trouble)
        assert self.shelf is not None, "an avatar that is offered lies on the shelf"
        avatar = self.shelf.find(target_id)
        assert avatar is not None
        return avatar

    def is_avatar(self, target_id: str) -> bool:
        """Whether it is none of our own targets."""
        return all(target.id != target_id for target in self.targets)

    def check(self, target_ids: Sequence[str]) -> None:
        """Raise ApiError unless the request's targets can be delivered."""
        if not target_ids:
            raise ApiError(
                ErrorCode.TARGET_IDS_REQUIRED, "targetIds must name at least one target."
            )
        missing = [target_id for target_id in target_ids if self.find(target_id) is None]
        if missing and not (self.partial and len(missing) < len(target_ids)):
            trouble = self._trouble(missing[0]) or f"This service cannot deliver {missing[0]!r}."
            published = self.shelf.published() if self.shelf else ()
            offered = ", ".join([*(target.id for target in self.targets), *published])
            raise ApiError(ErrorCode.TARGET_UNSUPPORTED, f"{trouble} It offers: {offered}.")

    def _trouble(self, target_id: str) -> str | None:
        """Why an avatar can't be asked for, a sentence; None when it can."""
        try:
            avatar = self.shelf.find(target_id) if self.shelf else None
        except AvatarError as problem:
            return str(problem)
        if avatar is None:
            return f"This service cannot deliver {target_id!r}."
        if not avatar.is_published:
            return f"Version {avatar.version} of {target_id!r} is a draft, not published."
        return None
