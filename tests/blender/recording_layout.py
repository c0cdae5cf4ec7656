# SPDX-License-Identifier: GPL-3.0-or-later
"""A layout that remembers what a panel puts on it, with Blender's own spelling of the calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import bpy


@dataclass
class RecordingLayout:
    """Labels, properties, operators and lists in the order they were drawn; parts share it."""

    labels: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str, SimpleNamespace]] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    bars: list[tuple[float, str]] = field(default_factory=list)
    enabled: bool = True

    def label(self, *, text: str = "", icon: str = "NONE") -> None:
        _require_icon(icon)
        self.labels.append(text)

    def prop(self, data: Any, name: str, **_options: Any) -> None:
        if name not in data.bl_rna.properties:
            raise AttributeError(f"{data!r} has no property {name!r}")
        self.properties.append(name)

    def operator(self, name: str, *, text: str | None = None, icon: str = "NONE") -> Any:
        """Blender draws nothing for an unknown operator and only says so on the console."""
        _require_icon(icon)
        space, _, function = name.partition(".")
        kind = getattr(getattr(bpy.ops, space), function).get_rna_type()
        given = _Properties({prop.identifier for prop in kind.properties})
        self.buttons.append((name, kind.name if text is None else text, given))
        return given

    def template_list(
        self, kind: str, _id: str, data: Any, name: str, *_rest: Any, **_o: Any
    ) -> None:
        if getattr(bpy.types, kind, None) is None:
            raise AttributeError(f"no list {kind!r} is registered")
        if name not in data.bl_rna.properties:
            raise AttributeError(f"{data!r} has no property {name!r}")
        self.lists.append(kind)

    def progress(self, *, factor: float, text: str = "") -> None:
        self.bars.append((factor, text))

    def _part(self, **_options: Any) -> RecordingLayout:
        return self

    row = column = box = split = grid_flow = column_flow = _part

    def button(self, name: str) -> tuple[str, str, SimpleNamespace]:
        """The button of that operator; KeyError when it was not drawn."""
        for found in self.buttons:
            if found[0] == name:
                return found
        raise KeyError(name)

    @property
    def text(self) -> str:
        """All labels in one line, as an eye takes them in."""
        return " ".join(self.labels)


class _Properties(SimpleNamespace):
    """What a drawn button is given; a property its operator does not have is an error."""

    def __init__(self, known: set[str]) -> None:
        super().__init__()
        object.__setattr__(self, "_known", known)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in self._known:
            raise AttributeError(f"the operator has no property {name!r}")
        super().__setattr__(name, value)


def _require_icon(icon: str) -> None:
    icons = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
    if icon not in icons:
        raise ValueError(f"this Blender has no icon {icon!r}")


def drawn(panel: type, context: Any = None, method: str = "draw") -> RecordingLayout:
    """What that panel, list or preferences class draws in this context."""
    layout = RecordingLayout()
    getattr(panel, method)(SimpleNamespace(layout=layout), context or bpy.context)
    return layout
