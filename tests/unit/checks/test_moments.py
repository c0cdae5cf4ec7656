# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames a reviewer is shown."""

from __future__ import annotations

from aimocap_blender.motion.checks.check import Verdict
from aimocap_blender.motion.checks.moments import MOST, moments
from aimocap_blender.motion.checks.run import check
from scripts.bench.spot_checks.faults import every

from .staged import Staged, cut


def test_at_most_a_dozen_frames_none_twice_in_the_order_of_time(
    walk: Staged, dance: Staged
) -> None:
    for stage in (walk, dance):
        found = moments(stage.pair, check(stage.pair))
        frames = [moment.frame for moment in found]
        assert 6 <= len(frames) <= MOST
        assert frames == sorted(set(frames))


def test_first_and_last_frame_are_always_shown(walk: Staged) -> None:
    pair = walk.against(walk.carried, first=40)
    frames = [moment.frame for moment in moments(pair, check(pair))]
    assert frames[0] == 40
    assert frames[-1] == 40 + walk.carried.frames - 1


def test_the_worst_frame_of_every_failed_check_is_shown_or_one_beside_it(walk: Staged) -> None:
    for faulty in list(every(walk.good, 2))[::4]:
        pair = walk.against(faulty.motion, keyed=faulty.keyed)
        report = check(pair)
        frames = [moment.frame for moment in moments(pair, report)]
        worst = report.of(Verdict.FAIL)[:8]
        assert all(min(abs(frame - c.frame) for frame in frames) <= 5 for c in worst)


def test_a_motion_of_three_frames_shows_no_frame_twice(walk: Staged) -> None:
    part = slice(0, 3)
    short = Staged(walk.source, cut(walk.motion, part), walk.target, cut(walk.carried, part))
    frames = [moment.frame for moment in moments(short.pair, check(short.pair))]
    assert frames
    assert len(frames) == len(set(frames)) <= 3
