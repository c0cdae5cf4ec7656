# SPDX-License-Identifier: GPL-3.0-or-later
"""What each environment holds: named lists of pinned packages, one per Python it can have.

The direct needs stand here; what they pull in is pinned in `constraints.txt` beside this file.
numpy is pinned here and not there: 4.2 needs numpy 1, Blender 5.1 and later bring numpy 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).with_name("constraints.txt")

NUMPY_1 = ("numpy==1.26.4",)
NUMPY_2 = ("numpy==2.4.6",)

# The version in the extension's wheels (scripts/common/wheels.py); one version everywhere.
PYDANTIC = ("pydantic==2.12.5",)
RUNTIME = (*PYDANTIC, "requests==2.34.2")
TESTING = ("pytest==9.2.0", "hypothesis==6.170.15")
# schemathesis, and what it pulls in that no other environment has.
FUZZING = (
    "schemathesis==4.32.5",
    "graphql-core==3.3.2",
    "harfile==0.6.0",
    "hypothesis-graphql==0.13.5",
    "jsonschema-rs==0.60.3",
    "markupsafe==3.0.4",
    "pyrate-limiter==4.5.1",
    "pyyaml==6.0.3",
    "werkzeug==3.1.9",
)
SERVER = ("fastapi==0.165.0", "uvicorn==0.54.0", "psutil==7.2.2")
VISION = ("ai-edge-litert==2.3.0", "opencv-python-headless==4.11.0.86")
LINTING = (
    "ruff==0.17.6",
    "mypy==2.4.1",
    "import-linter==2.16",
    "fake-bpy-module==20261026",
    "types-psutil==7.2.2.20261111",
    "types-requests==2.33.0.20261030",
)


@dataclass(frozen=True)
class Variant:
    """One way to make an environment: a Python version ("3.11") and what is installed into it."""

    python: str
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Environment:
    """A named environment. The first variant whose Python is installed is made."""

    name: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Blender:
    """A Blender version that the tests cover, as the bpy module of that release series.

    `environment` has what the add-on needs beside Blender; `bare_environment` has not, so that
    an installed extension must live on the wheels it brings.
    """

    version: str
    bpy: str
    python: str
    numpy: tuple[str, ...]

    @property
    def environment(self) -> str:
        return f"bpy-{self.version}"

    @property
    def bare_environment(self) -> str:
        return f"bare-{self.version}"


# Oldest first.
BLENDERS = (
    Blender("4.2", "4.2.23", "3.11", NUMPY_1),
    Blender("4.5", "4.5.15", "3.11", NUMPY_1),
    Blender("5.0", "5.0.1", "3.11", NUMPY_1),
    Blender("5.2", "5.2.3", "3.13", NUMPY_2),
)
# The releases between: tested when they are asked for by name, as no long-term release is among
# them, and what differs shows in their neighbours.
BETWEEN = (
    Blender("4.3", "4.3.0", "3.11", NUMPY_1),
    Blender("4.4", "4.4.0", "3.11", NUMPY_1),
    Blender("5.1", "5.1.2", "3.13", NUMPY_2),
)


def _of(name: str, blender: Blender, *more: str) -> Environment:
    requirements = (f"bpy=={blender.bpy}", *blender.numpy, *TESTING, *more)
    return Environment(name, (Variant(blender.python, requirements),))


_UNIT = (*RUNTIME, *TESTING, *FUZZING, *SERVER, *VISION)
_LINT = (*_UNIT, *LINTING, *NUMPY_2)
_SERVICE = (*RUNTIME, *SERVER, *VISION)

ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment("lint", (Variant("3.11", _LINT), Variant("3.13", _LINT))),
        Environment(
            "unit", (Variant("3.11", (*_UNIT, *NUMPY_1)), Variant("3.13", (*_UNIT, *NUMPY_2)))
        ),
        *(_of(one.environment, one, *RUNTIME) for one in (*BLENDERS, *BETWEEN)),
        *(_of(one.bare_environment, one) for one in (*BLENDERS, *BETWEEN)),
        Environment(
            "service",
            (
                Variant("3.11", ("bpy==4.5.15", *NUMPY_1, *_SERVICE)),
                Variant("3.13", ("bpy==5.2.3", *NUMPY_2, *_SERVICE)),
            ),
        ),
        # pip for downloads.py: it can fetch a wheel for a machine other than this one.
        Environment(
            "fetch",
            tuple(Variant(python, ("pip==26.3",)) for python in ("3.11", "3.13", "3.12", "3.14")),
        ),
    )
}
