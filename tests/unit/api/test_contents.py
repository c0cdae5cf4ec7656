# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fetched file has to be before anyone opens it, and texts that have to stay harmless."""

from __future__ import annotations

import contextlib
import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aimocap_blender.api.bodies import NotJson, depth_of, find_code, find_words, parse_json
from aimocap_blender.api.contents import check, motion_fault
from aimocap_blender.api.failures import DamagedArtifact, UnsafeAddress
from aimocap_blender.api.fbx_check import FbxDamaged, check_binary_fbx
from aimocap_blender.api.models import Draft, RemoteJob, RemoteResult
from aimocap_blender.api.secret import Secret, scrubbed
from aimocap_blender.api.urls import checked, is_loopback, origin, redirected, without_query
from tests.fake_service import SMALL_FBX, robot_motion

_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(
        ["data", "job", "jobId", "id", "status", "uploadUrl", "outputs", "error", "code",
         "targetId", "fbxUrl", "resultType", "message"]), inner),
    max_leaves=30,
)  # fmt: skip


def test_a_real_fbx_passes(shared_file: Callable[[str], Path]) -> None:
    for name in ("rigs/ue4_ThirdPersonRun_MIT.fbx", "rigs/maya_humanik_ufbx.fbx"):
        path = shared_file(name)
        if path.read_bytes().startswith(b"Kaydara"):
            check_binary_fbx(path)
        check("fbx", path)


def test_a_real_fbx_cut_anywhere_is_found_out(
    shared_file: Callable[[str], Path], tmp_path: Path
) -> None:
    data = shared_file("rigs/ue4_ThirdPersonRun_MIT.fbx").read_bytes()
    path = tmp_path / "cut.fbx"
    for share in (0.001, 0.1, 0.5, 0.9, 0.99):
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(FbxDamaged):
            check_binary_fbx(path)


@given(st.integers(0, len(SMALL_FBX) - 17), st.binary(min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_no_damage_to_an_fbx_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, patch: bytes
) -> None:
    path = tmp_path_factory.mktemp("fbx") / "a.fbx"
    path.write_bytes(SMALL_FBX[:at] + patch + SMALL_FBX[at + len(patch) :])
    with contextlib.suppress(DamagedArtifact):
        check("fbx", path)


def test_an_fbx_that_would_unpack_to_gigabytes_is_refused(tmp_path: Path) -> None:
    array = SMALL_FBX.index(b"d" + struct.pack("<III", 3, 0, 24))
    bomb = SMALL_FBX[: array + 1] + struct.pack("<II", 2**31, 1) + SMALL_FBX[array + 9 :]
    path = tmp_path / "bomb.fbx"
    path.write_bytes(bomb)
    with pytest.raises(FbxDamaged, match="far too much"):
        check_binary_fbx(path)


@pytest.mark.parametrize(
    ("data", "is_fbx"),
    [
        (SMALL_FBX, True),
        (b"; FBX 7.3.0 project file\n", True),
        (b"\xef\xbb\xbf; FBX 7.3.0 project file\n", True),
        (b"; FBX \0\0", False),
        (b"", False),
        (b"<html>", False),
        (SMALL_FBX[:25], False),
        (SMALL_FBX[:23] + struct.pack("<I", 99999) + SMALL_FBX[27:], False),
    ],
)
def test_an_fbx_is_known_by_its_signature(tmp_path: Path, data: bytes, is_fbx: bool) -> None:
    path = tmp_path / "a.fbx"
    path.write_bytes(data)
    if is_fbx:
        check("fbx", path)
    else:
        with pytest.raises(DamagedArtifact):
            check("fbx", path)


def test_a_robot_motion_is_checked_frame_by_frame(tmp_path: Path) -> None:
    assert motion_fault(robot_motion()) == ""
    assert motion_fault(robot_motion(joints=23)) == ""
    path = tmp_path / "m.json"
    for name, value in [
        ("frameCount", 4),
        ("frameCount", -1),
        ("frameCount", True),
        ("fps", 0),
        ("root_pos", [[0, 0]] * 3),
        ("root_pos", [[0, 0, "1"]] * 3),
        ("root_rot_xyzw", None),
        ("dof_pos", [[1], [1, 2], [1]]),
        ("dof_pos", [[], [], []]),
    ]:
        broken = robot_motion() | {name: value}
        assert motion_fault(broken), name
        path.write_text(json.dumps(broken))
        with pytest.raises(DamagedArtifact, match="robot motion"):
            check("motion_json", path)


@pytest.mark.parametrize("data", [b"", b"{", b"[1, NaN]", b"\xff", b"[" * 10**6, b"nul"])
def test_what_is_not_json_is_said_not_to_be(data: bytes) -> None:
    with pytest.raises(NotJson):
        parse_json(data)


def test_brackets_in_strings_are_not_depth() -> None:
    assert depth_of(rb'{"a": "[[[[\"[[["}', 10) == 1
    assert parse_json(b"[" * 30 + b"]" * 30) is not None


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise_anything_but_not_json(data: bytes) -> None:
    with contextlib.suppress(NotJson):
        parse_json(data)


@given(_ANYTHING)
@settings(max_examples=400, deadline=None)
def test_no_answer_breaks_the_models_otherwise_than_by_validation(answer: object) -> None:
    assert isinstance(find_code(answer), str)
    assert len(find_words(answer)) <= 200
    for model in (Draft, RemoteJob, RemoteResult):
        with contextlib.suppress(ValidationError):
            model.model_validate(answer)


def test_a_model_does_not_show_what_it_refuses() -> None:
    with pytest.raises(ValidationError) as caught:
        Draft.model_validate({"jobId": ["topsecret"], "uploadUrl": ["topsecret"]})
    assert "topsecret" not in str(caught.value)


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("sk-abc")
    assert "sk-abc" not in f"{secret} {secret!r} {[secret]} {{'a': secret}}"
    assert secret == Secret("sk-abc")
    assert len({secret, Secret("sk-abc")}) == 1
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_foreign_words_are_made_harmless() -> None:
    dirty = "see https://h/p?s=1\n\x1b[31m sk-12345 Bearer abc " + "x" * 5000
    clean = scrubbed(dirty)
    assert len(clean) == 200
    assert not any(part in clean for part in ("https", "sk-1", "abc", "\n", "\x1b"))


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "LOCALHOST."]
)
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.example.com", "10.0.0.1", "localhost.com", "a.localhost", ""]
)
def test_other_machines_are_not_taken_for_this_one(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a",
        "https://user@example.com/",
        "https://",
        "https://a b/",
        "https://a/\nb",
        "https://good.com\\@evil.com/",
        "javascript:alert(1)",
        "https://[::1/",
        "https://h:99999/",
        "https://h/" + "x" * 9000,
    ],
)
def test_an_unsafe_address_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(UnsafeAddress) as caught:
        checked(url)
    assert url not in str(caught.value)


def test_addresses_are_compared_and_cut_rightly() -> None:
    assert origin("https://H.com/a") == origin("https://h.com:443/b") != origin("https://h.com:8/")
    with pytest.raises(UnsafeAddress):
        redirected("https://h/a", "http://127.0.0.1/")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://h/a/x.fbx?signature=s#f", "https://h/a/x.fbx"),
        ("https://user:secret@h:8/x.fbx", "https://h:8/x.fbx"),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_an_address_is_kept_without_its_secrets(url: str, kept: str) -> None:
    assert without_query(url) == kept
