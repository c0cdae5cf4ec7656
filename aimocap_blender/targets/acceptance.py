# SPDX-License-Identifier: GPL-3.0-or-later
"""Acceptance: which clips a version has to pass, which it has, and what is left to run.

A record counts for the clip it was made of (same video, same trim), made with the skeleton that
the version comes back with now. Pure: nothing is submitted or measured here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from .document import Registry
from .model import AcceptanceClip, AcceptanceRecord, AcceptanceSet, Target, TargetVersion, Verdict
from .states import TargetError

_SAME_SECONDS = 1e-3


@dataclass(frozen=True)
class AcceptanceLine:
    """One line of the table.

    clip      None for a record whose clip is in the set no more
    record    the last one that counts; None: it has to be run
    earlier   what the version before said of the same clip; None when it said nothing
    """

    name: str
    category: str
    clip: AcceptanceClip | None
    record: AcceptanceRecord | None
    earlier: AcceptanceRecord | None

    @property
    def is_to_run(self) -> bool:
        """Whether nothing was run for it yet, or what was run was rejected."""
        return self.clip is not None and (
            self.record is None or self.record.verdict is Verdict.REJECTED
        )


def missing_categories(registry: Registry, version: TargetVersion) -> tuple[str, ...]:
    """The acceptance categories this version has not passed.

    With an acceptance set a category is passed when it has a clip and every clip of it is
    accepted; without one, when it has records and the last of every clip is accepted.
    """
    verdicts: dict[str, list[Verdict | None]] = {category: [] for category in registry.categories}
    if registry.acceptance_set.clips:
        for clip in registry.acceptance_set.clips:
            record = record_of(version, clip)
            verdicts.setdefault(clip.category, []).append(record.verdict if record else None)
    else:
        last = {(r.category, r.clip_sha256 or r.clip_name): r for r in counting(version)}
        for record in last.values():
            if record.category in verdicts:
                verdicts[record.category].append(record.verdict)
    return tuple(
        category
        for category, found in verdicts.items()
        if not found or any(verdict is not Verdict.ACCEPTED for verdict in found)
    )


def acceptance_reason(registry: Registry, version: TargetVersion) -> str | None:
    """Why this version's acceptance is not complete; None when it is.

    Complete is a set that passed in every category. Where the registry has no clips to run and
    none was run, the reviewer's own note stands for it.
    """
    if not registry.acceptance_set.clips and not version.acceptance:
        if version.acceptance_note and version.accept_after is None:
            return None
        return "no acceptance is recorded for it"
    missing = missing_categories(registry, version)
    return f"its acceptance lacks {', '.join(missing)}" if missing else None


def counting(version: TargetVersion) -> tuple[AcceptanceRecord, ...]:
    """The records that count, in their order: none from before another skeleton came back."""
    after = version.accept_after
    fresh = [r for r in version.acceptance if after is None or _at(r.date) > _at(after)]
    marks = [record.fingerprint for record in fresh if record.fingerprint]
    return tuple(r for r in fresh if not r.fingerprint or r.fingerprint == marks[-1])


def record_of(version: TargetVersion, clip: AcceptanceClip) -> AcceptanceRecord | None:
    """The last record that counts for that clip; None when there is none."""
    found = [record for record in counting(version) if _is_of(record, clip)]
    return found[-1] if found else None


def lines(registry: Registry, target: Target, version: TargetVersion) -> tuple[AcceptanceLine, ...]:
    """The table of a version: the set's clips in their order."""
    before = earlier_version(target, version)
    return tuple(
        AcceptanceLine(
            clip.name,
            clip.category,
            clip,
            record_of(version, clip),
            _last_of(before, clip) if before else None,
        )
        for clip in registry.acceptance_set.clips
    )


def earlier_version(target: Target, version: TargetVersion) -> TargetVersion | None:
    """The version before this one that has records; None when there is none."""
    labels = [one.label for one in target.versions]
    before = target.versions[: labels.index(version.label)] if version.label in labels else ()
    return next((one for one in reversed(before) if one.acceptance), None)


def uncovered(registry: Registry) -> tuple[str, ...]:
    """Categories that no clip of the set stands for."""
    covered = {clip.category for clip in registry.acceptance_set.clips}
    return tuple(category for category in registry.categories if category not in covered)


def with_clip(registry: Registry, clip: AcceptanceClip) -> Registry:
    """The registry with this clip in its set, in the place of the one with its name.

    A category that was not known is added.
    """
    clips = registry.acceptance_set.clips
    known = any(one.name == clip.name for one in clips)
    kept = tuple(clip if one.name == clip.name else one for one in clips)
    categories = registry.categories
    if clip.category not in categories:
        categories = (*categories, clip.category)
    changed = registry.acceptance_set.model_copy(update={"clips": kept if known else (*kept, clip)})
    return registry.model_copy(update={"acceptance_set": changed, "categories": categories})


def without_clip(registry: Registry, name: str) -> Registry:
    """The registry without that clip in its set. Errors: TargetError when it has none."""
    kept = tuple(clip for clip in registry.acceptance_set.clips if clip.name != name)
    if len(kept) == len(registry.acceptance_set.clips):
        raise TargetError(f'There is no acceptance clip "{name}".')
    changed = registry.acceptance_set.model_copy(update={"clips": kept})
    return registry.model_copy(update={"acceptance_set": changed})


def with_categories(registry: Registry, categories: Iterable[str]) -> Registry:
    """The registry asking for these categories. Errors: TargetError when a clip's is left out."""
    wanted = tuple(dict.fromkeys(part.strip() for part in categories if part.strip()))
    used = {clip.category for clip in registry.acceptance_set.clips}
    if not wanted or not used <= set(wanted):
        lost = ", ".join(sorted(used - set(wanted))) or "at least one"
        raise TargetError(
            f"The acceptance set needs these categories: {lost}.",
            remedy="Remove their clips first.",
        )
    return registry.model_copy(update={"categories": wanted})


def named(chosen: AcceptanceSet, name: str) -> AcceptanceSet:
    """The set under another name."""
    return chosen.model_copy(update={"name": name.strip() or chosen.name})


def _last_of(version: TargetVersion, clip: AcceptanceClip) -> AcceptanceRecord | None:
    found = [record for record in version.acceptance if _is_of(record, clip)]
    return found[-1] if found else None


def _is_of(record: AcceptanceRecord, clip: AcceptanceClip) -> bool:
    same = record.clip_sha256 == clip.sha256 if clip.sha256 else record.clip_name == clip.name
    return (
        same
        and record.category == clip.category
        and abs(record.trim_start_seconds - clip.trim_start_seconds) < _SAME_SECONDS
        and abs(record.trim_end_seconds - clip.trim_end_seconds) < _SAME_SECONDS
    )


def _at(moment: datetime | None) -> float:
    """Unix seconds; a record without a date is older than everything, a naive one is in UTC."""
    if moment is None:
        return float("-inf")
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
