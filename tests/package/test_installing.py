# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip in an empty Blender: what is there when it is installed, and that nothing stays."""

from __future__ import annotations

import importlib
import sys
import threading
import tomllib
from pathlib import Path

import addon_utils
import bpy
import pytest

from tests.conftest import REPOSITORY

from .conftest import Extension, install, uninstall

OPERATORS = ("submit_strip", "apply_result", "follow")


def operator_exists(name: str) -> bool:
    try:
        getattr(bpy.ops.aimocap, name).get_rna_type()
    except KeyError:
        return False
    return True


def our_classes() -> list[str]:
    """Names of every registered class of ours, however it was registered."""
    kinds = (
        bpy.types.Operator,
        bpy.types.Panel,
        bpy.types.UIList,
        bpy.types.Menu,
        bpy.types.PropertyGroup,
        bpy.types.AddonPreferences,
    )
    classes = (cls for kind in kinds for cls in kind.__subclasses__())
    return sorted(
        cls.__name__ for cls in classes if cls.__name__.startswith("AIMOCAP_") and cls.is_registered
    )


def our_handlers() -> list[object]:
    lists = (getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers))
    return [
        handler
        for one in lists
        if isinstance(one, list)
        for handler in one
        if "aimocap" in getattr(handler, "__module__", "")
    ]


def test_the_installed_extension_is_enabled_with_its_operators_and_panels(
    extension: Extension,
) -> None:
    assert addon_utils.check(extension.module) == (True, True)
    assert [name for name in OPERATORS if not operator_exists(name)] == []
    panels = [name for name in our_classes() if "_PT_" in name]
    spaces = {getattr(bpy.types, name).bl_space_type for name in panels}
    assert {"SEQUENCE_EDITOR", "VIEW_3D"} <= spaces
    assert {getattr(bpy.types, name).bl_category for name in panels} == {"AIMoCap"}
    assert hasattr(bpy.types.Scene, "aimocap")
    assert bpy.context.preferences.addons[extension.module].preferences is not None


def test_the_installed_version_is_the_manifests(extension: Extension) -> None:
    ours = tomllib.loads((REPOSITORY / "blender_manifest.toml").read_text("utf-8"))
    installed = tomllib.loads((extension.folder / "blender_manifest.toml").read_text("utf-8"))
    assert installed["version"] == ours["version"]
    module = sys.modules[extension.module]
    shown = addon_utils.module_bl_info(module)["version"]
    assert tuple(shown) == tuple(int(part) for part in ours["version"].split("."))


def test_it_lives_on_its_own_files_and_its_own_wheels(extension: Extension) -> None:
    extensions = extension.folder.parents[1]
    for name in ("pydantic", "pydantic_core", "annotated_types", "typing_inspection"):
        file = importlib.import_module(name).__file__
        assert file is not None
        assert Path(file).is_relative_to(extensions)
    importlib.import_module(f"{extension.module}.api.models")
    importlib.import_module(f"{extension.module}.jobs.desk")
    strangers = [
        name
        for name, module in sys.modules.items()
        if "aimocap_blender" in name and not name.startswith("bl_ext.") and module is not None
    ]
    assert strangers == []


def test_disabling_takes_everything_back_and_enabling_brings_it_again(
    extension: Extension,
) -> None:
    session = importlib.import_module(f"{extension.module}.bridge.session")
    session.current()
    before = our_classes()
    addon_utils.disable(extension.module, default_set=True)
    assert our_classes() == []
    assert not operator_exists("submit_strip")
    assert not hasattr(bpy.types.Scene, "aimocap")
    assert not hasattr(bpy.types.WindowManager, "aimocap")
    assert our_handlers() == []
    assert [one.name for one in threading.enumerate() if "aimocap" in one.name] == []
    assert addon_utils.enable(extension.module, default_set=True) is not None
    assert our_classes() == before


def test_uninstalling_leaves_nothing_behind(extension: Extension) -> None:
    uninstall()
    assert our_classes() == []
    assert extension.module not in bpy.context.preferences.addons
    assert not extension.folder.exists()
    assert list(extension.folder.parents[1].rglob("*pydantic*")) == []


def test_an_open_job_list_survives_an_update(extension: Extension, package: Path) -> None:
    session = importlib.import_module(f"{extension.module}.bridge.session")
    folder = session.current().places.jobs
    install(package)
    again = importlib.import_module(f"{extension.module}.bridge.session")
    assert again.current().places.jobs == folder
    assert folder.is_dir()


def test_uninstalling_removes_the_jobs_in_its_own_folder_and_no_others(
    extension: Extension, tmp_path: Path
) -> None:
    session = importlib.import_module(f"{extension.module}.bridge.session")
    own = session.current().places.jobs
    session.close()
    bpy.context.preferences.addons[extension.module].preferences.results_folder = str(tmp_path)
    assert session.current().places.jobs == tmp_path
    uninstall()
    assert not own.exists(), "the preferences and the README say so"
    assert (tmp_path / "ledger.db").is_file()


@pytest.mark.parametrize("times", [3])
def test_installing_again_and_again_ends_the_same(
    extension: Extension, package: Path, times: int
) -> None:
    before = our_classes()
    for _ in range(times):
        uninstall()
        install(package)
    assert our_classes() == before
