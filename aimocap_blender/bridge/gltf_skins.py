# SPDX-License-Identifier: GPL-3.0-or-later
"""glTF motions without a skin: animation libraries and VRM animations hold moving nodes only.

Blender makes an armature of what a skin names and empties of all other nodes. For such a file a
copy is made in which one skin names the nodes that move and all that hangs on them: the importer
then makes bones of them. Sections and layout: glTF 2.0 specification, 3.7.3 (skins) and 4 (GLB).
Knows no bpy.
"""

from __future__ import annotations

import json
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

_MAGIC, _VERSION = b"glTF", 2
_JSON_CHUNK = 0x4E4F534A
_FEWEST_MOVING = 8
_TURNING = ("rotation", "translation")
_SAME_SCALE = 1e-3


@contextmanager
def with_a_skin(path: Path) -> Iterator[Path]:
    """The file to import: `path`, or for the time being a copy of it that has a skin.

    A file that is none of ours to read is left to the importer, which says what is wrong with it.
    """
    content = path.read_bytes()
    document, rest = _taken_apart(content)
    joints = _moving_nodes(document) if document is not None else []
    if document is None or len(joints) < _FEWEST_MOVING:
        yield path
        return
    document["skins"] = [{"joints": joints}]
    for buffer in document.get("buffers", ()):
        _found_from_anywhere(buffer, path.parent)
    with tempfile.TemporaryDirectory(prefix="aimocap_gltf_") as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(_put_together(document, rest))
        yield copy


def _taken_apart(content: bytes) -> tuple[dict[str, Any] | None, bytes | None]:
    """The JSON document, and what follows it in a GLB (None for a text file)."""
    rest = None
    if content.startswith(_MAGIC):
        if len(content) < 20:
            return None, None
        version, _, length, kind = struct.unpack_from("<IIII", content, 4)
        if version != _VERSION or kind != _JSON_CHUNK or 20 + length > len(content):
            return None, None
        content, rest = content[20 : 20 + length], content[20 + length :]
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None, None
    return (document if isinstance(document, dict) else None), rest


def _put_together(document: dict[str, Any], rest: bytes | None) -> bytes:
    text = json.dumps(document).encode()
    if rest is None:
        return text
    text += b" " * (-len(text) % 4)
    head = struct.pack("<II", len(text), _JSON_CHUNK)
    return struct.pack("<4sII", _MAGIC, _VERSION, 20 + len(text) + len(rest)) + head + text + rest


def _moving_nodes(document: dict[str, Any]) -> list[int]:
    """The nodes under the one that all moving nodes hang on; none where there is a skin already."""
    nodes, animations = document.get("nodes"), document.get("animations")
    if document.get("skins") or not isinstance(nodes, list) or not isinstance(animations, list):
        return []
    try:
        children = [list(map(int, node.get("children", ()))) for node in nodes]
        moving = {
            int(channel["target"]["node"])
            for animation in animations
            for channel in animation["channels"]
            if channel["target"].get("path") in _TURNING and "node" in channel["target"]
        }
        parents = {child: parent for parent, below in enumerate(children) for child in below}
        lines = [_line(node, parents) for node in moving]
        shared = set.intersection(*map(set, lines)) if lines else set()
        if not shared or not max(moving | set(parents)) < len(nodes):
            return []
        top = max(shared, key=lambda node: len(_line(node, parents)))
        tops = children[top] if _is_scaled(nodes[top]) else [top]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []
    return [node for one in tops for node in _all_below(one, children)]


def _line(node: int, parents: dict[int, int]) -> list[int]:
    """A node and all it hangs on; ValueError where nodes hang on each other in a ring."""
    line = [node]
    while line[-1] in parents:
        if len(line) > len(parents):
            raise ValueError("nodes in a ring")
        line.append(parents[line[-1]])
    return line


def _all_below(top: int, children: list[list[int]]) -> list[int]:
    found = [top]
    for node in found:
        found += children[node]
    return found


def _is_scaled(node: dict[str, Any]) -> bool:
    """Whether a node is the armature of an export in centimetres: bones at rest have no scale."""
    scale = node.get("scale", (1.0, 1.0, 1.0))
    return any(abs(float(part) - 1.0) > _SAME_SCALE for part in scale) or "matrix" in node


def _found_from_anywhere(buffer: dict[str, Any], folder: Path) -> None:
    """A buffer's address made absolute: the copy lies in another folder."""
    uri = buffer.get("uri") if isinstance(buffer, dict) else None
    if isinstance(uri, str) and not uri.startswith("data:"):
        buffer["uri"] = quote(str(folder / unquote(uri)))
