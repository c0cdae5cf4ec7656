# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finished capture delivers: files checked, hashed and put in their place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .avatars import PREFIX

MOTION = "motion.fbx"
MANIFEST = "manifest.json"
_PREVIEW_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime"}
# Blender and others write binary FBX; the text form starts with a comment that names it.
_FBX_STARTS = (b"Kaydara FBX Binary  \x00", b"; FBX ")


class ProductError(Exception):
    """The capture's files are not what they should be; the text is a sentence."""


@dataclass(frozen=True)
class Product:
    """A finished capture: names, sizes and hashes of its files, and what the capture said."""

    preview: str | None
    files: dict[str, dict[str, Any]]
    frames: int
    fps: int
    seconds: float
    notes: tuple[str, ...]
    targets: dict[str, dict[str, str]] = field(default_factory=dict)
    """Custom avatar -> its `file` and the `version` that made it; not for our own targets."""

    def motion_of(self, target_id: str) -> str | None:
        """Name of that target's motion file; None when the job has none for it."""
        if target_id in self.targets:
            return self.targets[target_id]["file"]
        return MOTION if MOTION in self.files and not target_id.startswith(PREFIX) else None

    def version_of(self, target_id: str) -> str | None:
        """Version of the avatar that made it; None for our own targets, which have none."""
        return self.targets.get(target_id, {}).get("version")

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Product:
        found = json.loads(text)
        return Product(**found | {"notes": tuple(found["notes"])})


@dataclass(frozen=True)
class Produced:
    """What the worker process says that it made. Paths are not trusted until they are checked.

    `avatars`: custom avatar -> (its motion, the version that made it).
    """

    fbx: Path
    preview: Path | None
    frames: int
    fps: int
    seconds: float
    notes: tuple[str, ...]
    avatars: Mapping[str, tuple[Path, str]] = field(default_factory=dict)


def media_type(name: str) -> str:
    """Content type of an artifact by its name."""
    if name == MANIFEST:
        return "application/json"
    return _PREVIEW_TYPES.get(Path(name).suffix, "application/octet-stream")


def take(produced: Produced, work: Path, folder: Path, about: dict[str, Any]) -> Product:
    """Check the worker's files, move them from `work` to the job's folder, write the manifest.

    Raises ProductError when a file is missing, empty, outside `work`, or no FBX.
    """
    _check_motion(produced.fbx, work)
    moves = {MOTION: produced.fbx}
    targets = {}
    for number, (target_id, (path, version)) in enumerate(produced.avatars.items(), 1):
        _check_motion(path, work)
        name = f"motion-avatar-{number}.fbx"
        moves[name] = path
        targets[target_id] = {"file": name, "version": version}
    preview = None
    if produced.preview is not None:
        _check_file(produced.preview, work)
        suffix = produced.preview.suffix.lower()
        if suffix not in _PREVIEW_TYPES:
            raise ProductError("The capture's preview is not a video file.")
        preview = "preview" + suffix
        moves[preview] = produced.preview
    files = {}
    for name, path in moves.items():
        files[name] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        path.replace(folder / name)
    said = {name: getattr(produced, name) for name in ("frames", "fps", "seconds", "notes")}
    more = {"files": files} | ({"avatars": targets} if targets else {})
    manifest = json.dumps(about | said | more, indent=2)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    return Product(preview=preview, files=files | {MANIFEST: {}}, targets=targets, **said)


def _check_motion(path: Path, work: Path) -> None:
    _check_file(path, work)
    with path.open("rb") as file:
        if not file.read(64).startswith(_FBX_STARTS):
            raise ProductError("The capture's motion is not an FBX file.")


def _check_file(path: Path, work: Path) -> None:
    if path.is_symlink() or not path.resolve().is_relative_to(work.resolve()):
        raise ProductError("The capture named a file outside its folder.")
    if not path.is_file() or not path.stat().st_size:
        raise ProductError(f"The capture left no {path.suffix or 'file'} behind.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
