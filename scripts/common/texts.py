# SPDX-License-Identifier: GPL-3.0-or-later
"""What no file of the repository may hold, and what every source file must.

Must: the SPDX line first in every Python file, and the version in the manifest alone. May not:
paths of the machine it was written on, hosts of package registries (the clients know theirs),
API keys, private keys or `.env` files.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from .places import REPOSITORY, cache_directory

SPDX_LINE = "# SPDX-License-Identifier: GPL-3.0-or-later"
TEXT_SUFFIXES = frozenset(
    (".py", ".toml", ".md", ".txt", ".json", ".yml", ".yaml", ".cfg", ".ini", ".sh", ".sha256", "")
)
LARGEST_BYTES = 2_000_000  # beyond it a committed file needs a reason

# Written with brackets so that this file does not find itself.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.~-])/(?:[w]ork|[r]oot|[t]mp)/\w"),
    "a package registry's host": re.compile(
        r"(?:[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[d]eb\.debian\.org|[n]pmjs\.com)"
    ),
    "an API key": re.compile(r"\b[s]k-[A-Za-z0-9]{24,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
}


def repository_files() -> list[Path]:
    """Every file that is, or is about to be, committed; without git, every file but hidden ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return [
            path for name in sorted(filter(None, names)) if (path := REPOSITORY / name).is_file()
        ]
    return [
        path
        for path in sorted(REPOSITORY.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    ]


def complaints(files: Iterable[Path]) -> list[str]:
    """One line per offence: file, line and what is wrong."""
    return [line for path in files for line in _complaints_about(path)]


def _complaints_about(path: Path) -> Iterator[str]:
    name = path.relative_to(REPOSITORY).as_posix()
    if path.name == ".env" or path.name.startswith(".env."):
        yield f"{name}: files of secrets are not committed"
    if path.stat().st_size > LARGEST_BYTES:
        yield f"{name}: larger than {LARGEST_BYTES // 1_000_000} MB"
    if path.suffix not in TEXT_SUFFIXES:
        return
    text = path.read_text("utf-8", errors="replace")
    if path.suffix == ".py" and SPDX_LINE not in text.splitlines()[:2]:
        yield f"{name}:1: the SPDX line is missing"
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in _forbidden().items():
            if pattern.search(line):
                yield f"{name}:{number}: {what}"


@cache
def _forbidden() -> dict[str, re.Pattern[str]]:
    """The fixed patterns and this machine's own folders, whatever they are called."""
    folders = {str(REPOSITORY), str(Path.home()), str(cache_directory())}
    own = "|".join(re.escape(folder) for folder in sorted(folders) if len(folder) > 4)
    return {**FORBIDDEN, "a path of this machine": re.compile(own)} if own else FORBIDDEN
