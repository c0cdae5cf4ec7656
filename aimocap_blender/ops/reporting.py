# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operator ends, and how it tells the user of an `AimocapError`: worded once, here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal, TypeAlias, TypeVar

import bpy

from ..errors import AimocapError

Outcome: TypeAlias = set[
    Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]
]
OperatorT = TypeVar("OperatorT", bound=bpy.types.Operator)


def told(
    execute: Callable[[OperatorT, bpy.types.Context], Outcome],
) -> Callable[[OperatorT, bpy.types.Context], Outcome]:
    """An `execute` whose `AimocapError` becomes an error report and a cancelled operator."""

    @functools.wraps(execute)
    def told_execute(self: OperatorT, context: bpy.types.Context) -> Outcome:
        return _outcome(self, lambda: execute(self, context))

    return told_execute


def asked(
    invoke: Callable[[OperatorT, bpy.types.Context, bpy.types.Event], Outcome],
) -> Callable[[OperatorT, bpy.types.Context, bpy.types.Event], Outcome]:
    """The same for an `invoke`: Blender counts the arguments of both."""

    @functools.wraps(invoke)
    def told_invoke(self: OperatorT, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        return _outcome(self, lambda: invoke(self, context, event))

    return told_invoke


def _outcome(operator: bpy.types.Operator, act: Callable[[], Outcome]) -> Outcome:
    try:
        return act()
    except AimocapError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
