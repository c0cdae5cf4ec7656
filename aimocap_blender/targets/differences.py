# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different between two registries, in words: who changed what while one looked away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .document import Registry
from .model import AcceptanceRecord, Target, TargetVersion

SET = "the acceptance set"


@dataclass(frozen=True)
class Difference:
    """One change. `subject` is what was changed ("Knight, version 3"), `words` how.

    `person` is who is known to have done it, "" for nobody.
    """

    subject: str
    words: str
    person: str = ""

    @property
    def line(self) -> str:
        """All of it: "Knight, version 3: from testing to published, by Ana"."""
        by = f", by {self.person}" if self.person else ""
        return f"{self.subject}: {self.words}{by}"


def differences(before: Registry, after: Registry) -> tuple[Difference, ...]:
    """All changes from one to the other, in the document's order; () when nothing is different."""
    if before == after:
        return ()
    return (*_of_set(before, after), *_of_targets(before, after))


def _of_set(before: Registry, after: Registry) -> Iterator[Difference]:
    if before.categories != after.categories:
        yield Difference(SET, f"asks for {', '.join(after.categories)}")
    old = {clip.name: clip for clip in before.acceptance_set.clips}
    new = {clip.name: clip for clip in after.acceptance_set.clips}
    for name in (*old, *(name for name in new if name not in old)):
        if old.get(name) != new.get(name):
            words = "was removed" if name not in new else "is new" if name not in old else "changed"
            yield Difference(SET, f'clip "{name}" {words}')


def _of_targets(before: Registry, after: Registry) -> Iterator[Difference]:
    for target in before.targets:
        if after.target(target.id) is None:
            yield Difference(target.name, "was removed")
    for target in after.targets:
        known = before.target(target.id)
        if known is None:
            yield Difference(target.name, "is new")
        elif known != target:
            yield from _of_target(known, target)


def _of_target(before: Target, after: Target) -> Iterator[Difference]:
    found = False
    for version in before.versions:
        if after.version(version.label) is None:
            found = True
            yield Difference(_subject(after, version), "was removed")
    for version in after.versions:
        known = before.version(version.label)
        if known is None:
            found = True
            words = f"is new, {version.state.value}"
            yield Difference(_subject(after, version), words, _last_person(version))
        elif known != version:
            found = True
            yield from _of_version(_subject(after, version), known, version)
    if not found:
        yield Difference(after.name, "its name, owner, notes or limitations were changed")


def _of_version(subject: str, before: TargetVersion, after: TargetVersion) -> Iterator[Difference]:
    found = False
    if before.state is not after.state:
        found = True
        words = f"from {before.state.value} to {after.state.value}"
        yield Difference(subject, words, _last_person(after))
    old = set(map(_said, before.acceptance))
    for record in after.acceptance:
        if _said(record) not in old:
            found = True
            words = f'clip "{record.clip_name}" {record.verdict.value}'
            yield Difference(subject, words, record.person)
    if not found:
        noted = after.history != before.history
        words = after.history[-1].words if noted and after.history else "its facts were changed"
        yield Difference(subject, words, _last_person(after) if noted else "")


def _said(record: AcceptanceRecord) -> tuple[str, ...]:
    return (record.clip_name, record.local_id, record.verdict.value, str(record.date))


def _subject(target: Target, version: TargetVersion) -> str:
    return f"{target.name}, version {version.label}"


def _last_person(version: TargetVersion) -> str:
    return version.history[-1].person if version.history else ""
