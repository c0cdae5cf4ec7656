# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry as a file: read, reloaded when it changes, written atomically under a lock.

A file that can't be understood is never written over. Writers in several processes take turns
and each changes what the last one wrote, so no change is lost.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from .differences import Difference, differences
from .document import SCHEMA_VERSION, Registry, with_built_ins
from .lock import locked
from .states import TargetError

_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class _Stamp:
    """What tells one content of a file from the next: replaced files have another inode."""

    modified_ns: int
    size: int
    inode: int


@dataclass(frozen=True)
class News:
    """What others have written since we read the file last.

    differences  what they changed
    overlap      subjects that our own change, made on top of theirs, touched as well
    """

    differences: tuple[Difference, ...] = ()
    overlap: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """For the panel: who changed what, and what to look at."""
        told = [f"Changed by others: {one.line}." for one in self.differences]
        told += [
            f"You changed {subject} at the same time: yours was put on top, look at it."
            for subject in self.overlap
        ]
        return tuple(told)


class RegistryFile:
    """One registry on disk. A missing file is an empty registry with the built-in targets.

    news             what others had written, found by the last `load` or `update`
    reading_seconds  how long it took to read the file last: network drives can be slow
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.news = News()
        self.reading_seconds = 0.0
        self._loaded: tuple[_Stamp | None, Registry] | None = None
        self._seen: Registry | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the file was there and is not any more: its drive may have been unplugged."""
        return self._seen is not None and self._stamp() is None

    def load(self) -> Registry:
        """The registry as it is on disk now; TargetError when the file can't be understood."""
        self.news = News()
        stamp = self._stamp()
        if self._loaded is None or self._loaded[0] != stamp:
            fresh = self._read()
            if stamp is not None:  # a file that is gone was not emptied by others
                self.news = News(self._others_have_changed(fresh))
                self._seen = fresh
            self._loaded = (stamp, fresh)
        return self._loaded[1]

    def update(self, change: Callable[[Registry], Registry]) -> Registry:
        """Write what `change` makes of the registry as it is on disk now, and return it.

        What others wrote since we read the file is kept under ours and told in `news`.
        Nothing is written when `change` raises, when the file is damaged (TargetError), is gone
        (TargetError) or can't be written (TargetError); a reader sees the old document or the new
        one, never a part.
        """
        if self.is_gone:  # an empty one in its place would pass for it
            raise TargetError(
                f'The target registry "{self.path}" is gone.',
                remedy="Check that its drive is connected, or choose another file in the "
                "preferences.",
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.path.with_name(self.path.name + ".lock")):
                fresh = self._read()
                changed = Registry.model_validate(change(fresh).model_dump())
                self._write(changed)
                self.news = self._merged(fresh, changed)
                self._loaded, self._seen = (self._stamp(), changed), changed
        except OSError as error:
            raise TargetError(
                f'The target registry "{self.path}" can\'t be written '
                f"({error.strerror or type(error).__name__}).",
                remedy="Check the folder's permissions, or choose another file in the preferences.",
            ) from error
        return changed

    @property
    def is_writable(self) -> bool:
        """Whether the file, or the folder it would be made in, can be written."""
        place = self.path if self.path.exists() else self.path.parent
        return os.access(place, os.W_OK)

    def _merged(self, fresh: Registry, changed: Registry) -> News:
        """What others had written before our change, and where both touch the same."""
        theirs = self._others_have_changed(fresh)
        ours = {one.subject for one in differences(fresh, changed)} if theirs else set()
        subjects = dict.fromkeys(one.subject for one in theirs)
        return News(theirs, tuple(subject for subject in subjects if subject in ours))

    def _others_have_changed(self, fresh: Registry) -> tuple[Difference, ...]:
        return differences(self._seen, fresh) if self._seen is not None else ()

    def _stamp(self) -> _Stamp | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)

    def _read(self) -> Registry:
        began = time.monotonic()
        try:
            return self._read_now()
        finally:
            self.reading_seconds = time.monotonic() - began

    def _read_now(self) -> Registry:
        try:
            with self.path.open("rb") as stream:
                content = stream.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            return with_built_ins(Registry())
        except OSError as error:
            raise TargetError(
                f'The target registry "{self.path}" can\'t be read '
                f"({error.strerror or type(error).__name__}).",
                remedy="Check its permissions and that its drive is connected.",
            ) from error
        return with_built_ins(self._parsed(content))

    def _parsed(self, content: bytes) -> Registry:
        try:
            document = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
            json.dumps(document, ensure_ascii=False).encode()  # half a character can't be written
            version = document.get("schema_version", 0) if isinstance(document, dict) else 0
            if isinstance(version, int) and version > SCHEMA_VERSION:
                raise TargetError(
                    f'The target registry "{self.path}" was written by a newer version.',
                    remedy="Update the extension, or choose another file in the preferences.",
                )
            return Registry.model_validate(document)
        except (ValueError, RecursionError) as error:
            raise TargetError(
                f'The target registry "{self.path}" is damaged: {_first_fault(error)}.',
                remedy="It was left as it is. Repair it, or choose another file.",
            ) from error

    def _write(self, registry: Registry) -> None:
        handle, temporary = tempfile.mkstemp(
            dir=self.path.parent, prefix=f".{self.path.name}.", suffix=".part"
        )
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(registry.model_dump_json(indent=2) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def load(path: Path) -> Registry:
    """The registry at `path` as it is now; TargetError when the file can't be understood."""
    return RegistryFile(path).load()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _first_fault(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        return f"{where}: {first['msg']}"
    return str(error) or type(error).__name__
