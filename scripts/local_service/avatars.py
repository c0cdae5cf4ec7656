# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom avatars: characters in the data folder, as the Studio's published ones are to AIMoCap.

    DATA/avatars/ID/avatar.json     {"version": "3", "state": "published", "name": "Knight"}
    DATA/avatars/ID/character.fbx   the character; its skeleton is the one that motions come on

Both are read afresh for every job: another `version` with another character is a re-publication.
`binding` in avatar.json names bones by the part they are for ({"left_hand": "Wrist_L"}), as the
Studio's binding step does, where they should not be recognised by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "avatar:"
ABOUT = "avatar.json"
CHARACTER = "character.fbx"
# An id becomes a folder's name: nothing that climbs, hides or is special on some system.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_MOST_BYTES = 1 << 20

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _About(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    version: Annotated[str, Field(min_length=1, max_length=100)]
    state: Literal["published", "draft"]
    name: str = ""
    binding: dict[_Name, _Name] = {}


@dataclass(frozen=True)
class Avatar:
    """An avatar as it is now. `binding`: part of the body -> bone, over what is recognised."""

    target_id: str
    version: str
    is_published: bool
    character: Path
    binding: tuple[tuple[str, str], ...] = ()


class AvatarError(Exception):
    """An avatar's folder does not hold one; the text is a sentence."""


@dataclass(frozen=True)
class Shelf:
    """The folder of all avatars; it need not be there."""

    folder: Path

    def find(self, target_id: str) -> Avatar | None:
        """That avatar; None when there is none. Raises AvatarError for a broken one."""
        name = target_id.removeprefix(PREFIX)
        if name == target_id or not _ID.fullmatch(name):
            return None
        about, character = self.folder / name / ABOUT, self.folder / name / CHARACTER
        if not about.is_file():
            return None
        try:
            with about.open("rb") as file:
                found = _About.model_validate_json(file.read(_MOST_BYTES))
        except (OSError, ValidationError) as problem:
            raise AvatarError(f"The file {ABOUT} of {target_id} cannot be read.") from problem
        if not character.is_file():
            raise AvatarError(f"The avatar {target_id} has no {CHARACTER}.")
        return Avatar(
            target_id=target_id,
            version=found.version,
            is_published=found.state == "published",
            character=character,
            binding=tuple(found.binding.items()),
        )

    def published(self) -> tuple[str, ...]:
        """Ids of the targets that can be asked for, in the order of their names."""
        if not self.folder.is_dir():
            return ()
        found = []
        for place in sorted(self.folder.iterdir()):
            try:
                avatar = self.find(PREFIX + place.name)
            except AvatarError:
                continue
            if avatar is not None and avatar.is_published:
                found.append(avatar.target_id)
        return tuple(found)
