# SPDX-License-Identifier: GPL-3.0-or-later
"""Time: is the motion where the strip is, as long as it is, and as fast?

The directions of all limbs are one signal over time. Where target and source fit each other best
is found by cross-correlation (through the Fourier transform), once as they are and once with the
source played at the rates that are usually mixed up. By what the strip was moved, retimed or
trimmed since then counts on top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..mapping.roles import BODY, UPPER_BODY
from ..rotations import FloatArray
from .check import Finding
from .take import Comparison

_MOST_SECONDS = 2.0
_MOST_SAMPLES = 2000
"""Longer motions are thinned out before they are played at other rates."""
_RATES = tuple(a / b for a in (24, 25, 30, 50, 60) for b in (24, 25, 30, 50, 60) if a != b)
_STILL = 2.0
"""Degrees, root mean square, that the limbs must move for their timing to be told."""
_BETTER, _WORTH = 0.7, 0.35
"""Another time explains the motion when it leaves at most this part of the misfit, and takes at
least so many degrees of it away."""
_FEWEST_FRAMES = 12
_SAME_FRAME, _SAME_RATE = 0.5, 0.005
"""A strip that moved or changed its speed by less lies where it was."""
_TOO_SHORT, _TOO_STILL = "too short to tell", "too still to tell"


@dataclass(frozen=True)
class Fit:
    """How well two signals agree, root mean square degrees: as they are, and at the best lag."""

    as_is: float
    best: float
    lag: float

    @property
    def explains(self) -> bool:
        """Whether the lag is an explanation rather than chance."""
        return self.best < _BETTER * self.as_is and self.as_is - self.best > _WORTH


def time_offset(pair: Comparison) -> Finding:
    """Frames by which the motion is late (or early) against the strip."""
    lag, finding = _lag(pair)
    strip = pair.strip
    if strip is None or abs(strip.shift) < _SAME_FRAME:
        return finding
    late = lag - strip.shift
    note = f"the strip lies {abs(strip.shift):.0f} frames {_later(strip.shift)} now"
    return replace(finding, value=abs(late), note=note)


def _lag(pair: Comparison) -> tuple[float, Finding]:
    """Frames by which the motion is late against its source, and the same as a finding."""
    signals = _signals(pair)
    if signals is None:
        return 0.0, Finding.nothing(_TOO_SHORT)
    ours, theirs = signals
    if _movement(theirs) < _STILL:
        return 0.0, Finding.nothing(_TOO_STILL)
    fit = best_lag(ours, theirs, round(_MOST_SECONDS * pair.fps))
    if not fit.explains:
        return 0.0, Finding(0.0)
    misfit = np.sqrt(np.mean(np.sum((ours - theirs) ** 2, axis=1), axis=-1))
    worst = int(np.argmax(misfit)) + _keyed(pair).start
    return fit.lag, Finding(abs(fit.lag), worst, "", None, "late" if fit.lag > 0 else "early")


def _later(shift: float) -> str:
    return "later" if shift > 0.0 else "earlier"


def frame_rate(pair: Comparison) -> Finding:
    """Per cent by which the motion plays too fast or too slowly against the strip."""
    rate, finding = _rate(pair)
    strip = pair.strip
    if strip is None or abs(strip.rate - 1.0) < _SAME_RATE:
        return finding
    if np.isnan(strip.rate):
        return replace(finding, value=np.nan, note="the strip has no one speed any more")
    note = f"the strip plays at {100.0 * strip.rate:.0f} % of its speed now"
    return replace(finding, value=100.0 * abs(rate / strip.rate - 1.0), note=note)


def _rate(pair: Comparison) -> tuple[float, Finding]:
    """The speed of the motion, 1 as its source's, and the same as a finding."""
    signals = _signals(pair)
    if signals is None:
        return 1.0, Finding.nothing(_TOO_SHORT)
    keyed = _keyed(pair)
    thin = int(np.ceil(pair.frames / _MOST_SAMPLES))
    ours, whole = signals[0][::thin], _source_signal(pair)
    if _movement(whole) < _STILL:
        return 1.0, Finding.nothing(_TOO_STILL)
    most = max(1, round(_MOST_SECONDS * pair.fps / thin))
    plain = best_lag(ours, signals[1][::thin], most)
    if plain.best < _STILL:
        return 1.0, Finding(0.0)
    moments = keyed.start * 1.0 + thin * np.arange(len(ours))
    found: dict[float, Fit] = {}
    for rate in _rates(pair):
        at = keyed.start + (moments - keyed.start) * rate
        inside = at <= len(whole) - 1
        if np.count_nonzero(inside) >= _FEWEST_FRAMES:
            found[rate] = best_lag(ours[inside], _sampled(whole, at[inside]), most // 4 + 1)
    rate = min(found, key=lambda one: found[one].best, default=1.0)
    if rate == 1.0 or not Fit(plain.best, found[rate].best, 0.0).explains:
        return 1.0, Finding(0.0)
    note = f"plays at {100.0 * rate:.0f} % of its speed"
    return rate, Finding(100.0 * abs(rate - 1.0), keyed.stop - 1, "", None, note)


def length(pair: Comparison) -> Finding:
    """Seconds between the length of the motion and that of the part of the strip it stands for."""
    ours = pair.keyed[1] - pair.keyed[0]
    seconds = (ours - (pair.frames - 1)) / pair.fps
    last = min(max(round(pair.keyed[1]), 0), pair.frames - 1)
    note = "too long" if seconds > 0.0 else "too short" if seconds < 0.0 else ""
    strip = pair.strip
    if strip is not None and abs(strip.longer) * pair.fps >= _SAME_FRAME:
        word = "longer" if strip.longer > 0.0 else "shorter"
        seconds -= strip.longer
        note = f"the strip is {abs(strip.longer):.2g} s {word} now"
    return Finding(abs(seconds), last, "", None, note)


def best_lag(ours: FloatArray, theirs: FloatArray, most: int) -> Fit:
    """The shift (samples, positive: ours is late) at which two signals of unit vectors fit best.

    ours, theirs  (samples, 3, limbs). The mean squared chord at lag k is 2 - 2 c(k) / n(k), with c
    the correlation and n the overlap; a parabola through the best three lags gives the fraction.
    """
    samples = len(ours)
    most = min(most, samples // 3)
    size = 1 << int(np.ceil(np.log2(2 * samples)))
    flat = [signal.reshape(samples, -1).T for signal in (ours, theirs)]
    spectra = [np.fft.rfft(rows, size, axis=-1) for rows in flat]
    correlation = np.fft.irfft(np.sum(spectra[0] * np.conj(spectra[1]), axis=0), size)
    lags = np.arange(-most, most + 1)
    overlap = (samples - np.abs(lags)) * ours.shape[2]
    chords = np.maximum(2.0 - 2.0 * correlation[lags] / overlap, 0.0)
    best = int(np.argmin(chords))
    fraction = 0.0
    if 0 < best < 2 * most:
        before, here, after = chords[best - 1 : best + 2]
        bow = before - 2.0 * here + after
        fraction = 0.5 * (before - after) / bow if bow > 1e-12 else 0.0
    return Fit(_degrees(chords[most]), _degrees(chords[best]), float(lags[best] + fraction))


def _degrees(mean_squared_chord: float) -> float:
    return float(np.degrees(2.0 * np.arcsin(min(0.5 * float(np.sqrt(mean_squared_chord)), 1.0))))


def _rates(pair: Comparison) -> list[float]:
    """The usual mistakes, and the one the lengths suggest."""
    ours = pair.keyed[1] - pair.keyed[0]
    by_length = (pair.frames - 1) / ours if ours > 0.0 else 1.0
    rates = {round(rate, 4) for rate in _RATES}
    if abs(by_length - 1.0) > 0.01:
        rates.add(round(by_length, 4))
    return sorted(rates, key=lambda rate: abs(rate - 1.0))


def _keyed(pair: Comparison) -> slice:
    """The samples at which the target has keys around it."""
    first = min(max(int(np.ceil(pair.keyed[0] - 1e-3)), 0), pair.frames - 1)
    last = min(max(int(np.floor(pair.keyed[1] + 1e-3)), first), pair.frames - 1)
    return slice(first, last + 1)


def _signals(pair: Comparison) -> tuple[FloatArray, FloatArray] | None:
    """Limb directions (samples, 3, limbs) of target and source where the target is keyed."""
    keyed = _keyed(pair)
    if keyed.stop - keyed.start < _FEWEST_FRAMES or not pair.directions:
        return None
    return _stacked(pair, 0)[keyed], _stacked(pair, 1)[keyed]


def _source_signal(pair: Comparison) -> FloatArray:
    return _stacked(pair, 1)


def _stacked(pair: Comparison, which: int) -> FloatArray:
    wanted = [
        both[which].astype(np.float64)
        for part, both in pair.directions.items()
        if part[0] in BODY and (part[0] in UPPER_BODY or not pair.upper_body)
    ]
    return np.stack(wanted, axis=-1)


def _sampled(signal: FloatArray, at: FloatArray) -> FloatArray:
    """A signal between its samples, linearly."""
    low = np.clip(np.floor(at).astype(np.intp), 0, len(signal) - 1)
    high = np.minimum(low + 1, len(signal) - 1)
    part = (at - low)[:, None, None]
    return np.asarray(signal[low] * (1.0 - part) + signal[high] * part)


def _movement(signal: FloatArray) -> float:
    """Root mean square degrees that the limbs are away from their mean directions."""
    away = signal - signal.mean(axis=0)
    return _degrees(float(np.mean(np.sum(away * away, axis=1))))
