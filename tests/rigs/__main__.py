# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.rigs [TABLE.json]`: how well the families map onto one another, as a table.

Without a table of families the project's own is used. Labelling is timed as CPU time per rig.
"""

from __future__ import annotations

import sys
import time
from itertools import product
from pathlib import Path

from aimocap_blender.motion.mapping import label, pair
from aimocap_blender.motion.mapping.families_characters import FAMILIES

from .build import Rig, build
from .figure import ADULT, SMALL
from .score import Score, score_labels, score_pair, total
from .shared_table import read
from .spec import RigSpec, from_family


def rigs_of(specs: dict[str, RigSpec]) -> dict[str, list[Rig]]:
    """Every family in two bodies, with the arms out and with the arms 45 degrees down."""
    return {
        key: [
            build(spec, proportions=body, degrees_down=degrees, seed=seed)
            for seed, (body, degrees) in enumerate(product((ADULT, SMALL), (0.0, 45.0)))
        ]
        for key, spec in specs.items()
    }


def pair_scores(rigs: dict[str, list[Rig]]) -> dict[tuple[str, str], Score]:
    """The score of every ordered pair of families, each in another body and rest."""
    labels = {key: [label(rig.skeleton) for rig in built] for key, built in rigs.items()}
    scores = {}
    for (i, a), (j, b) in product(enumerate(rigs), enumerate(rigs)):
        if a != b:
            x, y = i % 4, (i + j) % 4
            pairs = [(p.source, p.target) for p in pair(labels[a][x], labels[b][y]).pairs]
            scores[a, b] = score_pair(rigs[a][x], rigs[b][y], pairs)
    return scores


def main(arguments: list[str]) -> None:
    specs = (
        read(Path(arguments[0]))
        if arguments
        else {family.key: from_family(family) for family in FAMILIES}
    )
    rigs = rigs_of(specs)
    print(f"{'family':32} {'bones':>5} {'body':>9} {'fingers':>9} {'wrong':>5} {'ms':>6}")
    for key, built in rigs.items():
        begin = time.process_time()
        scores = [score_labels(rig, label(rig.skeleton)) for rig in built]
        spent = 1000.0 * (time.process_time() - begin) / len(built)
        summed, bones = total(scores), len(built[0].skeleton.names)
        body = f"{summed.right}/{summed.all}"
        fingers = f"{summed.fingers_right}/{summed.fingers_all}"
        print(f"{key:32} {bones:5} {body:>9} {fingers:>9} {summed.wrong:5} {spent:6.1f}")
    scores_of_pairs = pair_scores(rigs)
    summed = total(scores_of_pairs.values())
    perfect = sum(score.perfect for score in scores_of_pairs.values())
    print(
        f"{len(scores_of_pairs)} ordered pairs: {summed.share:.2%} of the body bones right, "
        f"{perfect / len(scores_of_pairs):.2%} of the pairs perfect, {summed.wrong} wrong bones, "
        f"{summed.fingers_right} of {summed.fingers_all} finger joints right"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
