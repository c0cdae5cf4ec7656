# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person does with Blender's window: open editors and sidebars, find buttons, click.

Blender does not tell where its buttons are. It does tell what the button under the mouse would
do (its own "Copy Python Command"), so a button is found by moving the mouse down a panel until
Blender names the wanted operator or property, and clicked there.
"""

from __future__ import annotations

import bpy

from .stage import FRAME_SECONDS, Missing, Story, until

SCAN_PIXELS = 7  # less than half the height of a button
SETTLE_FRAMES = 2


def window() -> bpy.types.Window:
    """The one window."""
    return bpy.context.window_manager.windows[0]


def area_of(kind: str) -> bpy.types.Area:
    """The first area of that type ("VIEW_3D", "SEQUENCE_EDITOR")."""
    return next(area for area in window().screen.areas if area.type == kind)


def region_of(area: bpy.types.Area, kind: str) -> bpy.types.Region:
    """The region of an area by its type ("UI" is the sidebar, "WINDOW" the content)."""
    return next(region for region in area.regions if region.type == kind)


def turn_into_sequencer(area: bpy.types.Area) -> None:
    """Show the Sequencer in an area, as its editor menu does."""
    area.type = "SEQUENCE_EDITOR"
    area.spaces.active.view_type = "SEQUENCER"


def open_sidebar(area: bpy.types.Area, category: str) -> Story:
    """Show an area's sidebar on that tab. The tab exists once the sidebar was drawn."""
    area.spaces.active.show_region_ui = True

    def chosen() -> bool:
        try:
            region_of(area, "UI").active_panel_category = category
        except (AttributeError, TypeError):  # not drawn yet: there are no categories
            return False
        area.tag_redraw()
        return region_of(area, "UI").active_panel_category == category

    yield from until(chosen, f'the sidebar shows the tab "{category}"')
    yield from until(lambda: region_of(area, "UI").width > 1, "the sidebar is open")


def move_mouse(x: int, y: int) -> Story:
    """Put the pointer at window coordinates (pixels, origin bottom left)."""
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    yield FRAME_SECONDS / 2


def click(x: int, y: int) -> Story:
    """Press and release the left button there."""
    yield from move_mouse(x, y)
    yield from move_mouse(x + 1, y)
    window().event_simulate(type="LEFTMOUSE", value="PRESS", x=x + 1, y=y)
    yield FRAME_SECONDS
    window().event_simulate(type="LEFTMOUSE", value="RELEASE", x=x + 1, y=y)
    yield FRAME_SECONDS


def press(area: bpy.types.Area, key: str, *, ctrl: bool = False, shift: bool = False) -> Story:
    """Press and release a key with the pointer over an area's content."""
    region = region_of(area, "WINDOW")
    x, y = region.x + region.width // 3, region.y + region.height // 3
    yield from move_mouse(x, y)
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type=key, value=value, x=x, y=y, ctrl=ctrl, shift=shift)
        yield FRAME_SECONDS


def click_button(area: bpy.types.Area, command: str) -> Story:
    """Click the sidebar's button whose Python command contains `command`.

    Raises Missing when the visible part of the sidebar holds no such button, or a grey one; of
    buttons side by side it knows the left one.
    """
    region = region_of(area, "UI")
    x = region.x + region.width // 3
    for y in range(region.y + region.height - SCAN_PIXELS, region.y, -SCAN_PIXELS):
        yield from move_mouse(x, y)
        if command in _command_under_mouse(area, region):
            yield from click(x, y)
            return
    raise Missing(f"the sidebar holds no button for {command}")


def _command_under_mouse(area: bpy.types.Area, region: bpy.types.Region) -> str:
    """What Blender would write into a script for the button under the pointer, "" for none."""
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(window=window(), area=area, region=region):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
    return manager.clipboard
