# SPDX-License-Identifier: GPL-3.0-or-later
"""The readiness packet as pages, and the note of a check under way as a file."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimocap_blender.jobs import readiness_note
from aimocap_blender.jobs.readiness import Finding, Packet, to_html, to_json, to_markdown
from aimocap_blender.jobs.readiness_note import CheckNote, NoteTrouble

PASSED = Finding("create", True, "The draft mocap_1 was made.")
PACKET = Packet(
    target_id="avatar:k7", target_name="Knight", target_version="3",
    service="https://service.example", person="Ana", checked_at="2026-05-04T12:00:00+00:00",
    findings=(PASSED,), versions=("3: published",),
    accepted_clips=("walking: walk, accepted by Ana",),
    clean_up_verdicts=("walking: walk, clean-up light",), failed_jobs=(),
    timings=(("create", 0.25),), artifacts=("fbx: 9 bytes, sha256 aa",),
)  # fmt: skip
NOTE = CheckNote("avatar:k7", "walk", "/packets/1", "job-1", "job-2", "Rig", (PASSED,))


class Words(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_packet_is_ready_when_every_step_passed() -> None:
    assert PACKET.is_ready
    assert PACKET.summary == "Ready: every step passed"
    failed = replace(PACKET, findings=(PASSED, Finding("download", False, "It was cut.")))
    assert failed.summary == "Not ready: download failed"
    assert not replace(PACKET, findings=()).is_ready, "nothing was looked at"


@pytest.mark.parametrize("write", [to_html, to_markdown, to_json])
def test_every_form_tells_versions_clips_timings_artifacts_and_verdicts(write) -> None:  # type: ignore[no-untyped-def]
    text = write(PACKET)
    for words in (
        "published", "accepted by Ana", "0.25", "sha256 aa", "clean-up light", "mocap_1"
    ):  # fmt: skip
        assert words in text


def test_hostile_names_are_only_words_on_the_page_and_in_the_table() -> None:
    nasty = '<script>alert(1)</script> | "x"\n| a | b |'
    packet = replace(
        PACKET, target_name=nasty, person=nasty, versions=(nasty,), failed_jobs=(nasty,),
        findings=(Finding("create", False, nasty),),
    )  # fmt: skip
    page = Words(to_html(packet))
    assert "script" not in page.tags
    assert "alert(1)" in "".join(page.words)
    rows = [line for line in to_markdown(packet).splitlines() if line.startswith("| create")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 4


def test_the_page_asks_nobody_for_anything() -> None:
    page = to_html(PACKET, b"\x89PNG")
    assert "data:image/png;base64,iVBORw==" in page
    assert "http" not in page.replace("https://service.example", "")


def test_a_note_comes_back_as_it_was_and_a_missing_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "checks" / "under-way.json"
    assert readiness_note.read(path) is None
    readiness_note.write(path, NOTE)
    assert readiness_note.read(path) == NOTE
    assert [one.name for one in path.parent.iterdir()] == ["under-way.json"]


def test_a_note_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(NoteTrouble, match="can't be written down"):
        readiness_note.write(tmp_path / "taken" / "under-way.json", NOTE)


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "null", "{}", '{"refusals": [3]}',
        json.dumps({"refusals": [{"step": 1, "passed": True, "seen": ""}]}),
        json.dumps({"target_id": 3, "clip_name": "", "folder": "", "local_id": "", "refusals": []}),
    ],
)  # fmt: skip
def test_what_is_no_note_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "under-way.json"
    path.write_text(content)
    with pytest.raises(NoteTrouble, match="damaged"):
        readiness_note.read(path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*CheckNote.__slots__, "new"]), _JSON, st.booleans())
def test_a_damaged_note_is_named_or_read(
    tmp_path: Path, name: str, value: object, whole: bool
) -> None:
    path = tmp_path / "under-way.json"
    readiness_note.write(path, NOTE)
    document = json.loads(path.read_text()) | {name: value}
    path.write_text(json.dumps(document if whole else value))
    try:
        note = readiness_note.read(path)
    except NoteTrouble:
        assert not whole or name != "new", "a field of a newer version is no damage"
    else:
        assert isinstance(note, CheckNote)
        assert all(isinstance(one, Finding) for one in note.refusals)
        readiness_note.write(path, note)
        assert readiness_note.read(path) == note
