# SPDX-License-Identifier: GPL-3.0-or-later
"""A real clip of a person for the demo and the tests, out of a published package."""

from __future__ import annotations

from pathlib import Path

from .downloads import Member, Package, Source, package_file

DEMO_TRIM_SECONDS = (0.0, 5.0)
"""The part the demo shows: a man who jumps, stretches and walks; later he somersaults."""

_VIDEO = "Sports2D/Demo/demo.mp4"

# BSD-3-Clause (the package's licence lies beside the clip). 7.7 s, 30 frames/s, 1768 x 994: a man
# jumps and walks, later a woman crosses.
DEMO_CLIP = Package(
    Source.WHEEL,
    "sports2d",
    "0.8.34",
    "733b6db70742636ae9c35d870c22bd416582f579abd5881bee93a14bb0e2655d",
    (
        Member(_VIDEO, "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039"),
        Member(
            "sports2d-0.8.34.dist-info/licenses/LICENSE",
            "7f8a9ede713463b96d261a39c3ec404748c8e4f528c795e5f8cb18898ed944cf",
        ),
    ),
)


def demo_clip() -> Path:
    """The demo clip (mp4) in the cache; fetched the first time."""
    return package_file(DEMO_CLIP, _VIDEO)
