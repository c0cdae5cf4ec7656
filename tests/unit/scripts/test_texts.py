# SPDX-License-Identifier: GPL-3.0-or-later
"""What no file may hold is found, and the repository holds none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.common import texts

# In pieces: the check reads this file too.
FOUND = {
    "a = '/wo" + "rk/main/x'": "a path of one machine",
    "open('/t" + "mp/file')": "a path of one machine",
    "index = 'https://py" + "pi.org/simple'": "a package registry's host",
    "key = 's" + "k-" + "abcdefghijklmnopqrstuvwx'": "an API key",
}
FINE = (
    "url = 'https://aimocap.net/work'",
    "path = tmp_path / 'tmp'",
    "key = 'sk-short'",
    "ratio = size/work",
)


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`checked(name, text)`: the complaints about a file of that name with that text."""
    monkeypatch.setattr(texts, "REPOSITORY", tmp_path)

    def check(name: str, text: str) -> list[str]:
        (tmp_path / name).write_text(text)
        return texts.complaints([tmp_path / name])

    return check


@pytest.mark.parametrize(("line", "what"), FOUND.items())
def test_a_forbidden_text_is_found_with_its_line(checked, line: str, what: str) -> None:
    assert checked("a.toml", f"[ok]\n{line}\n") == [f"a.toml:2: {what}"]


@pytest.mark.parametrize("line", FINE)
def test_a_harmless_text_is_left_alone(checked, line: str) -> None:
    assert checked("a.toml", line) == []


def test_a_source_file_without_its_licence_line_is_found(checked) -> None:
    assert checked("a.py", "x = 1\n") == ["a.py:1: the SPDX line is missing"]
    assert checked("a.py", texts.SPDX_LINE + "\nx = 1\n") == []
    assert checked("a.py", "#!/usr/bin/env python3\n" + texts.SPDX_LINE + "\n") == []


def test_a_file_of_secrets_is_found(checked) -> None:
    assert checked(".env", "A=1\n") == [".env: files of secrets are not committed"]
