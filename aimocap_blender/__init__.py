# SPDX-License-Identifier: GPL-3.0-or-later
"""AIMoCap: send a movie strip to video mocap and get its motion on a character.

Blender calls `register` and `unregister`; everything else lives in the layers below. Nothing is
imported at the top, so that the pure layers can be used and tested without Blender.
"""


def register() -> None:
    from . import registration

    registration.register()


def unregister() -> None:
    from . import registration

    registration.unregister()
