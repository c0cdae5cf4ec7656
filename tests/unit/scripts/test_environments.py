# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments: made once, whole or not at all, and a sentence when that is impossible.

Making one is watched through a stand-in for uv on PATH that lays out a folder as uv does and can
be told to fail: no network is needed, and half-made folders can be produced at will.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.common import environments, pythons
from scripts.common.console import ScriptError
from scripts.common.places import CACHE_VARIABLE, REPOSITORY
from scripts.common.requirements import BLENDERS, CONSTRAINTS, ENVIRONMENTS, Environment, Variant

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+")

UV = """\
#!{python}
import os, pathlib, sys, time
log = pathlib.Path(os.environ["FAKE_UV_LOG"])
with log.open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "venv":
    folder = pathlib.Path(sys.argv[-1])
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
if sys.argv[1] == "pip":
    time.sleep(0.3)
    if os.environ.get("FAKE_UV_FAILS"):
        sys.exit("error: " + os.environ["FAKE_UV_FAILS"])
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a script")


@pytest.fixture
def uv_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of our own and a uv that writes down how it was called."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(UV.format(python=sys.executable))
    (tools / "uv").chmod(0o755)
    log = tmp_path / "uv.log"
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_UV_LOG", str(log))
    environments._uv.cache_clear()
    environments._plan.cache_clear()
    yield log
    environments._uv.cache_clear()
    environments._plan.cache_clear()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> str:
    """An environment that can be made with the running Python."""
    monkeypatch.setitem(ENVIRONMENTS, "small", Environment("small", (Variant(RUNNING, ("a==1",)),)))
    return "small"


def calls(log: Path, word: str) -> int:
    return sum(line.startswith(word) for line in log.read_text().splitlines())


def test_an_environment_is_made_once(uv_log: Path, small: str) -> None:
    first = environments.python_of(small)
    assert environments.python_of(small) == first
    assert first.exists()
    assert calls(uv_log, "venv") == 1
    (install,) = [line for line in uv_log.read_text().splitlines() if line.startswith("pip")]
    assert install.endswith("a==1")
    assert str(CONSTRAINTS) in install


def test_an_environment_that_was_left_half_made_is_made_anew(
    uv_log: Path, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_UV_FAILS", "the disk is full")
    with pytest.raises(ScriptError, match="the disk is full"):
        environments.python_of(small)
    monkeypatch.delenv("FAKE_UV_FAILS")
    assert environments.python_of(small).exists()
    assert calls(uv_log, "venv") == 2


def test_an_environment_whose_python_is_gone_is_made_anew(uv_log: Path, small: str) -> None:
    python = environments.python_of(small)
    python.unlink()
    assert environments.python_of(small).exists()
    assert calls(uv_log, "venv") == 2


def test_other_pins_make_another_environment(
    uv_log: Path, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = environments.python_of(small)
    environments._plan.cache_clear()
    monkeypatch.setitem(ENVIRONMENTS, "small", Environment("small", (Variant(RUNNING, ("a==2",)),)))
    assert environments.python_of(small) != first
    assert first.exists()


def test_two_processes_at_once_make_one_environment(uv_log: Path, tmp_path: Path) -> None:
    code = f"""
        from scripts.common import environments, requirements as r
        r.ENVIRONMENTS["twin"] = r.Environment("twin", (r.Variant("{RUNNING}", ("a==1",)),))
        print(environments.python_of("twin"))
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    both = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60)[0].splitlines()[-1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert answers[0] == answers[1]
    assert calls(uv_log, "venv") == 1


def test_without_a_network_one_sentence_says_so(
    uv_log: Path, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_UV_FAILS", "Failed to fetch: dns error")
    with pytest.raises(ScriptError, match=r"not reached\. Check the network connection"):
        environments.python_of(small)


def test_a_missing_python_is_named_with_what_to_do(
    uv_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = (Variant("3.97", ()), Variant("3.98", ()))
    monkeypatch.setitem(ENVIRONMENTS, "future", Environment("future", variants))
    assert not environments.can_make("future")
    with pytest.raises(environments.MissingPythonError, match=r"needs Python 3\.97 or 3\.98"):
        environments.python_of("future")


def test_the_first_variant_whose_python_is_there_is_taken(
    uv_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = (Variant("3.97", ("a==1",)), Variant(RUNNING, ("a==2",)))
    monkeypatch.setitem(ENVIRONMENTS, "either", Environment("either", variants))
    assert environments.python_version("either") == RUNNING
    environments.python_of("either")
    assert "a==2" in uv_log.read_text()
    assert "a==1" not in uv_log.read_text()


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ScriptError, match="service"):
        environments.python_of("no such environment")


def test_the_running_python_is_found_and_a_program_that_is_none_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pythons.find(RUNNING) is not None
    impostor = tmp_path / "python3.97"
    impostor.write_text("#!/bin/sh\necho 3.97 cpython 1\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pythons.find("3.97") is None, "a free-threaded build has no wheels of ours"


def test_every_requirement_is_pinned() -> None:
    pinned = [line for line in CONSTRAINTS.read_text().splitlines() if not line.startswith("#")]
    for environment in ENVIRONMENTS.values():
        for variant in environment.variants:
            pinned += variant.requirements
    assert [line for line in pinned if not PIN.fullmatch(line)] == []


def test_the_bare_environments_hold_nothing_that_the_extension_brings() -> None:
    for blender in BLENDERS:
        (variant,) = ENVIRONMENTS[blender.bare_environment].variants
        assert not any(one.startswith("pydantic") for one in variant.requirements)
