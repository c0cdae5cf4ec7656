# SPDX-License-Identifier: GPL-3.0-or-later
"""`python3 scripts/build.py`: the installable zips, one per platform, in `dist/`.

The package's files, the manifest, the licence and the bundled wheels are staged as Blender wants
them (manifest and `__init__.py` at the root) and packed by Blender's own builder out of the bpy
wheel. Then every zip is written again with sorted names and fixed dates, so that the same commit
gives the same bytes, and what was built is checked: by Blender's validator, and for what must and
must not be inside. `--index` adds the `index.json` of a static extension repository.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import IO

sys.path[0] = str(Path(__file__).resolve().parents[1])

from scripts.common import console, environments, texts, wheels
from scripts.common.console import ScriptError
from scripts.common.places import REPOSITORY
from scripts.common.requirements import BLENDERS

PACKAGE = REPOSITORY / "aimocap_blender"
PYTHONS = ("cp311", "cp313")  # Blender 4.2 to 5.0, and 5.1 to 5.2
BUILDER_TIMEOUT_SECONDS = 120
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say
STORED_SUFFIXES = (".whl",)  # compressed already


def main() -> int:
    """Build, check and list the zips."""
    parser = argparse.ArgumentParser(description="Build the installable zips.")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "dist", metavar="DIR")
    parser.add_argument("--index", action="store_true", help="write a repository's index.json too")
    arguments = parser.parse_args()
    for path in build(arguments.output.resolve(), index=arguments.index):
        console.say(f"{path.stat().st_size / 1e6:6.2f} MB  {path.name}")
    return 0


def build(output: Path, *, index: bool = False) -> list[Path]:
    """Build into the folder `output`, replacing our zips in it; returns the zips, one a platform.

    Raises ScriptError with what Blender's builder or our own checks complain about.
    """
    manifest = tomllib.loads(wheels.MANIFEST.read_text("utf-8"))
    _check_changelog(manifest["version"])
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="aimocap-build-") as place:
        stage, built = Path(place, "stage"), Path(place, "built")
        built.mkdir()
        _stage(stage)
        _builder("build", "--split-platforms", "--source-dir", stage, "--output-dir", built)
        expected = [_zip_name(manifest, platform) for platform in manifest["platforms"]]
        for old in output.glob(f"{manifest['id']}-*.zip"):
            old.unlink()
        for name in expected:
            _check(built / name, _sources(stage))
            _write_normalised(built / name, output / name)
            _builder("validate", output / name)
    if index:
        _builder("server-generate", "--repo-dir", output)
    return [output / name for name in expected]


def _check_changelog(version: str) -> None:
    """A version without a word about it is not built."""
    lines = (REPOSITORY / "CHANGELOG.md").read_text("utf-8").splitlines()
    if not any(line.split()[:2] == ["##", version] for line in lines):
        raise ScriptError(f"CHANGELOG.md has no section for {version}, the manifest's version.")


def _zip_name(manifest: dict[str, str], platform: str) -> str:
    """As Blender's builder names it."""
    return f"{manifest['id']}-{manifest['version']}-{platform.replace('-', '_')}.zip"


def _stage(stage: Path) -> None:
    """Lay out the zip's content; of the package only files that git knows or would add."""
    (stage / "wheels").mkdir(parents=True)
    for wheel in wheels.bundled():
        shutil.copyfile(wheels.fetch(wheel), stage / "wheels" / wheel.file_name)
    for path in texts.repository_files():
        if path.is_relative_to(PACKAGE):
            target = stage / path.relative_to(PACKAGE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for name in ("blender_manifest.toml", "LICENSE"):
        shutil.copyfile(REPOSITORY / name, stage / name)


def _builder(*arguments: str | Path) -> None:
    """Run Blender's extension program (it needs no bpy) from the oldest bpy that can be had."""
    names = [one.environment for one in BLENDERS]
    name = next((one for one in names if environments.can_make(one)), names[0])
    python = environments.python_of(name)
    library = python.parents[1]
    found = sorted(library.glob("**/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not found:
        raise ScriptError(f"The environment {name} holds no extension builder (blender_ext.py).")
    try:
        done = subprocess.run(
            [str(python), "-B", str(found[0]), *(str(argument) for argument in arguments)],
            capture_output=True,
            text=True,
            timeout=BUILDER_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ScriptError("Blender's extension builder did not end and was stopped.") from error
    if done.returncode != 0:
        words = " ".join((done.stdout + done.stderr).split())
        raise ScriptError(f"Blender's extension builder refused: {words}")


def _write_normalised(source: Path, target: Path) -> None:
    """The same zip with sorted names, one date and one mode: equal content, equal bytes."""
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(target, "w") as write:
        for name in sorted(read.namelist()):
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.create_system = 3  # Unix, also when built elsewhere
            entry.external_attr = 0o644 << 16
            stored = name.endswith(STORED_SUFFIXES)
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            write.writestr(entry, read.read(name), compresslevel=9)


def _check(path: Path, sources: list[str]) -> None:
    """What Blender's validator does not look at; `sources` are the names that must be inside."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        bundled = [name for name in names if name.startswith("wheels/")]
        parts = [wheels.Wheel.of(PurePosixPath(name).name) for name in bundled]
        pure = {wheel.distribution: wheel for wheel in parts if wheel.is_pure}
        if "pydantic" not in pure:
            raise ScriptError(f"{path.name} holds no pydantic.")
        with archive.open(f"wheels/{pure['pydantic'].file_name}") as file:
            wanted = _core_version(file)
    cores = [wheel for wheel in parts if wheel.distribution == "pydantic_core"]
    complaints = [
        *(f"{name} is missing" for name in sources if name not in names),
        *(f"{name} is byte code" for name in names if "__pycache__" in name or ".pyc" in name),
    ]
    if sorted(wheel.python for wheel in cores) != list(PYTHONS):
        complaints.append(f"pydantic_core stands for {[wheel.python for wheel in cores]}")
    if any(wheel.version != wanted for wheel in cores):
        complaints.append(f"pydantic wants pydantic_core {wanted}")
    if complaints:
        raise ScriptError(f"{path.name}: {'; '.join(complaints)}.")


def _core_version(pydantic_wheel: IO[bytes]) -> str:
    """The one pydantic_core that a pydantic wheel works with, out of its metadata."""
    with zipfile.ZipFile(pydantic_wheel) as wheel:
        name = next(one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(wheel.read(name).decode())
    prefix = "pydantic-core=="
    needs = (need.replace(" ", "") for need in headers.get_all("Requires-Dist", []))
    return next(need.removeprefix(prefix) for need in needs if need.startswith(prefix))


def _sources(stage: Path) -> list[str]:
    """The names of everything staged but the wheels, of which each zip holds its own."""
    paths = (path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
    return [name for name in paths if not name.startswith("wheels/")]


if __name__ == "__main__":
    console.run(main)
