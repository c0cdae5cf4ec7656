# SPDX-License-Identifier: GPL-3.0-or-later
"""One person followed through the pictures: found, kept, lost, found again.

The landmarks of one picture say where to look in the next, so the detector runs only at the start,
after a cut and after a loss. Where the region would jump to another person, the reading is dropped
instead: a gap can be filled later, a stolen identity cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from .detector import Detection, Detector
from .landmarks import COUNT, LandmarkReader, Observation
from .regions import Region
from .track import Track
from .video import Frame

MINIMUM_PRESENCE = 0.5
LARGEST_STEP = 0.3
"""How far the region's centre may move between two pictures 1/30 s apart, in region sizes."""
LARGEST_GROWTH, LATE_GROWTH = 1.5, 2.0
LARGEST_AWAY = 0.5
LONGEST_GLIDE_SECONDS = 0.2
"""How long somebody who is not seen is thought to go on as before."""
SETTLING_READS = 10
SETTLED_STEP = 0.08
SETTLED_PRESENCE = 0.9
CLEAR_SCORE = 0.75
"""Under this the detector is asked again about parts of the picture."""
PATIENCE_SECONDS = 0.4
SEARCH_SECONDS = 0.15
"""How often somebody is looked for while nobody is there."""
CUT_CORRELATION = 0.35
CUT_DIFFERENCE = 22.0
THUMBNAIL = (32, 32)


@dataclass(frozen=True, eq=False)
class _Sight:
    """The person as last seen: when, and how fast the region moved, pixels per second."""

    seen: Observation
    seconds: float
    velocity: NDArray[np.float64]

    @property
    def region(self) -> Region:
        return self.seen.following

    def away(self, region: Region, seconds: float) -> float:
        """How far a region is from where the person should be by now, in region sizes."""
        on = self.velocity * min(seconds - self.seconds, LONGEST_GLIDE_SECONDS)
        offset = np.hypot(region.x - self.region.x - on[0], region.y - self.region.y - on[1])
        return float(offset / max(region.size, self.region.size))

    def growth(self, region: Region) -> float:
        """How many times larger or smaller a region is, 1 for the same."""
        return max(region.size / self.region.size, self.region.size / region.size)

    def is_same(self, region: Region, seconds: float) -> bool:
        """Whether a body can have come from here to there in the time that passed."""
        steps = max(1.0, (seconds - self.seconds) * 30.0)
        largest = LARGEST_GROWTH if seconds - self.seconds < PATIENCE_SECONDS else LATE_GROWTH
        return self.away(region, seconds) <= LARGEST_STEP * steps and self.growth(region) <= largest

    def unlike(self, region: Region, seconds: float) -> float:
        """A number that is smaller the more a region looks like this person's."""
        return self.away(region, seconds) + float(np.log(self.growth(region)))

    def followed_by(self, seen: Observation, seconds: float) -> _Sight:
        moved = np.array((seen.following.x - self.region.x, seen.following.y - self.region.y))
        return _Sight(seen, seconds, moved / max(seconds - self.seconds, 1e-3))


class Follower:
    """Follows the largest person of the first picture in which anybody is found."""

    def __init__(self, detector: Detector, reader: LandmarkReader) -> None:
        self._detector = detector
        self._reader = reader
        self._sight: _Sight | None = None
        self._search = True
        self._next_search = -np.inf
        self.most_people = 0

    def follow(self, frames: Iterable[Frame], report: Callable[[float], None]) -> Track:
        """Every picture's landmarks; `report` hears the time of each picture."""
        rows: list[tuple[float, Observation | None]] = []
        cuts: list[int] = []
        size = (0, 0)
        previous: NDArray[np.float64] | None = None
        for frame in frames:
            thumbnail = _thumbnail(frame.image)
            if previous is not None and is_cut(previous, thumbnail):
                cuts.append(len(rows))
                self._sight, self._search, self._next_search = None, True, -np.inf
            previous = thumbnail
            size = (frame.image.shape[1], frame.image.shape[0])
            rows.append((frame.seconds, self._look(frame)))
            report(frame.seconds)
        return _as_track(rows, tuple(cuts), size)

    def _look(self, frame: Frame) -> Observation | None:
        """The person in this picture, or None."""
        if not self._search and self._sight is not None:
            seen = self._reader.read(frame.image, self._sight.region, self._sight.seen)
            if self._is_same(seen, frame.seconds):
                return self._keep(seen, frame.seconds)
        self._search = True
        if frame.seconds < self._next_search:
            return None
        region = self._found_again(frame)
        found = self._settled(frame, region) if region is not None else None
        if found is None and self._is_long_gone(frame.seconds):
            self._next_search = frame.seconds + SEARCH_SECONDS
        return found

    def _is_long_gone(self, seconds: float) -> bool:
        """Nobody was seen for a while: searching every picture would cost more than following."""
        return self._sight is None or seconds - self._sight.seconds > PATIENCE_SECONDS

    def _settled(self, frame: Frame, region: Region) -> Observation | None:
        """The person in a region from the detector, read again until the region stays in place.

        That region is rough, above all for small people: the first readings come from a cut-out
        that is too wide, and are wrong.
        """
        before = self._sight.seen if self._sight is not None else None
        for attempt in range(SETTLING_READS):
            seen = before = self._reader.read(frame.image, region, before)
            if not seen.following.usable:
                return None
            settled = attempt > 0 and _step(region, seen.following) < SETTLED_STEP
            region = seen.following
            if settled and seen.presence >= SETTLED_PRESENCE:
                break
        else:
            return None
        return self._keep(seen, frame.seconds) if self._is_same(seen, frame.seconds) else None

    def _keep(self, seen: Observation, seconds: float) -> Observation:
        last, self._search = self._sight, False
        self._sight = (
            last.followed_by(seen, seconds) if last else _Sight(seen, seconds, np.zeros(2))
        )
        return seen

    def _is_same(self, seen: Observation, seconds: float) -> bool:
        """Somebody is there, and it can be the person followed so far."""
        if seen.presence < MINIMUM_PRESENCE or not seen.following.usable:
            return False
        return self._sight is None or self._sight.is_same(seen.following, seconds)

    def _found_again(self, frame: Frame) -> Region | None:
        """A region from the detector: the largest person, or the one most like the last sight."""
        people = [person for person in self._detector.find(frame.image) if person.region.usable]
        if max((person.score for person in people), default=0.0) < CLEAR_SCORE:
            people = self._found_closer(frame.image) or people
        self.most_people = max(self.most_people, len(people))
        if not people:
            return None
        last, now = self._sight, frame.seconds
        if last is None:
            return max(people, key=lambda person: person.region.size * person.score).region
        likest = min((person.region for person in people), key=lambda r: last.unlike(r, now))
        patient = now - last.seconds < PATIENCE_SECONDS
        return None if patient and last.away(likest, now) > LARGEST_AWAY else likest

    def _found_closer(self, image: MatLike) -> list[Detection]:
        """People too small for the whole picture's 224 pixels: three overlapping squares of it."""
        height, width = image.shape[:2]
        side = min(height, width)
        if side * 1.2 > max(height, width):
            return []
        found = []
        for share in (0.5, 0.0, 1.0):
            left, top = (round((extent - side) * share) for extent in (width, height))
            for person in self._detector.find(image[top : top + side, left : left + side]):
                moved = person.points + np.array((left, top))
                box = person.box + np.array((left, top, left, top))
                found.append(Detection(person.score, box, moved))
            if found:
                break
        return found


def _step(before: Region, after: Region) -> float:
    """How far a region moved, changed its size or turned, as a share of its size."""
    away = float(np.hypot(after.x - before.x, after.y - before.y))
    turned = abs(float(np.sin((after.turn - before.turn) / 2.0)))
    return max(max(away, abs(after.size - before.size)) / max(before.size, after.size), turned)


def is_cut(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether two thumbnails (32, 32) of grey levels 0..255 belong to different shots."""
    difference = float(np.abs(after - before).mean())
    if difference < CUT_DIFFERENCE:
        return False
    a, b = before - before.mean(), after - after.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return scale < 1e-6 or float((a * b).sum()) / scale < CUT_CORRELATION


def _thumbnail(image: MatLike) -> NDArray[np.float64]:
    # Every few pixels will do for telling shots apart, and costs a tenth of taking all of them.
    step = max(1, min(image.shape[:2]) // (4 * THUMBNAIL[0]))
    sparse = np.ascontiguousarray(image[::step, ::step])
    small = cv2.resize(sparse, THUMBNAIL, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float64)


def _as_track(
    rows: list[tuple[float, Observation | None]], cuts: tuple[int, ...], size: tuple[int, int]
) -> Track:
    count = len(rows)
    pixels, metric = np.zeros((count, COUNT, 2)), np.zeros((count, COUNT, 3))
    visibility, present = np.zeros((count, COUNT)), np.zeros(count, dtype=bool)
    for row, (_, seen) in enumerate(rows):
        if seen is not None:
            pixels[row], metric[row], visibility[row] = seen.pixels, seen.metric, seen.visibility
            present[row] = True
    seconds = np.array([seconds for seconds, _ in rows], dtype=np.float64)
    return Track(seconds, pixels, visibility, metric, present, cuts, size)
