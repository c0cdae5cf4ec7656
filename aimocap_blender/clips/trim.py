# SPDX-License-Identifier: GPL-3.0-or-later
"""From a strip's frames to one trim of its file, in seconds of the source.

How Blender shows a movie strip, measured by rendering numbered movies in 4.2, 4.5, 5.0 and 5.2:
at scene frame F the source frame

    round((F - content_start) * rate) + trimmed_start_frames

is seen, held outside the content. `rate`, in source frames per scene frame, is
adjusting_fps / scene_fps for a strip that was added with "Adjust Playback Rate" (Blender's default)
and 1 for one that was not. Blender does not tell which of the two holds, but only one fits the
content's length; where both do, they differ by less than a frame over the whole strip.

A constant retiming has two keys, on the first and on the last frame it covers. Their scene frames
are told as if the rate of the strip were 1, so with "Adjust Playback Rate"

    rate = frames between the keys * adjusting_fps / scene_fps / (last key - first key)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .strip import ClipError, StripFacts, StripKind

_NTSC = 1001
_SHORTEST_SOURCE_FRAMES = 2


@dataclass(frozen=True)
class ClipPlan:
    """One trim of one file, and where it plays in the scene.

    path                     the movie file, absolute
    name                     of the strip
    start_seconds            first moment of the trim, seconds of the source
    end_seconds              end of the trim (exclusive), seconds of the source
    source_duration_seconds  length of the whole file
    source_fps, scene_fps    frames per second of the file and of the scene
    first_frame              scene frame at which `start_seconds` plays
    time_scale               scene seconds per source second: 1 at natural speed, 2 at half speed
    visible_frames           first and last scene frame the strip is seen at
    notes                    sentences about what the service will not see as the strip shows it
    """

    path: Path
    name: str
    start_seconds: float
    end_seconds: float
    source_duration_seconds: float
    source_fps: float
    scene_fps: float
    first_frame: float
    time_scale: float
    visible_frames: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the trim in seconds of the source: what the service charges for."""
        return self.end_seconds - self.start_seconds

    def scene_frame(self, source_seconds: float) -> float:
        """The scene frame at which a moment of the source, in its seconds, plays."""
        elapsed = (source_seconds - self.start_seconds) * self.time_scale
        return self.first_frame + elapsed * self.scene_fps

    def source_seconds(self, scene_frame: float) -> float:
        """The moment of the source, in its seconds, that plays at a scene frame."""
        elapsed = (scene_frame - self.first_frame) / self.scene_fps
        return self.start_seconds + elapsed / self.time_scale


def plan(facts: StripFacts) -> ClipPlan:
    """The one trim that is what the strip shows; ClipError when there is none."""
    path = _movie_file(facts)
    _refuse_what_is_no_trim(facts)
    rate, content_frames = _rate(facts)
    source_fps = exact_rate(facts.source_fps)
    origin = Fraction(facts.content_start)
    first = max(Fraction(facts.left_handle), origin)
    last = min(Fraction(facts.right_handle), Fraction(facts.content_end))
    start = (first - origin) * rate
    end = min((last - origin) * rate, Fraction(content_frames))
    if end - start < _SHORTEST_SOURCE_FRAMES:
        raise ClipError(
            f'Strip "{facts.name}" shows less than {_SHORTEST_SOURCE_FRAMES} frames of its movie.',
            remedy="Extend the strip's handles over the motion to capture.",
        )
    whole = facts.trimmed_start_frames + content_frames + facts.trimmed_end_frames
    return ClipPlan(
        path=path,
        name=facts.name,
        start_seconds=float((start + facts.trimmed_start_frames) / source_fps),
        end_seconds=float((end + facts.trimmed_start_frames) / source_fps),
        source_duration_seconds=float(whole / source_fps),
        source_fps=float(source_fps),
        scene_fps=float(exact_rate(facts.scene_fps)),
        first_frame=float(first),
        time_scale=float(source_fps / rate / exact_rate(facts.scene_fps)),
        visible_frames=(facts.left_handle, facts.right_handle - 1),
        notes=_notes(facts),
    )


def exact_rate(fps: float) -> Fraction:
    """The frame rate a rounded float stands for: n/1001 for NTSC rates, else a plain fraction.

    Blender hands rates out as 32-bit floats: 29.970029830932617 stands for 30000/1001.
    """
    ntsc = Fraction(round(fps * _NTSC / 1000) * 1000, _NTSC)
    for candidate in (Fraction(round(fps)), ntsc):
        if candidate and abs(float(candidate) - fps) < 1e-5 * fps:
            return candidate
    return Fraction(fps).limit_denominator(100_000)


def _movie_file(facts: StripFacts) -> Path:
    """The strip's movie file; ClipError when it has none that can be read."""
    match facts.kind:
        case StripKind.NONE:
            raise ClipError(
                "No movie strip is active in the Sequencer.",
                remedy="Select the movie strip to capture.",
            )
        case StripKind.MOVIE:
            pass
        case StripKind.META:
            raise ClipError(
                f'"{facts.name}" is a meta strip, not one movie file.',
                remedy="Open it (Tab) and select the movie strip inside.",
            )
        case _:
            raise ClipError(
                f'"{facts.name}" is {facts.kind.value}: there is no movie file to send.',
                remedy="Select a movie strip, or render this one to an MP4 and add that.",
            )
    if facts.path is None or not facts.file_exists:
        where = f' "{facts.path}"' if facts.path else ""
        raise ClipError(
            f'The movie{where} of strip "{facts.name}" is not there.',
            remedy="Bring the file back, or choose it again in the strip's Source panel.",
        )
    if facts.source_fps <= 0.0:
        raise ClipError(
            f'Blender can\'t read the frame rate of "{facts.path.name}".',
            remedy="Convert the movie to MP4 (H.264) and use that file for the strip.",
        )
    return facts.path


def _refuse_what_is_no_trim(facts: StripFacts) -> None:
    """ClipError for what changes time or picture in a way no single trim of the file expresses."""
    if facts.is_reversed:
        raise ClipError(
            f'Strip "{facts.name}" plays backwards; the service would capture it forwards.',
            remedy="Turn Reverse Frames off, or render the strip to an MP4 and add that.",
        )
    if facts.has_speed_effect:
        raise ClipError(
            f'A Speed Control strip changes the timing of "{facts.name}".',
            remedy="Remove it, or give the strip one constant speed by retiming.",
        )
    if len(facts.retiming_frames) > 2:
        raise ClipError(
            f'Strip "{facts.name}" is retimed by {len(facts.retiming_frames)} keys: '
            "its speed may change within the strip.",
            remedy="Reset the retiming and give the whole strip one speed, or render it to an MP4.",
        )
    if facts.is_multiview:
        raise ClipError(
            f'Strip "{facts.name}" shows several files as one stereo picture.',
            remedy="Turn Views off in the strip's Source panel.",
        )


def _rate(facts: StripFacts) -> tuple[Fraction, int]:
    """Source frames per scene frame, and the content's length in source frames."""
    length = Fraction(facts.content_end) - Fraction(facts.content_start)
    adjusting_fps = facts.adjusting_fps or facts.source_fps
    natural = exact_rate(adjusting_fps) / exact_rate(facts.scene_fps)
    if length <= 0:
        raise ClipError(
            f'Strip "{facts.name}" has no content.',
            remedy="Reload the strip, or choose its movie again.",
        )
    if len(facts.retiming_frames) > 1:
        return _retimed_rate(facts, length, natural), facts.content_frames
    if facts.content_frames <= 0:
        return natural, round(length * natural)
    return _fitting(natural, length, Fraction(facts.content_frames)), facts.content_frames


def _fitting(natural: Fraction, length: Fraction, unadjusted: Fraction) -> Fraction:
    """`natural` or 1: the factor by which `unadjusted` scene frames become `length`.

    Blender rounds lengths to whole frames; in doubt its default, the adjusted rate, is taken.
    """
    adjusted_is_off_by = abs(length - unadjusted / natural)
    return natural if adjusted_is_off_by <= abs(length - unadjusted) + 1 else Fraction(1)


def _retimed_rate(facts: StripFacts, length: Fraction, natural: Fraction) -> Fraction:
    """Source frames per scene frame of a strip with one constant speed."""
    first, last = (Fraction(frame) for frame in facts.retiming_frames)
    if facts.retimed_frames <= 0 or last <= first:
        raise ClipError(
            f'The speed of strip "{facts.name}" can\'t be told from its retiming keys.',
            remedy="Reset the retiming, or convert the movie to MP4.",
        )
    return facts.retimed_frames * _fitting(natural, length, last - first) / (last - first)


def _notes(facts: StripFacts) -> tuple[str, ...]:
    """What the user sees in the strip and the service does not."""
    notes = []
    if facts.is_mirrored:
        notes.append("The strip is mirrored; the motion is captured from the file as it is.")
    if facts.left_handle < facts.content_start or facts.right_handle > facts.content_end:
        notes.append("The held frames at the strip's ends are not sent.")
    return tuple(notes)
