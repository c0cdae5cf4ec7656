# SPDX-License-Identifier: GPL-3.0-or-later
"""The house's layers, as far as the import linter cannot see them.

Each pure layer is imported whole in a process of its own in which Blender's modules are not to be
had, and its sources are read for what they import.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "aimocap_blender"
BLENDERS_MODULES = ("bpy", "mathutils", "bpy_extras", "addon_utils", "bmesh", "gpu", "idprop")
# What the modules of a layer may import besides the standard library.
ALLOWED = {
    "errors": set(),
    "motion": {"numpy"},
    "clips": set(),
    "targets": {"pydantic"},
    "api": {"pydantic", "requests", "urllib3"},  # urllib3 is what requests stands on
    "jobs": {"pydantic"},
}


def absolute_imports(path: Path) -> set[str]:
    """The modules that a source file imports by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_pure_layer_imports_whole_where_there_is_no_blender(layer: str) -> None:
    code = f"""
        import importlib, pkgutil, sys

        class NoBlender:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in {BLENDERS_MODULES!r}:
                    raise ModuleNotFoundError(f"{{name}} is Blender's", name=name)

        sys.meta_path.insert(0, NoBlender())
        layer = importlib.import_module("aimocap_blender.{layer}")
        for module in pkgutil.walk_packages(getattr(layer, "__path__", []), layer.__name__ + "."):
            importlib.import_module(module.name)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_pure_layer_imports_only_what_it_may(layer: str) -> None:
    files = [*PACKAGE.glob(f"{layer}.py"), *(PACKAGE / layer).rglob("*.py")]
    assert files
    names = {name.partition(".")[0] for path in files for name in absolute_imports(path)}
    assert names - set(sys.stdlib_module_names) - ALLOWED[layer] == set()


def test_importing_the_package_itself_brings_in_nothing() -> None:
    code = "import sys, aimocap_blender; print(*[n for n in sys.modules if 'aimocap' in n])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["aimocap_blender"]


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_a_module_imports_its_neighbours_relatively(path: Path) -> None:
    """An installed extension is `bl_ext.<repository>.aimocap_blender`: no name leads to itself."""
    assert [name for name in absolute_imports(path) if name.startswith("aimocap_blender")] == []
