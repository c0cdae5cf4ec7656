# SPDX-License-Identifier: GPL-3.0-or-later
"""Files out of packages: only what was pinned gets into the cache, and it gets in whole.

pip is a stand-in that hands out a wheel of ours, so that what is fetched can be wrong on purpose.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.common import downloads, environments
from scripts.common.console import ScriptError
from scripts.common.downloads import Member, Package, Source, WheelTag
from scripts.common.places import CACHE_VARIABLE

CONTENT = b"forty-two weights"

PIP = """\
#!{python}
import os, pathlib, shutil, sys
pathlib.Path(os.environ["FAKE_PIP_LOG"]).open("a").write(" ".join(sys.argv[1:]) + "\\n")
if os.environ.get("FAKE_PIP_FAILS"):
    sys.exit("ERROR: NewConnectionError: " + os.environ["FAKE_PIP_FAILS"])
shutil.copy(os.environ["FAKE_WHEEL"], sys.argv[sys.argv.index("--dest") + 1])
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for pip is a script")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with one model in it, which the stand-in for pip hands out."""
    path = tmp_path / "poses-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("poses/model.tflite", CONTENT)
    pip = tmp_path / "pip"
    pip.write_text(PIP.format(python=sys.executable))
    pip.chmod(0o755)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("FAKE_WHEEL", str(path))
    monkeypatch.setenv("FAKE_PIP_LOG", str(tmp_path / "pip.log"))
    monkeypatch.setattr(environments, "python_of", lambda _name: pip)
    return path


@pytest.fixture
def package_of(wheel: Path) -> Callable[..., Package]:
    """The package with right pins, or with the ones given."""

    def make(archive: str = "", member: str = "", tag: WheelTag | None = None) -> Package:
        return Package(
            Source.WHEEL,
            "poses",
            "1.0",
            archive or sha256(wheel.read_bytes()),
            (Member("poses/model.tflite", member or sha256(CONTENT)),),
            tag,
        )

    return make


def fetches(tmp_path: Path) -> list[str]:
    return (tmp_path / "pip.log").read_text().splitlines()


def test_a_member_is_fetched_once_and_found_by_its_path(
    package_of: Callable[..., Package], tmp_path: Path
) -> None:
    for _ in range(3):
        path = downloads.package_file(package_of(), "poses/model.tflite")
        assert path.read_bytes() == CONTENT
    assert len(fetches(tmp_path)) == 1


def test_a_damaged_file_in_the_cache_is_fetched_again(
    package_of: Callable[..., Package], tmp_path: Path
) -> None:
    path = downloads.package_file(package_of(), "poses/model.tflite")
    path.write_bytes(CONTENT[:-1])
    assert downloads.package_file(package_of(), "poses/model.tflite").read_bytes() == CONTENT
    assert len(fetches(tmp_path)) == 2


@pytest.mark.parametrize("wrong", ["archive", "member"])
def test_what_was_not_pinned_is_refused_and_leaves_nothing(
    package_of: Callable[..., Package], tmp_path: Path, wrong: str
) -> None:
    with pytest.raises(ScriptError, match="is not the file that was pinned"):
        downloads.package_files(package_of(**{wrong: sha256(b"something else")}))
    left = [path for path in (tmp_path / "cache" / "downloads").rglob("*") if path.is_file()]
    assert left == []


def test_without_a_network_one_sentence_says_so(
    package_of: Callable[..., Package], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_PIP_FAILS", "no route")
    with pytest.raises(ScriptError, match=r"poses 1\.0 could not be fetched"):
        downloads.package_files(package_of())


def test_the_platform_asked_for_is_the_tags_and_not_this_machines(
    package_of: Callable[..., Package], tmp_path: Path
) -> None:
    downloads.package_files(package_of(tag=WheelTag("3.11", "manylinux_2_28_x86_64")))
    (call,) = fetches(tmp_path)
    assert "--platform manylinux_2_28_x86_64" in call
    assert "--python-version 3.11" in call
    assert "--no-deps" in call


def test_an_npm_package_without_npm_is_a_sentence(
    package_of: Callable[..., Package], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing here"))
    member = Member("package/model.tflite", sha256(CONTENT))
    with pytest.raises(ScriptError, match=r"needs npm, which was not found\. Install Node"):
        downloads.package_files(Package(Source.NPM, "@a/poses", "1.0", "0" * 64, (member,)))
