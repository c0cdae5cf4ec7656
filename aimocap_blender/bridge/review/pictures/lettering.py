# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters made of strokes, for captions: Blender's own fonts need a window to be drawn.

A letter stands on a grid 4 wide and 6 high, y downwards; its strokes are strings of digit pairs.
Small letters are written as capitals; characters that are not here as a box.
"""

from __future__ import annotations

from .canvas import Canvas, Colour

_STROKES: dict[str, str] = {
    "0": "10 30 41 45 36 16 05 01 10,14 32", "1": "11 20 26,16 36", "2": "01 10 30 41 42 06 46",
    "3": "01 10 30 41 42 33 44 45 36 16 05,13 33", "4": "36 30 04 44",
    "5": "40 00 02 32 43 45 36 16 05", "6": "41 30 10 01 05 16 36 45 44 33 13 04",
    "7": "00 40 16", "8": "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33",
    "9": "42 33 13 02 01 10 30 41 45 36 16 05", "A": "06 20 46,13 33",
    "B": "06 00 30 41 42 33 03,33 44 45 36 06", "C": "41 30 10 01 05 16 36 45",
    "D": "00 06 26 44 42 20 00", "E": "40 00 06 46,03 33", "F": "40 00 06,03 33",
    "G": "41 30 10 01 05 16 36 45 43 23", "H": "00 06,40 46,03 43", "I": "10 30,20 26,16 36",
    "J": "40 45 36 16 05", "K": "00 06,40 03 46", "L": "00 06 46", "M": "06 00 23 40 46",
    "N": "06 00 46 40", "O": "10 30 41 45 36 16 05 01 10", "P": "06 00 30 41 42 33 03",
    "Q": "10 30 41 45 36 16 05 01 10,34 46", "R": "06 00 30 41 42 33 03,23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05", "T": "00 40,20 26", "U": "00 05 16 36 45 40",
    "V": "00 26 40", "W": "00 16 23 36 40", "X": "00 46,40 06", "Y": "00 23 40,23 26",
    "Z": "00 40 06 46", ".": "26 26", ",": "25 17", ":": "22 22,25 25", "-": "13 33",
    "_": "07 47", "/": "40 06", "%": "40 06,01 01,45 45", "(": "30 21 25 36", ")": "10 21 25 16",
    "+": "13 33,22 24", "=": "12 32,14 34", "!": "20 24,26 26", "?": "01 10 30 41 32 24,26 26",
    "'": "20 21", '"': "10 11,30 31", ">": "11 33 15", "<": "31 13 35", "*": "22 24,13 33",
    "|": "20 26", "[": "30 10 16 36", "]": "10 30 36 16", "#": "10 16,30 36,02 42,04 44",
    "&": "46 11 20 31 04 15 26 44", "@": "34 14 12 32 34 44 41 30 10 01 05 16 36",
    ";": "22 22,25 17", " ": "",
}  # fmt: skip
_UNKNOWN = "00 40 46 06 00"
_ADVANCE = 6.0


def write(
    canvas: Canvas, text: str, left: float, top: float, height: float, colour: Colour
) -> None:
    """A line of text, its capitals `height` pixels high."""
    unit = height / 6.0
    for number, letter in enumerate(text):
        origin = left + number * _ADVANCE * unit
        for stroke in _STROKES.get(letter.upper(), _UNKNOWN).split(","):
            points = [
                (origin + int(pair[0]) * unit, top + int(pair[1]) * unit) for pair in stroke.split()
            ]
            canvas.path(points, colour, max(1.1, 0.16 * height))


def width(text: str, height: float) -> float:
    """Pixels the text takes."""
    return len(text) * _ADVANCE * height / 6.0


def fitting(text: str, height: float, room: float) -> str:
    """The text, cut with two dots where it would not fit into `room` pixels."""
    most = int(room / (_ADVANCE * height / 6.0))
    return text if len(text) <= most else text[: max(most - 2, 0)] + ".."
