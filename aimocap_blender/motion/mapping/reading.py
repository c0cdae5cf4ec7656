# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading bone names: tokens, sides, numbers, and the noise that a whole rig carries.

Knows words (`lexicon`), not parts of the body (`meanings`), hierarchy or geometry.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .lexicon import LONGEST_WORD, VOCABULARY, Atom
from .roles import Side

_SHORTEST_GLUED = 3
"""Words of one or two letters count only when they stand alone, or "upperarm" would hold "up"."""

_GLUED_SHORT = frozenset({"up", "lo", "hd"})
_RUNNING_NUMBER = re.compile(r"_(\d{1,3})$")
_COPY_NUMBER = re.compile(r"\.(\d{3})$")
_IN_BRACKETS = re.compile(r"\s*[\[(].*?[\])]")
_COMMON_SHARE = 0.4


@dataclass(frozen=True)
class Reading:
    """One bone name, taken apart.

    atoms    what its words say, sides left out
    side     the side it names; None when it names none, or both
    numbers  its numbers as written, in order ("01", "2")
    unknown  words of no language we know, the rig's own prefix left out
    copy     Blender's running number for a second bone of a name (".001" is 1), 0 without
    stem     the name without side, numbers and prefix: what doubled bones share
    """

    atoms: frozenset[Atom]
    side: Side | None
    numbers: tuple[str, ...]
    unknown: tuple[str, ...]
    copy: int
    stem: str


def _plain(text: str) -> str:
    """Compatibility form (full-width letters become plain) with Latin accents taken off."""
    text = unicodedata.normalize("NFKC", text)
    if text.isascii():
        return text
    letters = []
    for letter in text:
        parts = unicodedata.normalize("NFKD", letter)
        letters.append(parts[0] if parts[0].isascii() and parts[0].isalpha() else letter)
    return "".join(letters)


def _kind(letter: str) -> str:
    if letter.isdigit():
        return "digit"
    if not letter.isalpha() and letter != "ー":
        return "gap"
    if letter.isupper():
        return "upper"
    return "lower" if letter.islower() else "letter"


def split(name: str) -> list[str]:
    """The words and numbers of a name: at separators, at digits, at CamelCase humps."""
    tokens: list[str] = []
    current, previous = "", "gap"
    for position, letter in enumerate(name):
        kind = _kind(letter)
        following = _kind(name[position + 1]) if position + 1 < len(name) else "gap"
        hump = kind == "upper" and (
            previous == "lower" or (previous == "upper" and following == "lower")
        )
        joined = kind == previous or (previous == "upper" and kind == "lower")
        if current and (kind == "gap" or hump or not joined):
            tokens.append(current)
            current = ""
        if kind != "gap":
            current += letter
        previous = kind
    return [*tokens, current] if current else tokens


@lru_cache(maxsize=8192)
def atoms_of(word: str) -> tuple[Atom, ...]:
    """What a lower-case word says; () when no chain of known words makes it up completely.

    The fewest words win: "forehead" is itself, not "fore" + "head".
    """
    if word in VOCABULARY:
        return VOCABULARY[word]
    ascii_word = word.isascii()
    if ascii_word and len(word) > _SHORTEST_GLUED and word[0] in "lr":
        rest = atoms_of(word[1:]) if len(word) - 1 >= _SHORTEST_GLUED else ()
        if word[1:] in VOCABULARY and rest and rest[0] not in _NO_SIDED_WORD:
            return (Atom.LEFT if word[0] == "l" else Atom.RIGHT, *rest)
    best: list[tuple[int, tuple[Atom, ...]] | None] = [(0, ())] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - LONGEST_WORD), end):
            before, piece = best[start], word[start:end]
            if before is None or piece not in VOCABULARY:
                continue
            if ascii_word and len(piece) < _SHORTEST_GLUED and piece not in _GLUED_SHORT:
                continue
            found = (before[0] + 1, before[1] + VOCABULARY[piece])
            current = best[end]
            if current is None or found[0] < current[0]:
                best[end] = found
    whole = best[len(word)]
    return whole[1] if whole else ()


_NO_SIDED_WORD = frozenset(
    {Atom.NEUTRAL, Atom.CONTROL, Atom.END, Atom.TWIST, Atom.LEFT, Atom.RIGHT, Atom.CENTRE}
)


def _has_running_numbers(names: Sequence[str]) -> bool:
    """Some exporters number every bone through: Hips_01, Spine_02, ... The numbers say nothing."""
    numbers = [match.group(1) for name in names if (match := _RUNNING_NUMBER.search(name))]
    return len(numbers) >= max(10, 0.8 * len(names)) and len(set(numbers)) > 0.9 * len(numbers)


def bare_names(names: Sequence[str]) -> list[str]:
    """Names without namespace ("Character:Hips", "a|b|Hips") and without running numbers."""
    bare = [re.split(r"[:|]", _IN_BRACKETS.sub("", _plain(name)))[-1] or name for name in names]
    if _has_running_numbers(bare):
        bare = [_RUNNING_NUMBER.sub("", name) for name in bare]
    return bare


def read_names(names: Sequence[str]) -> list[Reading]:
    """Every name taken apart; words that most of the rig carries are its prefix, not a meaning."""
    tokens = []
    copies = []
    for bare in bare_names(names):
        copy = _COPY_NUMBER.search(bare)
        copies.append(int(copy.group(1)) if copy else 0)
        tokens.append([token.lower() for token in split(_COPY_NUMBER.sub("", bare))])
    counts = Counter(token for words in tokens for token in set(words))
    limit = max(6, _COMMON_SHARE * len(names))
    prefix = {token for token, count in counts.items() if count >= limit and _is_noise(token)}
    return [
        _read(_without(words, prefix), copy) for words, copy in zip(tokens, copies, strict=True)
    ]


def _without(words: list[str], prefix: set[str]) -> list[str]:
    """A name's words without the rig's prefix; numbers go only where they stand in it."""
    start = 0
    while start < len(words) - 1 and words[start] in prefix:
        start += 1
    return [word for word in words[start:] if word not in prefix or word[0].isdigit()]


def _is_noise(token: str) -> bool:
    atoms = atoms_of(token)
    return not atoms or all(atom is Atom.NEUTRAL for atom in atoms)


def _read(words: list[str], copy: int) -> Reading:
    atoms: list[Atom] = []
    numbers, unknown, stem = [], [], []
    for word in words:
        if word[0].isdigit():
            numbers.append(word)
            continue
        found = atoms_of(word)
        atoms.extend(found)
        if not found:
            unknown.append(word)
        if not found or found[0] not in (Atom.LEFT, Atom.RIGHT) or len(found) > 1:
            stem.append(word)
    sides = {atom for atom in atoms if atom in (Atom.LEFT, Atom.RIGHT)}
    side = None
    if len(sides) == 1:
        side = Side.LEFT if Atom.LEFT in sides else Side.RIGHT
    return Reading(
        atoms=frozenset(atom for atom in atoms if atom not in (Atom.LEFT, Atom.RIGHT)),
        side=side,
        numbers=tuple(numbers),
        unknown=tuple(unknown),
        copy=copy,
        stem=" ".join(stem),
    )
