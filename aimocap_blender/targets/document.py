# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry document: all targets at one moment. Frozen; a change makes a new one.

Knows only its own parts: what may be chosen from it stands in `choices`.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import field_validator

from .model import AcceptanceSet, Document, Target, built_in_targets, require_unique

SCHEMA_VERSION: Final = 1


class Registry(Document):
    """All targets, and the acceptance set with the categories it must cover."""

    schema_version: Literal[1] = 1
    categories: tuple[str, ...] = ("walking", "turns", "hands", "style")
    acceptance_set: AcceptanceSet = AcceptanceSet()
    targets: tuple[Target, ...] = ()

    @field_validator("targets")
    @classmethod
    def _ids_are_unique(cls, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        require_unique("target", [target.id for target in targets])
        return targets

    def target(self, target_id: str) -> Target | None:
        """The target with this id, if it is known."""
        return next((target for target in self.targets if target.id == target_id), None)

    def with_target(self, target: Target) -> Registry:
        """The registry with this target added, or put in the place of the one with its id."""
        known = self.target(target.id) is not None
        kept = tuple(target if t.id == target.id else t for t in self.targets)
        return self.model_copy(update={"targets": kept if known else (*kept, target)})


def with_built_ins(registry: Registry) -> Registry:
    """The registry with the service's own targets in front when the document lacks them."""
    lacking = tuple(t for t in built_in_targets() if registry.target(t.id) is None)
    return registry.model_copy(update={"targets": lacking + registry.targets})
