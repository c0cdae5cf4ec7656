# SPDX-License-Identifier: GPL-3.0-or-later
"""Random trouble: whatever the service answers, the job ends in a state that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimocap_blender.jobs.job import OPEN_STATES, JobState
from tests.described_answers import SIGNATURE, DescribedAnswers
from tests.fake_service import Fault, garbage
from tests.fake_service.server import Step
from tests.unit.jobs.driving import CLIP_BYTES, driving
from tests.unit.jobs.fault_matrix import FAULTS, STEPS

_QUICK = {name: fault for name, fault in FAULTS.items() if fault.kind not in ("stall", "drip")}
_NAMES = st.sampled_from(
    ["data", "job", "jobId", "id", "status", "uploadUrl", "outputs", "error", "code", "message",
     "targetId", "fbxUrl", "resultType", "previewVideoUrl", "targetVersion"]
)  # fmt: skip
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(
        ["completed", "draft", "default", "../../../evil", "https://127.0.0.1:9/x", "file:///x"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=12,
)


def _answers(value: object) -> Fault:
    return garbage(json.dumps(value).encode())


_TROUBLE = st.lists(
    st.tuples(
        st.sampled_from(STEPS),
        st.sampled_from(sorted(_QUICK)).map(_QUICK.__getitem__) | _VALUES.map(_answers),
    ),
    max_size=8,
)


_FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> DescribedAnswers:
    return DescribedAnswers(tmp_path_factory.mktemp("described"))


@given(_TROUBLE)
@_FUZZ
def test_no_mix_of_bad_answers_charges_twice_or_ends_nowhere(
    tmp_path_factory: pytest.TempPathFactory, trouble: list[tuple[Step, Fault]]
) -> None:
    _run(tmp_path_factory.mktemp("fuzz"), trouble)


@given(data=st.data())
@_FUZZ
def test_no_answer_of_the_description_charges_twice_or_ends_nowhere(
    tmp_path_factory: pytest.TempPathFactory, described: DescribedAnswers, data: st.DataObject
) -> None:
    steps: list[Step] = data.draw(
        st.lists(st.sampled_from(["create", "complete", "status", "result"]), max_size=5)  # type: ignore[arg-type]
    )
    trouble = [(step, garbage(data.draw(described.of(step)))) for step in steps]
    _run(tmp_path_factory.mktemp("described"), trouble)


def _run(folder: Path, trouble: list[tuple[Step, Fault]]) -> None:
    """One job through all of that; whatever happens, it ends where it may."""
    clip = folder / "clip.mp4"
    clip.write_bytes(CLIP_BYTES)
    with driving(folder / "jobs") as driver:
        for step, fault in trouble:
            driver.service.fail(step, fault)
        local_id = driver.submit(clip)
        end = driver.steady + 3600
        driver.until(
            lambda: driver.job(local_id).state not in OPEN_STATES or driver.steady > end,
            simulated_seconds=8000,
        )
        job = driver.job(local_id)
        assert driver.service.admissions <= 1
        assert driver.service.leaks == []
        assert job.failure is None or job.failure.code != "internal_error"
        assert job.state is not JobState.CHECKING
        if job.state not in OPEN_STATES | {JobState.READY, JobState.KEPT}:
            assert job.failure is not None
            assert job.failure.sentence
    _only_our_folder_was_written(folder, local_id)  # nobody writes any more


def _only_our_folder_was_written(folder: Path, local_id: str) -> None:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        assert parts[0] == "clip.mp4" or parts[0] == "jobs"
        if len(parts) > 1:
            assert parts[1] in (local_id, "owners", "journal.jsonl") or parts[1].startswith(
                "ledger.db"
            )
            if path.is_file():
                assert SIGNATURE.encode() not in path.read_bytes()
