# SPDX-License-Identifier: GPL-3.0-or-later
"""PICTURES: contact sheets, drawn in numpy: the same in a window and without one, and never by
moving the user's view or time.

    canvas, lettering, png   lines, discs, letters, files; know nothing of Blender
    film                     the source video's own frames
    skin, stage              the character and the skeletons at a frame, seen from a side
    sheet                    all of it on one sheet, a small step at a time
"""
